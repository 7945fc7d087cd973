"""Short mails into the outbox: a letter that asks for confirmation, a word about partners."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from notifier.config import Config
from notifier.letter.notes import already_subscribed, confirmation
from notifier.letter.values import Note
from notifier.mail import make_message, new_message_id
from notifier.profiles import Subscriber
from notifier.render import render_note
from notifier.store import Store
from notifier.store.outbox import MailKind
from notifier.store.subscribers import ASKED_FOR, Asked
from notifier.suitability import Trade


def post(
    store: Store,
    config: Config,
    subscriber: Subscriber,
    note: Note,
    kind: MailKind,
    now: dt.datetime,
    *,
    about: int | None = None,
    good_until: dt.datetime | None = None,
    lot_uid: str = "",
) -> int:
    """Queue a note to a subscriber, which may tell of another one (`about`) and their wish for a lot, and may end
    (`good_until`); its number.

    Raises DeliveryError where it cannot be made.
    """
    message_id = new_message_id(config.mail)
    body = make_message(
        render_note(note), subscriber, config.town, config.mail, message_id=message_id, now=now, door=config.door
    )
    return store.outbox.add(
        digest_id=None,
        subscriber_id=subscriber.number,
        message_id=message_id,
        recipient=subscriber.address,
        body=body,
        now=now,
        kind=kind,
        about=about,
        good_until=good_until,
        lot_uid=lot_uid,
    )


def post_asked(
    store: Store,
    config: Config,
    asked: Asked,
    names: Mapping[str, Mapping[str, str]],
    now: dt.datetime,
    *,
    valid: dt.timedelta = ASKED_FOR,
    invited: bool = False,
) -> int | None:
    """Queue the letter that a sign-up calls for; its number, None where none is due. In one transaction with it.

    It leaves only while its link opens something, and an older one that still waits does not leave any more.
    `invited`: the office signed them up, not they themselves.
    """
    subscriber = asked.subscriber
    if not asked.token:
        return None
    if asked.known:
        note = already_subscribed(subscriber, config.town, config.door)
        return post(store, config, subscriber, note, MailKind.NOTICE, now)
    note = confirmation(
        subscriber,
        asked.token,
        config.town,
        config.door,
        names[subscriber.language],
        answer_to=config.mail.return_path or config.town.contact,
        valid=valid,
        invited=invited,
    )
    store.outbox.replace_letters(subscriber.number)
    return post(store, config, subscriber, note, MailKind.CONFIRMATION, now, good_until=now + valid)


def trade_names(trades: Sequence[Trade]) -> dict[str, dict[str, str]]:
    """The names of the trades by language and key."""
    return {
        "da": {trade.key: trade.name_da for trade in trades},
        "en": {trade.key: trade.name_en for trade in trades},
    }
