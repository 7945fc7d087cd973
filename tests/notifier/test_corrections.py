"""What an officer types over a lot's fields, and what lies over the source's facts then."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from notifier import corrections, typed
from notifier.changes import MATERIAL, diff_lot
from notifier.clock import COPENHAGEN
from notifier.corrections import FIELDS, TIME, Correction, SaidSince, as_typed, corrected, mark, over, read, touched
from notifier.lots import Deadline, Lot, Money, Translation
from notifier.phrases import change_phrase
from notifier.store.values import from_json, to_json
from tests.notifier.store.samples import MONDAY, call, lot, until

FULL = lot(
    description="Linje 1\n\n- et\n- to",
    value=Money(Decimal("1250.50"), "EUR"),
    participation_deadline=Deadline(dt.datetime(2026, 11, 20, 23, 59, tzinfo=COPENHAGEN), time_known=False),
    interest_deadline=until(2),
    duration="P18M",
    start=dt.date(2027, 1, 1),
    end=dt.date(2028, 6, 30),
    cpv_main="90911200",
    cpv_additional=("90911000", "90919200"),
    nuts=("DK011", "DK012"),
    place="Nørrevang",
    documents_url="https://by.example/a",
    submission_url="https://by.example/b",
)


def correction(field: str, value: Any, instead_of: Any = None, **more: Any) -> Correction:
    return Correction(1, "P/LOT-0001", field, value, instead_of, "Anna Lund", "", MONDAY, **more)


@pytest.mark.parametrize("language", ["da", "en"])
def test_what_a_form_holds_is_read_as_what_stands_there(language: str) -> None:
    """Nothing is lost on the way into a form and back, in either language."""
    form = as_typed(FULL, language)
    assert form.keys() == {*FIELDS, *(name + TIME for name, kind in FIELDS.items() if kind == "moment")}
    assert read(form, FIELDS, FULL) == corrections.Read()


@pytest.mark.parametrize("language", ["da", "en"])
def test_what_is_not_known_is_empty_and_stays_unknown(language: str) -> None:
    bare = Lot("1", "Opgave")
    assert read(as_typed(bare, language), FIELDS, bare) == corrections.Read()


def test_only_what_was_typed_over_is_touched() -> None:
    held = as_typed(FULL, "da")
    marks = {name: mark(said) for name, said in held.items()}
    assert touched(held, marks) == frozenset()
    assert touched({**held, "deadline_time": "14:00", "place": ""}, marks) == {"deadline", "place"}
    assert touched({}, marks) == frozenset(), "a field that was not sent was not emptied"


@pytest.mark.parametrize(
    ("form", "values"),
    [
        ({"deadline": "8. december 2026", "deadline_time": "kl. 12"}, {"deadline": until(8)}),
        ({"deadline": "", "deadline_time": ""}, {"deadline": None}),
        ({"value": "2,5 mio. kr."}, {"value": Money(Decimal(2_500_000))}),
        ({"value": "99 EUR"}, {"value": Money(Decimal(99), "EUR")}),
        ({"duration": "2 år"}, {"duration": "P2Y"}),
        ({"end": "31. december 2028"}, {"end": dt.date(2028, 12, 31)}),
        ({"cpv_main": "90910000-9"}, {"cpv_main": "90910000"}),
        ({"cpv_additional": "90910000; 90911200\n90910000"}, {"cpv_additional": ("90910000", "90911200")}),
        ({"nuts": "Glostrup"}, {"nuts": ("DK012",)}),
        ({"title": "  Rengøring\n af <i>haller</i> "}, {"title": "Rengøring af haller"}),
        ({"documents_url": "WWW.by.example/x"}, {"documents_url": "https://www.by.example/x"}),
    ],
)
def test_what_officers_type_is_read(form: dict[str, str], values: dict[str, Any]) -> None:
    names = {name.removesuffix(TIME) for name in form}
    found = read({**as_typed(FULL, "da"), **form}, names, FULL)
    assert (found.values, found.wrong) == (values, {})


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        ({"title": "\u200b"}, {"title": "needed"}),
        ({"deadline": "31. februar 2027"}, {"deadline": "day"}),
        ({"deadline": "28. marts 2027", "deadline_time": "02:30"}, {"deadline": "time"}),
        ({"deadline": "", "deadline_time": "12:00"}, {"deadline": "day"}),
        ({"value": "100.000 inkl. moms"}, {"value": "money"}),
        ({"value": "0"}, {"value": "money"}),
        ({"value": "9" * 20}, {"value": "money"}),
        ({"duration": "2-4 år"}, {"duration": "length"}),
        ({"duration": "2 år + 1 års option"}, {"duration": "length"}),
        ({"cpv_main": "90919999"}, {"cpv_main": "cpv"}),
        ({"nuts": "DK011, Atlantis"}, {"nuts": "nuts"}),
        ({"submission_url": "ftp://by.example"}, {"submission_url": "web"}),
        ({"submission_url": "https://anna@by.example/"}, {"submission_url": "web"}),
        ({"start": "1. juli 2028"}, {"end": "order"}),
    ],
)
def test_what_cannot_be_read_for_sure_is_not_read(form: dict[str, str], wrong: dict[str, str]) -> None:
    names = {name.removesuffix(TIME) for name in form}
    assert read({**as_typed(FULL, "da"), **form}, names, FULL).wrong == wrong


@pytest.mark.parametrize("name", FIELDS)
def test_every_value_comes_back_from_the_store_as_it_was(name: str) -> None:
    for value in (getattr(FULL, name), getattr(Lot("1", "Opgave"), name)):
        assert from_json(to_json(value), corrections.type_of(name)) == value


def test_a_field_that_cannot_be_put_right_has_no_type() -> None:
    with pytest.raises(KeyError):
        corrections.type_of("awards")


def test_what_does_not_stand_is_not_laid_over() -> None:
    gone = [correction("place", "A", removed_at=MONDAY), correction("value", None, moot_at=MONDAY)]
    assert corrected(FULL, gone) is FULL
    notice = call("1-2026", FULL)
    assert over(notice, 0, gone) is notice


def test_the_whole_tenders_title_is_left_where_it_is_another() -> None:
    found = over(call("1-2026", lot()), 0, [correction("title", "Rengøring af haller")])
    assert (found.title, found.lots[0].title) == ("Rengøring", "Rengøring af haller")


def test_a_translation_of_a_wrong_text_is_not_shown_beside_the_right_one() -> None:
    both = lot(translations=(Translation("en", "Wrong", "Right"), Translation("de", "Falsch", "")))
    found = corrected(both, [correction("title", "Rigtig")])
    assert found.translations == (Translation("en", "", "Right"), Translation("de", "", ""))


@pytest.mark.parametrize(
    ("says", "since"),
    [("Forkert", SaidSince.AS_THEN), (" forkert ", SaidSince.AS_THEN), ("Rigtig", SaidSince.SAME),
     ("rigtig", SaidSince.OTHER), ("Noget tredje", SaidSince.OTHER)],
)  # fmt: skip
def test_what_the_source_says_since(says: str, since: SaidSince) -> None:
    assert corrections.said_since(lot(title=says), correction("title", "Rigtig", "Forkert")) is since


def test_the_same_moment_in_another_offset_is_the_same_word() -> None:
    right = until(8)
    moved = Deadline(right.at.astimezone(dt.UTC))
    assert corrections.said_since(lot(deadline=moved), correction("deadline", right, until(1))) is SaidSince.SAME


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("name", sorted(MATERIAL & FIELDS.keys()))
def test_a_correction_reads_otherwise_than_the_buyers_own_change(name: str, language: str) -> None:
    bare = Lot("1", "Opgave")
    for before, after in ((FULL, lot(**{name: getattr(bare, name)})), (bare, FULL)):
        (change,) = (one for one in diff_lot(before, after) if one.field == name)
        ours = change.__class__(change.field, change.before, change.after, ours=True)
        said, of_source = change_phrase(ours, language), change_phrase(change, language)
        assert said.startswith("rettelse: " if language == "da" else "correction: ")
        assert said != of_source


@pytest.mark.parametrize(
    ("address", "persons"),
    [
        ("anna.lund@by.example", True),
        ("anna_lund@by.example", True),
        ("indkoeb@by.example", False),
        ("teknik-og-miljoe@by.example", False),
        ("klubhuset@by.example", False),
        ("center.nord@by.example", False),
    ],
)
def test_a_persons_address_is_told_from_an_offices(address: str, persons: bool) -> None:
    assert typed.is_persons(address) is persons
