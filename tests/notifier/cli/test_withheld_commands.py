"""`notifier withheld`: what waits for an officer's word, whom it would reach, and what is said of it."""

from __future__ import annotations

import datetime as dt
import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from notifier import clock, config
from notifier.cli import main
from notifier.lots import Agreement, RunPurpose, Verdict
from notifier.profiles import Profile
from notifier.resources import resource
from notifier.store import Store
from tests.notifier.office import DAY, HOUR, SUITABLE, SUNDAY, UNSUITABLE, Office, new, tender, uid
from tests.notifier.store.samples import MONDAY, TUESDAY, lot, until

CONTRACT = Agreement("town", "7", "Rengøring af rådhuset", end=dt.date(2027, 3, 31))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "config"
    shutil.copytree(resource("config"), target)
    return target


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("COLUMNS", "200")
    yield
    clock.pretend(None)


@contextmanager
def office_of(folder: Path) -> Iterator[Office]:
    """The office whose configuration lies in that folder."""
    database = folder.parent / "var" / "notifier.db"
    database.parent.mkdir(exist_ok=True)
    with Store.open(database, create=True, marker=folder / ".database") as store:
        yield Office(store, config.load(folder, environment={}))


def withheld(folder: Path, *words: str, now: dt.datetime = TUESDAY) -> int:
    return main(["--config", str(folder), "--now", now.isoformat(), "withheld", *words])


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def first_run(office: Office, *, publish: bool = True) -> tuple[int, int]:
    """Three lots of a first run, two of them for Anna and one for Bo; the numbers of these two."""
    anna, bo = office.subscribe("anna"), office.subscribe("bo", profile=Profile(trades=("catering",)))
    office.subscribe("carla", profile=Profile(trades=("grounds",)))
    office.crawl(tender(1), tender(2), tender(3, lot(title="Kantine")), at=MONDAY)
    office.judge(MONDAY, {"Kantine": replace(SUITABLE, trades=("catering",))})
    if publish:
        office.publish(MONDAY)
    return anna, bo


def test_where_nothing_waits_that_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with office_of(folder):
        pass
    assert withheld(folder, "list") == 0
    assert said(capsys) == ["nothing is withheld"]


