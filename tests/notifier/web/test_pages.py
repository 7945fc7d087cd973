"""How every page is built: its language, its labels, its words; and that nothing scraped or typed gets out of place."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html
from werkzeug.test import TestResponse

from notifier.answers import Answer
from notifier.catalogue import refresh
from notifier.lots import Stage
from notifier.membership import erase
from notifier.profiles import Profile, Subscriber, SubscriberStatus
from notifier.resources import resource
from notifier.text import clean_line
from notifier.wishes import Problem
from notifier.words import words
from tests.notifier.web.make import DOOR, OWNER, RULES, Place, heading, lot, said, tree

Visit = Callable[[Place, str], TestResponse]


def _answered(
    place: Place, language: str, what: Answer, method: str = "GET", *, days: int = 0, stage: Stage = Stage.CALL
) -> TestResponse:
    view, subscriber = place.hold(stage=stage), place.subscriber(language=language)
    place.later(days=days)
    return place.visit(DOOR.answer(subscriber, view.slug, what), method)


def _partners(place: Place, language: str, agreed: int) -> TestResponse:
    view = place.hold()
    both = [place.subscriber(f"post{number}@rengoerholdet.example", language=language) for number in range(2)]
    pages = [DOOR.answer(one, view.slug, Answer.PARTNERS) for one in both]
    for page in pages:
        place.post(page, words="Vi har <to> biler")
    for page in pages[:agreed]:
        place.post(page, pair="1")
    return place.visit(pages[0])


def _who_answered(place: Place, language: str) -> Subscriber:
    view, subscriber = place.hold(), place.subscriber(language=language)
    place.post(DOOR.answer(subscriber, view.slug, Answer.BIDDING))
    place.later(days=60)
    return subscriber


def _confirm(place: Place, language: str, method: str) -> TestResponse:
    place.sign_up(tongue=language, trades="cleaning", areas="DK01")
    return place.visit(place.letters()[-1].link("/ja/"), method)


def _tried(place: Place, language: str, trade: str) -> TestResponse:
    place.hold(lot(), lot("Vinduer", "LOT-0002"))
    refresh(place.store, RULES.trades, place.now)
    return place.post(DOOR.sign_up(language), trades=trade, **{"try": "1"})


def _tasks(place: Place, language: str) -> TestResponse:
    place.hold()
    return place.visit(DOOR.tasks(place.subscriber(language=language)))


def _of(page: Callable[..., str], method: str = "GET", **facts: object) -> Visit:
    """A page that a key alone opens."""
    return lambda place, language: place.visit(page(place.subscriber(language=language, **facts)), method)  # type: ignore[arg-type]


def _public(page: Callable[..., str], /, **wanted: str) -> Visit:
    """A page that anybody may read, in a town that has something to show."""

    def visit(place: Place, language: str) -> TestResponse:
        place.hold(lot(), lot("Vinduer", "LOT-0002"))
        place.hold(lot("Græsslåning", cpv_main="77310000", deadline=None), key="2-2026", stage=Stage.PLANNING)
        place.agreement(url="https://aftaler.example/1")
        refresh(place.store, RULES.trades, place.now)
        return place.visit(page(language, **wanted))

    return visit


def _lot(place: Place, language: str) -> TestResponse:
    view = place.hold(lot(), lot("Vinduer", "LOT-0002"))
    return place.visit(DOOR.lot(view.slug, language))


PAGES: dict[str, Visit] = {
    "front": _public(DOOR.front),
    "search": _public(DOOR.lots),
    "search for everything": _public(
        DOOR.lots, q="skoler x", mark="suitable", trade="cleaning", buyer="kommune", by="2026-12-31"
    ),
    "search with mistakes": _public(DOOR.lots, q="x", buyer="y", by="i morgen"),
    "search that finds nothing": _public(DOOR.lots, q="kantine", trade="catering"),
    "beyond the last page": _public(DOOR.lots, page="7"),
    "lot": _lot,
    "agreements": _public(DOOR.agreements),
    "agreements, none": _public(DOOR.agreements, q="tagpap"),
    "trade": _public(lambda language: DOOR.trade("cleaning", language)),
    "trade without anything": _public(lambda language: DOOR.trade("print_scan", language)),
    "sign-up, begun": _public(DOOR.sign_up, trades="cleaning", words="vinduer", least="suitable"),
    "tried": lambda place, language: _tried(place, language, "cleaning"),
    "tried for nothing": lambda place, language: _tried(place, language, "print_scan"),
    "sign-up": lambda place, language: place.visit(DOOR.sign_up(language)),
    "sign-up with mistakes": lambda place, language: place.sign_up("x", language, cpv="x", places="x", hour="x"),
    "asked": lambda place, language: place.sign_up(tongue=language),
    "confirm": lambda place, language: _confirm(place, language, "GET"),
    "confirmed": lambda place, language: _confirm(place, language, "POST"),
    "change": _of(DOOR.change),
    "change, everything": _of(
        DOOR.change,
        profile=Profile(("cleaning",), ("9091",), ("sne",), ("asbest",), ("DK01", "0161"), most=7, partnerships=True),
    ),
    "saved": lambda place, language: place.visit(DOOR.change(place.subscriber(language=language)) + "?gemt=1"),
    "change with mistakes": lambda place, language: place.post(
        DOOR.change(place.subscriber(language=language)), words="x", min_value="x"
    ),
    "no tasks": _of(DOOR.tasks),
    "tasks": _tasks,
    "stop": _of(DOOR.stop),
    "stopped": _of(DOOR.stop, "POST"),
    "stopped before": _of(DOOR.change, status=SubscriberStatus.UNSUBSCRIBED),
    "paused": _of(DOOR.change, status=SubscriberStatus.PAUSED),
    **{f"{one}": lambda place, language, one=one: _answered(place, language, one) for one in Answer},  # type: ignore[misc]
    **{f"{one} given": lambda place, language, one=one: _answered(place, language, one, "POST") for one in Answer},  # type: ignore[misc]
    "bidding, planned": lambda place, language: _answered(place, language, Answer.BIDDING, stage=Stage.PLANNING),
    "won, told": lambda place, language: _answered(place, language, Answer.WON, "POST", days=60),
    "lost, asked": lambda place, language: _answered(place, language, Answer.LOST, days=60),
    "change, answered": lambda place, language: place.visit(DOOR.change(_who_answered(place, language))),
    "partners, over": lambda place, language: _answered(place, language, Answer.PARTNERS, days=60),
    "partners, nobody said yes": lambda place, language: _partners(place, language, 0),
    "partners, one said yes": lambda place, language: _partners(place, language, 1),
    "partners, met": lambda place, language: _partners(place, language, 2),
}
DANISH_ALONE: dict[str, Visit] = {
    "old token": lambda place, language: place.visit(f"{DOOR.address}/ja/x"),
    "erased": lambda place, language: _erased(place),
    "not found": lambda place, language: place.visit("/x"),
    "not allowed": lambda place, language: place.visit(DOOR.sign_up("da"), "DELETE"),
    "too large": lambda place, language: place.sign_up(name="x" * 70_000),
}
EVERY = [(name, language) for name in PAGES for language in ("da", "en")] + [(name, "da") for name in DANISH_ALONE]


def _erased(place: Place) -> TestResponse:
    subscriber = place.subscriber()
    erase(place.store, place.journal, subscriber, place.now)
    return place.visit(DOOR.stop(subscriber))


def opened(place: Place, name: str, language: str) -> TestResponse:
    return {**PAGES, **DANISH_ALONE}[name](place, language)


every_page = pytest.mark.parametrize(("name", "language"), EVERY, ids=lambda value: value)


@every_page
def test_a_page_is_whole_in_its_language_and_has_one_heading(place: Place, name: str, language: str) -> None:
    response = opened(place, name, language)
    assert response.content_type == "text/html; charset=utf-8"
    text = response.get_data(as_text=True)
    assert text.startswith("<!doctype html>\n")
    page = tree(response)
    assert page.get("lang") == language
    assert len(page.findall(".//h1")) == len(page.findall(".//main")) == 1
    assert page.xpath("string(//title)").endswith(" – Prøvekøbing Kommune")
    assert page.xpath("string(//title)") != " – Prøvekøbing Kommune"
    identities = page.xpath("//@id")
    assert len(set(identities)) == len(identities)
    levels = [int(one.tag[1]) for one in page.iter("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@every_page
def test_no_text_is_left_unfilled(place: Place, name: str, language: str) -> None:
    page = re.sub(r"\d+-[\w-]{24}", "KEY", said(opened(place, name, language)))  # by chance a key says anything
    assert not re.search(r"[{}]|\b(?:web|note|mail|site|common)\.[a-z_]+\b(?!\.)|None|Undefined|\bLOT-|\bDK\d", page)
    assert not re.search(r"(?i)\b(u?egnet|cleaning_|not_relevant)\b", page)


@every_page
def test_every_field_has_a_label_and_every_group_a_legend(place: Place, name: str, language: str) -> None:
    page = tree(opened(place, name, language))
    for field in page.xpath("//input | //select | //textarea"):
        labels = page.xpath("//label[@for=$id]", id=field.get("id", "?")) or list(field.iterancestors("label"))
        assert len(labels) == 1, field.get("name")
        assert labels[0].text_content().strip()
        for described in field.get("aria-describedby", "").split():
            assert len(page.xpath("//*[@id=$id]", id=described)) == 1
    for field in page.xpath("//input[@type='radio'] | //ul[@class='choices']//input"):
        assert field.xpath("ancestor::fieldset/legend")
    for button in page.iter("button"):
        assert button.text_content().strip()
        assert button.get("type") == "submit"


@every_page
def test_nothing_runs_and_nothing_is_loaded_but_our_own_style(place: Place, name: str, language: str) -> None:
    page = tree(opened(place, name, language))
    assert page.xpath("//script | //style | //iframe | //object | //embed | //img | //base | //svg") == []
    assert page.xpath("//@style | //@*[starts-with(name(), 'on')]") == []
    assert page.xpath("//link[@rel='stylesheet']/@href") == ["/style.css"]
    assert all(link.startswith(("https://", "/", "#", "data:,", "mailto:")) for _, _, link, _ in page.iterlinks())
    for form in page.iter("form"):
        assert form.get("method") == ("get" if form.get("role") == "search" else "post")
        assert (form.get("action") or DOOR.address).startswith(DOOR.address)


@every_page
def test_choices_of_one_field_have_at_most_one_that_is_chosen(place: Place, name: str, language: str) -> None:
    for form in tree(opened(place, name, language)).iter("form"):
        radios = form.xpath(".//input[@type='radio'][@checked]/@name")
        assert len(set(radios)) == len(radios)
        for select in form.iter("select"):
            assert len(select.xpath(".//option[@selected]")) == 1


def test_every_template_is_shown_by_a_page_here() -> None:
    shown = {"signup", "asked", "confirm", "change", "tasks", "stop", "answer", "message"}
    shown |= {"front", "listing", "lot", "agreements", "trade"}
    around = {"frame", "public", "fields", "search_fields"}
    files = {path.name.removesuffix(".html.j2") for path in Path(resource("templates/web")).glob("*.html.j2")}
    assert files == shown | around


def test_every_mistake_that_can_be_made_has_its_words_in_both_languages() -> None:
    source = (Path(resource("templates")).parent / "notifier" / "wishes.py").read_text(encoding="utf-8")
    keys = set(re.findall(r"""wrong\((?:field|"[a-z_]+"), "([a-z_]+)\"""", source)) | {"trade"}
    assert len(keys) >= 9
    for language in ("da", "en"):
        w = words(language)
        for key in keys:
            told = Problem("field", key, "QQQ")
            assert w(f"web.wrong_{told.key}", words=told.words)


