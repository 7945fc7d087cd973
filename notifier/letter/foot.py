"""The foot of a mail: what was read, why this mail, how to change or stop it."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from notifier.amounts import write_money
from notifier.clock import write_day, write_deadline
from notifier.config import Town
from notifier.digest import Coverage, Digest
from notifier.grammar import small_letters
from notifier.letter.values import Foot
from notifier.lots import Deadline, RunStatus
from notifier.phrases import local_day, quoted, write_cpv, write_nuts
from notifier.text import clean_line
from notifier.words import Words, grouped

_NAMES_SHOWN = 3  # of what is missing; who wants all of them asks the town
_LONGEST_NAME = 40  # an address is no name that anybody looks up


def foot(digest: Digest, town: Town, w: Words) -> Foot:
    """What was read, why this mail, how to change or stop it; mail links, for a page to do it on is not there yet."""
    host = urlsplit(town.base_url).hostname or town.base_url
    return Foot(
        read=tuple(_read(part, digest, w) for part in digest.coverage),
        why=(_why(digest, town, w), _follows(digest, w)),
        stop=w("mail.stop", contact=town.contact),
        change_url=_mailto(town.contact, w("mail.change_subject")),
        stop_url=_mailto(town.contact, w("mail.stop_subject")),
        no_tracking=w("mail.no_tracking", host=host),
    )


def _mailto(address: str, about: str) -> str:
    return f"mailto:{quote(address, safe='@')}?subject={quote(about)}"


def _read(part: Coverage, digest: Digest, w: Words) -> str:
    """What was read of one source, or since when it could not be."""
    source = digest.source_names.get(part.source, part.source)
    if part.status is None:
        return w("mail.read_never", source=source)
    if part.failing_since is not None:
        since = write_day(local_day(part.failing_since), w.language, weekday=True)
        return w(f"mail.read_{part.status}", source=source, day=since)
    read = w(
        # A source that counts more than it shows is partial although nothing of it failed.
        "mail.read_good" if part.status is RunStatus.PARTIAL and not part.failed else f"mail.read_{part.status}",
        source=source,
        day=write_deadline(Deadline(part.read_at), w.language, year=False),
        failed=grouped(part.failed, w.language),
    )
    return " ".join(said for said in (read, _shown(part, w), _missing(part, w)) if said)


def _shown(part: Coverage, w: Words) -> str:
    """How much the source showed, and how much of that we have."""
    if not part.listed:
        return w("mail.read_none")
    if part.held >= part.listed:
        return w("mail.read_all", count=part.listed)
    listed, held = grouped(part.listed, w.language), grouped(part.held, w.language)
    return w("mail.read_short", listed=listed, held=held, short=grouped(part.listed - part.held, w.language))


def _missing(part: Coverage, w: Words) -> str:
    """What the source shows and we do not have, by the source's own names, so that a reader can look it up there."""
    short = part.listed - part.held
    names = [name for name in part.missing if len(name) <= _LONGEST_NAME][:_NAMES_SHOWN]
    if short <= 0 or not names:
        return ""
    shown, more = ", ".join(clean_line(name) for name in names), short - len(names)
    return (
        w("mail.read_missing_more", names=shown, more=grouped(more, w.language))
        if more > 0
        else w("mail.read_missing", names=shown)
    )


def _why(digest: Digest, town: Town, w: Words) -> str:
    subscriber = digest.subscriber
    cadence = w(f"mail.cadence_{subscriber.cadence}")
    return w("mail.why_mail", address=subscriber.address, town=town.name, cadence=cadence)


def _follows(digest: Digest, w: Words) -> str:
    """What the person asked for, so that they see what to change."""
    profile = digest.subscriber.profile
    trades = [digest.trade_names[key] for key in profile.trades if key in digest.trade_names]
    said = [
        w(key, names="; ".join(names))  # names of trades have commas and "og" in them
        for key, names in (
            ("mail.follow_trades", small_letters(trades)),
            ("mail.follow_words", [quoted(word, w.language) for word in profile.words]),
            ("mail.follow_cpv", [write_cpv(code, w.language) for code in profile.cpv_prefixes]),
            ("mail.follow_areas", [write_nuts(code, w.language) for code in profile.areas]),
        )
        if names
    ]
    if profile.value_max:
        said.append(w("mail.follow_value", amount=write_money(profile.value_max, w.language)))
    return w("mail.follow", interests="; ".join(said)) if said else w("mail.follow_everything")
