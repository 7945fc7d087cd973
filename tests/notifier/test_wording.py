"""The lines that a digest is judged by: its subject, what came and what fits, the rest, silence, and what was read."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from notifier.digest import Digest, build
from notifier.door import Door
from notifier.lots import Assessment, Lot, LotView, Notice, RunStatus, SourceRun, Stage, Verdict
from notifier.profiles import Announcement, Profile
from notifier.render import RenderedMail, render_mail
from tests.notifier.mail_examples import (
    BUYER,
    DOOR,
    NOW,
    SOURCES,
    TOWN,
    TRADES,
    agreement,
    at,
    kroner,
    run,
    subscriber,
    told,
    view,
)

CLEANING = Profile(trades=("cleaning",))
WEEK = dt.timedelta(days=7)


def digest_of(
    lots: Sequence[LotView] = (),
    *,
    announced: Sequence[Announcement] = (),
    runs: Sequence[SourceRun] = (run("ted", listed=41, held=41),),
    language: str = "da",
    profile: Profile = CLEANING,
    since: dt.datetime | None = NOW - WEEK,
) -> Digest:
    return build(
        subscriber(profile, language), lots, (), runs, frozenset(announced), NOW, since=since,
        trade_names=TRADES[language], source_names=SOURCES,
    )  # fmt: skip


def mail_of(digest: Digest, door: Door = DOOR) -> RenderedMail:
    return render_mail(digest, TOWN, door)


def said(mail: RenderedMail) -> str:
    return " ".join(mail.text.split())


def summary_of(mail: RenderedMail) -> str:
    """The line below the heading, which text and HTML share."""
    line = mail.text.splitlines()[3]
    assert line in " ".join(BeautifulSoup(mail.html, "lxml").get_text(" ").split())
    return line


def tasks(count: int, verdict: Verdict = Verdict.SUITABLE, *, first: int = 0) -> list[LotView]:
    return [
        view(f"p/{number:03}", f"Opgave {number:03}", verdict=verdict, deadline=at(15 + number))
        for number in range(first, first + count)
    ]


# -- what came, and what fits ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fitting", "others", "danish", "english"), [
    (2, 39, "41 nye delaftaler, 2 passer til jer.", "41 new lots, 2 suit you."),
    (1, 40, "41 nye delaftaler, 1 passer til jer.", "41 new lots, 1 suits you."),
    (1, 0, "1 ny delaftale, 1 passer til jer.", "1 new lot, 1 suits you."),
    (1200, 34, "1.234 nye delaftaler, 1.200 passer til jer.", "1,234 new lots, 1,200 suit you."),
])  # fmt: skip
def test_the_first_line_counts_what_came_and_what_fits(fitting: int, others: int, danish: str, english: str) -> None:
    lots = tasks(fitting) + tasks(others, Verdict.UNSUITABLE, first=fitting)
    assert summary_of(mail_of(digest_of(lots))) == danish
    assert summary_of(mail_of(digest_of(lots, language="en"))) == english


def test_a_first_mail_counts_everything_that_is_open() -> None:
    lots = tasks(2) + tasks(39, Verdict.UNSUITABLE, first=2)
    assert summary_of(mail_of(digest_of(lots, since=None))) == "41 åbne delaftaler i alt, 2 passer til jer."


def test_what_came_and_does_not_fit_is_counted_where_something_else_is_told() -> None:
    near = view("old", deadline=at(4), first_seen=NOW - 2 * WEEK)
    mail = mail_of(digest_of([near, *tasks(3, Verdict.UNSUITABLE)], announced=[told(near)]))
    assert summary_of(mail) == "3 nye delaftaler, ingen af dem passer til jer."
    assert summary_of(mail_of(digest_of([near], announced=[told(near)]))) == "Ingen nye opgaver til jer denne gang."


# -- the subject -------------------------------------------------------------------------------------------------------


def test_a_subject_names_the_first_deadline_of_the_new_ones_and_one_that_is_sooner_as_another() -> None:
    lots = [view("a", deadline=at(15)), view("b", deadline=at(20))]
    assert mail_of(digest_of(lots)).subject == "2 nye opgaver til jer – første frist tirsdag 8. december"
    sooner = view("known", "En anden", deadline=at(4))
    with_closing = mail_of(digest_of([*lots, sooner], announced=[told(sooner)]))
    assert with_closing.subject == "2 nye opgaver til jer – og en frist fredag 27. november"
    without_day = [view("a", deadline=None), view("b", deadline=at(20))]
    assert mail_of(digest_of(without_day)).subject == "2 nye opgaver til jer – første frist søndag 13. december"


def test_the_subject_of_one_lot_is_its_title_and_deadline() -> None:
    title = "Rengøring af fire skoler"
    assert mail_of(digest_of([view(deadline=at(15))])).subject == f"{title} – frist tirsdag 8. december"
    english = mail_of(digest_of([view(deadline=at(15))], language="en")).subject
    assert english == f"{title} – deadline Tuesday 8 December"


def test_the_subject_of_an_agreement_holds_no_address_of_the_sources() -> None:
    held = agreement()
    held = replace(held, agreement=replace(held.agreement, title="Kantine, mette@by.example"))
    digest = build(subscriber(Profile()), (), [held], (), frozenset(), NOW, trade_names={}, source_names=SOURCES)
    assert mail_of(digest).subject.endswith("Kantine, (mailadresse hos kilden)")


@pytest.mark.parametrize(("runs", "true"), [
    ((run("ted"), run("town")), True),
    ((), False),
    ((run("ted"), run("town", RunStatus.PARTIAL, listed=12, held=11, failed=1)), False),
    ((run("ted"), run("town", RunStatus.PARTIAL, listed=12, held=11)), False),
    ((run("ted"), run("town", RunStatus.FAILED)), False),
    ((run("ted"), run("town", RunStatus.BLOCKED)), False),
    ((run("ted"), run("town", RunStatus.ALARM)), False),
    ((run("ted"), SourceRun("town", NOW)), False),  # not read to an end yet
    ((run("ted"), run("town", RunStatus.GOOD, 2), run("town", RunStatus.FAILED)), False),
    ((run("ted"), run("town", RunStatus.FAILED, 2), run("town")), True),
    ((run("ted"), run("town", RunStatus.GOOD, 1)), True),
    ((run("ted"), run("town", RunStatus.GOOD, 3)), False),  # and nothing was read since
])  # fmt: skip
def test_that_all_was_read_is_said_only_where_it_was(runs: Sequence[SourceRun], true: bool) -> None:
    silent = digest_of(runs=runs, since=NOW - dt.timedelta(days=40))
    claim = "Ingen nye opgaver til jer – alle kilder er læst"
    doubt = "Ingen nye opgaver til jer – men ikke alle kilder er læst"
    assert mail_of(silent).subject == (claim if true else doubt)
    assert ("ikke alle kilder er læst – se nederst" in said(mail_of(silent))) is not true
    assert silent.sign_of_life


# -- five a week, and the rest -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("most", "rest"), [
    (None, "Og 37 flere – se alle på siden"), (3, "Og 39 flere – se alle på siden"),
    (20, "Og 22 flere – se alle på siden"), (30, "Og 12 flere – se alle på siden"),
])  # fmt: skip
@pytest.mark.parametrize("door", [DOOR, Door()], ids=["own page", "the site"])
def test_five_are_shown_where_nobody_asked_for_more_and_the_rest_is_counted(
    most: int | None, rest: str, door: Door
) -> None:
    profile = CLEANING if most is None else Profile(trades=("cleaning",), most=most)
    mail = mail_of(digest_of(tasks(42), profile=profile), door)
    assert [number for number in range(42) if f"Opgave {number:03}" in mail.text] == list(range(most or 5))
    all_of_them = door.tasks(subscriber()) if door else "https://udbud.example/index.html"
    assert f"{rest}:\n{all_of_them}\n" in mail.text
    assert f'href="{all_of_them}"' in mail.html


def test_one_that_is_left_is_counted_as_one_and_none_is_not_counted() -> None:
    assert "Og 1 mere – se alle på siden:" in mail_of(digest_of(tasks(6))).text
    assert "se alle på siden" not in mail_of(digest_of(tasks(5))).text


def test_where_not_all_have_room_the_best_are_shown_by_deadline() -> None:
    lots = [*tasks(40, Verdict.POSSIBLE), *tasks(2, first=40)]
    mail = mail_of(digest_of(lots))
    assert re.findall(r"^\d\. Opgave (\d+)$", mail.text, re.MULTILINE) == ["000", "001", "002", "040", "041"]


def test_what_is_not_shown_is_told_all_the_same() -> None:
    digest = digest_of(tasks(42))
    assert {note.item_uid for note in digest.announcements} == {f"p/{number:03}" for number in range(42)}


# -- silence -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "life"), [(29, False), (30, True), (400, True)])
def test_after_a_month_without_anything_a_short_word_says_so(days: int, life: bool) -> None:
    digest = digest_of(tasks(3, Verdict.UNSUITABLE), since=NOW - dt.timedelta(days=days))
    assert (digest.empty, digest.sign_of_life) == (True, life)


def test_the_sign_of_life_says_what_was_read_and_that_it_goes_on() -> None:
    mail = mail_of(digest_of(since=NOW - dt.timedelta(days=31)))
    assert mail.subject == "Ingen nye opgaver til jer – alle kilder er læst"
    assert "Den seneste måned har vi ikke skrevet til jer om nye opgaver." in said(mail)
    assert "Vi læser videre og skriver, så snart der er noget til jer." in said(mail)
    assert "vi har alle 41." in said(mail)
    assert "I følger: rengøring." in said(mail)
    assert DOOR.stop(subscriber()) in mail.text
    assert len(mail.text) < 1900
    english = mail_of(digest_of(since=NOW - dt.timedelta(days=31), language="en"))
    assert english.subject == "No new tasks for you – all sources were read"


# -- just outside ------------------------------------------------------------------------------------------------------

WISHED = Profile(trades=("cleaning",), areas=("DK011",), value_max=kroner(1_000_000), near_misses=True)


def task(uid: str, yearly: int, area: str = "DK011", days: float = 15) -> LotView:
    lot = Lot(uid, f"Opgave {uid}", cpv_main="90911200", nuts=(area,), deadline=at(days))
    notice = Notice("ted", uid, Stage.CALL, lot.title, language="da", buyers=(BUYER,), lots=(lot,))
    judged = Assessment(Verdict.SUITABLE, 2.0, ("cleaning",), value_per_year=kroner(yearly))
    return view(uid, lot=lot, notice=notice, assessment=judged)


NEAR = [task("stor", 1_400_000, days=16), task("omegn", 500_000, "DK012", 17), task("tredje", 1_300_000, days=18)]
FAR = [task("kaempe", 5_000_000), task("fyn", 500_000, "DK031")]


def test_a_near_miss_or_two_are_shown_to_those_who_wish_with_what_does_not_fit() -> None:
    digest = digest_of([task("passer", 500_000), *FAR, *NEAR], profile=WISHED)
    assert [entry.view.uid for entry in digest.near] == ["stor", "omegn"]
    text = mail_of(digest).text
    assert "LIGE VED SIDEN AF\n=================\nDet her falder lige uden for det, I har valgt." in text
    assert "   Hvad der ikke passer: Større end de 1.000.000 kr. om året, I har valgt\n" in text
    assert "   Hvad der ikke passer: Ligger uden for de områder, I følger, men i samme\n" in text
    assert mail_of(digest).subject == "Opgave passer – frist tirsdag 8. december"


def test_near_misses_alone_are_no_mail_and_nobody_sees_them_who_did_not_ask() -> None:
    alone = digest_of(NEAR, profile=WISHED)
    assert (alone.empty, alone.sign_of_life, alone.near, alone.announcements) == (True, False, (), ())
    unasked = Profile(trades=("cleaning",), areas=("DK011",), value_max=kroner(1_000_000))
    assert digest_of([task("passer", 500_000), *NEAR], profile=unasked).near == ()


def test_a_near_miss_is_shown_once_and_may_still_be_told_as_new() -> None:
    first = digest_of([task("passer", 500_000), *NEAR], profile=WISHED)
    known = first.announcements
    second = digest_of([task("ny", 400_000), *NEAR], profile=WISHED, announced=known)
    assert [entry.view.uid for entry in second.near] == ["tredje"]
    cheaper = task("stor", 900_000, days=16)
    third = digest_of([cheaper], profile=WISHED, announced=[*known, *second.announcements])
    assert [entry.view.uid for entry in third.new] == ["stor"]


def test_a_sign_of_life_may_show_what_was_just_outside() -> None:
    digest = digest_of(NEAR, profile=WISHED, since=NOW - dt.timedelta(days=31))
    assert (digest.sign_of_life, [entry.view.uid for entry in digest.near]) == (True, ["stor", "omegn"])
    assert "Opgave stor" in mail_of(digest).text


# -- the foot ----------------------------------------------------------------------------------------------------------


def test_the_foot_says_what_was_read_what_is_missing_and_since_when_a_source_fails() -> None:
    runs = (
        run("ted", listed=41, held=41),
        run("town", RunStatus.PARTIAL, listed=12, held=11, failed=1),
        run("comdia", RunStatus.GOOD, 7, listed=3, held=3),
        run("comdia", RunStatus.FAILED, 6),
        run("comdia", RunStatus.BLOCKED, 1),
    )
    danish, english = (mail_of(digest_of(tasks(1), runs=runs, language=language)) for language in ("da", "en"))
    for sentence in (
        "TED (EU’s udbudsavis): læst mandag 23. november kl. 06.14. Kilden viste 41; vi har alle 41.",
        "men 1 kunne ikke læses. Kilden viste 12; vi har 11, 1 mangler.",
        "Comdia: har afvist os siden tirsdag 17. november 2026. Der kan være opgaver, vi ikke har set.",
        "post@rengoerholdet.example er tilmeldt opgaver fra Prøvekøbing Kommune.",
        "Mailen kommer højst en gang om ugen, tidligst om mandagen, når der er noget nyt.",
    ):
        assert sentence in said(danish)
    for sentence in (
        "The source showed 41; we hold all 41.",
        "but 1 could not be read. The source showed 12; we hold 11, 1 missing.",
        "Comdia: has refused access since Tuesday 17 November 2026.",
    ):
        assert sentence in said(english)
