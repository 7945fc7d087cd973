"""The pages of weeks: what stands in which week, that it settles, and what is made anew."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.clock import COPENHAGEN
from notifier.lots import (
    AgreementView,
    Award,
    Deadline,
    FieldChange,
    LotChange,
    LotState,
    LotView,
    Organisation,
    RunStatus,
    SourceRun,
    Stage,
    Verdict,
)
from notifier.publish import Published
from notifier.site.documents import BATCH, Document, Edition, listed
from notifier.site.reader import reader
from notifier.site.sections import weeks
from notifier.site.weeklist import ROWS, contents
from notifier.site.weekly import Kind, as_of, ended, news_of, told_in
from notifier.site.weekpage import news_row, span
from notifier.store import Store
from notifier.weeks import Week, week_of, week_of_day, week_path
from tests.notifier.editions import publish
from tests.notifier.examples import (
    NOW,
    RUNS,
    SOURCES,
    TOWN,
    TRADES,
    Handed,
    agreement_view,
    assessment,
    at,
    lot,
    lot_view,
    notice,
    run,
    some_agreements,
    some_lots,
)

DA, EN = (reader(language, TRADES, SOURCES) for language in ("da", "en"))
W45, W46, W47, W48, W49 = (Week(2026, number) for number in range(45, 50))
SUNDAY_NIGHT = at("2026-11-29", "23:30")


def edition(
    lots: Sequence[LotView] = some_lots(),
    agreements: Sequence[AgreementView] = (),
    now: dt.datetime = NOW,
    *,
    former: Sequence[AgreementView] = (),
    readings: Sequence[SourceRun] = (),
    runs: Sequence[SourceRun] = (),
) -> Edition:
    handed = Handed(lots)
    return Edition(
        town=TOWN,
        now=now,
        readers=(DA, EN),
        lots=tuple(listed(view, now) for view in lots),
        agreements=tuple(agreements),
        former=tuple(former),
        readings=tuple(readings),
        runs=tuple(runs),
        read=handed.of,
        trades=TRADES,
        sources=SOURCES,
    )


def put(
    folder: Path,
    lots: Sequence[LotView] = some_lots(),
    now: dt.datetime = NOW,
    agreements: Sequence[AgreementView] = (),
    readings: Sequence[SourceRun] = (),
) -> Published:
    return publish(Handed(lots), agreements, RUNS, TOWN, folder, now, trades=TRADES, sources=SOURCES, readings=readings)


def documents(of: Edition) -> dict[str, Document]:
    return {document.path: document for document in weeks.SECTION.documents(of)}


def written(document: Document) -> bytes:
    return b"".join(document.make([part.name for part in document.parts]))


def soup(of: Edition, path: str) -> BeautifulSoup:
    return BeautifulSoup(written(documents(of)[path]), "lxml")


def said(html: BeautifulSoup) -> str:
    return " ".join(html.get_text(" ").split())


def kinds(of: Edition) -> dict[tuple[str, str], list[str]]:
    """Slugs by week and kind."""
    found: dict[tuple[str, str], list[str]] = {}
    for content in contents(of):
        for row in content.rows:
            name = of.by_uid[row.uid].slug if row.uid in of.by_uid else row.uid
            found.setdefault((content.week.name, row.kind.value), []).append(name)
    return found


def week_files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.glob("uger*/**/*.html")}


def change(number: int, seen_at: dt.datetime, *fields: FieldChange) -> LotChange:
    return LotChange(number, seen_at, fields)


CANCELLED = FieldChange("cancelled", "", "yes")
LATER = FieldChange("deadline", "2026-12-08T12:00:00+01:00", "2026-12-15T12:00:00+01:00")


# -- weeks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "name"),
    [
        (at("2026-12-27", "23:59"), "2026-52"),
        (at("2026-12-28", "00:00"), "2026-53"),
        (at("2026-12-31"), "2026-53"),
        (at("2027-01-01", "00:30"), "2026-53"),
        (at("2027-01-03", "23:59"), "2026-53"),
        (at("2027-01-04", "00:00"), "2027-01"),
        (at("2029-12-31"), "2030-01"),
        (at("2021-01-03"), "2020-53"),
    ],
)
def test_a_week_belongs_to_the_iso_year_that_has_its_thursday(moment: dt.datetime, name: str) -> None:
    assert week_of(moment).name == name
    assert week_path(week_of(moment)) == f"uger/{name}.html"


@pytest.mark.parametrize(
    ("utc", "name"),
    [
        ("2026-11-29T22:59:59", "2026-48"),  # Sunday 23.59.59 in Copenhagen, in winter an hour ahead
        ("2026-11-29T23:00:00", "2026-49"),
        ("2026-07-05T21:59:59", "2026-27"),  # in summer two hours ahead
        ("2026-07-05T22:00:00", "2026-28"),
    ],
)
def test_a_week_is_over_at_midnight_in_copenhagen_not_in_utc(utc: str, name: str) -> None:
    assert week_of(dt.datetime.fromisoformat(utc).replace(tzinfo=dt.UTC)).name == name


@pytest.mark.parametrize(("week", "hours"), [(Week(2026, 13), 167), (Week(2026, 43), 169), (W48, 168)])
def test_a_week_in_which_the_clock_changes_is_an_hour_shorter_or_longer(week: Week, hours: int) -> None:
    begins = dt.datetime.combine(week.first, dt.time(), COPENHAGEN)
    assert (week.over.astimezone(dt.UTC) - begins.astimezone(dt.UTC)) == dt.timedelta(hours=hours)
    assert week_of(week.over - dt.timedelta(microseconds=1)) == week
    assert week_of(week.over) == week.next


def test_the_twice_told_hour_of_the_clock_change_lies_in_the_week_that_ends() -> None:
    both = [dt.datetime(2026, 10, 25, hour, 30, tzinfo=dt.UTC) for hour in (0, 1)]  # 2.30 in summer's and winter's time
    assert {week_of(moment).name for moment in both} == {"2026-43"}


@given(st.dates(dt.date(1990, 1, 1), dt.date(2100, 12, 31)))
def test_every_day_lies_in_its_week_and_weeks_sort_as_time_goes(day: dt.date) -> None:
    week = week_of_day(day)
    assert week.first <= day <= week.last
    assert week < week.next
    assert week.next.first == week.last + dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("week", "danish", "english"),
    [
        (W48, "23. til 29. november", "23 to 29 November"),
        (W49, "30. november til 6. december", "30 November to 6 December"),
        (Week(2026, 53), "28. december 2026 til 3. januar 2027", "28 December 2026 to 3 January 2027"),
    ],
)
def test_the_days_of_a_week_are_written_as_people_write_them(week: Week, danish: str, english: str) -> None:
    assert (span(week, DA), span(week, EN)) == (danish, english)


# -- what stands in which week -------------------------------------------------------------------------------------


def test_a_small_towns_weeks_hold_each_lot_once_in_the_order_of_the_mail() -> None:
    found = kinds(edition(agreements=some_agreements()))
    assert found[("2026-47", "new")] == [
        "pleje-af-groenne-omraader-9c01",
        "kantine-paa-raadhuset-77b0",
        "collection-of-bicycles-51de",
    ]
    assert found[("2026-47", "changed")] == ["rengoering-af-skoler-17a2"]
    assert found[("2026-47", "over")] == ["vask-af-arbejdstoej-6d6d"]
    assert found[("2026-45", "planned")] == ["genbrugsbutik-1919"]
    assert len(found[("2026-45", "agreement")]) == 3
    placed = [row for content in contents(edition()) for row in content.rows]
    assert len({(row.kind, row.uid) for row in placed}) == len(placed)
    headings = [h2.get_text() for h2 in soup(edition(), "uger/2026-47.html").select("main h2")]
    assert headings == ["Nye opgaver", "Ændret i ugen", "Annulleret eller taget ud af udbuddet"]


def test_what_was_over_when_it_was_found_is_not_new() -> None:
    passed = lot_view("frist", of_lot=lot(deadline=Deadline(at("2026-11-02"))))
    decided = lot_view("vundet", of_notice=notice(stage=Stage.AWARD), state=LotState.AWARDED)
    winner = Award(Organisation("Ren By A/S"), None, dt.date(2026, 10, 2))
    concluded = lot_view("indgaaet", of_lot=lot(deadline=None, awards=(winner,)), state=LotState.AWARDED)
    cancelled = lot_view("annulleret", state=LotState.CANCELLED)
    assert [news_of(view) for view in (passed, decided, concluded, cancelled)] == [()] * 4


def test_a_lot_that_is_decided_later_stays_new_in_the_week_of_its_finding() -> None:
    assert [news.kind for news in news_of(lot_view(state=LotState.AWARDED))] == [Kind.NEW]


def test_a_plan_is_planned_when_it_is_found_and_new_when_it_opens() -> None:
    opened = change(3, at("2026-11-24"), FieldChange("state", "planned", "open"))
    assert [(news.week, news.kind) for news in news_of(lot_view(changes=(opened,)))] == [
        (W45, Kind.PLANNED),
        (W48, Kind.NEW),
    ]
    row = news_row(lot_view(changes=(opened,)), Kind.NEW, W48, DA)
    assert row.lines == ("Udbuddet er åbnet: Nu kan der bydes",)
    before = news_row(lot_view(of_lot=lot(deadline=None), changes=(opened,)), Kind.PLANNED, W45, DA)
    assert before.lot.without_deadline == "Ingen frist endnu"


def test_changes_of_one_week_are_told_as_one_and_what_came_back_is_none() -> None:
    there, back = (
        change(1, at("2026-11-24"), LATER),
        change(2, at("2026-11-25"), FieldChange("deadline", LATER.after, LATER.before)),
    )
    assert told_in(lot_view(changes=(there, back)), W48) == ()
    assert [news.kind for news in news_of(lot_view(changes=(there, back)))] == [Kind.NEW]
    further = change(2, at("2026-11-25"), FieldChange("deadline", LATER.after, "2026-12-22T12:00:00+01:00"))
    (told,) = told_in(lot_view(changes=(there, further)), W48)
    assert (told.before, told.after) == (LATER.before, "2026-12-22T12:00:00+01:00")


def test_changes_in_the_week_of_its_finding_stand_in_the_row_of_a_new_lot() -> None:
    view = lot_view(first_seen=at("2026-11-23", "06:00"), changes=(change(1, at("2026-11-27"), LATER),))
    assert [(news.week, news.kind) for news in news_of(view)] == [(W48, Kind.NEW)]
    line = "Frist for tilbud flyttet fra 8. december 2026 kl. 12.00 til 15. december 2026 kl. 12.00"
    assert news_row(view, Kind.NEW, W48, DA).lines == (line,)
    same_reading = replace(view, first_seen=view.changes[0].seen_at)  # nobody was told of it before
    assert news_row(same_reading, Kind.NEW, W48, DA).lines == ()


def test_a_lot_that_is_found_and_cancelled_in_one_week_is_among_the_cancelled_and_not_counted_as_new() -> None:
    cancelled = lot_view(
        "aflyst",
        first_seen=at("2026-11-23"),
        changes=(change(1, at("2026-11-26"), CANCELLED),),
        state=LotState.CANCELLED,
    )
    view = lot_view("ny", first_seen=at("2026-11-24"))
    page = soup(edition((cancelled, view), now=at("2026-12-20")), "uger/2026-48.html")
    assert "1 ny opgave, 1 annulleret eller taget ud." in said(page)
    (line,) = page.select("main .line")
    assert [li.get_text() for li in line.select(".told li")] == [
        "Fundet 23. november 2026",
        "Udbuddet er annulleret – der kan ikke bydes",
    ]
    later = replace(cancelled, changes=(change(1, at("2026-12-01"), CANCELLED),))
    assert [news.kind for news in news_of(later)] == [Kind.NEW, Kind.OVER]


def test_a_plan_that_opens_in_the_week_of_its_finding_is_new_and_says_so() -> None:
    opened = change(1, at("2026-11-25"), FieldChange("state", "planned", "open"))
    view = lot_view(first_seen=at("2026-11-23"), changes=(opened,))
    assert [news.kind for news in news_of(view)] == [Kind.NEW]
    assert news_row(view, Kind.NEW, W48, DA).lines == ("Udbuddet er åbnet: Nu kan der bydes",)


def test_a_week_that_is_not_over_speaks_of_today() -> None:
    plan = lot_view(
        of_lot=lot(deadline=None),
        of_notice=notice(stage=Stage.PLANNING),
        state=LotState.PLANNED,
        first_seen=at("2026-11-23"),
    )
    growing, over = (said(soup(edition((plan,), now=now), "uger/2026-48.html")) for now in (NOW, at("2026-12-01")))
    assert ("Der kan ikke bydes endnu." in growing, "Der kunne ikke bydes endnu." in growing) == (True, False)
    assert "Der kunne ikke bydes endnu." in over


def test_what_changes_after_the_deadline_is_no_news() -> None:
    view = lot_view(changes=(change(1, at("2026-12-10"), FieldChange("description", "a", "b")),))
    assert [news.kind for news in news_of(view)] == [Kind.NEW]


def test_a_lot_that_was_over_when_it_was_found_is_new_when_one_can_act_on_it() -> None:
    late = lot(deadline=Deadline(at("2026-12-15")))
    moved = change(1, at("2026-11-24"), FieldChange("deadline", "2026-11-02T12:00:00+01:00", LATER.after))
    assert [(news.week, news.kind) for news in news_of(lot_view(of_lot=late, changes=(moved,)))] == [(W48, Kind.NEW)]


def test_that_an_officer_took_a_lot_off_is_told_nowhere_and_that_it_is_back_is() -> None:
    off = change(1, at("2026-11-17"), FieldChange("hidden", "", "yes", ours=True))
    on = change(2, at("2026-11-24"), FieldChange("hidden", "yes", "", ours=True))
    assert [(news.week, news.kind) for news in news_of(lot_view(changes=(off, on)))] == [
        (W45, Kind.NEW),
        (W48, Kind.CHANGED),
    ]


def test_a_clock_that_was_set_back_brings_no_week_twice() -> None:
    times = ("2026-11-24", "2026-11-17", "2026-11-25")
    texts = ("a", "b", "c")
    views = lot_view(
        changes=tuple(
            change(number, at(day), FieldChange("description", "", text))
            for number, (day, text) in enumerate(zip(times, texts, strict=True))
        )
    )
    assert [news.week for news in news_of(views)] == [W45, W47, W48]


def test_a_deadline_stands_in_its_week_once_that_has_begun() -> None:
    before, during = (kinds(edition(now=now)) for now in (SUNDAY_NIGHT, at("2026-11-30", "06:10")))
    assert ("2026-49", "closing") not in before
    assert during[("2026-49", "closing")] == ["pleje-af-groenne-omraader-9c01"]


def test_the_deadline_of_a_cancelled_lot_is_none_to_keep() -> None:
    found = kinds(edition(now=at("2026-12-08", "06:10")))
    assert "vask-af-arbejdstoej-6d6d" not in found[("2026-50", "closing")]
    assert "rengoering-af-skoler-17a2" in found[("2026-50", "closing")]


def test_an_agreement_is_told_in_the_weeks_in_which_the_mail_tells_it() -> None:
    view = agreement_view()  # until 30 June 2027, found on 6 November 2026
    found = {week: rows for (week, kind), rows in kinds(edition((), (view,), at("2027-07-05"))).items() if kind}
    assert found == {"2026-45": [view.uid], "2026-53": [view.uid], "2027-13": [view.uid]}
    page = said(soup(edition((), (view,), at("2027-07-05")), "uger/2026-53.html"))
    assert "30. juni 2027 (inden for 6 måneder) – " not in page
    assert "30. juni 2027 med alle forlængelser (inden for 6 måneder); uden forlængelser 31. december 2026" in page
    assert ("2026-53", "expiring") not in kinds(edition((), (view,), at("2026-12-29")))  # a day before


def test_an_agreement_that_is_no_longer_listed_stays_in_its_week_and_leads_to_its_page() -> None:
    view = agreement_view()
    now = soup(edition((), (view,)), "uger/2026-45.html")
    then = soup(edition((), (), former=(view,)), "uger/2026-45.html")
    assert "Vinduespolering" in said(then)
    for page in (now, then):
        assert "Udløber 31. december 2026 – kan forlænges til 30. juni 2027" in said(page)
        assert page.select("main .line a")[0]["href"] == "../aftaler/vinduespolering-3f.html"


# -- how it is told ------------------------------------------------------------------------------------------------


def test_a_page_has_the_heading_that_people_know_and_says_what_the_week_holds() -> None:
    page = soup(edition(), "uger/2026-47.html")
    heading = page.find("h1")
    assert heading is not None
    assert heading.get_text() == "Ugens opgaver, uge 47, 2026 – 16. til 22. november"
    assert "3 nye opgaver, 1 ændret, 1 annulleret eller taget ud." in said(page)
    english = soup(edition(), "en/uger/2026-47.html").find("h1")
    assert english is not None
    assert english.get_text() == "This week's tasks, week 47, 2026 – 16 to 22 November"


def test_a_change_is_told_in_the_words_of_the_mail() -> None:
    line = "Frist for tilbud flyttet fra 1. december 2026 kl. 12.00 til 8. december 2026 kl. 12.00"
    assert news_row(some_lots()[0], Kind.CHANGED, W47, DA).lines == (line,)
    assert line in said(soup(edition(), "uger/2026-47.html"))


def test_an_older_week_keeps_the_deadline_that_it_told_and_says_that_it_has_changed() -> None:
    view = some_lots()[0]
    row = news_row(view, Kind.NEW, W45, DA)
    assert row.lot.deadlines[0].words.startswith("tirsdag 1. december 2026")
    assert row.since == "Fristen er ændret siden – se opgaven"
    same = news_row(view, Kind.CHANGED, W47, DA)
    assert (same.lot.deadlines[0].words[:24], same.since) == ("tirsdag 8. december 2026", "")


def test_a_correction_of_ours_counts_from_the_beginning() -> None:
    ours = replace(LATER, ours=True)
    view = lot_view(of_lot=lot(deadline=Deadline(at("2026-12-15"))), changes=(change(1, at("2026-11-24"), ours),))
    assert as_of(view, W45.over) == view.lot
    assert news_row(view, Kind.NEW, W45, DA).since == ""
    then = change(2, at("2026-11-25"), FieldChange("deadline", LATER.after, "2026-12-22"))
    assert as_of(replace(view, changes=(*view.changes, then)), W45.over).deadline == view.lot.deadline


def test_deadlines_of_old_are_read_as_changes_write_them() -> None:
    texts = ("", "2026-12-08", "2026-12-08T12:00:00+01:00")
    moved = [lot_view(changes=(change(1, at("2026-11-24"), FieldChange("deadline", text, "")),)) for text in texts]
    read = [as_of(view, W47.over).deadline for view in moved]
    assert read == [None, Deadline(at("2026-12-08", "23:59"), time_known=False), Deadline(at("2026-12-08"))]


def test_a_cancelled_lot_is_marked_in_older_weeks_with_the_day_and_not_called_relevant_where_it_is_told() -> None:
    view = next(view for view in some_lots() if view.state is LotState.CANCELLED)
    assert ended(view) == (LotState.CANCELLED, dt.date(2026, 11, 21))
    assert news_row(view, Kind.NEW, W45, DA).since == "Annulleret 21. november 2026"
    (line,) = soup(edition((view,)), "uger/2026-47.html").select("main .line")
    (card,) = soup(edition((view,)), "uger/2026-45.html").select("main .card")
    assert "Udbuddet er annulleret – der kan ikke bydes" in line.get_text()
    assert "Annulleret 21. november 2026" in card.get_text()
    assert "Relevant" not in line.get_text() + card.get_text()


def test_a_lot_that_its_source_shows_no_longer_is_marked_only_where_that_was_told() -> None:
    gone = lot_view(state=LotState.GONE)
    assert ended(gone) is None
    told = replace(gone, changes=(change(1, at("2026-11-24"), FieldChange("state", "open", "gone")),))
    assert ended(told) == (LotState.GONE, dt.date(2026, 11, 24))
    assert [news.kind for news in news_of(told)] == [Kind.NEW, Kind.OVER]


def test_a_page_tells_programs_what_it_is() -> None:
    page = soup(edition(), "en/uger/2026-47.html")
    script = page.find("script", type="application/ld+json")
    assert script is not None
    data = json.loads(script.get_text())
    assert (data["@type"], data["inLanguage"], data["temporalCoverage"]) == (
        "CollectionPage",
        "en",
        "2026-11-16/2026-11-22",
    )
    items = data["mainEntity"]["itemListElement"]
    assert [item["position"] for item in items] == list(range(1, data["mainEntity"]["numberOfItems"] + 1))
    assert items[0]["url"] == f"{TOWN.base_url}/en/opgaver/pleje-af-groenne-omraader-9c01.html"
    assert page.select('meta[property="og:url"]')[0]["content"] == f"{TOWN.base_url}/en/uger/2026-47.html"


def test_the_list_of_weeks_goes_by_year_with_the_newest_first() -> None:
    undated = lot(deadline=None)
    days = {"b": at("2026-12-31"), "c": at("2027-01-04")}
    lots = (lot_view("a"), *(lot_view(slug, first_seen=day, of_lot=undated) for slug, day in days.items()))
    page = soup(edition(lots, now=at("2027-01-05")), "uger.html")
    assert [h2.get_text() for h2 in page.select("main h2")] == ["2027", "2026"]
    links = [str(link["href"]) for link in page.select("main .lines a")]
    assert links == [f"uger/{name}.html" for name in ("2027-01", "2026-53", "2026-50", "2026-45")]
    assert "Uge 53 28. december 2026 til 3. januar 2027 1 ny opgave" in said(page)


# -- what was read -------------------------------------------------------------------------------------------------


def reading(day: str, status: RunStatus = RunStatus.GOOD, source: str = "ted", **fields: object) -> SourceRun:
    started = at(day, "06:05")
    return run(source, status, started=started, finished=started + dt.timedelta(minutes=1), **fields)


def test_a_week_tells_what_was_read_by_its_end_in_the_words_of_the_mail() -> None:
    failed = [reading(f"2026-11-{day}", RunStatus.FAILED, listed=0, held=0) for day in (20, 22, 24, 29)]
    runs = (reading("2026-11-15"), *failed, reading("2026-12-01", RunStatus.PARTIAL, held=39, failed=2))
    told = {
        week: said(soup(edition((), (), at("2026-12-08"), readings=runs), f"uger/2026-{week}.html"))
        for week in (46, 48, 49)
    }
    assert (
        "EU's udbudstidende (TED): læst søndag 15. november 2026 kl. 06.06. Kilden viste 41; vi har alle 41."
        in told[46]
    )
    assert "har ikke kunnet læses siden fredag 20. november 2026" in told[48]  # it failed the week before as well
    assert "læst tirsdag 1. december 2026 kl. 06.06, men 2 kunne ikke læses. Kilden viste 41; vi har 39" in told[49]
    assert all("Sådan stod det, da ugen sluttede." in page for page in told.values())


def test_a_calm_week_has_a_page_that_says_so_and_what_was_read() -> None:
    page = said(soup(edition((), readings=(reading("2026-11-23"),)), "uger/2026-48.html"))
    assert "Ingen nye opgaver." in page
    assert "Ugen er ikke slut. Der kan komme mere på siden til og med søndag 29. november 2026." in page
    assert "Sådan stod det" not in page


def test_a_source_that_was_not_read_in_a_week_is_named_as_long_as_it_is_read_again_or_still_is() -> None:
    town = [reading(day, source="town") for day in ("2026-11-10", "2026-11-24")]
    ted = [reading(f"2026-11-{day}") for day in (10, 17, 24)]
    unread = "Eksempelby Kommunes udbudsside: ikke læst færdig i denne uge."
    of = edition((), now=at("2026-12-08"), readings=(*town, *ted, reading("2026-12-01")))
    found = {week: unread in said(soup(of, f"uger/2026-{week}.html")) for week in (46, 47, 48, 49)}
    assert found == {46: False, 47: True, 48: False, 49: False}
    still = replace(of, runs=(town[-1],))
    assert unread in said(soup(still, "uger/2026-49.html"))


def test_the_message_for_operators_stays_inside() -> None:
    failed = reading("2026-11-23", RunStatus.FAILED, message="http://192.0.2.7 answered 503", missing=("712-2026",))
    assert "192.0.2.7" not in str(soup(edition((), readings=(failed,)), "uger/2026-48.html"))


def test_the_store_keeps_of_each_week_the_last_reading_and_what_dates_a_failure(tmp_path: Path) -> None:
    with Store.open(tmp_path / "notifier.db", create=True) as store:
        days = "02 03 10 11 12 13 17 24".split()
        statuses = "good good good failed failed good alarm good".split()
        for day, status in zip(days, statuses, strict=True):
            started = at(f"2026-11-{day}", "06:05")
            number = store.runs.begin("ted", started)
            store.runs.finish(number, finished=started, status=RunStatus(status), listed=4, held=4)
        store.runs.begin("ted", at("2026-11-25"))  # cut off
        told = [(f"{one.started:%d}", str(one.status)) for one in store.runs.weekly()]
        assert told == [
            ("03", "good"),
            ("10", "good"),
            ("11", "failed"),
            ("13", "good"),
            ("17", "alarm"),
            ("24", "good"),
        ]


# -- permanence, and what is made anew -----------------------------------------------------------------------------


def test_a_day_later_only_the_current_week_is_written_anew(tmp_path: Path) -> None:
    put(tmp_path, readings=(reading("2026-11-16"), reading("2026-11-23")))
    before = week_files(tmp_path)
    fresh = lot_view("ny", first_seen=at("2026-11-24", "06:10"))
    readings = (reading("2026-11-16"), reading("2026-11-24"))
    put(tmp_path, (*some_lots(), fresh), at("2026-11-24", "06:15"), readings=readings)
    changed = {name for name, content in week_files(tmp_path).items() if before.get(name) != content}
    assert changed == {"uger/2026-48.html"}
    assert "en/uger/2026-48.html" in {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*.html")}


def test_when_a_week_begins_only_the_one_before_leads_to_it(tmp_path: Path) -> None:
    readings = [reading(f"2026-11-{day:02}") for day in (2, 9, 16, 23)]
    put(tmp_path, now=SUNDAY_NIGHT, readings=readings)
    before = week_files(tmp_path)
    assert set(before) >= {f"uger/2026-{week}.html" for week in range(45, 49)}
    put(tmp_path, now=at("2026-11-30", "06:15"), readings=(*readings, reading("2026-11-30")))
    changed = {name for name, content in week_files(tmp_path).items() if before.get(name) != content}
    assert changed == {"uger/2026-48.html", "uger/2026-49.html"}
    put(tmp_path, now=at("2026-12-07", "06:15"), readings=(*readings, reading("2026-11-30"), reading("2026-12-07")))
    assert week_files(tmp_path)["uger/2026-48.html"] != before["uger/2026-48.html"]


def test_that_a_lot_expires_or_is_awarded_rewrites_no_week_and_that_it_is_cancelled_does(tmp_path: Path) -> None:
    view, now = lot_view(), at("2026-12-20")
    put(tmp_path, (view,), now)
    before = week_files(tmp_path)
    won = lot(awards=(Award(Organisation("Ren By A/S"), None, dt.date(2026, 12, 18)),), result="selec-w")
    put(tmp_path, (lot_view(of_lot=won, state=LotState.AWARDED),), now)
    assert week_files(tmp_path) == before
    over = change(1, at("2026-12-19"), CANCELLED)
    put(tmp_path, (lot_view(state=LotState.CANCELLED, changes=(over,)),), now)
    after = week_files(tmp_path)
    assert b"Annulleret 19. december 2026" in after["uger/2026-45.html"]
    assert "uger/2026-51.html" in after


@pytest.mark.parametrize("turned", ["hidden", "unsuitable"])
def test_a_lot_that_readers_shall_not_find_any_more_leaves_old_weeks_too(tmp_path: Path, turned: str) -> None:
    stays, goes = lot_view("stays"), lot_view("goes", first_seen=at("2026-11-20"))
    ved_siden = lot_view("ved-siden")
    put(tmp_path, (stays, goes, ved_siden))
    assert {"uger/2026-45.html", "uger/2026-47.html"} <= set(week_files(tmp_path))

    def off(view: LotView) -> LotView:
        unsuitable = replace(view, assessment=assessment(Verdict.UNSUITABLE))
        return replace(view, hidden=True) if turned == "hidden" else unsuitable

    put(tmp_path, (stays, off(goes), off(ved_siden)))
    left = week_files(tmp_path)
    assert "uger/2026-47.html" not in left
    assert not (tmp_path / "en" / "uger" / "2026-47.html").exists()
    assert b"ved-siden" not in left["uger/2026-45.html"]
    assert b"stays" in left["uger/2026-45.html"]


def test_a_week_that_the_database_has_lost_remains(tmp_path: Path) -> None:
    put(tmp_path, (lot_view(),))
    before = week_files(tmp_path)
    put(tmp_path, (lot_view("another", first_seen=at("2026-11-20")),))
    assert week_files(tmp_path)["uger/2026-45.html"] == before["uger/2026-45.html"]


def test_a_lot_that_waits_for_its_verdict_takes_no_page_away(tmp_path: Path) -> None:
    put(tmp_path, (lot_view(),))
    put(tmp_path, (replace(lot_view(), assessment=None),))
    assert (tmp_path / "uger" / "2026-45.html").is_file()


def test_a_part_of_a_page_depends_on_its_own_lot_alone() -> None:
    lots = some_lots()
    before = {part.name: part.key for part in documents(edition(lots))["uger/2026-45.html"].parts}
    other = replace(lots[1], lot=replace(lots[1].lot, title="Rengøring af haller"))
    after = {part.name: part.key for part in documents(edition((lots[0], other, *lots[2:])))["uger/2026-45.html"].parts}
    assert {name for name in before if before[name] != after[name]} == {f"new {other.uid}"}
    later = {part.name: part.key for part in documents(edition(lots, now=SUNDAY_NIGHT))["uger/2026-45.html"].parts}
    assert later == before


def test_parts_that_are_asked_for_alone_are_the_same_as_all_together() -> None:
    document = documents(edition(agreements=some_agreements()))["en/uger/2026-45.html"]
    whole = list(document.make([part.name for part in document.parts]))
    assert [next(iter(document.make([part.name]))) for part in document.parts] == whole
    assert len({part.key for part in document.parts}) == len(document.parts)


def test_both_languages_of_a_page_read_their_lots_once() -> None:
    asked: list[str] = []
    of = edition()

    def read(uids: Sequence[str]) -> Iterator[LotView]:
        asked.extend(uids)
        return of.read(uids)

    for document in weeks.SECTION.documents(replace(of, read=read)):
        written(document)
    rows = [row for content in contents(of) for row in content.rows]
    assert len(asked) == len(rows)


# -- long weeks ----------------------------------------------------------------------------------------------------


def many(count: int) -> tuple[LotView, ...]:
    return tuple(lot_view(f"opgave-{number:04}") for number in range(count))


def test_a_long_week_is_continued_on_pages_that_each_fit_a_batch() -> None:
    of = edition(many(2 * ROWS + 1), agreements=(agreement_view(),))
    pages = documents(of)
    names = [f"uger/2026-45{number}.html" for number in ("", "-2", "-3")]
    assert [sum(not part.name.startswith("#") for part in pages[name].parts) for name in names] == [ROWS, ROWS, 2]
    assert all(len(page.parts) <= BATCH for page in pages.values())
    last = soup(of, names[2])
    assert [h2.get_text() for h2 in last.select("main h2")] == ["Nye opgaver (fortsat)", "Nye indkøbsaftaler"]
    assert "(side 3)" in said(last)
    links = [str(link["href"]) for link in soup(of, names[1]).select("main nav a")]
    assert {"2026-45.html", "2026-45-3.html"} <= set(links)


def test_pages_that_are_no_longer_needed_go() -> None:
    lots = many(ROWS + 2)
    of = edition((*lots[: ROWS - 1], *(replace(view, hidden=True) for view in lots[ROWS - 1 :])))
    assert {"uger/2026-45-2.html", "en/uger/2026-45-2.html"} <= set(weeks.SECTION.gone(of))
    assert not set(weeks.SECTION.gone(of)) & documents(of).keys()
    assert not set(weeks.SECTION.gone(edition(lots)))


# -- hostile texts -------------------------------------------------------------------------------------------------

hostile = st.text(max_size=60) | st.sampled_from(
    [
        "<rows>",
        "</script><script>alert(1)</script>",
        "]]>",
        "&amp;<b>",
        "\x00\ud800\x1f",
        "Kontaktperson: Anna Ager",
        "{{ w }}",
    ]
)


@settings(max_examples=25, deadline=None)
@given(hostile, hostile, hostile)
def test_hostile_texts_stay_in_their_place(title: str, before: str, supplier: str) -> None:
    changes = (change(1, at("2026-11-24"), FieldChange("title", before, title), FieldChange("cpv_main", "", before)),)
    view = lot_view(of_lot=lot(title=title), of_notice=notice(title=title), changes=changes)
    agreement = agreement_view(title=title, supplier=Organisation(supplier), options=before)
    of = edition((view,), (agreement,))
    for name, document in documents(of).items():
        content = written(document)
        assert b"<rows>" not in content
        page = BeautifulSoup(content, "lxml")
        assert len(page.find_all("script")) == 1
        assert page.find("script").get("type") == "application/ld+json"  # type: ignore[union-attr]
        if name.endswith("2026-45.html"):
            assert len(page.select("main li.card")) == len(page.select("main li.line")) == 1
        assert "Anna Ager" not in content.decode()


def test_no_address_of_a_person_is_told_in_a_change() -> None:
    field = FieldChange("title", "Rengøring", "Rengøring, spørg anna@noerrevang.example")
    page = written(documents(edition((lot_view(changes=(change(1, at("2026-11-24"), field),)),)))["uger/2026-48.html"])
    assert b"anna@" not in page


def test_an_agreement_that_turned_out_not_to_be_leaves_its_weeks_and_takes_a_page_along_that_was_its_alone(
    tmp_path: Path,
) -> None:
    view = agreement_view()
    lots = [lot_view(f"opgave-{number}", first_seen=view.first_seen) for number in range(ROWS)]
    publish(Handed(lots), (view,), (), TOWN, tmp_path, NOW, trades=TRADES)
    second = tmp_path / "uger/2026-45-2.html"
    assert "Vinduespolering" in second.read_text(encoding="utf-8")
    publish(Handed(lots), (), (), TOWN, tmp_path, NOW, trades=TRADES, retracted=(view,))
    assert not second.exists()
    assert (tmp_path / "uger/2026-45.html").is_file()
    publish(Handed(()), (view,), (), TOWN, tmp_path / "alone", NOW, trades=TRADES)
    publish(Handed(()), (), (), TOWN, tmp_path / "alone", NOW, trades=TRADES, retracted=(view,))
    assert not (tmp_path / "alone/uger/2026-45.html").exists()