def test_list_says_what_waits_and_how_much_of_it_would_go_to_how_many(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with office_of(folder) as office:
        first_run(office)
    assert withheld(folder, "list") == 0
    assert said(capsys) == [
        "first_run:ted: 3 lots of ted, first read on 2026-11-02",
        "released now, 3 of these would be told to 2 subscribers",
        "'notifier withheld show GROUP' names them; 'release' and 'leave' take a GROUP, a lot, or --all",
    ]


def test_list_counts_only_what_releasing_adds_for_each(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Bo came later and is told by the next digest anyway; a lot that is not withheld is nothing of these."""
    with office_of(folder) as office:
        office.subscribe("anna")
        office.crawl(tender(1), at=MONDAY)
        office.subscribe("bo", MONDAY + HOUR)
        office.crawl(tender(1), tender(2), at=MONDAY + 2 * HOUR)
        office.crawl(tender(3), at=MONDAY + 3 * HOUR, source="udbud")
        office.judge(MONDAY)
        office.publish(MONDAY)
    assert withheld(folder, "list") == 0
    assert said(capsys)[:3] == [
        "first_run:ted: 1 lot of ted, first read on 2026-11-02",
        "first_run:udbud: 1 lot of udbud, first read on 2026-11-02",
        "released now, 2 of these would be told to 2 subscribers",
    ]


def test_a_near_miss_that_comes_along_is_none_of_these(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with office_of(folder) as office:
        wish = Profile(trades=("cleaning",), least_verdict=Verdict.SUITABLE, near_misses=True)
        office.subscribe(profile=wish)
        office.crawl(at=SUNDAY, source="udbud")
        office.crawl(tender(1), at=MONDAY, source="udbud")
        office.crawl(tender(2), at=MONDAY)
        office.judge(MONDAY, {"Opgave 1": replace(SUITABLE, verdict=Verdict.POSSIBLE)})
        office.publish(MONDAY)
    withheld(folder, "list")
    assert said(capsys)[1] == "released now, 1 of these would be told to 1 subscriber"


def test_one_subscriber_is_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with office_of(folder) as office:
        office.subscribe()
        office.crawl(tender(1), tender(2), at=MONDAY)
        office.judge(MONDAY)
        office.publish(MONDAY)
    withheld(folder, "list")
    assert said(capsys)[1] == "released now, 2 of these would be told to 1 subscriber"


def test_list_says_why_nothing_would_be_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with office_of(folder) as office:
        first_run(office, publish=False)
    withheld(folder, "list")
    why = "nothing of it is published yet, or it concerns nobody"
    assert said(capsys)[1] == f"released now, 0 of these would be told to 0 subscribers ({why})"


def test_list_tells_each_reason_apart(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with office_of(folder) as office:
        office.crawl_before()
        office.crawl(tender(1), at=SUNDAY)
        office.judge(SUNDAY, {"Opgave 1": replace(SUITABLE, trades=())})
        office.rules = "2"
        office.judge(MONDAY)
        moved = tender(1, lot(title="Opgave 1", deadline=until(8)))
        office.crawl(moved, tender(2), CONTRACT, at=MONDAY, purpose=RunPurpose.BACKFILL)
    withheld(folder, "list")
    assert said(capsys)[0] == ("backfill:ted: 1 lot, 1 change, 1 agreement of ted, earlier years read on 2026-11-02"), (
        "the verdict by other rules was one on the lot as it stood"
    )


def test_show_names_every_lot_and_agreement_of_a_group(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with office_of(folder) as office:
        first_run(office)
        office.crawl(CONTRACT, at=MONDAY, source="town")
        slugs = [office.view(number, MONDAY).slug for number in (1, 2, 3)]
    assert withheld(folder, "show", "first_run:ted") == 0
    assert said(capsys) == [
        f"{slugs[0]}: suitable, open; Opgave 1",
        f"{slugs[1]}: suitable, open; Opgave 2",
        f"{slugs[2]}: suitable, open; Kantine",
    ]
    assert withheld(folder, "show", "first_run:town") == 0
    (line,) = said(capsys)
    assert line.endswith(": agreement; Rengøring af rådhuset")


def test_show_names_all_that_can_be_told_and_counts_the_rest(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with office_of(folder) as office:
        office.crawl(*(tender(number) for number in range(1, 74)), at=MONDAY)
        office.judge(MONDAY, {f"Opgave {number}": UNSUITABLE for number in (1, 2, 3)})
    withheld(folder, "show", "first_run:ted")
    *named, last = said(capsys)
    assert len(named) == 70
    assert last == "and 3 of which nobody is told in any case: unsuitable, or no longer open"


def test_a_group_that_is_released_is_told_by_the_next_digest_alone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with office_of(folder) as office:
        anna, bo = first_run(office)
        office.crawl(tender(4), at=MONDAY, source="udbud")
    assert withheld(folder, "release", "first_run:ted", "--who", "anna") == 0
    assert said(capsys) == ["3 released: the next digests tell what of it concerns their readers"]
    with office_of(folder) as office:
        built = [office.morning(TUESDAY).built, office.morning(TUESDAY + DAY).built]
        assert (built, office.told(anna), office.told(bo)) == ([2, 0], {new(1), new(2)}, {new(3)})
    withheld(folder, "list")
    assert said(capsys)[0] == "first_run:udbud: 1 lot of udbud, first read on 2026-11-02"


def test_what_is_left_is_told_to_nobody_and_waits_no_more(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with office_of(folder) as office:
        anna, _ = first_run(office)
    assert withheld(folder, "leave", "--all") == 0
    assert said(capsys) == ["3 left: told to nobody who was subscribed before"]
    withheld(folder, "list")
    assert said(capsys) == ["nothing is withheld"]
    with office_of(folder) as office:
        assert (office.morning(TUESDAY).built, office.told(anna)) == (0, set())


def test_single_lots_are_decided_on_by_the_names_of_their_pages_also_after_they_were_left(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with office_of(folder) as office:
        anna, _ = first_run(office)
        slugs = [office.view(number, MONDAY).slug for number in (1, 2)]
    withheld(folder, "leave", "--all")
    assert withheld(folder, "release", slugs[0], f"{slugs[1]}.html") == 0
    assert said(capsys)[-1] == "2 released: the next digests tell what of it concerns their readers"
    with office_of(folder) as office:
        office.morning(TUESDAY)
        assert office.told(anna) == {new(1), new(2)}


def test_a_word_that_is_given_twice_counts_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with office_of(folder) as office:
        first_run(office)
    assert withheld(folder, "release", "first_run:ted", uid(1)) == 0
    assert said(capsys) == ["3 released: the next digests tell what of it concerns their readers"]
    assert withheld(folder, "release", "first_run:ted") == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("release",), "nothing is named: name a group that 'notifier withheld list' shows, or say --all"),
        (("leave", "first_run:page"), "nothing is withheld by the name 'first_run:page'"),
        (("show", "P4/LOT-0001"), "nothing is withheld by the name 'P4/LOT-0001'"),
    ],
)
def test_what_names_nothing_that_waits_decides_nothing(
    folder: Path, words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with office_of(folder) as office:
        first_run(office)
    assert withheld(folder, *words) == 2
    assert told in capsys.readouterr().err
    with office_of(folder) as office:
        assert len(office.store.withheld.undecided()) == 3


def test_nobody_decides_while_digests_are_built(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with office_of(folder) as office:
        first_run(office)
    with (folder.parent / "var" / "notifier.db.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert withheld(folder, "release", "--all") == 75
    with office_of(folder) as office:
        assert len(office.store.withheld.undecided()) == 3


def test_the_digest_says_what_it_does_not_announce(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with office_of(folder) as office:
        first_run(office)
    assert main(["--config", str(folder), "--now", TUESDAY.isoformat(), "digest"]) == 0
    lines = " ".join(capsys.readouterr().out.split())
    assert "0 queued, 3 with nothing new" in lines
    assert "not announced: 3 lots of ted, first read on 2026-11-02; see 'notifier withheld list'" in lines


def test_rules_that_an_officer_promotes_announce_nothing_until_that_is_released(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The program's own rules and pages, from the command line."""

    def run(*words: str) -> None:
        assert main(["--config", str(folder), "--now", TUESDAY.isoformat(), *words]) == 0

    rules = folder / "suitability.toml"
    lenient = rules.read_text(encoding="utf-8")
    strict = lenient.replace("suitable_from = 2.0", "suitable_from = 9.0").replace("from = 1.0", "from = 8.0")
    rules.write_text(strict, encoding="utf-8")
    with office_of(folder) as office:
        anna = office.subscribe()
        office.crawl_before()
        office.crawl(tender(1, lot(title="Rengøring af skoler i hele byen")), at=MONDAY)
    run("assess")
    rules.write_text(lenient, encoding="utf-8")
    for words in (("promote", "--who", "anna", "--yes"), ("assess",), ("publish",), ("digest",)):
        run(*words)
    assert "0 queued" in capsys.readouterr().out
    run("withheld", "list")
    assert said(capsys)[:2] == [
        "rules: 1 lot, judged by other rules or another model on 2026-11-03",
        "released now, 1 of these would be told to 1 subscriber",
    ]
    run("withheld", "release", "rules")
    run("digest")
    with office_of(folder) as office:
        assert office.told(anna) == {new(1)}
