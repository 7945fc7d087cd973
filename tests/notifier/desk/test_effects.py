"""The page of effects: what it tells, what it keeps to itself, and its tables as files."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import hypothesis
import pytest
from hypothesis import strategies as st

from notifier.answers import Answer
from notifier.catalogue import followed, refresh
from notifier.desk import make_desk
from notifier.effects.counting import Period, disclose, month_of
from notifier.enterprises import Enterprise
from notifier.learning.sampling import Drawn, Kind
from notifier.lots import Assessment, Award, Lot, LotView, Money, Organisation, Stage, Verdict
from notifier.profiles import Announced, Announcement, Cadence
from notifier.site.reader import reader
from notifier.store import Assessed
from notifier.store.effects import Effects
from tests.notifier.desk.make import Browser, Room
from tests.notifier.web.make import NOW, RULES, Place, lot, said, tree

LISTED = Enterprise("12345674", "Rengørholdet", "RSV", dt.date(2026, 11, 2))
ADMINISTRATION = Organisation("Prøvekøbing Kommune, Socialforvaltningen", "64942212")


def hold(place: Place, number: int) -> LotView:
    """A lot of a tender of its own, read, marked and published at the place's time."""
    return place.hold(lot(f"Rengøring {number}"), key=f"{number}-2026")


def mailed(place: Place, *uids: str) -> None:
    """A digest that told somebody of these lots as new."""
    reader = place.subscriber(f"post{len(uids)}@haven.example")
    run = place.store.digests.begin_run(Cadence.DAILY, place.now.isoformat(), place.now)
    told = [Announcement(Announced.NEW, uid) for uid in uids]
    place.store.digests.add(run.number, reader.number, told, place.now)


def answered(place: Place, view: LotView, answer: Answer, count: int, first: int = 0) -> None:
    """So many enterprises say that of a lot, at the place's time."""
    for number in range(first, first + count):
        address = f"post@virksomhed{number}.example"
        known = place.store.subscribers.by_address(address) or place.subscriber(address)
        place.store.answers.give(view.uid, known.number, answer, place.now)


def awarded(place: Place, number: int, *awards: Award, buyer: Organisation = ADMINISTRATION) -> None:
    """An award notice."""
    place.hold(
        lot(f"Rengøring {number}", result="selec-w", awards=awards),
        key=f"tildelt-{number}", stage=Stage.AWARD, procedure_id=f"A{number}", buyers=(buyer,), published=False,
    )  # fmt: skip


def won(name: str, cvr: str, day: dt.date, kroner: int | None = None, country: str = "DNK") -> Award:
    return Award(Organisation(name, cvr, country), Money(Decimal(kroner)) if kroner else None, day)


@pytest.fixture
def busy(room: Room) -> Room:
    """A year of a town: found in May, mailed in June, answered in July and August, awarded in autumn."""
    place = room.place
    place.moment[0] = NOW.replace(month=5, day=4)
    views = [hold(place, number) for number in range(1, 9)]
    place.hold(lot("Asfalt", cpv_main="45233141"), key="99-2026", verdict=Verdict.UNSUITABLE)
    place.store.tags.add(views[0].uid, Verdict.SUITABLE, who="Anna Lund", why="passer", now=place.now)
    place.store.tags.add(views[1].uid, Verdict.UNSUITABLE, who="Anna Lund", why="for stor", now=place.now)
    place.moment[0] = NOW.replace(month=6, day=1)
    mailed(place, *(view.uid for view in views[:3]))
    place.moment[0] = NOW.replace(month=7, day=1)
    answered(place, views[0], Answer.RELEVANT, 4)
    place.moment[0] = NOW.replace(month=8, day=1)
    answered(place, views[1], Answer.RELEVANT, 3, first=2)
    answered(place, views[0], Answer.NOT_RELEVANT, 6, first=20)
    answered(place, views[0], Answer.BIDDING, 4)
    place.moment[0] = NOW
    return room


