"""The personal pages: no GET changes anything, a key opens one thing for one person, and stop means stop."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from werkzeug.routing import Rule

from notifier.answers import Answer
from notifier.journal import Left
from notifier.keys import Purpose, key_of
from notifier.lots import Money, Verdict
from notifier.membership import erase
from notifier.nomenclature import municipalities
from notifier.profiles import Cadence, Profile, Subscriber, SubscriberStatus
from notifier.web.signup import REGIONS, SIZES
from tests.notifier.web.make import DOOR, NOW, OWNER, RULES, Place, filled_in, heading, lot, noon, said, tree

SAFE = ("GET", "HEAD", "OPTIONS")
# What a page's form could hold, in an address: no page may take it from there.
IN_THE_ADDRESS = (
    "?withdraw=1&pair=1&reason=place&words=Vi&address=a@b.example&trades=catering&List-Unsubscribe=One-Click"
)


def pages_of(subscriber: Subscriber, slug: str = "x") -> dict[Purpose, str]:
    """A page that each key opens."""
    return {
        Purpose.CHANGE: DOOR.change(subscriber),
        Purpose.STOP: DOOR.stop(subscriber),
        Purpose.ANSWER: DOOR.answer(subscriber, slug, Answer.RELEVANT),
        Purpose.CALENDAR: DOOR.calendar(subscriber),
        Purpose.FEED: DOOR.feed(subscriber),
    }


# -- no GET changes anything -------------------------------------------------------------------------------------------


def _busy(place: Place) -> dict[str, list[str]]:
    """A town where every page has something that it could change; and values for the blanks in its addresses."""
    view = place.hold()
    one, other = place.subscriber(), place.subscriber("post@koekkenet.example")
    for subscriber in (one, other):
        place.post(DOOR.answer(subscriber, view.slug, Answer.PARTNERS), words="Vi har to biler")
    place.post(DOOR.answer(other, view.slug, Answer.PARTNERS), pair="1")
    place.sign_up("new@haven.example")
    return {
        "key": [key_of(one, purpose) for purpose in Purpose],
        "token": [place.letters()[-1].link("/ja/").rpartition("/")[2]],
        "slug": [view.slug],
        "trade": ["cleaning"],
        "answer": list(Answer),
        "path": ["index.html"],
    }


def _addresses(rule: Rule, blanks: dict[str, list[str]]) -> Iterator[str]:
    """Every way to fill in a route's blanks. A route with a blank that is not known here fails: give it a value."""
    names = sorted(rule.arguments)
    for values in itertools.product(*(blanks[name] for name in names)):
        built = rule.build(dict(zip(names, values, strict=True)))
        assert built is not None
        yield built[1]


def test_no_get_of_any_page_changes_anything(place: Place) -> None:
    blanks = _busy(place)
    before, sent = place.dump(), list(place.sent)
    page = place.config.site / "index.html"  # one of the files that the server offers
    page.parent.mkdir(parents=True)
    page.write_text("<p>Forside</p>")
    place.later(hours=1)
    for rule in place.client.application.url_map.iter_rules():
        addresses = list(_addresses(rule, blanks))
        opened = {place.visit(address).status_code for address in addresses}
        assert opened & {200, 302}, f"{rule} was not opened: the test says nothing of it"
        for address, method in itertools.product(addresses, SAFE):
            for extra in ({}, {"headers": {"X-HTTP-Method-Override": "POST"}}):
                place.visit(address + IN_THE_ADDRESS, method, **extra)
        assert place.dump() == before, rule
    assert place.sent == sent
    assert list(place.journal.lines()) == []


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
def test_only_a_post_changes_anything(place: Place, method: str) -> None:
    blanks = _busy(place)
    before = place.dump()
    for rule in place.client.application.url_map.iter_rules():
        for address in _addresses(rule, blanks):
            assert place.visit(address, method).status_code in (404, 405)
    assert place.dump() == before


# -- what one gets -----------------------------------------------------------------------------------------------------


