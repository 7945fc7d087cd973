"""The main job on real notices: TED as the replay server plays it, crawled, kept and exported by the program itself."""

from __future__ import annotations

import datetime as dt
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from notifier.resources import resource
from tests.independent import lots
from tests.programs import Replay, exported, notifier, replay
from tests.shared import needs_shared

pytestmark = needs_shared
FLAGGED = 5  # of the notices that break the schema and have lots; the others break it where nothing is read

SOURCE = """
kind = "ted"
publisher = "TED"
url = "{url}"
allow_private_address = true
delay_s = 0
concurrency = 8
[filter]
lookback_days = 30
"""


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    shutil.copytree(resource("config"), folder)
    (folder / "buyers.csv").unlink()  # the corpus is of buyers all over Europe
    for file in (folder / "sources").iterdir():
        file.unlink()
    return folder


def point_at(folder: Path, server: Replay) -> None:
    (folder / "sources/ted.toml").write_text(SOURCE.format(url=server.url), encoding="utf-8")


def by_notice(lines: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        found[line["publication_number"]].append(line)
    return dict(found)


def same_moment(exported: str | None, printed: str | None) -> bool:
    """A deadline that was printed without a time is exported as the end of that day."""
    if exported is None or printed is None:
        return exported is printed
    if len(printed) == 10:
        return exported.startswith(f"{printed}T23:59")
    return dt.datetime.fromisoformat(exported) == dt.datetime.fromisoformat(printed) and exported[-6:] == printed[-6:]


def differences(line: dict[str, Any], facts: dict[str, Any]) -> list[str]:
    """Where a line of the export says something else than the second reading, of what it has."""
    amount, currency = facts["value"] or (None, None)
    found = []
    for key, value in {**facts, "value": amount, "currency": currency}.items():
        if key not in line:
            continue  # winners and others are held to the second reading in tests/test_corpus.py
        got = line[key]
        if key.endswith("deadline"):
            agrees = same_moment(got, value)
        elif key in ("reserved", "strategic", "social_objectives"):
            agrees = sorted(got) == value
        elif key in ("title", "description"):  # lines are kept, and longer ones are cut with an ellipsis
            agrees = "".join(got.split())[:490] == "".join(value.split())[:490]
        else:
            agrees = (got or None) == (value or None)
        if not agrees:
            found.append(f"{line['publication_number']} {line['lot_id']}: {key} is {got!r}, the XML says {value!r}")
    return found


def test_every_lot_of_the_corpus_is_exported_as_its_xml_has_it(settings: Path) -> None:
    with replay() as server:
        point_at(settings, server)
        crawled = notifier(settings, "crawl")
        assert crawled.returncode == 0, crawled.stdout + crawled.stderr
        assert "229 listed, 229 held: 229 new" in crawled.stdout
        lines = by_notice(exported(settings))
        wrong: list[str] = []
        checked = 0
        for number, got in lines.items():
            xml = server.xml(number)
            expected = lots(xml)
            if [line["lot_id"] for line in got] != [facts["lot_id"] for facts in expected]:
                wrong.append(
                    f"{number}: lots {[line['lot_id'] for line in got]}, XML {[f['lot_id'] for f in expected]}"
                )
                continue
            checked += len(got)
            wrong += [said for line, facts in zip(got, expected, strict=True) for said in differences(line, facts)]
    assert wrong == []
    assert checked == 424
    assert {line["verdict"] for got in lines.values() for line in got} <= {
        "reserved",
        "suitable",
        "possible",
        "unsuitable",
    }


@pytest.mark.long
def test_faults_on_the_way_lose_no_lot(settings: Path) -> None:
    with replay() as whole:
        point_at(settings, whole)
        assert notifier(settings, "crawl").returncode == 0
        expected = exported(settings)
    with replay("corpus", "--faults", "429=0.1,500=0.05,cut=0.05") as faulty:
        point_at(settings, faulty)
        other = settings.parent / "faulty.db"
        crawled = notifier(settings, "--db", str(other), "crawl")
        assert crawled.returncode == 0, crawled.stdout + crawled.stderr
        assert any(status in key for key in faulty.stats() for status in (" 429", " 500"))
    kept = notifier(settings, "--db", str(other), "export", "lots")
    key = "publication_number", "lot_id"
    plain = [line | {"url": None} for line in expected]
    import json

    got = [json.loads(line) | {"url": None} for line in kept.stdout.splitlines()]
    assert sorted(got, key=lambda line: [line[k] for k in key]) == sorted(
        plain, key=lambda line: [line[k] for k in key]
    )


@pytest.mark.long
def test_a_second_crawl_of_the_same_notices_changes_nothing(settings: Path) -> None:
    with replay() as server:
        point_at(settings, server)
        notifier(settings, "crawl")
        before = exported(settings)
        again = notifier(settings, "crawl")
        assert again.returncode == 0
        assert "0 new, 0 changed" in again.stdout
        assert exported(settings) == before


def test_notices_that_break_the_schema_are_read_as_far_as_they_can_be_and_flagged(settings: Path) -> None:
    with replay("corpus-invalid") as server:
        point_at(settings, server)
        crawled = notifier(settings, "crawl")
        assert crawled.returncode == 0, crawled.stdout + crawled.stderr
        assert "10 listed, 10 held" in crawled.stdout
        lines = exported(settings)
    assert len({line["publication_number"] for line in lines if line["flags"]}) == FLAGGED