def served(room: Room, *listed: Enterprise) -> Browser:
    """Anna's browser, at a desk whose list of enterprises is that."""
    if listed:
        config = replace(room.place.config, enterprises=listed)
        room.app = make_desk(config, RULES, now=lambda: room.place.moment[0], send=room.sent.append)
    room.refresh()
    return room.enter()


def table(browser: Browser, key: str, period: Period = Period.TWELVE) -> list[list[str]]:
    """A table as a file, read as a Danish spreadsheet does."""
    response = browser.get(f"/virkning/{key}.csv?periode={period.value}")
    assert (response.status_code, response.mimetype) == (200, "text/csv")
    body = response.get_data()
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";"))


# -- from found to won -------------------------------------------------------------------------------------------------


def test_each_step_is_counted_and_small_answers_are_not_told(busy: Room) -> None:
    anna = served(busy)
    assert dict(table(anna, "steps")[1:]) == {
        "Fundet": "9",
        "Markeret af systemet": "8",
        "Set af en medarbejder": "2",
        "Godkendt af en medarbejder": "1",
        "Sendt i mail": "3",
        "Svar: »Relevant for os«": "7",
        "Svar: »Vi byder«": "for få",
        "Svar: »Vi vandt«": "for få",
    }
    page = anna.get("/virkning")
    assert "I perioden blev 9 opgaver fundet, 8 markeret af systemet og 3 sendt i mail." in said(page)
    assert "Af 13 svar på, om opgaven passer, sagde 7 »Relevant for os« (juni–august 2026)." in said(page)


def test_answers_are_told_in_months_that_five_stand_behind(busy: Room) -> None:
    assert table(served(busy), "answers")[1:] == [
        ["»Relevant for os«", "juni–august 2026", "7"],
        ["»Ikke for os«", "juni–august 2026", "6"],
    ]


def test_by_month_and_by_trade_the_numbers_are_those_of_the_period(busy: Room) -> None:
    anna = served(busy)
    months = {row[0]: row[1:] for row in table(anna, "months")}
    assert months["maj 2026"] == ["9", "8", "2", "1", "0"]
    assert months["juni 2026"] == ["0", "0", "0", "0", "3"]
    assert len(months) == 13
    assert [row[0] for row in table(anna, "months", Period.LAST_YEAR)][1::11] == ["januar 2025", "december 2025"]
    assert {tuple(row[1:]) for row in table(anna, "months", Period.LAST_YEAR)[1:]} == {("0",) * 5}
    assert table(anna, "trades")[1:] == [["Rengøring", "9", "8", "2", "1", "3"]]


def test_every_step_counts_the_same_lots_and_hiding_one_changes_no_month(busy: Room) -> None:
    place = busy.place
    anna = served(busy)
    before = table(anna, "months")
    place.store._database.write("UPDATE lots SET hidden = 1")
    busy.refresh()
    assert table(anna, "months") == before


def test_lots_that_the_town_does_not_follow_count_from_when_somebody_looks_at_them(room: Room) -> None:
    place = room.place
    config = replace(place.config, places=("DK042",))
    room.app = make_desk(config, RULES, now=lambda: place.moment[0], send=room.sent.append)
    other = Organisation("Nabokøbing Kommune")
    near = place.hold(lot("Her", nuts=("DK042",)), key="1-2026", buyers=(other,))
    far = place.hold(lot("Langt væk", nuts=("DK011",)), key="2-2026", buyers=(other,))
    place.hold(lot("Længere væk", nuts=("DK02",)), key="3-2026", buyers=(other,))
    refresh(place.store, RULES.trades, place.now, followed=followed(config))
    anna = room.enter()
    assert [row[1] for row in table(anna, "steps")[1:6]] == ["1", "1", "0", "0", "0"]
    for view in (near, far):
        place.store.tags.add(view.uid, Verdict.SUITABLE, who="Anna Lund", why="passer", now=place.now)
    assert [row[1] for row in table(anna, "steps")[1:6]] == ["2", "2", "2", "2", "0"]


