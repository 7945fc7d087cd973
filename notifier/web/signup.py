"""Sign-up, and the owner's yes. Whoever types an address is told the same, whether it is known or not."""

from __future__ import annotations

import datetime as dt
import logging
import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import flask

from notifier.errors import DeliveryError
from notifier.grammar import capital
from notifier.letter.foot import cadence_phrase, follows
from notifier.nomenclature import area_name
from notifier.phrases import write_nuts
from notifier.post import post_asked, trade_names
from notifier.profiles import Profile, Subscriber, SubscriberStatus
from notifier.site.reader import reader
from notifier.site.trades import explained
from notifier.store.settings import SIGN_UP_ALARM
from notifier.store.tries import Limit
from notifier.web.pages import Public, message, page
from notifier.web.service import Service
from notifier.web.trial import Trial, trial
from notifier.web.visitors import visitors_network
from notifier.wishes import Problem, Wish, read_wish
from notifier.words import words

log = logging.getLogger(__name__)

SIZES = (250_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000)  # DKK a year without VAT
REGIONS = ("DK01", "DK02", "DK03", "DK04", "DK05")
_ASKED = (
    "trades", "areas", "max_value", "cadence", "hour", "most", "words", "words_out", "cpv", "min_value", "least",
    "address", "name", "language",
)  # fmt: skip
_BEGUN = ("trades", "words", "least")  # fields that a link may fill in
FLAGS = ("planned", "agreements", "partnerships", "near")
# Letters that ask for confirmation, from all sign-ups together: one that is filled in by a machine stops here.
MOST_LETTERS_AN_HOUR = 200
# From one network, whatever the addresses: more than an office that signs its enterprises up one by one.
MOST_FROM_A_NETWORK, IN = 20, dt.timedelta(hours=1)
_ALARM_EVERY = dt.timedelta(minutes=1)  # a flood is written down once in a while, not with each of its drops


def add_routes(app: flask.Flask, service: Service) -> None:
    """Sign-up in both languages, and confirmation."""
    for path, language in (("/tilmeld", "da"), ("/en/sign-up", "en")):
        app.add_url_rule(
            path, f"sign_up_{language}", _sign_up(service, language), methods=["GET", "POST"], strict_slashes=False
        )
    app.add_url_rule("/ja/<token>", "confirm", lambda token: _confirm(service, token), methods=["GET", "POST"])


def given_of(form: Mapping[str, str]) -> dict[str, Sequence[str]]:
    """A form's fields for `read_wish`: a box that was not ticked is off, and not as it would be without the form."""
    found: dict[str, Sequence[str]] = {name: flask.request.form.getlist(name) for name in form}
    found["areas"] = [*found.get("areas", ()), *found.pop("places", ())]
    return {**dict.fromkeys(FLAGS, ()), **found}


def form_values(
    service: Service, profile: Profile, language: str, typed: Mapping[str, str] = MappingProxyType({})
) -> dict[str, object]:
    """What the fields of a profile show; for those that one writes in, what was `typed` if that is given."""
    names = trade_names(service.rules.trades)[language]
    one = reader(language, service.rules.trades)
    places = [area_name(code) if code.isdigit() else code for code in profile.areas if code not in REGIONS]
    return {
        "profile": profile,
        "trades": names,
        "about": {trade.key: explained(trade, one) for trade in service.rules.trades},
        "regions": {code: capital(write_nuts(code, language)) for code in REGIONS},
        "sizes": SIZES,
        "places": ", ".join(places),
        "typed": typed,
    }


def by_field(problems: Sequence[Problem]) -> dict[str, Problem]:
    """The first problem of each field, in the order in which the page asks."""
    first = {one.field: one for one in reversed(problems)}
    asked = [field for field in _ASKED if field in first]
    return {field: first[field] for field in (*asked, *(first.keys() - set(_ASKED)))}


