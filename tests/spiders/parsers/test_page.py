"""Pages of municipalities, by their saved examples and by what must be refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.errors import ConfigError, LandmarkMissing, ParseError
from notifier.lots import LotKind, Stage
from spiders.parsers import markup
from spiders.parsers.page import Row, parse_detail, parse_list, parse_row
from spiders.parsers.selectors import Imprint, ListSelectors, read_selectors
from tests.spiders.parsers import golden

IMPRINT = Imprint("by", "Eksempel Kommune")
URL = "https://by.example/udbud"
LIST = ListSelectors(landmark="main", row="article", link="a", empty_text=("Ingen udbud",), container="ul.udbud")


def read_case(case: Path) -> object:
    meta = golden.meta(case)
    html = (case / "page.html").read_bytes()
    selectors = read_selectors(meta["selectors"])
    if meta["read"] == "detail":
        return parse_detail(html, selectors, Row(**meta["row"]), IMPRINT, meta["url"], meta["charset"])
    found = parse_list(html, selectors.list, meta["url"], meta["charset"])
    if meta["read"] == "list":
        return found
    return [parse_row(row, selectors, IMPRINT, meta["url"]) for row in found.rows]


@pytest.mark.parametrize("case", golden.cases("page"), ids=lambda case: case.name)
def test_a_saved_page_reads_as_expected(case: Path) -> None:
    golden.compare(case, read_case(case))


def test_a_page_without_its_landmark_is_not_the_page() -> None:
    with pytest.raises(LandmarkMissing, match="Log ind") as raised:
        parse_list("<title>Log ind</title><article><a href=/1>A</a></article>", LIST, URL)
    assert raised.value.where == URL


@pytest.mark.parametrize(
    "proof", ["<p>Der er  INGEN\nudbud lige nu</p>", '<ul class="udbud"> </ul>', "<p>Ingen <b>udbud</b></p>"]
)
def test_an_empty_list_is_believed_where_something_proves_it(proof: str) -> None:
    assert parse_list(f"<main>{proof}</main>", LIST, URL).rows == ()


@pytest.mark.parametrize("doubt", ["", '<ul class="udbud"><li>A</li></ul>', "<script>Ingen udbud</script>"])
def test_an_empty_list_is_doubted_otherwise(doubt: str) -> None:
    with pytest.raises(LandmarkMissing, match="no row"):
        parse_list(f"<main>{doubt}</main>", LIST, URL)


def test_a_page_that_lxml_would_cut_silently_is_refused() -> None:
    with pytest.raises(ParseError, match="nested so deeply"):
        parse_list("<div>" * 5000 + "<main><article><a href=/1>A</a></article></main>", LIST, URL)


def test_a_notice_without_title_is_no_notice() -> None:
    selectors = read_selectors({"list": {"landmark": "main", "row": "tr", "link": "a"}, "detail": {"landmark": "main"}})
    with pytest.raises(ParseError, match="no title"):
        parse_detail("<main>tekst</main>", selectors, Row("k", URL), IMPRINT, URL)


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("12. marts 2027 kl. 12.00", "2027-03-12T12:00:00+01:00"),
        ("senest den 12. marts 2027 kl. 12", "2027-03-12T12:00:00+01:00"),
        ("Senest mandag den 1. marts 2027", "2027-03-01T23:59:00+01:00"),
        ("uge 12", ""),
        ("12. marts", ""),
        ("31. februar 2027", ""),
        ("12. marts 2027 kl. 25.00", ""),
        ("12. marts 2027 eller 19. marts 2027", ""),
        ("12/03-27", ""),
        ("12/3-2027 kl. 12:00", "2027-03-12T12:00:00+01:00"),
        ("12.3.2027 kl. 14", "2027-03-12T14:00:00+01:00"),
        ("Fredag den 12. marts 2027 inden kl. 12", "2027-03-12T12:00:00+01:00"),
        ("kl. 12.00 den 12. marts 2027 (dansk tid)", "2027-03-12T12:00:00+01:00"),
        ("torsdag den 12. marts 2027", ""),  # it is a Friday
        ("medio marts 2027", ""),
        ("uge 12, 2027", ""),
        ("Q2 2027", ""),
        ("2. kvartal 2027", ""),
        ("hurtigst muligt", ""),
        ("1.-3. marts 2027", ""),
        ("1. og 3. marts 2027", ""),
        ("1. marts til 3. april 2027", ""),
        ("12.-19.3.2027", ""),
        ("12. marts 2027 kl. 12.00 eller 19. marts", ""),
        ("12. marts 2027 kl. 10-12", ""),
        ("12. marts 2027 kl. 10.00 og kl. 14.00", ""),
        ("12. marts 2027 kl. 1200", ""),
        ("12. marts 2027 ved midnat", ""),
        ("12 March 2027 at 2.00 pm", ""),
        ("12. marts 2027 12:00 UTC", ""),
        ("tidligst den 12. marts 2027", ""),
        ("ca. 12. marts 2027", ""),
        ("før den 12. marts 2027", ""),
        ("forventet 12. marts 2027", ""),
    ],
)
def test_a_deadline_is_right_or_unknown_with_a_flag(words: str, read: str) -> None:
    selectors = read_selectors({"list": {"landmark": "main", "row": "tr", "link": "a"}})
    notice = parse_row(Row("k", URL, {"title": "A", "deadline": words}), selectors, IMPRINT, URL)
    deadline = notice.lots[0].deadline
    assert (deadline.at.isoformat() if deadline else "") == read
    assert bool(notice.flags) is not bool(read)


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("kr. 1.250.000,-", "1250000"),
        ("4,5 mio. kr. ekskl. moms", "4500000"),
        ("ca. 800.000 kr.", "800000"),
        ("1 mio. kr. inkl. moms", ""),
        ("1-2 mio. kr.", ""),
        ("1.250.000", ""),
        ("mellem 500.000 kr. og 750.000 kr.", ""),
    ],
)
def test_an_amount_is_right_or_unknown_with_a_flag(words: str, read: str) -> None:
    selectors = read_selectors({"list": {"landmark": "main", "row": "tr", "link": "a"}})
    notice = parse_row(Row("k", URL, {"title": "A", "value": words}), selectors, IMPRINT, URL)
    assert (str(int(notice.value.amount)) if notice.value else "") == read
    assert bool(notice.flags) is not bool(read)


def test_lost_letters_in_a_title_are_flagged() -> None:
    selectors = read_selectors({"list": {"landmark": "main", "row": "tr", "link": "a"}})
    notice = parse_row(Row("k", URL, {"title": "Reng\ufffdring"}), selectors, IMPRINT, URL)
    assert notice.flags == ("letters were lost: the page's character set is not what it says",)


def test_a_planned_tender_has_a_part_and_no_lot() -> None:
    raw = {"kind": "planned", "list": {"landmark": "main", "row": "tr", "link": "a"}}
    notice = parse_row(Row("k", URL, {"title": "A"}), read_selectors(raw), IMPRINT, URL)
    assert (notice.stage, notice.lots[0].kind) == (Stage.PLANNING, LotKind.PART)


def test_a_tender_that_merely_tells_of_a_cancelled_one_is_not_cancelled() -> None:
    raw = {"cancelled_text": ["annulleret"], "list": {"landmark": "main", "row": "tr", "link": "a"}}
    values = {"title": "A", "description": "Et tidligere udbud blev annulleret."}
    assert not parse_row(Row("k", URL, values), read_selectors(raw), IMPRINT, URL).cancelled


@given(st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_whatever_stands_on_a_page_is_read_or_refused_but_never_crashes(title: str, deadline: str) -> None:
    selectors = read_selectors(
        {
            "list": {"landmark": "main", "row": "article", "link": "a"},
            "detail": {"landmark": "main", "fields": {"title": "h1", "deadline": {"label": "Frist"}, "value": "p"}},
        }
    )
    html = f"<main><h1>{title}</h1><p>Frist: {deadline}</p></main>"
    try:
        notice = parse_detail(html, selectors, Row("k", URL), IMPRINT, URL)
    except (ParseError, LandmarkMissing):
        return
    assert notice.title
    assert len(notice.lots) == 1


@pytest.mark.parametrize(
    ("raw", "key", "what"),
    [
        ({"kind": "tenders"}, "selectors.kind", "not known"),
        ({"list": {"row": "tr", "link": "a"}}, "selectors.list.landmark", "is missing"),
        ({"list": {"landmark": "a[", "row": "tr", "link": "a"}}, "selectors.list.landmark", "no CSS selector"),
        ({"list": {"landmark": "a", "row": "tr", "lnk": "a"}}, "selectors.list.lnk", "is not known"),
        ({"list": {"landmark": "a", "row": "tr"}}, "selectors.list.fields.case", "is missing"),
        ({"detail": {"landmark": "a"}}, "selectors.list.link", "is missing"),
        ({"list": {"fields": {"titel": "h1"}}}, "selectors.list.fields.titel", "is not known"),
        ({"list": {"fields": {"title": {"css": "a", "label": "b"}}}}, "selectors.list.fields.title", "in one way"),
        ({"list": {"fields": {"title": {"css": "a", "pattern": "x"}}}}, "selectors.list.fields.title.pattern", "group"),
        (
            {"list": {"fields": {"title": {"css": "a", "pattern": "("}}}},
            "selectors.list.fields.title.pattern",
            "regular",
        ),
        ({"list": {"empty_text": [1]}}, "selectors.list.empty_text", "no text"),
        ({"list": {"empty_text": 1}}, "selectors.list.empty_text", "a whole number"),
        ({"list": 5}, "selectors.list", "a whole number"),
        ({"required": ["frist"]}, "selectors.required", "no field of a notice"),
        ({"list": {"ignore": ["p["]}}, "selectors.list.ignore", "no CSS selector"),
    ],
)
def test_mistakes_in_selectors_are_named_with_key_and_remedy(raw: dict[str, Any], key: str, what: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_selectors(raw, "sources/by.toml")
    found = {mistake.key: mistake for mistake in raised.value.mistakes}
    assert what in found[key].what
    assert found[key].remedy
    assert found[key].file == "sources/by.toml"


@pytest.mark.parametrize(
    ("body", "declared"),
    [
        ("på vej".encode(), ""),
        ("på vej".encode("cp1252"), "utf-8"),
        ("på vej".encode(), "iso-8859-1"),
        ("\ufeffpå vej".encode(), "cp1252"),
        ("på vej".encode("utf-16"), ""),
        ('<meta charset="cp865">på vej'.encode("cp865"), ""),
        ("på vej".encode(), "hex"),
    ],
)
def test_letters_survive_wrong_and_missing_charset_labels(body: bytes, declared: str) -> None:
    assert markup.decode(body, declared).endswith("på vej")


def test_what_no_charset_explains_is_visible_as_lost() -> None:
    assert "\ufffd" in markup.decode(b"p\x81 vej", "utf-8")
