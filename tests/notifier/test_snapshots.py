"""Snapshots of the open data: made once a month, straining out what is taken off, whatever was lost in between."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from notifier import publish as publishing
from notifier.config import OpenData
from notifier.ledger import LEDGER
from notifier.lots import LotView, Verdict
from notifier.press import Press
from notifier.site.data.straining import csv_left, lines_left, package_left
from notifier.site.documents import Strainer
from notifier.site.sections import front, opendata
from tests.notifier.editions import publish
from tests.notifier.examples import NOW, SOURCES, TOWN, TRADES, Handed, assessment, some_agreements
from tests.notifier.test_open_data import PACKAGE, check, contents, lines, package, rows, town_of
from tests.notifier.test_press import Killed, ruined_ledgers

pytestmark = pytest.mark.long

DECEMBER, JANUARY = NOW.replace(month=12, day=3), NOW.replace(year=2027, month=1, day=4)
TOWN_OF_SIX = town_of(6)  # two lots to a tender


@pytest.fixture(autouse=True)
def _nothing_but_open_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the front page, by which a folder whose ledger is lost is known."""
    monkeypatch.setattr(publishing, "SECTIONS", (opendata.SNAPSHOTS, opendata.SECTION, front.SECTION))


def put(
    folder: Path,
    views: Sequence[LotView] = TOWN_OF_SIX,
    now: dt.datetime = NOW,
    about: OpenData | None = None,
    outside: Sequence[LotView] = (),
    retracted: Sequence[str] = (),
) -> Path:
    agreements = [view for view in some_agreements() if view.slug not in retracted]
    publish(
        Handed(views, outside),
        agreements,
        (),
        TOWN,
        folder,
        now,
        trades=TRADES,
        sources=SOURCES,
        open_data=about,
        retracted=[view for view in some_agreements() if view.slug in retracted],
    )
    return folder / "data"


def without(*numbers: int) -> list[LotView]:
    return [replace(view, hidden=number in numbers) for number, view in enumerate(TOWN_OF_SIX)]


def hold(snapshot: Path, *numbers: int) -> None:
    """The snapshot holds these lots, and tenders of which none is missing, in every format."""
    slugs = [f"opgave-{number}" for number in numbers]
    tenders = [f"p{number}" for number in range(3) if {2 * number, 2 * number + 1} <= set(numbers)]
    assert [line["id"] for line in lines(snapshot)] == [row["id"] for row in rows(snapshot)] == slugs
    check(PACKAGE, package(snapshot))
    assert [one["ocid"].rpartition("-")[2] for one in package(snapshot)["releases"]] == tenders


def linked(folder: Path) -> set[str]:
    """Files of snapshots that the page leads to, in both languages the same."""
    found = [
        {
            str(link["href"]).rpartition("data/")[2]
            for link in BeautifulSoup((folder / page).read_bytes(), "lxml").select("main li a")
            if re.search(r"data/\d{4}-\d\d/", str(link["href"]))
        }
        for page in ("data.html", "en/data.html")
    ]
    assert found[0] == found[1]
    return found[0]


def months(data: Path) -> list[str]:
    return sorted(path.name for path in data.iterdir() if re.fullmatch(r"\d{4}-\d\d", path.name))


