"""A quarter is counted once, at the first publication after it is over, and never again."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import msgspec
import pytest

from notifier.answers import Answer
from notifier.catalogue import followed, refresh
from notifier.clock import COPENHAGEN
from notifier.config import load
from notifier.effects.counting import Step
from notifier.effects.quarters import Figures, Quarter
from notifier.errors import ConfigError
from notifier.lots import LotView, Organisation, RunStatus, Verdict
from notifier.outbox import deliver
from notifier.profiles import Announced, Announcement, Cadence
from notifier.resources import resource
from notifier.store.effects import Effects
from notifier.telling import told_quarters, trial_quarters
from tests.notifier.office import Taker
from tests.notifier.web.make import RULES, Place, lot

MAY = dt.datetime(2026, 5, 4, 9, 0, tzinfo=COPENHAGEN)
JULY = dt.datetime(2026, 7, 1, 6, 10, tzinfo=COPENHAGEN)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place.at(tmp_path)
    made.config = replace(made.config, site=tmp_path / "site")
    made.moment[0] = MAY
    yield made
    made.store.close()


def told(place: Place) -> tuple[Figures, ...]:
    return told_quarters(place.store, place.config, RULES.trades, place.now, place.now)


def hold(place: Place, number: int) -> LotView:
    return place.hold(lot(f"Rengøring {number}", nuts=("DK042",)), key=f"{number}-2026")


def read(place: Place, source: str, status: RunStatus = RunStatus.GOOD, listed: int = 5, held: int = 5) -> None:
    number = place.store.runs.begin(source, place.now)
    place.store.runs.finish(number, finished=place.now, status=status, listed=listed, held=held)


def answered(place: Place, view: LotView, answer: Answer, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        address = f"post@virksomhed{number}.example"
        known = place.store.subscribers.by_address(address) or place.subscriber(address)
        place.store.answers.give(view.uid, known.number, answer, place.now)


def mailed(place: Place, view: LotView, count: int) -> None:
    """So many get a mail that tells of a lot."""
    run = place.store.digests.begin_run(Cadence.DAILY, place.now.isoformat(), place.now)
    for number in range(count):
        address = f"post@virksomhed{number}.example"
        known = place.store.subscribers.by_address(address) or place.subscriber(address)
        digest = place.store.digests.add(run.number, known.number, [Announcement(Announced.NEW, view.uid)], place.now)
        place.store.outbox.add(
            digest_id=digest, subscriber_id=known.number, message_id=f"<{run.number}-{number}@x>", recipient=address,
            body=b"x", now=place.now,
        )  # fmt: skip
    deliver(place.store, Taker(), place.now)


@pytest.fixture
def spring(place: Place) -> Place:
    """A quarter with some of everything, over since this morning."""
    views = [hold(place, number) for number in range(1, 4)]
    place.hold(lot("Asfalt", nuts=(), deadline=None), key="9-2026", verdict=Verdict.UNSUITABLE)
    read(place, "ted")
    mailed(place, views[0], 7)
    place.moment[0] = MAY.replace(month=6)
    read(place, "ted", RunStatus.PARTIAL, 9, 7)
    read(place, "ted", RunStatus.FAILED, 0, 0)
    answered(place, views[0], Answer.RELEVANT, 6)
    answered(place, views[0], Answer.BIDDING, 4)
    refresh(place.store, RULES.trades, place.now)
    place.moment[0] = JULY
    return place


def test_before_a_quarter_is_over_nothing_is_told(place: Place) -> None:
    assert told(place) == ()
    hold(place, 1)
    place.moment[0] = JULY.replace(month=6, day=30, hour=23)
    assert told(place) == ()
    place.moment[0] = JULY.replace(hour=0)
    assert [one.quarter for one in told(place)] == [Quarter(2026, 2)]


def test_a_quarter_is_counted_from_what_is_held(spring: Place) -> None:
    (one,) = told(spring)
    assert [one.total(step) for step in (Step.FOUND, Step.MARKED, Step.MAILED)] == [4, 3, 1]
    assert (one.readers, one.first_mail, one.begins) == (5, MAY.date(), MAY.date())
    assert one.answered(Answer.RELEVANT) == 6
    assert one.answered(Answer.BIDDING) is None
    assert (one.gaps.found, one.gaps.no_place, one.gaps.no_deadline) == (4, 1, 1)
    ted = next(source for source in one.sources if source.id == "ted")
    assert (ted.days, ted.good_days, ted.readings, ted.failed, ted.unread) == (58, 1, 3, 2, 2)
    assert [(trade.key, trade.found) for trade in one.trades] == [("cleaning", 4)]


def test_what_was_told_stays_whatever_is_found_said_hidden_or_erased_later(spring: Place) -> None:
    before = told(spring)
    spring.later(days=2)
    hold(spring, 20)
    spring.store._database.write("UPDATE lots SET first_seen = '2026-05-05T00:00:00.000000+00:00', hidden = 1")
    for (number,) in spring.dump_of("SELECT id FROM subscribers ORDER BY id"):
        assert spring.store.subscribers.remove(number)
    spring.config = replace(spring.config, cost=99, cost_covers="alt")
    assert told(spring) == before
    spring.moment[0] = JULY.replace(month=10)
    assert told(spring)[0] == before[0]
    assert [one.quarter.number for one in told(spring)] == [2, 3]


def test_where_no_quarter_has_ended_nothing_is_counted(spring: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    told(spring)

    def never(*_: object) -> NoReturn:
        raise AssertionError("counted again")

    for name in ("lots", "answers", "awards"):
        monkeypatch.setattr(Effects, name, never)
    spring.later(days=30)
    assert len(told(spring)) == 1


def test_lots_that_the_town_does_not_follow_are_not_counted_and_hidden_ones_are(place: Place) -> None:
    other = Organisation("Nabokøbing Kommune")
    for number, nuts in ((1, "DK042"), (2, "DK011")):
        place.hold(lot("Rengøring", nuts=(nuts,)), key=f"{number}-2026", buyers=(other,))
    hidden = place.hold(lot("Skjult", nuts=("DK042",)), key="3-2026", buyers=(other,))
    place.store._database.write("UPDATE lots SET hidden = 1 WHERE uid = ?", (hidden.uid,))
    config = replace(place.config, places=("DK042",))
    refresh(place.store, RULES.trades, place.now, followed=followed(config))
    place.moment[0] = JULY
    (one,) = told(place)
    assert (one.total(Step.FOUND), one.gaps.found) == (2, 2)


def test_quarters_that_passed_without_a_publication_are_told_one_by_one(spring: Place) -> None:
    spring.moment[0] = JULY.replace(year=2027, month=2)
    found = told(spring)
    assert [one.quarter.key for one in found] == ["2026-2", "2026-3", "2026-4"]
    assert [one.answered(Answer.RELEVANT) for one in found] == [6, None, None]


def test_what_the_site_tells_is_taken_back_where_the_database_lost_it(spring: Place, tmp_path: Path) -> None:
    (one,) = told(spring)
    folder = spring.config.site / "effekt"
    folder.mkdir(parents=True)
    (folder / "2026-2.json").write_bytes(msgspec.json.encode(one))
    (folder / "2026-1.json").write_text("{}")
    (folder / "2026-9.json").write_bytes(msgspec.json.encode(one))
    (folder / "2031-1.json").write_bytes(msgspec.json.encode(replace(one, quarter=Quarter(2031, 1))))
    new = Place.at(tmp_path)
    new.store._database.write("DELETE FROM told_reports")
    new.store._database.write("DELETE FROM feedback")
    new.config, new.moment[0] = spring.config, JULY
    assert told(new) == (one,)
    new.store.close()


def test_a_trial_tells_the_same_and_keeps_nothing(spring: Place) -> None:
    before = spring.dump()
    found = trial_quarters(spring.store, spring.config, RULES.trades, spring.now)
    assert spring.dump() == before
    assert found == told(spring)


def test_a_pretended_clock_keeps_no_quarter_that_is_not_over(spring: Place) -> None:
    real, later = JULY, JULY.replace(year=2027, month=2)
    found = told_quarters(spring.store, spring.config, RULES.trades, later, real)
    assert [(one.quarter.key, one.told_at) for one in found] == [("2026-2", real)]
    assert found == told(spring)


def test_a_clock_pretended_in_the_past_neither_shows_nor_counts_anew_what_was_told_since(spring: Place) -> None:
    spring.later(days=1)
    before = told(spring)
    assert told_quarters(spring.store, spring.config, RULES.trades, JULY, spring.now) == ()
    assert spring.store.reports.all() == before


def test_what_a_wrong_clock_has_kept_is_not_told_and_makes_way_for_the_right_figures(spring: Place) -> None:
    (right,) = trial_quarters(spring.store, spring.config, RULES.trades, JULY)
    spring.store.reports.keep(replace(right, told_at=JULY.replace(year=2027), readers=500))
    third = replace(right, quarter=Quarter(2026, 3), told_at=JULY.replace(day=2))
    spring.store.reports.keep(third)
    spring.later(days=3)
    (found,) = told(spring)
    assert (found.quarter, found.readers) == (right.quarter, right.readers)


def test_of_the_sites_own_files_only_possible_ones_are_taken_back(spring: Place) -> None:
    (right,) = trial_quarters(spring.store, spring.config, RULES.trades, JULY)
    folder = spring.config.site / "effekt"
    folder.mkdir(parents=True)
    (folder / "2026-2.json").write_bytes(
        msgspec.json.encode(replace(right, told_at=JULY.replace(year=2027), readers=5000))
    )
    assert told(spring) == (right,)


def test_what_running_it_costs_is_what_the_town_writes_and_needs_to_say_what_it_covers(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    shutil.copytree(resource("config"), folder)
    file = folder / "notifier.toml"
    shipped = file.read_text(encoding="utf-8")
    assert (load(folder, environment={}).cost, load(folder, environment={}).cost_covers) == (None, "")
    both = '\n[report]\nyearly_cost = 0\nyearly_cost_covers = "intet"\n'
    file.write_text(shipped + both, encoding="utf-8")
    assert (load(folder, environment={}).cost, load(folder, environment={}).cost_covers) == (0, "intet")
    file.write_text(f"{shipped}\n[report]\nyearly_cost = 5\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="yearly_cost_covers"):
        load(folder, environment={})