def _sign_up(service: Service, language: str) -> flask.typing.RouteCallable:
    def answer() -> flask.typing.ResponseReturnValue:
        if flask.request.method != "POST":
            shown = _page(service, language, _begun(service, language), {})
            return shown, 200, {"Cache-Control": "public, max-age=300"}
        given = {**given_of(flask.request.form), "language": (language,)}
        wish, problems = read_wish(given, [trade.key for trade in service.rules.trades])
        if "try" in flask.request.form:
            problems = [one for one in problems if one.field != "address"]
            tried = None if problems else trial(service, wish.profile, language)
            return _page(service, language, wish, by_field(problems), tried), 422 if problems else 200
        if problems:
            return _page(service, language, wish, by_field(problems)), 422
        if not flask.request.form.get("website"):  # a field that people do not see: who fills it in is a machine
            _turn_floods_away(service)
            if turned_away := _too_many(service):
                return turned_away
            _ask(service, wish)
        return page(service.config, "asked", language, address=wish.address)

    return answer


def _turn_floods_away(service: Service) -> None:
    """503 for everybody while more addresses are asked than people sign up. The health page tells of it."""
    store, now = service.store, service.now()
    if store.subscribers.letters_since(now - dt.timedelta(hours=1)) < MOST_LETTERS_AN_HOUR:
        return
    log.error("more than %d sign-ups in an hour: no further letter is written", MOST_LETTERS_AN_HOUR)
    last = store.settings.get(SIGN_UP_ALARM)
    if not last or now - dt.datetime.fromisoformat(last) >= _ALARM_EVERY:
        store.settings.put(SIGN_UP_ALARM, now.isoformat())
    flask.abort(503)


def _too_many(service: Service) -> flask.Response | None:
    """429 for a network from which many sign up, whatever addresses they type: it tells nothing about them."""
    network = visitors_network(service.config.trusted_proxies)
    taken = service.store.tries.take([Limit("sign_up", network, MOST_FROM_A_NETWORK, IN)], service.now())
    if taken:
        return None
    answer = message(service.config, "access.many_sign_ups", 429)
    answer.retry_after = math.ceil(taken.wait.total_seconds())
    return answer


def _begun(service: Service, language: str) -> Wish:
    """What the form shows at first: what a page of ours that leads here has filled in already, and no address."""
    given = {name: found for name in _BEGUN if (found := flask.request.args.getlist(name))}
    wish, _ = read_wish({**given, "language": (language,)}, [trade.key for trade in service.rules.trades])
    return wish


def _page(service: Service, language: str, wish: Wish, problems: dict[str, Problem], tried: Trial | None = None) -> str:
    values = form_values(service, wish.profile, language, flask.request.form)
    door = service.config.door
    shown = Public.at("sign_up", door.sign_up, canonical=door.sign_up(language))
    home = f"{door.address}/{'en/tasks/' if language == 'en' else 'opgaver/'}"
    return page(
        service.config, "signup", language, wish=wish, problems=problems, tried=tried, shown=shown, home=home, **values
    )


def _ask(service: Service, wish: Wish) -> None:
    now = service.now()
    number: int | None = None
    try:
        with service.store.transaction():
            asked = service.store.subscribers.ask(
                wish.address,
                now=now,
                name=wish.name,
                language=wish.language,
                cadence=wish.cadence,
                profile=wish.profile,
            )
            number = post_asked(service.store, service.config, asked, trade_names(service.rules.trades), now)
    except DeliveryError as error:
        log.error("a letter that asks for confirmation could not be made: %s", error)
    if number is not None:
        service.send(number)


def _confirm(service: Service, token: str) -> flask.typing.ResponseReturnValue:
    subscribers, now = service.store.subscribers, service.now()
    posted = flask.request.method == "POST"
    found = subscribers.confirm(token, now) if posted else subscribers.asked(token, now)
    if found is None:
        return message(service.config, "web.confirm_old", 404)
    done = found.status is SubscriberStatus.CONFIRMED
    return page(service.config, "confirm", found.language, done=done, subscriber=found, **said(service, found))


def said(service: Service, subscriber: Subscriber) -> dict[str, object]:
    """What a subscriber gets, in words."""
    w = words(subscriber.language)
    names = trade_names(service.rules.trades)[subscriber.language]
    return {"follows": follows(subscriber.profile, names, w), "cadence": cadence_phrase(subscriber, w)}