def test_a_period_of_years_is_told_by_year(busy: Room) -> None:
    place = busy.place
    place.moment[0] = NOW.replace(year=2023)
    hold(place, 50)
    place.moment[0] = NOW
    anna = served(busy)
    assert [row[:2] for row in table(anna, "months", Period.ALL)] == [
        ["År", "Fundet"], ["2023", "1"], ["2024", "0"], ["2025", "0"], ["2026", "9"]
    ]  # fmt: skip


def test_four_who_answer_show_nowhere(room: Room) -> None:
    """Whatever is opened looks as if nobody had answered."""
    place = room.place
    place.moment[0] = NOW.replace(month=5, day=4)
    view = hold(place, 1)
    mailed(place, view.uid)
    pages = []
    for count in (0, 4):
        place.moment[0] = NOW.replace(month=6, day=4)
        for answer in (Answer.BIDDING, Answer.RELEVANT, Answer.WON):
            answered(place, view, answer, count)
        place.moment[0] = NOW
        pages.append(everything(served(room)))
    assert pages[0] == pages[1]


def everything(browser: Browser) -> list[str]:
    """All that the page and its files say, in every period."""
    found = []
    for period in Period:
        page = browser.get(f"/virkning?periode={period.value}")
        found.append(said(page))
        found += [browser.get(href).get_data(as_text=True) for href in tree(page).xpath("//p[@class='file']/a/@href")]
    return found


def test_who_answers_again_later_or_takes_it_back_changes_no_month_that_is_over(busy: Room) -> None:
    place = busy.place
    anna = served(busy)
    before = table(anna, "answers")
    one = place.store.subscribers.by_address("post@virksomhed0.example")
    assert one is not None
    for given in place.store.answers.of(one.number):
        place.store.answers.withdraw(given.lot_uid, one.number, given.answer, place.now)
    assert table(anna, "answers") == before


def all_told(browser: Browser) -> list[object]:
    """Every number of answers that is told, in every period."""
    return [
        (
            browser.get(f"/virkning/answers.csv?periode={period.value}").get_data(),
            rows_by_trade(browser, period),
            [row for row in table(browser, "steps", period) if row[0].startswith("Svar")],
            re.findall("Af [0-9]+ svar på[^.]*", said(browser.get(f"/virkning?periode={period.value}"))),
        )
        for period in Period
    ]


def rows_by_trade(browser: Browser, period: Period = Period.TWELVE) -> list[list[str]]:
    """The answers by trade, where there are any."""
    there = browser.get("/virkning/answers-by-trade.csv").status_code == 200
    return table(browser, "answers-by-trade", period) if there else []


def test_answers_are_told_by_trade_when_their_year_is_over(room: Room) -> None:
    place = room.place
    place.moment[0] = NOW.replace(month=5, day=4)
    cleaning, others = hold(place, 1), hold(place, 2)
    mailed(place, cleaning.uid, others.uid)
    place.store._database.write("UPDATE lots SET first_trades = 'grounds' WHERE uid = ?", (others.uid,))
    answered(place, cleaning, Answer.RELEVANT, 9)
    answered(place, others, Answer.RELEVANT, 6, first=20)
    place.moment[0] = NOW
    assert rows_by_trade(served(room)) == []
    place.moment[0] = NOW.replace(year=2027, month=1, day=4)
    anna = served(room)
    name = reader("da", RULES.trades).trades
    assert rows_by_trade(anna) == [
        ["Svar", "Måneder", "Fag", "Antal"],
        ["»Relevant for os«", "maj 2026", name["cleaning"], "9"],
        ["»Relevant for os«", "maj 2026", "Øvrige fag", "6"],
    ]
    assert "»Relevant for os«, maj 2026" in said(anna.get("/virkning"))


