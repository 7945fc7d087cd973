"""The page for staff: what was read of each source, what needs a person, and what only looks alike."""

from __future__ import annotations

import datetime as dt
import stat
from dataclasses import fields, replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from notifier.config import Expect, Source, Town
from notifier.coverage import FieldCoverage, Tally, alarms
from notifier.errors import Blocked, PublishError, SourceError, Unreachable
from notifier.lots import Agreement, Deadline, Lot, Notice, RunPurpose, RunStatus, SourceRun, Stage
from notifier.receipts import Receipt
from notifier.staff import PairRow, sources_page, write_staff_pages
from notifier.store.notices import Doubtful
from notifier.words import words
from spiders.parsers.page import parse_list
from spiders.parsers.selectors import ListSelectors
from spiders.run import Run
from tests.spiders.test_run import Heard

MONDAY = dt.datetime(2026, 11, 23, 6, 10, tzinfo=dt.UTC)  # 07.10 in Copenhagen
TOWN = Town("Rosenlund Kommune", "udbud@rosenlund.example", "https://udbud.rosenlund.example")


def source(name: str, *, enabled: bool = True) -> Source:
    return Source(
        id=name, kind="page", publisher="Rosenlund Kommune", url=f"https://{name}.example/udbud", enabled=enabled
    )


def run(name: str, status: RunStatus | None, listed: int = 41, held: int = 41, **more: object) -> SourceRun:
    run = SourceRun(name, MONDAY, MONDAY if status else None, status, listed, held, 0, 0, held, 0, "")
    return replace(run, **more)  # type: ignore[arg-type]


def receipt(name: str, newest: SourceRun | None, good: SourceRun | None = None, **more: object) -> Receipt:
    ended = newest if newest and newest.status else None
    known = good or (ended if ended and ended.status is RunStatus.GOOD else None)
    made = Receipt(source(name), newest, ended, known, 0)
    return replace(made, **more)  # type: ignore[arg-type]


def page(*receipts: Receipt, pairs: tuple[PairRow, ...] = (), language: str = "da") -> BeautifulSoup:
    return BeautifulSoup(sources_page(receipts, pairs, TOWN, MONDAY, language), "lxml")


def said(soup: Tag) -> str:
    return " ".join(soup.get_text(" ").split())


def test_a_source_that_was_read_whole_has_its_receipt() -> None:
    words = said(page(receipt("by", run("by", RunStatus.GOOD))))
    assert "kilden viser 41, vi har 41" in words
    assert "Alle kilder er læst i orden." in words
    assert "23. november 2026 kl. 07.10" in words


def test_the_difference_is_told_by_id_with_a_link_where_there_is_one() -> None:
    missing = ("123456-2026", "https://by.example/udbud/7", "sag 8")
    soup = page(receipt("by", run("by", RunStatus.PARTIAL, 44, 39, missing=missing)))
    links = {link.get_text(): link["href"] for link in soup.select("table.facts a")}
    assert links["123456-2026"] == "https://ted.europa.eu/da/notice/-/detail/123456-2026"
    assert links["https://by.example/udbud/7"] == "https://by.example/udbud/7"
    assert "sag 8 og 2 til" in said(soup)


def test_what_needs_a_person_comes_first_and_says_what_to_do() -> None:
    alarm = run("tom", RunStatus.ALARM, 0, 0, message="https://tom.example/udbud: the landmark is missing")
    soup = page(receipt("by", run("by", RunStatus.GOOD)), receipt("tom", alarm, run("tom", RunStatus.GOOD, 12, 12)))
    assert next(row.get_text() for row in soup.select("section h3")) == "Rosenlund Kommune"
    first = soup.select_one("section")
    assert first
    assert "Intet fra denne læsning er offentliggjort, og intet er lukket." in said(first)
    assert "the landmark is missing" in said(first)
    assert first.select_one("[lang=en]")
    assert "kilden viser 12, vi har 12 (23. november 2026 kl. 07.10)" in said(first), (
        "the last good count, with its day"
    )
    assert "1 kilde kræver, at nogen ser på den." in said(soup)


def test_sources_that_were_never_read_or_are_switched_off_say_so() -> None:
    off = receipt("slukket", None, source=source("slukket", enabled=False))
    soup = page(off, receipt("ny", None), receipt("nu", run("nu", None)))
    states = [row.select("td")[-1].get_text() for row in soup.select("table.stack tbody tr")]
    assert states == ["ikke læst endnu", "blev afbrudt", "slået fra"]


def test_a_reading_that_was_cut_off_needs_a_person_though_the_one_before_it_was_good() -> None:
    cut = Receipt(source("by"), run("by", None), run("by", RunStatus.GOOD), run("by", RunStatus.GOOD), 0)
    soup = page(receipt("havn", run("havn", RunStatus.GOOD)), cut)
    assert [row.select("td")[-1].get_text() for row in soup.select("table.stack tbody tr")] == [
        "blev afbrudt",
        "læst i orden",
    ]
    assert "1 kilde kræver" in said(soup)
    assert "kilden viser 41, vi har 41" in said(soup.select("section")[0])