@pytest.fixture
def looked_through(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Files that are read line by line."""
    found, real = list[str](), Press._left

    def left(press: Press, path: Path, strainer: Strainer) -> int | None:
        found.append(f"{path.parent.name}/{path.name}")
        return real(press, path, strainer)

    monkeypatch.setattr(Press, "_left", left)
    return found


# -- runs that were killed -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two_months(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("two") / "site"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publishing, "SECTIONS", (opendata.SNAPSHOTS, opendata.SECTION))
        put(folder)
        put(folder, now=DECEMBER)
    return folder


def killed_at(folder: Path, count: int, views: Sequence[LotView], now: dt.datetime) -> bool:
    """Publish until so many files have taken their names; False where it came to its end."""
    real, done = os.replace, itertools.count()

    def replaced(source: Path, goal: Path) -> None:
        if next(done) == count:
            raise Killed
        real(source, goal)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "replace", replaced)
        try:
            put(folder, views, now)
        except Killed:
            return True
    return False


@pytest.mark.parametrize("then", [(0, 3), (3,)], ids=["hidden still", "shown again"])
def test_a_killed_run_and_another_hidden_lot_lose_no_file_of_a_snapshot(
    tmp_path: Path, two_months: Path, then: tuple[int, ...]
) -> None:
    for count in itertools.count():
        folder = tmp_path / str(count)
        shutil.copytree(two_months, folder)
        killed = killed_at(folder, count, without(0), DECEMBER)
        put(folder, without(*then), DECEMBER)
        for snapshot in (folder / "data" / "2026-11", folder / "data" / "2026-12"):
            assert contents(snapshot).keys() == contents(two_months / "data" / snapshot.name).keys()
            assert not {"opgave-3", *(f"opgave-{number}" for number in then)} & {one["id"] for one in lines(snapshot)}
            assert {"opgave-1", "opgave-2", "opgave-4", "opgave-5"} <= {one["id"] for one in rows(snapshot)}
            check(PACKAGE, package(snapshot))
            assert "ocds-unregistered-p2" in {one["ocid"] for one in package(snapshot)["releases"]}
        assert all((folder / "data" / path).is_file() for path in linked(folder))
        if not killed:
            break
    assert count > 6  # three files of each snapshot, at least


def test_a_snapshot_whose_first_run_was_killed_is_made_anew_as_a_whole(tmp_path: Path) -> None:
    other = [replace(view, lot=replace(view.lot, title="Ny titel")) for view in TOWN_OF_SIX]
    later = NOW + dt.timedelta(days=2)
    put(tmp_path / "wanted", other, later)
    for count in range(7):
        folder = tmp_path / str(count)
        assert killed_at(folder, count, TOWN_OF_SIX, NOW)
        put(folder, other, later)
        assert contents(folder / "data" / "2026-11") == contents(tmp_path / "wanted" / "data" / "2026-11")


# -- what was written down is lost ---------------------------------------------------------------------------------


@pytest.mark.parametrize("ruin", ruined_ledgers())
def test_without_a_ledger_snapshots_stay_are_listed_and_lose_what_is_taken_off(tmp_path: Path, ruin: str) -> None:
    data = put(tmp_path)
    put(tmp_path, now=DECEMBER)
    before = {path: content for path, content in contents(data).items() if path.startswith("2026-")}
    links = linked(tmp_path)
    assert links == {path for path in before if not path.endswith("datapackage.json")}
    ruined_ledgers()[ruin](tmp_path / LEDGER)
    changed = [replace(view, lot=replace(view.lot, title="Ny titel")) for view in TOWN_OF_SIX]
    put(tmp_path, changed, DECEMBER + dt.timedelta(days=2))
    assert {path: content for path, content in contents(data).items() if path.startswith("2026-")} == before
    assert linked(tmp_path) == links
    assert "23. november 2026" in (tmp_path / "data.html").read_text(encoding="utf-8")
    put(tmp_path, without(2), DECEMBER + dt.timedelta(days=3))
    for name in ("2026-11", "2026-12"):
        hold(data / name, 0, 1, 3, 4, 5)


@pytest.mark.parametrize("ruin", ruined_ledgers())
def test_a_lot_that_is_hidden_while_the_ledger_is_lost_is_taken_out_as_well(tmp_path: Path, ruin: str) -> None:
    data = put(tmp_path)
    ruined_ledgers()[ruin](tmp_path / LEDGER)
    put(tmp_path, without(2), DECEMBER)
    hold(data / "2026-11", 0, 1, 3, 4, 5)
    assert "opgave-2" not in "".join(path.read_text(encoding="utf-8") for path in (data / "2026-12").rglob("*.*"))


def test_snapshots_are_looked_through_only_when_something_else_is_off_or_the_file_is_not_as_it_was_left(
    tmp_path: Path, looked_through: list[str]
) -> None:
    def looked(views: Sequence[LotView], now: dt.datetime = DECEMBER) -> list[str]:
        looked_through.clear()
        put(tmp_path, views, now)
        return sorted(looked_through)

    november = [f"2026-11/{name}" for name in ("lots.csv", "lots.jsonl")]
    assert looked(TOWN_OF_SIX, NOW) == looked(TOWN_OF_SIX, NOW) == []
    assert looked(without(0)) == [*november, "ocds/2026.json"]  # December's was made without it
    changed = [replace(view, lot=replace(view.lot, title="Ny")) for view in without(0)]
    assert looked(without(0)) == looked(changed) == looked(changed, DECEMBER + dt.timedelta(days=1)) == []
    assert len(looked(without(0, 4))) == 6
    os.utime(tmp_path / "data" / "2026-11" / "lots.csv", ns=(1, 1))
    assert looked(without(0, 4)) == november[:1]
    (tmp_path / LEDGER).unlink()
    assert len(looked(without(0, 4))) == 6
    assert looked(without(0, 4)) == []


def test_looking_through_writes_nothing_where_nothing_has_to_go(tmp_path: Path) -> None:
    november = put(tmp_path) / "2026-11"
    put(tmp_path, without(0), DECEMBER)
    before = {path: (november / path).stat().st_ino for path in contents(november)}
    (tmp_path / LEDGER).unlink()
    put(tmp_path, without(0), DECEMBER)
    assert {path: (november / path).stat().st_ino for path in contents(november)} == before


# -- what stands is told of ----------------------------------------------------------------------------------------


def test_a_file_of_a_snapshot_that_was_deleted_is_not_linked_nor_made_again(tmp_path: Path) -> None:
    data = put(tmp_path)
    put(tmp_path, now=DECEMBER)
    for path in ("2026-11/lots.csv", "2026-11/ocds/2026.json", "2026-12/agreements.jsonl"):
        (data / path).unlink()
    put(tmp_path, without(1), DECEMBER)
    on_disk = {path for path in contents(data) if path.startswith("2026-")}
    assert linked(tmp_path) == {path for path in on_disk if not path.endswith("datapackage.json")}
    assert not {"2026-11/lots.csv", "2026-11/ocds/2026.json", "2026-12/agreements.jsonl"} & on_disk
    shutil.rmtree(data / "2026-11")
    put(tmp_path, now=DECEMBER)
    assert {path[:7] for path in linked(tmp_path)} == {"2026-12"}


def test_a_snapshot_that_does_not_say_its_day_is_told_by_its_month(tmp_path: Path) -> None:
    data = put(tmp_path)
    for said in (b"", b'{"created":7}', b'{"created":"2036-01-01"}', None):
        if said is None:
            (data / "2026-11" / "datapackage.json").unlink()
        else:
            (data / "2026-11" / "datapackage.json").write_bytes(said)
        put(tmp_path, without(1), DECEMBER)
        found = BeautifulSoup((tmp_path / "data.html").read_bytes(), "lxml").select("#maaneder ~ ul time")
        assert [(one["datetime"], one.get_text()) for one in found] == [
            ("2026-12-03", "3. december 2026"),
            ("2026-11", "2026-11"),
        ]
    hold(data / "2026-11", 0, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2026-11-23", "2026-11-23"),
        ("2026-11-23T06:20:00+01:00", "2026-11-23"),
        ("2026-10-31T23:30:00+00:00", "2026-11-01"),
    ],
)
def test_the_day_of_a_snapshot_is_copenhagens_whether_it_says_a_day_or_a_moment(
    tmp_path: Path, said: str, day: str
) -> None:
    data = put(tmp_path)
    (data / "2026-11" / "datapackage.json").write_text(json.dumps({"created": said}), encoding="utf-8")
    assert publishing.snapshot_days(tmp_path) == {"2026-11": day}


def test_what_somebody_else_put_into_a_snapshots_folder_stays_and_is_not_told_of(tmp_path: Path) -> None:
    data = put(tmp_path)
    (data / "2026-11" / "extra.csv").write_bytes(b"theirs\n")
    (tmp_path / LEDGER).unlink()
    put(tmp_path, without(1), DECEMBER)
    assert (data / "2026-11" / "extra.csv").read_bytes() == b"theirs\n"
    assert not any("extra" in path for path in linked(tmp_path))


# -- clocks --------------------------------------------------------------------------------------------------------


def test_a_clock_that_was_years_ahead_leaves_no_snapshot_that_is_listed_and_hinders_none(tmp_path: Path) -> None:
    data = put(tmp_path)
    put(tmp_path, now=NOW.replace(year=2036))
    put(tmp_path, now=NOW + dt.timedelta(hours=1))
    assert {path[:7] for path in linked(tmp_path)} == {"2026-11"}
    put(tmp_path, without(0), DECEMBER)
    assert {path[:7] for path in linked(tmp_path)} == {"2026-11", "2026-12"}
    assert months(data) == ["2026-11", "2026-12", "2036-11"]
    hold(data / "2036-11", 1, 2, 3, 4, 5)  # it is public all the same


@pytest.mark.parametrize("back", [60, 3000, 20000])
def test_a_clock_that_is_set_back_makes_no_snapshot_of_a_month_that_is_over(tmp_path: Path, back: int) -> None:
    data = put(tmp_path)
    before = contents(data / "2026-11")
    put(tmp_path, now=NOW - dt.timedelta(days=back))
    assert months(data) == ["2026-11"]
    assert linked(tmp_path) == set()
    put(tmp_path)
    assert contents(data / "2026-11") == before
    assert {path[:7] for path in linked(tmp_path)} == {"2026-11"}


def test_months_without_a_publication_have_no_snapshot_and_the_month_ends_at_copenhagens_midnight(
    tmp_path: Path,
) -> None:
    data = put(tmp_path)
    midnight = dt.datetime(2027, 1, 31, 23, tzinfo=dt.UTC)
    put(tmp_path, now=midnight - dt.timedelta(seconds=1))
    put(tmp_path, now=midnight)
    assert months(data) == ["2026-11", "2027-01", "2027-02"]
    assert "2027-02-01" in (data / "2027-02" / "README.md").read_text(encoding="utf-8")


# -- what is taken out ---------------------------------------------------------------------------------------------


def test_what_is_shown_again_does_not_come_back_into_past_months(tmp_path: Path) -> None:
    data = put(tmp_path)
    put(tmp_path, without(1), NOW)
    put(tmp_path, now=DECEMBER)
    hold(data / "2026-11", 0, 2, 3, 4, 5)
    hold(data / "2026-12", *range(6))
    for readme in ((data / name / "README.md").read_text(encoding="utf-8") for name in months(data)):
        assert "er også taget ud her og sættes ikke ind igen" in readme
        assert "are taken out here too and do not come in again" in readme


def test_a_tender_leaves_with_a_lot_that_had_no_mark_in_it_and_stays_where_it_never_told_of_it(tmp_path: Path) -> None:
    views = [replace(TOWN_OF_SIX[0], assessment=assessment(Verdict.UNSUITABLE)), *TOWN_OF_SIX[1:]]
    views[2] = replace(views[2], hidden=True)
    november = put(tmp_path, views) / "2026-11"
    put(tmp_path, views, DECEMBER)
    assert [one["ocid"][-2:] for one in package(november)["releases"]] == ["p0", "p1", "p2"]
    put(tmp_path, [replace(views[0], hidden=True), *views[1:]], DECEMBER)
    assert [one["ocid"][-2:] for one in package(november)["releases"]] == ["p1", "p2"]
    assert [line["id"] for line in lines(november)] == ["opgave-1", "opgave-3", "opgave-4", "opgave-5"]


def test_a_lot_that_lost_its_mark_goes_and_its_tender_where_it_was_marked_in_it(tmp_path: Path) -> None:
    unsuitable = assessment(Verdict.UNSUITABLE)
    views = [replace(TOWN_OF_SIX[0], assessment=unsuitable), *TOWN_OF_SIX[1:]]
    november = put(tmp_path, views) / "2026-11"
    views[2] = replace(views[2], assessment=unsuitable)
    put(tmp_path, views, DECEMBER)
    assert [line["id"] for line in lines(november)] == ["opgave-1", "opgave-3", "opgave-4", "opgave-5"]
    assert [one["ocid"][-2:] for one in package(november)["releases"]] == ["p0", "p2"]


def test_a_lot_that_is_not_followed_any_more_goes_with_its_tender(tmp_path: Path) -> None:
    november = put(tmp_path) / "2026-11"
    put(tmp_path, TOWN_OF_SIX[1:], DECEMBER, outside=TOWN_OF_SIX[:1])
    hold(november, 1, 2, 3, 4, 5)


def test_an_agreement_that_turned_out_not_to_be_goes_and_one_that_is_no_longer_listed_stays(tmp_path: Path) -> None:
    november = put(tmp_path) / "2026-11"
    slugs = [view.slug for view in some_agreements()]
    put(tmp_path, now=DECEMBER, retracted=slugs[:1])
    assert {line["id"] for line in lines(november, "agreements.jsonl")} == set(slugs[1:])
    assert {row["id"] for row in rows(november, "agreements.csv")} == set(slugs[1:])
    publish(Handed(TOWN_OF_SIX), (), (), TOWN, tmp_path, DECEMBER)
    assert {row["id"] for row in rows(november, "agreements.csv")} == set(slugs[1:])


def test_new_lots_without_a_mark_make_nobody_look_through_earlier_snapshots(
    tmp_path: Path, looked_through: list[str]
) -> None:
    unsuitable = [replace(view, assessment=assessment(Verdict.UNSUITABLE)) for view in town_of(9)]
    put(tmp_path, [*TOWN_OF_SIX, unsuitable[6]])
    put(tmp_path, [*TOWN_OF_SIX, unsuitable[6], replace(unsuitable[7], first_seen=DECEMBER)], DECEMBER)
    later = DECEMBER + dt.timedelta(days=1)
    put(tmp_path, [*TOWN_OF_SIX, *unsuitable[6:8], replace(unsuitable[8], first_seen=later)], later)
    assert looked_through.count("2026-11/lots.csv") == 1  # one was found before November's, as it seems now
    looked_through.clear()
    put(tmp_path, [unsuitable[0], *TOWN_OF_SIX[1:], *unsuitable[6:8]], later)
    assert {"2026-11/lots.csv", "2026-12/lots.csv"} <= set(looked_through)


def test_a_lot_without_a_number_of_its_own_is_found_by_its_page(tmp_path: Path) -> None:
    views = [replace(view, lot=replace(view.lot, lot_id="1")) for view in TOWN_OF_SIX]
    views[0] = replace(views[0], assessment=assessment(Verdict.UNSUITABLE))
    november = put(tmp_path, views) / "2026-11"
    put(tmp_path, [replace(views[0], hidden=True), *views[1:]], DECEMBER)
    assert [one["ocid"][-2:] for one in package(november)["releases"]] == ["p1", "p2"]


def test_tenders_are_found_under_an_earlier_prefix(tmp_path: Path) -> None:
    views = [replace(TOWN_OF_SIX[0], assessment=assessment(Verdict.UNSUITABLE)), *TOWN_OF_SIX[1:]]
    november = put(tmp_path, views) / "2026-11"
    now = OpenData(ocid_prefix="ocds-a1b2c3")
    put(tmp_path, [replace(views[0], hidden=True), *views[1:]], DECEMBER, now)
    assert [one["ocid"] for one in package(november)["releases"]] == ["ocds-unregistered-p1", "ocds-unregistered-p2"]


def test_a_link_in_the_place_of_a_snapshots_file_is_taken_away_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    november, elsewhere = put(tmp_path / "site") / "2026-11", tmp_path / "elsewhere.csv"
    (november / "lots.csv").rename(elsewhere)
    (november / "lots.csv").symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    put(tmp_path / "site", without(0), DECEMBER)
    assert not (november / "lots.csv").is_symlink()
    assert elsewhere.read_bytes() == before
    assert "2026-11/lots.csv" not in linked(tmp_path / "site")


# -- lines ---------------------------------------------------------------------------------------------------------

HEAD = b'{"uri":"x","releases":[\n'


def release(name: str) -> bytes:
    return json.dumps({"ocid": f"ocds-a1b2c3-{name}", "tender": {"lots": [{"id": name, "title": "]}"}]}}).encode()


def package_of(*names: str) -> bytes:
    return HEAD + b",\n".join(map(release, names)) + b"\n]}\n" if names else b""


@pytest.mark.parametrize("off", [set(off) for size in range(4) for off in itertools.combinations("abc", size)])
def test_a_package_is_as_if_the_others_had_never_been_in_it(off: set[str]) -> None:
    told = {(name, name) for name in off}
    left = b"".join(package_left((), told, package_of("a", "b", "c").splitlines(keepends=True)))
    assert left == package_of(*(name for name in "abc" if name not in off))


Left = Callable[[Iterable[bytes]], Iterator[bytes]]


@pytest.mark.parametrize(
    ("left", "content"),
    [
        (lambda lines: csv_left({"b"}, lines), b"nobody knows\n"),
        (lambda lines: csv_left({"b"}, lines), b"a,1\r\nb,2\r\n"),
        (lambda lines: csv_left({"b"}, lines), b"id;title\r\na;1\r\n"),
        (lambda lines: csv_left({"b"}, lines), b"id,title\r\nb,1"),
        (lambda lines: lines_left({"b"}, lines), b'{"id":"a"}\n{"id":'),
        (lambda lines: lines_left({"b"}, lines), b'{"id":7}\n'),
        (lambda lines: lines_left({"b"}, lines), b'{"id":"\xff"}\n'),
        (lambda lines: package_left({"b"}, (), lines), b""),
        (lambda lines: package_left({"b"}, (), lines), HEAD + release("a") + b"\n"),
        (lambda lines: package_left({"b"}, (), lines), b'{\n"releases": [' + release("a") + b"]}\n"),
        (lambda lines: package_left({"b"}, (), lines), HEAD + b"{}\n]}\n"),
    ],
)
def test_a_file_that_is_not_written_as_ours_is_not_taken_for_one(left: Left, content: bytes) -> None:
    with pytest.raises(ValueError, match="no "):
        list(left(content.splitlines(keepends=True)))


def test_lines_go_one_by_one_and_none_is_held() -> None:
    def drained(content: Iterable[bytes]) -> Iterator[bytes]:
        yield from content
        raise LookupError  # nobody asks for more than the first lines

    assert next(csv_left({"b"}, drained([b"id,\r\n"]))) == b"id,\r\n"
    assert next(lines_left({"b"}, drained([b'{"id":"a"}\n']))) == b'{"id":"a"}\n'
    assert next(package_left({"b"}, (), drained([HEAD, release("a") + b",\n"]))) == HEAD