def test_no_word_of_an_officers_moves_an_answer_to_another_trade(room: Room) -> None:
    """Two bid on one lot. Put alone with seven that are known, they would be nine."""
    place = room.place
    place.moment[0] = NOW.replace(month=5, day=4)
    curious, others, known = (hold(place, number) for number in (1, 2, 3))
    mailed(place, curious.uid, others.uid, known.uid)
    answered(place, curious, Answer.BIDDING, 2)
    answered(place, others, Answer.BIDDING, 7, first=10)
    place.moment[0] = NOW.replace(month=6, day=4)
    move(room, known)
    answered(place, known, Answer.BIDDING, 6, first=30)
    place.moment[0] = NOW.replace(year=2027)
    anna = served(room)
    before = all_told(anna)
    assert anna.get("/virkning/answers-by-trade.csv").status_code == 404  # all of one trade
    move(room, curious)
    place.store._database.write("UPDATE assessments SET rules_version = ''")
    moved_by_rules = Assessment(Verdict.SUITABLE, 2.0, ("grounds",), rules_version="2")
    waiting = list(place.store.assessments.waiting("2"))
    place.store.assessments.save([Assessed(one.number, moved_by_rules) for one in waiting], place.now)
    room.refresh()
    assert all_told(anna) == before
    answered(place, curious, Answer.BIDDING, 2)  # said again, in the month that runs
    assert {row[0] for row in place.dump_of("SELECT trades FROM feedback")} == {"cleaning"}


def move(room: Room, view: LotView) -> None:
    """An officer says that a lot is of another trade."""
    store, now = room.place.store, room.place.now
    store.tags.add(view.uid, Verdict.SUITABLE, who="Anna Lund", why="have", trades=("grounds",), now=now)
    room.refresh()


def test_whoever_is_erased_changes_no_number_of_a_month_that_is_over(busy: Room) -> None:
    anna = served(busy)
    before = all_told(anna)
    for (number,) in busy.place.dump_of("SELECT id FROM subscribers ORDER BY id"):
        assert busy.place.store.subscribers.remove(number)
        assert all_told(anna) == before
    assert busy.place.dump_of("SELECT subscriber_id FROM feedback WHERE subscriber_id IS NOT NULL") == []


GIVEN = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from((Answer.RELEVANT, Answer.BIDDING, Answer.WON)), st.integers(4, 8)),
    min_size=20,
    max_size=40,
)


@hypothesis.settings(max_examples=10, deadline=None)
@hypothesis.given(given=GIVEN, erased=st.sets(st.integers(0, 9)))
def test_it_is_so_in_every_town(
    tmp_path_factory: pytest.TempPathFactory, given: list[tuple[int, Answer, int]], erased: set[int]
) -> None:
    place = Place.at(tmp_path_factory.mktemp("town"))
    with place.store:
        place.moment[0] = NOW.replace(month=3, day=1)
        view = hold(place, 1)
        mailed(place, view.uid)
        for who, answer, month in sorted(given, key=lambda one: one[2]):
            place.moment[0] = NOW.replace(month=month, day=1)
            answered(place, view, answer, 1, first=who)
        trades, since = ("cleaning",), place.store.effects.first_mail()
        before = disclose(place.store.effects.answers(trades), NOW, trades, month_of(since) if since else None)
        for who in erased:
            if known := place.store.subscribers.by_address(f"post@virksomhed{who}.example"):
                place.store.subscribers.remove(known.number)
        assert place.store.effects.first_mail() == since
        assert disclose(place.store.effects.answers(trades), NOW, trades, month_of(NOW.replace(month=3))) == before


# -- how good the marks are --------------------------------------------------------------------------------------------