@pytest.mark.parametrize("purpose", [RunPurpose.BACKFILL, RunPurpose.REPARSE])
def test_a_repair_or_backfill_without_an_end_is_to_be_begun_again(purpose: RunPurpose) -> None:
    words = said(page(receipt("ted", run("ted", RunStatus.GOOD), other=(run("ted", None, purpose=purpose),))))
    assert "blev afbrudt. Kør kommandoen igen" in words
    assert "0 nye" not in words


def test_fields_that_became_fewer_and_places_that_nobody_read_are_told() -> None:
    now = FieldCoverage(14, {"title": 14, "lot.deadline": 3}, {"p.ny": 11, "page: a login": 1, "h1": 14})
    before = FieldCoverage(13, {"title": 13, "lot.deadline": 13}, {"h1": 13})
    soup = page(receipt("by", run("by", RunStatus.GOOD), coverage=(now, before)))
    rows = [[cell.get_text() for cell in row.select("th, td")] for row in soup.select("details tbody tr")]
    assert rows == [["Frist for tilbud lot.deadline", "3 af 14", "13 af 13"], ["Titel title", "14 af 14", "13 af 13"]]
    assert "Felter, der er fundet færre gange, står først." in said(soup)
    assert "Står på siden, men bliver ikke læst:" in said(soup)
    assert [item.get_text() for item in soup.select("details li code")] == ["p.ny", "a login", "h1"], (
        "what is new first"
    )


def test_fields_are_compared_by_their_share_where_fewer_items_were_read_than_before() -> None:
    now = FieldCoverage(3, {"title": 3, "lot.place": 1}, day="2026-11-23")
    before = FieldCoverage(229, {"title": 229, "lot.place": 229, "url": 2}, day="2026-11-22")
    soup = page(receipt("by", run("by", RunStatus.GOOD), coverage=(now, before)))
    rows = [[cell.get_text() for cell in row.select("td")] for row in soup.select("details tbody tr")]
    assert rows == [["1 af 3", "229 af 229"], ["0 af 3", "2 af 229"], ["3 af 3", "229 af 229"]]


def test_a_source_with_nothing_new_to_read_says_so_and_has_no_table_of_losses() -> None:
    held = FieldCoverage(229, {"title": 229}, day="2026-11-20")
    soup = page(receipt("ted", run("ted", RunStatus.GOOD), coverage=(held,), quiet_since=dt.date(2026, 11, 20)))
    assert "Der har ikke været noget nyt at læse siden 20. november 2026." in said(soup)
    assert not soup.select("details table")


def test_what_is_missing_is_counted_in_the_row_of_the_source() -> None:
    soup = page(receipt("by", run("by", RunStatus.PARTIAL, 14, 12)))
    row = soup.select_one("table.stack tbody tr")
    assert row
    assert "kilden viser 14, vi har 12; mangler 2" in said(row)
    assert "læst, men ikke alt" in said(row)
    assert "mangler" not in said(page(receipt("by", run("by", RunStatus.GOOD, 14, 14))).select("table.stack")[0])


def lost(*fields: str) -> str:
    """The message of a run in which these fields were read of nothing any more."""
    tally = Tally()
    lot = Lot("1", "Vask", place="Rosenlund", deadline=Deadline(MONDAY + dt.timedelta(days=30)))
    notices = [Notice("by", f"26/{number}", Stage.CALL, f"Opgave {number}", lots=(lot,)) for number in range(6)]
    for one in notices:
        tally.read(one)
    now = Tally()
    for one in notices:
        now.read(replace(one, lots=(replace(lot, **dict.fromkeys(fields)),)))  # type: ignore[arg-type]
    (what,) = alarms(now.coverage(), [tally.coverage()] * 8)
    return f"{what} (https://by.example/udbud): look at the page and mend the selectors"


def not_in_place(html: str) -> str:
    """The message of a list page that is not the one that was described."""
    with pytest.raises(SourceError) as raised:
        parse_list(html, ListSelectors("main#udbud", "li"), "https://by.example/udbud")
    return str(raised.value)


def miscounted(listed: int, total: int | None = None) -> str:
    """The message of a run that listed so many, where 5 to 20 are expected."""
    made = Run(replace(source("by"), expect=Expect(5, 20)), Heard())
    made.listed([str(number) for number in range(listed)], total)
    made.finish()
    return str(made.troubles[-1][1])


NO_ANSWER = Unreachable("by.example did not answer, 3 times", where="https://by.example/", remedy="look")
FORBIDDEN = Blocked("robots.txt forbids this address", where="https://by.example/udbud", remedy="do not fetch it")


