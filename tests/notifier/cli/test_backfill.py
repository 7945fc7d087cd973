"""Earlier years, month by month, broken off and taken up again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.programs import notifier
from tests.spiders.server import Answer, Answers, Site, serve

SEARCH = "/v3/notices/search"
EMPTY = Answer(
    '{"notices": [], "totalNoticeCount": 0, "iterationNextToken": null}',
    headers=(("Content-Type", "application/json"),),
)


@pytest.fixture
def site() -> Iterator[Site]:
    answers: dict[str, Answers] = {SEARCH: EMPTY}
    with serve(answers) as running:
        yield running


@pytest.fixture
def town(tmp_path: Path, site: Site) -> Path:
    """A configuration with TED on loopback."""
    done = notifier(tmp_path, "init", str(tmp_path / "town"))
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "town"
    for file in (folder / "sources").glob("*.toml"):
        file.unlink()
    (folder / "sources" / "ted.toml").write_text(
        f'kind = "ted"\npublisher = "TED"\nurl = "{site.url}"\nallow_private_address = true\n'
        "delay_s = 0\nexpect = { min = 1 }\n",
        encoding="utf-8",
    )
    (folder / "buyers.csv").write_text("name;cvr;kind\nBy;64942212;administration\n", encoding="utf-8")
    return folder


def asked(site: Site) -> list[str]:
    """The windows that were searched."""
    queries = [json.loads(each.body)["query"] for each in site.asked if each.path == SEARCH]
    return [query.partition(" AND ")[2].partition(" SORT")[0] for query in queries]


@pytest.mark.long
def test_every_month_is_read_once_and_what_was_read_whole_is_left_out(town: Path, site: Site) -> None:
    site.answers[SEARCH] = [EMPTY, Answer(status=404), EMPTY]
    first = notifier(town, "backfill", "ted", "--from", "2026", now="2026-03-10T07:00")
    assert first.returncode == 3, first.stderr
    assert asked(site) == [
        "publication-date>=20260101 AND publication-date<=20260131",
        "publication-date>=20260201 AND publication-date<=20260228",
        "publication-date>=20260301 AND publication-date<=20260310",
    ]
    assert "2 months read, 0 were read before" in first.stdout
    assert "not whole: 2026-02" in first.stdout
    assert "together 0 new, 0 changed, 0 unchanged" in first.stdout
    assert "nothing in 2026-01, 2026-03" in first.stdout
    site.asked.clear()
    again = notifier(town, "backfill", "ted", "--from", "2026", now="2026-03-10T07:00")
    assert (again.returncode, asked(site)) == (0, ["publication-date>=20260201 AND publication-date<=20260228"])


@pytest.mark.long
def test_a_source_that_is_down_is_not_asked_for_years(town: Path, site: Site) -> None:
    site.answers[SEARCH] = Answer(status=404)
    done = notifier(town, "backfill", "ted", "--from", "2025", "--to", "2025")
    assert (done.returncode, len(asked(site))) == (3, 3)
    assert "9 were not tried" in done.stdout


@pytest.mark.parametrize("years", [("2009", "2010"), ("2026", "2025"), ("2025", "2027")])
def test_years_that_cannot_be_are_refused(town: Path, site: Site, years: tuple[str, str]) -> None:
    done = notifier(town, "backfill", "ted", "--from", years[0], "--to", years[1])
    assert (done.returncode, asked(site)) == (2, [])
    assert "give years from 2014 to 2026" in done.stderr