def sample(place: Place, stratum: str, machine: Verdict, fitting: int, others: int, unanswered: int = 0) -> None:
    """Lots that were drawn by chance, with an officer's answer on all but some."""
    drawn = []
    for number in range(fitting + others + unanswered):
        view = place.hold(lot(f"Opgave {stratum} {number}"), key=f"{stratum}-{number}", published=False)
        drawn.append(Drawn(view.uid, Kind.RANDOM, stratum, 500, 0.1, machine, None))
    place.store.draws.keep(drawn, place.now - dt.timedelta(hours=1))
    for number, one in enumerate(drawn[: fitting + others]):
        verdict = Verdict.SUITABLE if number < fitting else Verdict.UNSUITABLE
        place.store.tags.add(one.lot_uid, verdict, who="Anna Lund", why="stikprøve", now=place.now)


def test_how_good_the_marks_are_is_said_with_the_interval_behind_it(room: Room) -> None:
    sample(room.place, "accepted", Verdict.SUITABLE, 30, 3)
    page = said(served(room).get("/virkning"))
    assert re.search(
        r"Omkring 91 ud af hver 100 markerede opgaver passede\. Med 95 % sikkerhed mellem 7\d og 9\d af 100; "
        r"33 svar af 33 udtrukne\.",
        page,
    )
    assert "Hvor mange vi overser, kan siges, når der er 30 svar mere om opgaver, der ikke blev markeret." in page


def test_it_is_said_of_how_many_drawn_tasks_the_answers_are(room: Room) -> None:
    sample(room.place, "accepted", Verdict.SUITABLE, 30, 3, unanswered=7)
    page = said(served(room).get("/virkning"))
    assert "; 33 svar af 40 udtrukne." in page
    assert "Udtrukne opgaver uden svar regnes for at ligne dem, der er svaret på." in page


def test_with_few_answers_it_is_said_how_many_are_missing_and_no_figure(room: Room) -> None:
    sample(room.place, "accepted", Verdict.SUITABLE, 20, 9)
    anna = served(room)
    page = said(anna.get("/virkning"))
    assert "Hvor mange af de markerede der passer, kan siges, når der er 1 svar mere i stikprøven." in page
    assert "100 markerede" not in page
    assert anna.get("/virkning/marks.csv").status_code == 404


# -- who won -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def decided(room: Room) -> Room:
    """Awards of three years; the first mail was written on 1 June 2026."""
    place = room.place
    place.moment[0] = NOW.replace(month=6, day=1)
    mailed(place, hold(place, 1).uid)
    place.moment[0] = NOW
    other = Organisation("Nabokøbing Kommune", "12345674")
    awarded(place, 1, won("Rengørholdet", "DK 12 34 56 74", dt.date(2024, 3, 1), 500_000))
    awarded(place, 2, won("Stor A/S", "87654321", dt.date(2024, 4, 1), 9_000_000))
    awarded(place, 3, won("Stor A/S", "", dt.date(2025, 4, 1)))
    awarded(place, 4, won("Rengørholdet", "12345674", dt.date(2026, 9, 1)), buyer=other)
    awarded(place, 5, won("Utländsk AB", "12345674", dt.date(2026, 9, 1), country="SWE"))
    return room


def test_winners_are_counted_by_their_cvr_number_before_the_first_mail_and_since(decided: Room) -> None:
    anna = served(decided, LISTED)
    head = ["Tildelinger", "Med CVR-nummer", "Til virksomheder på listen", "Andel"]
    assert [row[1:5] for row in table(anna, "before-since")] == [
        head, ["3", "2", "1", "50,0 %"], ["2", "1", "1", "100,0 %"]
    ]  # fmt: skip
    page = said(anna.get("/virkning"))
    assert "3 af 5 tildelinger har vinderens CVR-nummer. De øvrige 2 kan ikke holdes op mod listen" in page
    assert "Den første mail blev sendt 1. juni 2026." in page
    assert "De viser ikke, hvorfor." in page
    assert [row[0:4] for row in table(anna, "winners")[1:]] == [
        ["2024", "2", "2", "1"], ["2025", "1", "0", "0"], ["2026", "2", "1", "1"]
    ]  # fmt: skip
    assert table(anna, "winners")[1][5:] == ["500000", "9500000"]
    assert table(anna, "winners")[2][4:] == ["–", "–", "–"]


