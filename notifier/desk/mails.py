"""Mails that wait for a person: what each means, and the buttons that 'notifier outbox' has as commands.

No lock of a run is taken: each button is one transaction that moves a mail only from where the page showed it, and no
run takes a mail that is held or has failed. A delivery that is throttled goes on for hours, and must not keep a person
from saying what becomes of a mail. Who comes second is told what the first one did.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import flask

from notifier.desk.officers import did
from notifier.desk.pages import language, moved, page
from notifier.membership import notice_restored, resume
from notifier.outbox import ByHand, do_by_hand, worth_showing
from notifier.profiles import SubscriberStatus
from notifier.staff import moment
from notifier.store.accounts import Role
from notifier.store.outbox import MailKind, MailStatus, Shown
from notifier.store.settings import PAUSED
from notifier.web.service import Service
from notifier.words import Words, words

_WAITING = (MailStatus.HELD, MailStatus.IN_DOUBT, MailStatus.FAILED)
_ROWS = 200  # shown; the rest is counted
_AT_ONCE = 2_000  # mails on one press of a button
_NAMED = re.compile(r"([0-9]{1,15}):([a-z_]+\.[0-9]{1,9})", re.ASCII)
_LEFT = {str(status) for status in SubscriberStatus}
# What an error is about, by its words, each with its phrase; see notifier/outbox.py and the store's.
_MEANINGS = (
    (r"a backup was restored", "restored"),
    (r"its subscriber is", "left"),
    (r"no longer public", "not_public"),
    (r"given up by hand", "given_up"),
    (r"it came back", "came_back"),
    (r"\b5\.7\.", "about_us"),
    (r"given up after", "tried"),
    (r"a newer letter|too old|who has left|takes? back|looks", "not_wanted"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A mail as its line tells of it."""

    mail: Shown
    kind: str
    status: str
    since: str
    meaning: str
    again: bool  # whether it can be sent again
    give_up: bool

    @property
    def named(self) -> str:
        """What a button says which mail it means, and where it stood when the page was made."""
        return f"{self.mail.number}:{self.mail.seen}"


def add_routes(app: flask.Flask, service: Service) -> None:
    """The page of mails and its buttons."""
    from notifier.desk.application import add, add_change

    add(app, "/drift/mail", "outbox", lambda: _page(service))
    for endpoint, rule, what in (
        ("outbox_again", "/drift/mail/igen", ByHand.AGAIN),
        ("outbox_give_up", "/drift/mail/opgiv", ByHand.GIVE_UP),
    ):
        add_change(app, rule, endpoint, lambda what=what: _by_hand(service, what), role=Role.ADMIN)
    add_change(app, "/drift/mail/genoptag", "outbox_resume", lambda: _resume(service), role=Role.ADMIN)


def _page(service: Service) -> flask.Response:
    store, w = service.store, words(language())
    shown = worth_showing(store, _WAITING, service.now())
    rows = [_row(one, w) for one in shown[:_ROWS]]
    return page(
        service.config,
        "outbox",
        counts=[(w(f"health.status_{status}"), number) for status, number in store.outbox.counts().items()],
        waiting_since=moment(since, w.language) if (since := store.outbox.waiting_since()) else "",
        paused=store.settings.get(PAUSED),
        rows=rows,
        more=len(shown) - len(rows),
        held=[row.named for row in rows if row.give_up],
        whole=[row.named for row in rows if row.again and row.give_up],
        done=_done(),
    )


def _done() -> str:
    """What was just done, by the address that the button led to."""
    said = flask.request.args.get("gjort", "")
    return said if said in ("again", "give_up", "resumed", "before") else ""


def _row(one: Shown, w: Words) -> Row:
    return Row(
        one,
        w(f"health.kind_{one.kind}"),
        w(f"health.status_{one.status}"),
        moment(one.claimed_at or one.created, w.language),
        " ".join(w(f"health.means_{key}") for key in meanings(one)),
        again=one.whole and one.status is not MailStatus.IN_DOUBT,
        give_up=one.status is MailStatus.HELD,
    )