def test_the_style_is_one_file_of_both_parts(place: Place) -> None:
    answer = place.visit("/style.css")
    assert (answer.status_code, answer.mimetype) == (200, "text/css")
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    text = answer.get_data(as_text=True)
    assert ":root {" in text
    assert ".trap {" in text
    assert "@import" not in text
    assert "url(" not in text


# -- hostile words -----------------------------------------------------------------------------------------------------

HOSTILE = st.lists(
    st.sampled_from(
        ["<b>", "</h1>", "<script>alert(1)</script>", '"', "'", "&", "&amp;", "<!--", "]]>", "{{ w }}", "{% raw %}",
         "{0}",          "onload=x", "javascript:", "\u202e", "Rengøring", " ", "<img src=x>", "%s"]
    ),
    max_size=6,
).map("".join)  # fmt: skip


def outline(page: html.HtmlElement) -> list[tuple[str, tuple[str, ...]]]:
    """The tags and the names of their attributes."""
    return [
        (one.tag, tuple(name for name in one.keys() if name != "lang"))  # noqa: SIM118 - an element is no mapping
        for one in page.iter()
        if isinstance(one.tag, str)
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HOSTILE.map(clean_line).filter(bool), HOSTILE)
def test_a_hostile_title_is_text_on_every_page_that_shows_it(place: Place, title: str, name: str) -> None:
    if not place.store.subscribers.all():
        place.subscriber()
    plain = place.hold(key="1-2026", title="Udbud")
    place.later(seconds=1)
    subscriber = place.found(1)
    place.post(DOOR.change(subscriber), trades="cleaning", name=name)
    pages = [DOOR.answer(subscriber, plain.slug, what) for what in Answer]
    pages += [DOOR.tasks(subscriber), DOOR.change(subscriber)]
    before = [outline(tree(place.visit(page))) for page in pages]
    place.hold(lot(title), key="1-2026", title="Udbud")
    assert [outline(tree(place.visit(page))) for page in pages] == before
    assert heading(place.visit(pages[0])) == " ".join(title.split())
    assert "".join(tree(place.visit(pages[-1])).xpath("//input[@id='name']/@value")) == clean_line(name, 120)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HOSTILE, st.sampled_from(["address", "name", "places", "words", "words_out", "cpv", "min_value"]))
