"""Short mails beside the digest, each about something that its reader did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from urllib.parse import quote

from notifier.answers import Answer
from notifier.config import Town
from notifier.door import Door
from notifier.letter.foot import cadence_phrase, follows
from notifier.letter.values import Link, Note
from notifier.phrases import quoted, shorten
from notifier.profiles import Subscriber
from notifier.words import Words, words

_TITLE = 90  # characters of a lot's title in a subject or a sentence
_IN_HOURS = 2  # days: a longer time is told in days
_WORDS = 300  # characters that an enterprise says of itself


def confirmation(
    subscriber: Subscriber,
    token: str,
    town: Town,
    door: Door,
    trade_names: Mapping[str, str],
    *,
    answer_to: str,
    valid: dt.timedelta,
    invited: bool = False,
) -> Note:
    """Did you ask for this (`invited`: do you want it)? One yes is needed; without a door a mail to `answer_to`."""
    w = words(subscriber.language)
    yes = f"confirm {token}"
    by_mail = f"mailto:{quote(answer_to, safe='@')}?subject={quote(yes, safe='')}"
    asked, not_you = ("invited", "not_wanted") if invited else ("asked", "not_you")
    return Note(
        language=subscriber.language,
        subject=w("note.confirm_subject_invited" if invited else "note.confirm_subject", town=town.name),
        town=town.name,
        heading=w("note.confirm_heading"),
        paragraphs=(
            w(f"note.confirm_{asked}", address=subscriber.address, town=town.name),
            w("note.confirm_what", cadence=cadence_phrase(subscriber, w)),
            follows(subscriber.profile, trade_names, w),
        ),
        button=Link(w("note.confirm_button"), door.confirm(token) if door else by_mail),
        after=(
            *(() if door else (w("note.confirm_by_mail", to=answer_to, subject=quoted(yes, w.language)),)),
            _until(valid, w),
            w(f"note.confirm_{not_you}"),
        ),
    )


def _until(valid: dt.timedelta, w: Words) -> str:
    if valid.days > _IN_HOURS:
        return w("note.confirm_until_days", days=valid.days)
    return w("note.confirm_until_hours", hours=int(valid.total_seconds() // 3600))


def already_subscribed(subscriber: Subscriber, town: Town, door: Door) -> Note:
    """Somebody typed an address that gets the mail already: only its owner learns so."""
    w = words(subscriber.language)
    return Note(
        language=subscriber.language,
        subject=w("note.known_subject", town=town.name),
        town=town.name,
        heading=w("note.known_heading"),
        paragraphs=(
            w("note.known_asked", address=subscriber.address),
            w("note.known_change") if door else w("note.known_write", contact=town.contact),
        ),
        button=Link(w("mail.change_here"), door.change(subscriber)) if door else None,
        after=(w("note.known_not_you"),),
    )


def partner_found(subscriber: Subscriber, title: str, slug: str, said: str, town: Town, door: Door) -> Note:
    """Another enterprise looks for partners for the same lot. Who it is, is not said."""
    w = words(subscriber.language)
    title = shorten(title, _TITLE)
    them = (w("note.partner_words", words=quoted(shorten(said, _WORDS), w.language)),) if said else ()
    return Note(
        language=subscriber.language,
        subject=w("note.partner_subject", title=title),
        town=town.name,
        heading=w("note.partner_heading"),
        paragraphs=(w("note.partner_found", title=quoted(title, w.language)), *them, w("note.partner_both")),
        button=Link(w("note.partner_button"), door.answer(subscriber, slug, Answer.PARTNERS)),
        after=(w("note.partner_rules"),),
    )


def partners_met(subscriber: Subscriber, other: Subscriber, title: str, town: Town, lot_url: str) -> Note:
    """Both have said yes: each is told who the other is."""
    w = words(subscriber.language)
    title = shorten(title, _TITLE)
    return Note(
        language=subscriber.language,
        subject=w("note.met_subject", title=title),
        town=town.name,
        heading=w("note.met_heading"),
        paragraphs=(
            w("note.met_who", title=quoted(title, w.language)),
            f"{other.name or w('note.met_nameless')}: {other.address}",
            w("note.met_told", contact=town.contact),  # a reply to this mail would tell the office
        ),
        button=Link(w("mail.open_lot"), lot_url),
        after=(w("note.partner_rules"),),
    )