def meanings(one: Shown) -> tuple[str, ...]:
    """What it means that a mail stands there: keys of phrases, and for one that has failed also what comes of it."""
    if one.status is MailStatus.IN_DOUBT:
        return ("in_doubt",)
    known = next((phrase for words_of, phrase in _MEANINGS if re.search(words_of, one.error)), "")
    if one.status is MailStatus.HELD:
        return (known if known in ("restored", "left", "not_public") else "held",)
    first = "left" if one.error in _LEFT else known or "refused"
    if first in ("not_wanted", "given_up"):
        return (first,)
    return (first, "then_doubted" if one.doubted else f"then_{'digest' if one.kind is MailKind.DIGEST else 'letter'}")


# -- buttons -----------------------------------------------------------------------------------------------------------


def restored_now(service: Service) -> bool:
    """Look whether a backup was restored, as the commands do: what is decided before that is noticed would be taken
    for what the backup knew."""
    return notice_restored(service.store, service.journal, service.now()).noticed


def _chosen() -> list[tuple[int, str]]:
    named = [_NAMED.fullmatch(one) for one in flask.request.form.getlist("mail")[:_AT_ONCE]]
    return [(int(one[1]), one[2]) for one in named if one]


def _by_hand(service: Service, what: ByHand) -> flask.Response:
    """Do it with every mail that stands where the page showed it. Nothing is changed where none does any more."""
    store, chosen = service.store, _chosen()
    if not chosen:
        flask.abort(400)
    if restored_now(service):
        return page(service.config, "message", 409, key="health.restored", values={})
    done: list[Shown] = []
    before: list[Shown] = []
    with store.transaction():
        for number, seen in chosen:
            one = store.outbox.shown_one(number)
            if one is not None and one.seen == seen and do_by_hand(store, what, number):
                done.append(one)
            elif one is not None and _is_as_wanted(one, what):
                before.append(one)
        _write_down(service, what, done)
    if done:
        return moved("outbox", gjort=str(what))
    return moved("outbox", gjort="before") if before else _elsewhere(service, [number for number, _ in chosen])


def _is_as_wanted(one: Shown, what: ByHand) -> bool:
    """Whether a mail stands already where the button would bring it: pressed twice, or by two people."""
    if what is ByHand.GIVE_UP:
        return one.status is MailStatus.FAILED
    return one.status in (MailStatus.QUEUED, MailStatus.CLAIMED, MailStatus.SENT)


def _write_down(service: Service, what: ByHand, done: Sequence[Shown]) -> None:
    kind = "outbox_again" if what is ByHand.AGAIN else "outbox_give_up"
    for one in done:
        detail = {"mail": str(one.kind), "stood": str(one.status), "attempts": one.attempts}
        did(service.store, kind, f"mail/{one.number}", service.now(), **detail)


def _elsewhere(service: Service, numbers: Sequence[int]) -> flask.Response:
    """The mail does not stand there any more. Who did something with it is told."""
    w, number = words(language()), numbers[0]
    found = service.store.outbox.shown_one(number)
    last = next(reversed(service.store.actions.of(f"mail/{number}")), None)
    values = {
        "number": number,
        "status": w(f"health.status_{found.status}") if found else w("health.gone"),
        "who": w("health.by", who=last.who, when=moment(last.at, w.language)) if last else "",
    }
    return page(service.config, "message", 409, key="health.elsewhere", values=values)


def _resume(service: Service) -> flask.Response:
    store = service.store
    if restored_now(service):
        return page(service.config, "message", 409, key="health.restored", values={})
    with store.transaction():
        why = store.settings.get(PAUSED)
        if why and why == flask.request.form.get("seen", ""):
            resume(store)
            did(store, "outbox_resume", "outbox", service.now())
            return moved("outbox", gjort="resumed")
    if why:
        return page(service.config, "message", 409, key="health.paused_anew", values={})
    return moved("outbox", gjort="before")