@pytest.mark.parametrize(
    ("message", "status", "reason"),
    [
        (lost("deadline", "place"), RunStatus.ALARM, "Det, vi plejer at finde, mangler nu: frist for tilbud, sted."),
        (not_in_place("<main id='udbud'><p>Hej</p></main>"), RunStatus.ALARM, "Listen kunne ikke findes på siden"),
        (not_in_place("<main><p>Velkommen</p></main>"), RunStatus.ALARM, "Det, vi kender den på, er væk."),
        (miscounted(2), RunStatus.ALARM, "Der står 2 på listen, og vi venter mellem 5 og 20."),
        (miscounted(14, 17), RunStatus.ALARM, "Kilden siger, at den har 17, men den viste kun 14."),
        (str(FORBIDDEN), RunStatus.BLOCKED, "Kildens robots.txt siger, at programmer ikke må hente adressen."),
        (str(NO_ANSWER), RunStatus.FAILED, "Kildens server svarede ikke, eller den svarede med fejl."),
    ],
)
def test_the_danish_page_says_in_danish_why_a_source_could_not_be_read(
    message: str, status: RunStatus, reason: str
) -> None:
    warning = page(receipt("by", run("by", status, message=message))).select_one(".warning")
    assert warning
    assert reason in said(warning)
    english = warning.select("[lang=en]")
    assert [one.get_text() for one in english] == [message], "the program's own words stand below"
    assert reason not in said(english[0])


def test_a_message_that_is_not_known_stands_alone() -> None:
    warning = page(receipt("by", run("by", RunStatus.FAILED, message="the moon is full"))).select_one(".warning")
    assert warning
    assert "Besked fra programmet: the moon is full" in said(warning)
    assert not warning.select("li")


def test_every_field_that_is_counted_has_a_danish_name() -> None:
    counted = {one.name for kind in (Notice, Lot, Agreement) for one in fields(kind)}
    counted -= {"source", "key", "stage", "lots", "flags"}
    assert [name for name in sorted(counted) if f"staff.field_{name}" not in words("da")] == []


def test_doubts_of_what_is_held_are_counted_and_the_most_frequent_named() -> None:
    doubtful = Doubtful(
        12,
        (
            ("Lot LOT-0001: the estimated value (BT-27) cannot be read: “ca. 500.000 kr.”.",) * 2,
            ("Lot LOT-0002: the estimated value (BT-27) cannot be read: “efter aftale”.", "No lot could be found."),
        ),
    )
    soup = page(receipt("udbud", run("udbud", RunStatus.GOOD), doubtful=doubtful))
    assert "2 af 12, vi har, er læst med tvivl." in said(soup)
    assert [said(item) for item in soup.select("details li")] == [
        "the estimated value (BT-27) cannot be read – 2 gange",
        "No lot could be found – 1 gang",
    ]
    assert "tvivl" not in said(page(receipt("by", run("by", RunStatus.GOOD), doubtful=Doubtful(12))))


def test_backfills_and_repairs_are_told_beside_the_receipt() -> None:
    back = run("ted", RunStatus.GOOD, purpose=RunPurpose.BACKFILL, new=230)
    words = said(page(receipt("ted", run("ted", RunStatus.GOOD), other=(back,))))
    assert "Tidligere år læst 23. november 2026 kl. 07.10: 230 nye" in words


def test_pairs_are_shown_with_how_to_decide_them() -> None:
    first = Notice(source="ted", key="1", stage=Stage.CALL, title="Vask af tøj", url="https://ted.example/1")
    second = Notice(source="by", key="2", stage=Stage.CALL, title="Vask af <b>tøj</b>", url="")
    soup = page(pairs=(PairRow(7, (first, second)),))
    assert "notifier pairs same 7" in said(soup)
    assert "notifier pairs different 7" in said(soup)
    assert not soup.select("li b"), "a title is text"


def test_both_pages_are_written_whole_into_a_folder_that_only_its_owner_can_read(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "staff"
    where = write_staff_pages([receipt("by", run("by", RunStatus.GOOD))], (), TOWN, folder, MONDAY)
    assert sorted(file.name for file in folder.iterdir()) == ["kilder.html", "sources.html", "style.css"]
    assert where == folder / "kilder.html"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert "What we have read" in (folder / "sources.html").read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_made_is_told_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("in the way", encoding="utf-8")
    with pytest.raises(PublishError, match="var"):
        write_staff_pages((), (), TOWN, tmp_path / "var" / "staff", MONDAY)


def test_nothing_is_loaded_and_no_script_can_run() -> None:
    soup = page(receipt("by", run("by", RunStatus.GOOD)))
    policy = soup.select_one("meta[http-equiv=Content-Security-Policy]")
    assert policy
    assert str(policy["content"]).startswith("default-src 'none'")
    assert not soup.select("script, img, iframe, [onclick]")


def test_a_source_without_an_address_has_no_link_that_leads_nowhere() -> None:
    own = Receipt(replace(source("opslag"), url=""), None, None, None, 0)
    soup = page(own)
    assert "opslag" in said(soup)
    assert [link for link in soup.select("a") if not link["href"]] == []
