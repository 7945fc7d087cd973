"""Short mails beside the digest, each about something that its reader did."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from notifier.answers import Answer
from notifier.config import Town
from notifier.door import Door
from notifier.letter.foot import cadence_phrase, follows
from notifier.letter.values import Link, Note
from notifier.phrases import quoted, shorten
from notifier.profiles import Subscriber
from notifier.words import words

_TITLE = 90  # characters of a lot's title in a subject or a sentence
_WORDS = 300  # characters that an enterprise says of itself


def confirmation(
    subscriber: Subscriber,
    token: str,
    town: Town,
    door: Door,
    trade_names: Mapping[str, str],
    *,
    answer_to: str,
    hours: int,
) -> Note:
    """Did you ask for this? One yes is needed. Without a door the yes is a mail to `answer_to`."""
    w = words(subscriber.language)
    by_mail = f"mailto:{quote(answer_to, safe='@')}?subject={quote(f'confirm {token}', safe='')}"
    cadence = cadence_phrase(subscriber, w)
    return Note(
        language=subscriber.language,
        subject=w("note.confirm_subject", town=town.name),
        town=town.name,
        heading=w("note.confirm_heading"),
        paragraphs=(
            w("note.confirm_asked", address=subscriber.address, town=town.name),
            w("note.confirm_what", cadence=cadence),
            follows(subscriber.profile, trade_names, w),
        ),
        button=Link(w("note.confirm_button"), door.confirm(token) if door else by_mail),
        after=(w("note.confirm_until", hours=hours), w("note.confirm_not_you")),
    )


def already_subscribed(subscriber: Subscriber, town: Town, door: Door) -> Note:
    """Somebody typed an address that gets the mail already: only its owner learns so."""
    w = words(subscriber.language)
    return Note(
        language=subscriber.language,
        subject=w("note.known_subject", town=town.name),
        town=town.name,
        heading=w("note.known_heading"),
        paragraphs=(w("note.known_asked", address=subscriber.address), w("note.known_change")),
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
            w("note.met_told"),
        ),
        button=Link(w("mail.open_lot"), lot_url),
        after=(w("note.partner_rules"),),
    )