def test_the_towns_administrations_are_told_apart_from_other_buyers(decided: Room) -> None:
    rows = table(served(decided, LISTED), "administrations")[1:]
    assert [row[:3] for row in rows] == [
        [ADMINISTRATION.name, "2024", "2"],
        [ADMINISTRATION.name, "2025", "1"],
        [ADMINISTRATION.name, "2026", "1"],
        ["Andre indkøbere", "2026", "1"],
    ]


def test_without_a_list_nobody_is_said_to_have_won_or_not(decided: Room) -> None:
    anna = served(decided)
    assert "Listen enterprises.csv er tom." in said(anna.get("/virkning"))
    assert table(anna, "before-since") == [
        ["Hvornår", "Tildelinger", "Med CVR-nummer", "Værdi i alt i kr., hvor den er kendt"],
        ["Før", "3", "2", "9500000"],
        ["Siden", "2", "1", "–"],
    ]


def test_before_the_first_mail_all_is_the_baseline(room: Room) -> None:
    awarded(room.place, 1, won("Rengørholdet", "12345674", dt.date(2026, 9, 1)))
    anna = served(room, LISTED)
    page = said(anna.get("/virkning"))
    assert "Der er ikke sendt nogen mail endnu." in page
    assert "1 af 1 tildelinger har vinderens CVR-nummer." in page
    assert "kan ikke holdes op mod listen" not in page  # "De øvrige 0" is no sentence
    assert [row[1] for row in table(anna, "before-since")[1:]] == ["1", "0"]


@pytest.mark.parametrize("name", ["rengørholdet", "RENGØRHOLDET", "Rengørholdet\N{NO-BREAK SPACE}"])
def test_a_winner_that_several_notices_name_counts_once(decided: Room, name: str) -> None:
    place = decided.place
    again: Lot = lot("Rengøring 1", result="selec-w", awards=(won(name, "", dt.date(2024, 5, 1), 700_000),))
    place.hold(again, key="rettet-1", stage=Stage.AWARD, procedure_id="A1", buyers=(ADMINISTRATION,), published=False)
    rows = table(served(decided, LISTED), "winners")
    assert rows[1][:4] == ["2024", "2", "2", "1"]
    assert rows[1][5:] == ["700000", "9700000"]


def test_a_number_counts_however_the_notice_writes_it_and_two_in_one_field_as_none(room: Room) -> None:
    awarded(room.place, 1, won("Rengørholdet", "CVR-nr. 12345674", dt.date(2026, 9, 1)))
    awarded(room.place, 2, won("Rengørholdet", "12345674\N{NO-BREAK SPACE}", dt.date(2026, 9, 1)))
    awarded(room.place, 3, won("To sammen", "12345674 / 87654321", dt.date(2026, 9, 1)))
    anna = served(room, LISTED)
    assert table(anna, "winners")[1][:4] == ["2026", "3", "2", "2"]
    assert "2 af 3 tildelinger har vinderens CVR-nummer." in said(anna.get("/virkning"))


def test_whatever_program_opens_the_file_can_write_winners(room: Room) -> None:
    awarded(room.place, 1, won("Rengørholdet", "12345674", dt.date(2026, 9, 1)))
    with sqlite3.connect(room.place.config.database) as other:
        other.execute("UPDATE notice_versions SET data = CAST(replace(data, 'Rengør', 'RENGØR') AS BLOB)")
        assert other.execute("SELECT name FROM winners").fetchall() == [("RENGØRholdet",)]


def test_a_notice_that_was_corrected_counts_as_it_stands_now(decided: Room) -> None:
    awarded(decided.place, 2, won("Rengørholdet", "12345674", dt.date(2024, 4, 1)))
    assert [row[:4] for row in table(served(decided, LISTED), "winners")[1:2]] == [["2024", "2", "2", "2"]]


# -- the page ----------------------------------------------------------------------------------------------------------