def test_hostile_words_that_are_typed_are_shown_as_they_were_typed(place: Place, typed: str, field: str) -> None:
    plain = place.post(DOOR.sign_up("da"), **{"address": "x", "cpv": "x", field: "x"})
    response = place.post(DOOR.sign_up("da"), **{"address": "x", "cpv": "x", field: typed})
    assert response.status_code == 422
    page = tree(response)
    assert page.xpath(f"string(//input[@id='{field}']/@value)") == typed
    ours = {tag for tag, _ in outline(tree(plain))}
    assert {tag for tag, _ in outline(page)} <= ours
    assert {name for _, names in outline(page) for name in names} <= {
        name for _, names in outline(tree(plain)) for name in names
    }


def test_a_title_in_another_language_says_so_to_screen_readers(place: Place) -> None:
    view = place.hold(lot("Cleaning of schools"), language="en")
    danish, english = place.subscriber(), place.subscriber("post@koekkenet.example", language="en")
    for subscriber, lang in ((danish, "en"), (english, None)):
        page = tree(place.visit(DOOR.answer(subscriber, view.slug, Answer.RELEVANT)))
        assert page.find(".//h1").get("lang") == lang
        tasks = tree(place.visit(DOOR.tasks(subscriber)))
        assert tasks.find(".//h3/a").get("lang") == lang


