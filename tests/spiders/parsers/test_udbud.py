"""udbud.dk's answers, saved and broken, and the eForms rendering in the ways in which portals write it."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from notifier.errors import ParseError
from notifier.lots import Deadline, Lot, Money, Notice, Stage
from spiders.parsers import rendering_values as printed
from spiders.parsers import ted, udbud, udbud_detail
from spiders.parsers.values import Doubts
from tests.counting import calls
from tests.shared import needs_shared, shared
from tests.spiders.parsers import golden, rendered

WHERE = "https://udbud.dk/soegning"
ROW = udbud.Row("id", "01", title="Et udbud", buyer="Eksempel Kommune", buyer_id="12345674", form="competition")
FORMS = {Stage.PLANNING: "planning", Stage.CALL: "competition", Stage.AWARD: "result", Stage.CHANGE: "cont-modif"}


def read(html: str, row: udbud.Row = ROW, **summary: object) -> udbud_detail.Detail:
    body = json.dumps({"htmlDA": html, "opsummeringDA": summary}).encode()
    return udbud_detail.parse_detail(body, source="udbud", row=row, where=WHERE)


@pytest.mark.parametrize("case", golden.cases("udbud"), ids=lambda case: case.name)
def test_a_saved_answer_reads_as_expected(case: Path) -> None:
    meta, body = golden.meta(case), (case / "page.json").read_bytes()
    if meta["what"] == "search":
        golden.compare(case, udbud.parse_search(body, meta["where"]))
    else:
        row = msgspec.convert(meta["row"], udbud.Row)
        golden.compare(case, udbud_detail.parse_detail(body, source="udbud", row=row, where=meta["where"]))


# -- answers that are none -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Log ind</html>",
        b'{"message": "fejl"}',
        b"[]",
        b'{"resultatElementDtoList": {}, "totaltAntalResultater": 0}',
        b'{"resultatElementDtoList": [], "totaltAntalResultater": "41"}',
        b'{"resultatElementDtoList": [], "totaltAntalResultater": -1}',
        b'{"resultatElementDtoList": [{"noticeId": 5}], "totaltAntalResultater": 1}',
        b'{"resultatElementDtoList": [{"dataDa": {"tidsfrister": "i dag"}}], "totaltAntalResultater": 1}',
        b'{"resultatElementDtoList": [{"noticeId": "\xff"}], "totaltAntalResultater": 1}',
        b"[" * 100_000,
    ],
)
def test_a_search_answer_of_another_shape_is_refused_and_never_an_empty_list(body: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        udbud.parse_search(body, WHERE)
    assert caught.value.where == WHERE


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"htmlDA": "", "opsummeringDA": null}',
        b'{"htmlDA": 5}',
        b'{"htmlDA": "<p>x", "opsummeringDA": []}',
    ],
)
def test_a_detail_of_another_shape_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError):
        udbud_detail.parse_detail(body, source="udbud", row=ROW, where=WHERE)


def test_a_detail_cut_off_or_damaged_is_read_or_refused_and_nothing_else() -> None:
    whole = (golden.PAGES / "udbud" / "national-call-in-sections" / "page.json").read_bytes()
    chance = random.Random(3)
    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 5)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        for body in (bytes(damaged), whole[: chance.randrange(len(whole))]):
            try:
                udbud_detail.parse_detail(body, source="udbud", row=ROW, where=WHERE)
            except ParseError:
                continue


MADE_TO_BE_SLOW: dict[str, Callable[[int], str]] = {
    "nested": lambda n: "<div>" * (n // 4),
    "definitions": lambda n: "<dl>" + "<dd>x" * n,
    "one-term": lambda n: "<dl><dt>Titel" + "<dd>x" * n,
    "unknown-labels": lambda n: "<p>5.1 Delkontrakt: LOT-0001</p>" + "<p>Ny: x</p>" * n,
    "many-lots": lambda n: "".join(f"<p>5.{lot} Delkontrakt: LOT-{lot:04}</p>" for lot in range(n // 7)),
    "long-prose": lambda n: "<p>2 Procedure</p><p>Beskrivelse: x</p>" + "<p>y</p>" * n,
    "bold": lambda n: "<b>" * (n // 100) + "x" * (10 * n),
}


@pytest.mark.parametrize("kind", MADE_TO_BE_SLOW)
def test_a_page_made_to_be_slow_is_read_or_refused_with_work_in_proportion_to_its_length(kind: str) -> None:
    def look(size: int) -> None:
        with contextlib.suppress(ParseError):
            read(MADE_TO_BE_SLOW[kind](size))

    look(20_000)
    assert calls(lambda: look(2_000)) < 2.5 * calls(lambda: look(1_000)) + 10_000


# -- the rendering, in whatever HTML -------------------------------------------------------------------------------

# Not printed by the templates, or printed in words: the kinds of criteria, and the languages other than Danish.
COMPARED = [
    name
    for name in Lot.__dataclass_fields__
    if name not in ("selection_criteria", "translations", "awards", "documents_url", "submission_url", "place")
]


def folded(value: object) -> object:
    """Without what HTML does not keep: line ends and double blanks."""
    if isinstance(value, str):
        return " ".join(value.split())
    return tuple(folded(each) for each in value) if isinstance(value, tuple) else value


def shown(notice: Notice, style: str, named: dict[tuple[str, str], str]) -> udbud_detail.Detail:
    row = udbud.Row("id", "01", title=notice.title, form=FORMS[notice.stage])
    return read(rendered.render(notice, style, named), row, antalLots=len(notice.lots))


@needs_shared
@pytest.mark.parametrize("style", rendered.STYLES)
def test_real_notices_rendered_read_as_their_xml_does(style: str) -> None:
    named, lots = rendered.names(), 0
    wrong: list[tuple[object, ...]] = []
    for folder in ("ted-eforms", "eforms-sdk-examples"):
        for file in sorted(shared(f"corpus/{folder}").glob("*.xml")):
            notice = ted.parse_notice(file.read_bytes(), source="ted", key=file.stem)
            found = shown(notice, style, named).notice
            if not notice.lots:
                continue
            assert [lot.lot_id for lot in found.lots] == [lot.lot_id for lot in notice.lots], file.name
            for official, lot in zip(notice.lots, found.lots, strict=True):
                lots += 1
                for name in COMPARED:
                    if folded(getattr(official, name)) != folded(getattr(lot, name)):
                        wrong.append((file.name, lot.lot_id, name, getattr(official, name), getattr(lot, name)))
                awards = [[(a.winner.name, a.value, a.concluded) for a in each.awards] for each in (official, lot)]
                if awards[0] != awards[1]:
                    wrong.append((file.name, lot.lot_id, "awards", *awards))
    assert lots > 200
    assert wrong == []


@needs_shared
@pytest.mark.parametrize("style", [style for style in rendered.STYLES if style != "paragraphs"])
def test_where_labels_are_set_apart_nothing_of_a_real_notice_is_left_unread(style: str) -> None:
    named, unread = rendered.names(), set()
    for file in sorted(shared("corpus/ted-eforms").glob("*.xml")):
        notice = ted.parse_notice(file.read_bytes(), source="ted", key=file.stem)
        unread |= {(file.name, place) for place in shown(notice, style, named).unread}
    assert unread == set()


@pytest.mark.parametrize("style", ["sections", "headings", "tables", "definitions"])
def test_a_label_that_was_renamed_is_told_and_its_field_is_unknown(style: str) -> None:
    said: list[rendered.Part] = [
        (1, "2", "Procedure", ""),
        (2, "2.1", "Procedure", ""),
        (3, "", "Titel", "Et udbud"),
        (1, "5", "Delkontrakt", ""),
        (2, "5.1", "Delkontrakt", "LOT-0001"),
        (3, "", "Titel", "En delaftale"),
        (3, "", "Beskrivelse", "Det drejer sig om: rengøring."),
        (4, "", "Skæringsdato for tilbud", "2027-01-15+01:00 12:00:00+01:00"),
    ]
    found = read(rendered.STYLES[style](said), antalLots=1)
    assert found.unread == ("rendering: lot: skæringsdato for tilbud",)
    (lot,) = found.notice.lots
    assert (lot.deadline, lot.description) == (None, "Det drejer sig om: rengøring.")
    assert "skæringsdato" in found.notice.flags[-1]


def test_fewer_lots_than_the_summary_counts_are_told() -> None:
    found = read("<p>5.1 Delkontrakt: LOT-0001</p><p>Titel: A</p>", antalLots=2)
    assert found.notice.flags == ("The summary counts 2 lots; 1 could be read from the rendering.",)


def test_one_lot_stands_for_a_notice_in_which_none_is_found() -> None:
    found = read("<p>Ingen kender denne side</p>", antalLots=0, udforelsesstedNutsCode=["DK011"])
    (lot,) = found.notice.lots
    assert (lot.lot_id, lot.title, lot.nuts) == ("1", "Et udbud", ("DK011",))
    assert any("No lot" in flag for flag in found.notice.flags)


def test_deadlines_that_differ_between_summary_and_rendering_are_told() -> None:
    html = "<p>5.1 Delkontrakt: LOT-0001</p><p>Frist for modtagelse af tilbud: 2027-01-15+01:00 12:00:00+01:00</p>"
    assert not read(html, antalLots=1, tilbudsfrister=["2027-01-15T11:00:00Z"]).notice.flags
    assert any("different" in flag for flag in read(html, tilbudsfrister=["2027-01-16T11:00:00Z"]).notice.flags)


def test_a_change_that_ends_the_procedure_cancels_the_notice() -> None:
    html = (
        "<h2>10. Ændring</h2><p>Udgave af den foregående bekendtgørelse, der skal ændres: 5f0c-01</p>"
        "<p>Hovedårsagen til ændringen: Proceduren er annulleret</p><p>Beskrivelse: Behovet er bortfaldet.</p>"
    )
    notice = read(html).notice
    assert (notice.cancelled, notice.changes[0].changed_notice) == (True, "5f0c-01")
    assert "bortfaldet" in notice.cancel_reason
    assert not read(html.replace("Proceduren er annulleret", "Rettelse af en frist")).notice.cancelled


# -- values --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "amount"),
    [
        ("2.400.000 Dansk krone", Money(Decimal(2400000))),
        ("2,400,000.50 DKK", Money(Decimal("2400000.50"))),
        ("500.000 Dansk krone", Money(Decimal(500000))),
        ("500,000 kr.", Money(Decimal(500000))),
        ("DKK 3.000.000,00", Money(Decimal("3000000.00"))),
        ("1 250 000,5 Euro", Money(Decimal("1250000.5"), "EUR")),
        ("75,5 EUR", Money(Decimal("75.5"), "EUR")),
        ("ca. 500.000 kr.", None),
        ("500.000", None),
        ("500.000 - 900.000 DKK", None),
        ("1.2345 DKK", None),
        ("1.234,567.89 DKK", None),
        ("-5 DKK", None),
    ],
)
def test_amounts_are_read_as_the_templates_print_them_or_not_at_all(raw: str, amount: Money | None) -> None:
    doubts = Doubts()
    assert printed.money(raw, "the value", doubts) == amount
    assert bool(doubts.sentences()) is (amount is None)


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        ("2027-01-15+01:00 12:00:00+01:00", "2027-01-15T12:00:00+01:00"),
        ("2027-07-15 12:00", "2027-07-15T12:00:00+02:00"),
        ("2026-12-15T11:00:00Z", "2026-12-15T11:00:00+00:00"),
        ("15-01-2027 12:00", "2027-01-15T12:00:00+01:00"),
        ("15/01/2027 12:00:00 (UTC+00:00) Vesteuropæisk tid", "2027-01-15T12:00:00+00:00"),
        ("15/01/2027 12:00:00 (UTC+1)", None),
        ("31-02-2027 12:00", None),
        ("2027-01-15+01:00 25:00:00+01:00", None),
        ("2027-03-28 02:30", None),
        ("uge 12", None),
        ("15-01-2027 og 16-01-2027", None),
    ],
)
def test_deadlines_are_read_with_their_offset_or_not_at_all(raw: str, at: str | None) -> None:
    found = printed.deadline(raw)
    assert (found.at.isoformat() if found else None) == at


def test_a_day_without_a_time_lasts_until_its_end() -> None:
    found = printed.deadline("2027-01-15+01:00")
    assert found == Deadline(dt.datetime.fromisoformat("2027-01-15T23:59:00+01:00"), time_known=False)