def test_a_name_that_a_spreadsheet_would_calculate_is_text(room: Room) -> None:
    buyer = Organisation("=HYPERLINK(evil)", "64942212")
    awarded(room.place, 1, won("A", "12345674", dt.date(2026, 1, 1)), buyer=buyer)
    assert table(served(room), "administrations")[1][0] == "'=HYPERLINK(evil)"


def test_reading_the_page_and_its_files_changes_nothing(busy: Room) -> None:
    anna = served(busy, LISTED)
    before = busy.place.dump()
    everything(anna)
    assert busy.place.dump() == before


def test_a_file_is_what_the_page_has_and_reads_no_more_than_it_tells(
    busy: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    awarded(busy.place, 1, won("Rengørholdet", "12345674", dt.date(2026, 9, 1)))
    sample(busy.place, "accepted", Verdict.SUITABLE, 30, 3)
    anna = served(busy, LISTED)
    read: list[str] = []
    for name in ("lots", "answers", "awards"):
        kept = getattr(Effects, name)

        def counted(self: Effects, *more: object, name: str = name, kept: Callable[..., object] = kept) -> object:
            read.append(name)
            return kept(self, *more)

        monkeypatch.setattr(Effects, name, counted)
    needs = {
        "marks": set(), "months": {"lots"}, "answers": {"answers"}, "winners": {"awards"},
        "administrations": {"awards"},
        "steps": {"lots", "answers"}, "trades": {"lots", "answers"},
        "before-since": {"awards"},
    }  # fmt: skip
    page = tree(anna.get("/virkning"))
    files = page.xpath("//p[@class='file']/a/@href")
    assert {href.split("/")[-1].partition(".")[0] for href in files} == set(needs)
    read.clear()
    anna.get("/virkning?periode=alt")
    assert read == []  # nobody has written since
    for number, (key, those) in enumerate(needs.items(), start=1000):
        hold(busy.place, number)
        read.clear()
        rows = table(anna, key)
        assert set(read) == those, key
        above = f"//p[@class='file'][a[contains(@href, '/{key}.csv')]]/preceding-sibling::div[1]/table"
        assert rows[0] == page.xpath(f"{above}/thead//th/text()")


def test_whatever_the_address_asks_for_there_is_a_page(room: Room) -> None:
    anna = served(room)
    page = anna.get("/virkning?periode=%27%3B--")
    assert page.status_code == 200
    assert tree(page).xpath("//nav[@class='periods']//a[@aria-current]/text()") == ["Seneste 12 måneder"]
    assert anna.get("/virkning/nowhere.csv").status_code == 404
    assert room.stranger().get("/virkning/steps.csv").status_code == 303


def test_every_drawing_has_a_name_and_a_description_and_its_numbers_in_a_table(busy: Room) -> None:
    page = tree(served(busy, LISTED).get("/virkning"))
    drawings = page.xpath("//svg")
    assert len(drawings) > 5
    numbers = {" ".join(cell.text_content().split()) for cell in page.xpath("//table//td")}
    for drawing in drawings:
        assert drawing.get("role") == "img"
        named = [page.xpath(f"//*[@id='{name}']")[0].text_content() for name in drawing.get("aria-labelledby").split()]
        assert all(named)
        shown = {text.text_content() for text in drawing.xpath(".//text[@class='amount']")}
        assert shown <= numbers
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("period", list(Period))
def test_english_is_one_press_away(busy: Room, period: Period) -> None:
    anna = served(busy, LISTED)
    anna.post("/sprog", {"language": "en", "back": f"/virkning?periode={period.value}"})
    page = anna.get(f"/virkning?periode={period.value}")
    assert "No reader is tracked" in said(page)
    assert tree(page).xpath("//input[@name='back']/@value") == [f"/virkning?periode={period.value}"]


def test_the_page_is_in_the_bar(room: Room) -> None:
    assert "Effekt" in tree(served(room).get("/virkning")).xpath("//header//nav//a[@aria-current='page']/text()")