@pytest.mark.parametrize("language", ["da", "en"])
def test_who_is_told_to_sign_up_again_finds_where(place: Place, language: str) -> None:
    for name in ("stopped before", "paused", "stopped"):
        page = tree(PAGES[name](place, language))
        assert DOOR.sign_up(language) in page.xpath("//main//a/@href")
        place.store.subscribers.remove(place.owner().number)
    assert DOOR.sign_up("da") in tree(opened(place, "old token", "da")).xpath("//main//a/@href")


@pytest.mark.parametrize(("asked", "language"), [
    ("", "da"), ("da-DK,da;q=0.9,en;q=0.8", "da"), ("en-GB,en;q=0.9,da;q=0.2", "en"), ("sv,en;q=0.5", "en"),
    ("sv", "da"), ("*", "da"), (";;q=x,,", "da"),
])  # fmt: skip
def test_a_link_that_opens_nothing_says_so_in_the_browsers_language(place: Place, asked: str, language: str) -> None:
    subscriber = place.subscriber()
    gone = DOOR.stop(subscriber)
    erase(place.store, place.journal, subscriber, place.now)
    for address in (gone, f"{DOOR.address}/ja/x", f"{DOOR.address}/mit/x", f"{DOOR.address}/nowhere"):
        response = place.visit(address, headers={"Accept-Language": asked})
        assert tree(response).get("lang") == language
        assert response.headers["Vary"] == "Accept-Language"


def test_an_address_of_one_language_is_answered_in_it_whatever_the_browser_asks_for(place: Place) -> None:
    for language, other in (("da", "en"), ("en", "da")):
        response = place.visit(DOOR.sign_up(language), "DELETE", headers={"Accept-Language": other})
        assert (response.status_code, tree(response).get("lang")) == (405, language)
        assert "Vary" not in response.headers


def test_places_are_labels_with_a_capital_letter(place: Place) -> None:
    page = tree(place.visit(DOOR.sign_up("en")))
    labels = [one.text_content().strip() for one in page.xpath("//ul[@id='areas']//label")]
    assert labels[0] == "The Capital Region of Denmark"
    assert all(one[0].isupper() for one in labels)