def test_what_was_changed_is_kept_and_said(place: Place) -> None:
    subscriber = place.subscriber()
    page = DOOR.change(subscriber)
    form = filled_in(place.visit(page))
    answer = place.post(page, **{**form, "trades": ["catering"], "cadence": "daily", "hour": "10", "language": "en"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{page}?gemt=1")
    found = place.found(subscriber.number)
    assert found == replace(
        subscriber,
        language="en",
        cadence=Cadence.DAILY,
        profile=Profile(trades=("catering",), hour=10),
    )
    saved = place.visit(answer.headers["Location"])
    assert [one.text for one in tree(saved).find_class("saved")] == [
        "Your choices are saved and apply from the next email."
    ]
    assert tree(place.visit(page)).find_class("saved") == []


def test_a_mistake_keeps_everything_as_it_was(place: Place) -> None:
    subscriber = place.subscriber()
    response = place.post(DOOR.change(subscriber), words="is", name="Kantinen")
    assert response.status_code == 422
    assert [one.text for one in tree(response).find_class("wrong")] == [
        "Ordet »is« er for kort. Skriv mindst tre bogstaver."
    ]
    assert filled_in(response)["words"] == ["is"]
    assert place.found(subscriber.number) == subscriber


def test_nobody_changes_the_address_or_another_subscriber(place: Place) -> None:
    one, other = place.subscriber(), place.subscriber("post@koekkenet.example")
    place.post(DOOR.change(one), address="post@koekkenet.example", number="2", trades="catering")
    assert place.found(one.number).address == OWNER
    assert place.found(other.number) == other


WORDS = st.lists(st.text("abcdefghijæøåé", min_size=3, max_size=12), max_size=4, unique=True).map(tuple)
AREAS = st.lists(
    st.sampled_from([*REGIONS, "DK", "DK011", "SE224", *(one.code for one in municipalities())]),
    max_size=4,
    unique=True,
)
AMOUNTS = st.none() | st.integers(1, 10**12).map(lambda amount: Money(Decimal(amount)))
PROFILES = st.builds(
    Profile,
    trades=st.lists(st.sampled_from([one.key for one in RULES.trades]), max_size=4, unique=True).map(tuple),
    cpv_prefixes=st.lists(st.from_regex(r"[0-9]{2,7}|[0-9]{7}[1-9]", fullmatch=True), max_size=3, unique=True).map(
        tuple
    ),
    words=WORDS,
    words_out=WORDS,
    areas=AREAS.map(tuple),
    value_min=AMOUNTS,
    value_max=AMOUNTS | st.sampled_from(SIZES).map(lambda amount: Money(Decimal(amount))),
    least_verdict=st.sampled_from([Verdict.POSSIBLE, Verdict.SUITABLE, Verdict.RESERVED]),
    planned=st.booleans(),
    agreements=st.booleans(),
    partnerships=st.booleans(),
    near_misses=st.booleans(),
    hour=st.integers(0, 23),
    most=st.integers(1, 50),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PROFILES, st.sampled_from(Cadence), st.sampled_from(["da", "en"]))
def test_a_page_that_is_saved_untouched_changes_nothing(
    place: Place, profile: Profile, cadence: Cadence, language: str
) -> None:
    low, high = profile.value_min, profile.value_max
    assume(not (low and high) or low.amount <= high.amount)
    subscriber = place.store.subscribers.by_address(OWNER) or place.subscriber()
    before = place.store.subscribers.change(
        subscriber.number, name="Æble & Søn", language=language, cadence=cadence, profile=profile
    )
    page = DOOR.change(subscriber)
    assert place.post(page, **filled_in(place.visit(page))).status_code == 303
    after = place.found(subscriber.number)
    # Boxes are read in the order in which the page has them.
    assert replace(after, profile=_in_order(after.profile)) == replace(before, profile=_in_order(profile))  # type: ignore[type-var]


def _in_order(profile: Profile) -> Profile:
    return replace(profile, trades=tuple(sorted(profile.trades)), areas=tuple(sorted(profile.areas)))


def test_all_tasks_are_the_published_ones_that_fit_the_first_deadline_first(place: Place) -> None:
    subscriber = place.subscriber(profile=Profile(words=("rengøring",)))
    place.hold(lot("Rengøring af haller", deadline=None), key="3-2026")
    place.hold(key="1-2026")
    place.hold(lot("Rengøring af rådhuset", deadline=noon(3)), key="2-2026")
    place.hold(lot("Rengøring af tanke"), key="5-2026", verdict=Verdict.UNSUITABLE)
    place.hold(lot("Kantine"), key="6-2026", title="Kantine")
    place.hold(lot("Rengøring af broer"), key="4-2026", published=False)
    response = place.visit(DOOR.tasks(subscriber))
    assert [one.text_content() for one in tree(response).xpath("//h3")] == [
        "Rengøring af rådhuset",
        "Rengøring af fire skoler",
        "Rengøring af haller",
    ]
    assert "3 opgaver er åbne eller planlagte" in said(response)
    place.later(days=30)
    assert "1 opgave er åben eller planlagt" in said(place.visit(DOOR.tasks(subscriber)))


# -- stop --------------------------------------------------------------------------------------------------------------


def test_the_button_stops_the_mail_and_the_journal_is_told_without_the_address(place: Place) -> None:
    subscriber = place.subscriber()
    page = DOOR.stop(subscriber)
    assert heading(place.visit(page)) == "Vil I stoppe mailen?"
    (form,) = tree(place.visit(page)).forms
    assert (form.method, form.action) == ("POST", None)
    assert heading(place.visit(page, "POST")) == "Mailen er stoppet"
    assert place.found(subscriber.number).status is SubscriberStatus.UNSUBSCRIBED
    assert [(line.left, line.at) for line in place.journal.lines()] == [(Left.STOPPED, NOW)]
    assert OWNER not in place.config.journal.read_text()


def test_a_program_stops_it_with_one_click_without_a_cookie(place: Place) -> None:
    """RFC 8058: a POST with this body, as a form or in parts, from who knows where."""
    for number, kind in enumerate(("application/x-www-form-urlencoded", "multipart/form-data")):
        subscriber = place.subscriber(f"post{number}@rengoerholdet.example")
        response = place.visit(
            DOOR.stop(subscriber),
            "POST",
            data={"List-Unsubscribe": "One-Click"},
            content_type=kind,
            headers={"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"},
        )
        assert response.status_code == 200
        assert "Set-Cookie" not in response.headers
        assert place.found(subscriber.number).status is SubscriberStatus.UNSUBSCRIBED


def test_who_stops_twice_is_told_the_same_and_written_down_once(place: Place) -> None:
    page = DOOR.stop(place.subscriber())
    first = place.visit(page, "POST")
    place.later(days=400)
    before = place.dump()
    for method in ("POST", "GET"):
        again = place.visit(page, method)
        assert (again.status_code, again.data) == (200, first.data)
    assert place.dump() == before
    assert len(list(place.journal.lines())) == 1


@pytest.mark.parametrize("status", list(SubscriberStatus))
def test_whatever_one_was_before_the_mail_is_stopped_afterwards(place: Place, status: SubscriberStatus) -> None:
    subscriber = place.subscriber(status=status)
    assert heading(place.visit(DOOR.stop(subscriber), "POST")) == "Mailen er stoppet"
    assert place.found(subscriber.number).status is SubscriberStatus.UNSUBSCRIBED


def test_a_stop_that_cannot_be_written_down_is_not_acknowledged(place: Place) -> None:
    subscriber = place.subscriber()
    place.config.journal.mkdir()
    response = place.visit(DOOR.stop(subscriber), "POST")
    assert (response.status_code, heading(response)) == (503, "Det lykkedes ikke lige nu")
    assert place.found(subscriber.number) == subscriber


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_was_erased_is_answered_kindly(place: Place, method: str) -> None:
    subscriber = place.subscriber()
    erase(place.store, place.journal, subscriber, place.now)
    response = place.visit(DOOR.stop(subscriber), method)
    assert response.status_code == 200
    assert said(response).count("Linket hører ikke til nogen mailadresse, vi skriver til.") == 1


def test_a_stop_link_that_lost_a_letter_does_not_say_that_the_address_is_gone(place: Place) -> None:
    subscriber = place.subscriber()
    page = DOOR.stop(subscriber)
    for broken in (page[:-1], page[:-1] + ("A" if page[-1] != "A" else "B"), f"{DOOR.address}/stop/nothing"):
        for method in ("GET", "POST"):
            response = place.visit(broken, method)
            assert (response.status_code, heading(response)) == (404, "Siden findes ikke")
    assert place.found(subscriber.number) == subscriber


def test_after_stop_the_personal_pages_say_so_and_change_nothing(place: Place) -> None:
    view, subscriber = place.hold(), place.subscriber()
    place.visit(DOOR.stop(subscriber), "POST")
    before = place.dump()
    for address in (DOOR.change(subscriber), DOOR.tasks(subscriber)):
        assert heading(place.visit(address)) == "Mailen er stoppet"
    assert heading(place.post(DOOR.change(subscriber), trades="catering")) == "Mailen er stoppet"
    for address in (DOOR.calendar(subscriber), DOOR.feed(subscriber)):
        assert place.visit(address).status_code == 404
    assert place.post(DOOR.answer(subscriber, view.slug, Answer.BIDDING)).status_code == 404
    assert place.dump() == before


def test_who_is_paused_is_told_why_and_what_to_do(place: Place) -> None:
    subscriber = place.subscriber(status=SubscriberStatus.PAUSED)
    response = place.visit(DOOR.change(subscriber))
    assert heading(response) == "Mailen er sat på pause"
    assert "kom retur" in said(response)


def test_whoever_stopped_may_sign_up_again_and_stop_again(place: Place) -> None:
    subscriber = place.subscriber()
    place.visit(DOOR.stop(subscriber), "POST")
    place.later(hours=1)
    place.sign_up(trades="catering")
    assert place.found(subscriber.number).status is SubscriberStatus.PENDING
    place.visit(place.letters()[-1].link("/ja/"), "POST")
    found = place.found(subscriber.number)
    assert (found.status, found.profile.trades) == (SubscriberStatus.CONFIRMED, ("catering",))
    assert heading(place.visit(DOOR.change(found))) == "Det får I på mail"
    place.later(hours=1)
    place.visit(DOOR.stop(found), "POST")
    assert place.found(subscriber.number).status is SubscriberStatus.UNSUBSCRIBED
    assert len(list(place.journal.lines())) == 2


def test_a_stranger_who_types_the_address_of_who_stopped_brings_none_of_their_pages_back(place: Place) -> None:
    place.hold()
    subscriber = place.subscriber()
    place.visit(DOOR.stop(subscriber), "POST")
    place.sign_up(trades="catering")
    assert place.found(subscriber.number).status is SubscriberStatus.PENDING
    for address in (DOOR.calendar(subscriber), DOOR.feed(subscriber)):
        assert place.visit(address).status_code == 404
    assert heading(place.visit(DOOR.change(subscriber))) == "Mailen er stoppet"


# -- keys --------------------------------------------------------------------------------------------------------------


def test_a_key_opens_its_own_purpose_alone(place: Place) -> None:
    view, subscriber = place.hold(), place.subscriber()
    pages = pages_of(subscriber, view.slug)
    for purpose, page in pages.items():
        for other in Purpose:
            address = page.replace(key_of(subscriber, purpose), key_of(subscriber, other))
            assert place.visit(address).status_code == (200 if other is purpose else 404)


def test_a_key_opens_nothing_of_another_subscriber(place: Place) -> None:
    view = place.hold()
    one, other = place.subscriber(), place.subscriber("post@koekkenet.example")
    for purpose, page in pages_of(one, view.slug).items():
        number, code = key_of(one, purpose).split("-", 1)
        forged = f"{other.number}-{code}"
        for method in ("GET", "POST"):
            assert place.visit(page.replace(f"{number}-{code}", forged), method).status_code in (404, 405)
    assert [place.found(number).status for number in (1, 2)] == [SubscriberStatus.CONFIRMED] * 2


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_an_altered_or_shortened_key_opens_nothing(place: Place, data: st.DataObject) -> None:
    if place.store.subscribers.get(1) is None:
        place.hold()
        place.subscriber()
    subscriber, slug = place.found(1), place.lot("P1-2026/LOT-0001").slug
    purpose = data.draw(st.sampled_from(Purpose))
    key = key_of(subscriber, purpose)
    cut, end = sorted((data.draw(st.integers(0, len(key))), data.draw(st.integers(0, len(key)))))
    altered = key[:cut] + data.draw(st.text("0123456789ABCDEFabcdef-_.", max_size=3)) + key[end:]
    assume(altered not in ("", key) and "/" not in altered)
    before = place.found(1)
    page = pages_of(subscriber, slug)[purpose].replace(key, altered)
    answers = [place.visit(page, method) for method in ("GET", "POST")]
    # The key of nobody who is held (any more) is told so, and nothing else.
    if purpose is Purpose.STOP and answers[0].status_code == 200:
        assert not altered.startswith("1-")
        assert all("hører ikke til nogen mailadresse" in said(one) for one in answers)
    else:
        assert [one.status_code for one in answers] in ([404, 404], [404, 405])
    assert place.found(1) == before


def test_keys_outlive_every_change_and_end_with_the_subscriber(place: Place) -> None:
    view, subscriber = place.hold(), place.subscriber()
    pages = pages_of(subscriber, view.slug)
    place.post(DOOR.change(subscriber), trades="cleaning", name="Et andet navn")
    place.later(days=900)
    assert {place.visit(page).status_code for page in pages.values()} == {200}
    erase(place.store, place.journal, subscriber, place.now)
    del pages[Purpose.STOP]
    assert {place.visit(page).status_code for page in pages.values()} == {404}
    again = place.subscriber()
    assert again.number != subscriber.number
    assert {place.visit(page).status_code for page in pages.values()} == {404}


# -- headers -----------------------------------------------------------------------------------------------------------


def test_every_answer_forbids_scripts_frames_guesses_and_referrers(place: Place) -> None:
    blanks = _busy(place)
    answers = [
        place.visit(address, method)
        for rule in place.client.application.url_map.iter_rules()
        if rule.endpoint not in ("site", "site_file")  # files, which bring a policy of their own (test_site_files)
        for address in _addresses(rule, blanks)
        for method in ("GET", "POST", "DELETE")
    ]
    answers.append(place.visit("/nowhere"))
    answers.append(place.post(DOOR.sign_up("da"), name="x" * 70_000))
    assert {200, 303, 404, 405, 413, 422} <= {one.status_code for one in answers}
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert policy == (
            "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; "
            "base-uri 'none'"
        )
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in answer.headers
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_nothing_personal_is_kept_by_caches_or_found_by_search_engines(place: Place) -> None:
    view, subscriber = place.hold(), place.subscriber()
    place.sign_up("new@haven.example")
    personal = [*pages_of(subscriber, view.slug).values(), DOOR.tasks(subscriber), place.letters()[-1].link("/ja/")]
    for address in personal:
        answer = place.visit(address)
        assert answer.status_code == 200
        wanted = ("private, max-age=900",) if address.endswith((".ics", ".xml")) else ("no-store",)
        assert (answer.headers["Cache-Control"],) == wanted
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    for answer in (place.sign_up("x"), place.sign_up("other@haven.example"), place.visit("/mit/1-x")):
        assert answer.headers["Cache-Control"] == "no-store"
    assert place.visit(DOOR.sign_up("da")).headers["Cache-Control"] == "public, max-age=300"


def test_a_page_leads_nowhere_but_to_ourselves_and_the_public_site(place: Place) -> None:
    """No-referrer keeps keys out of what other servers see; nothing here leads to other servers anyway."""
    view, subscriber = place.hold(), place.subscriber()
    hosts = {urlsplit(DOOR.address).netloc, urlsplit(place.config.town.base_url).netloc, ""}
    pages = pages_of(subscriber, view.slug)
    for address in (pages[Purpose.CHANGE], pages[Purpose.STOP], pages[Purpose.ANSWER], DOOR.tasks(subscriber)):
        page = tree(place.visit(address))
        assert {urlsplit(link).netloc for _, _, link, _ in page.iterlinks()} <= hosts
        assert page.xpath("string(//meta[@name='referrer']/@content)") == "no-referrer"