def test_the_sign_up_leads_to_the_other_language_and_back(place: Place) -> None:
    for language, other in (("da", "en"), ("en", "da")):
        (link,) = tree(place.visit(DOOR.sign_up(language))).xpath("//nav//a[@hreflang]")
        assert (link.get("href"), link.get("lang"), link.get("hreflang")) == (DOOR.sign_up(other), other, other)


# -- errors ------------------------------------------------------------------------------------------------------------

ERRORS = [
    ("/nowhere", "GET", 404, "Siden findes ikke"),
    ("/en/nowhere", "GET", 404, "There is no such page"),
    ("/tilmeld", "DELETE", 405, "Det kan siden ikke"),
    ("/en/sign-up", "DELETE", 405, "This page cannot do that"),
]


@pytest.mark.parametrize(("address", "method", "code", "told"), ERRORS)
def test_an_error_is_told_to_people(place: Place, address: str, method: str, code: int, told: str) -> None:
    response = place.visit(address, method)
    assert (response.status_code, heading(response)) == (code, told)
    assert "udbud@proevekoebing.example" in said(response)


def test_who_asks_for_what_a_page_cannot_do_is_told_what_it_can(place: Place) -> None:
    """RFC 9110, 15.5.6: the answer 405 names the methods."""
    allowed = place.visit("/tilmeld", "DELETE").headers["Allow"]
    assert set(allowed.split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_a_form_that_is_too_large_is_refused_and_nothing_is_kept(place: Place) -> None:
    before = place.dump()
    for form in ({"name": "x" * 70_000}, {f"field{number}": "x" * 700 for number in range(100)}):
        response = place.sign_up(**form)
        assert (response.status_code, heading(response)) == (413, "Det var for meget på én gang")
    many = {f"field{number}": "x" for number in range(500)}
    response = place.visit(DOOR.sign_up("da"), "POST", data=many, content_type="multipart/form-data")
    assert response.status_code == 413
    assert place.dump() == before


def test_a_database_that_cannot_be_read_is_told_to_people_and_logged(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    subscriber = place.subscriber()
    place.store.close()
    place.config.database.rename(place.config.database.with_suffix(".away"))
    response = place.visit(DOOR.change(subscriber))
    assert (response.status_code, heading(response)) == (503, "Det lykkedes ikke lige nu")
    assert str(place.config.database) not in response.get_data(as_text=True)
    assert "a page could not be answered" in caplog.text


def test_a_mistake_of_the_program_shows_no_trace(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*values: object) -> None:
        raise RuntimeError("secret")

    subscriber = place.subscriber()
    monkeypatch.setattr("notifier.web.personal._concerned", fail)
    response = place.visit(DOOR.tasks(subscriber))
    assert (response.status_code, heading(response)) == (500, "Det lykkedes ikke lige nu")
    assert "secret" not in response.get_data(as_text=True)


@pytest.mark.parametrize(
    "address",
    ["/mit/%00", "/mit/%ff%fe", "/mit/../../etc/passwd", "/svar/1-x/%2e%2e/relevant", "/kalender/.ics", "/%2fx"],
)
def test_an_address_that_was_made_up_is_no_page(place: Place, address: str) -> None:
    assert place.client.open(address).status_code in (308, 404)


@pytest.mark.parametrize("body", [b"address=%ff%fe&name=%c3%28", b"address=\xff\xfe", b"&" * 400])
def test_letters_that_are_none_and_fields_that_no_form_has_are_refused(place: Place, body: bytes) -> None:
    response = place.visit(DOOR.sign_up("da"), "POST", data=body, content_type="application/x-www-form-urlencoded")
    assert response.status_code in (400, 413)
    assert heading(response) in ("Det kan siden ikke", "Det var for meget på én gang")


def test_a_path_or_a_query_that_is_no_text_is_refused(place: Place) -> None:
    for environ in ({"PATH_INFO": "/tilmeld\xff"}, {"PATH_INFO": "/tilmeld", "QUERY_STRING": "a=%ff"}):
        answer = place.client.open(environ_overrides=environ)
        assert answer.status_code == 400, environ
        assert "Traceback" not in answer.get_data(as_text=True)


def test_nobody_but_the_owner_of_a_key_is_named_on_a_page(place: Place) -> None:
    place.subscriber("post@koekkenet.example", name="Køkkenet")
    page = place.visit(DOOR.change(place.subscriber())).get_data(as_text=True)
    assert "Køkkenet" not in page
    assert OWNER not in page
