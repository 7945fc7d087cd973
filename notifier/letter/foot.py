"""The foot of a mail: what was read, why this mail, how to change or stop it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote, urlsplit

from notifier.amounts import write_money
from notifier.clock import write_day, write_deadline
from notifier.config import Town
from notifier.digest import Coverage, Digest
from notifier.door import Door
from notifier.grammar import conjoined, small_letters
from notifier.letter.values import Foot, Link
from notifier.lots import Deadline, RunStatus, Verdict
from notifier.phrases import local_day, quoted, write_area, write_cpv
from notifier.profiles import Profile, Subscriber
from notifier.text import clean_line
from notifier.words import Words, grouped

_NAMES_SHOWN = 3  # of what is missing; who wants all of them asks the town
_LONGEST_NAME = 40  # an address is no name that anybody looks up


def foot(digest: Digest, town: Town, w: Words, door: Door) -> Foot:
    """What was read, why this mail, how to change or stop it: on the personal pages, else by mail."""
    hosts = dict.fromkeys(urlsplit(url).hostname or url for url in (town.base_url, door.address) if url)
    return Foot(
        read=tuple(read_line(part, digest.source_names, w) for part in digest.coverage),
        why=(_why(digest, town, w), follows(digest.subscriber.profile, digest.trade_names, w)),
        stop=w("mail.stop_by_link" if door else "mail.stop", contact=town.contact),
        links=tuple(_links(digest.subscriber, town, w, door)),
        no_tracking=w("mail.no_tracking", host=conjoined(list(hosts), w)),
    )


def _links(subscriber: Subscriber, town: Town, w: Words, door: Door) -> Iterator[Link]:
    if door:
        yield Link(w("mail.change_here"), door.change(subscriber))
        yield Link(w("mail.stop_link"), door.stop(subscriber))
        yield Link(w("mail.calendar_link"), door.calendar(subscriber))
        yield Link(w("mail.feed_link"), door.feed(subscriber))
        return
    yield Link(w("mail.change_link"), _mailto(town.contact, w("mail.change_subject")))
    yield Link(w("mail.stop_link"), _mailto(town.contact, w("mail.stop_subject")))


def _mailto(address: str, about: str) -> str:
    return f"mailto:{quote(address, safe='@')}?subject={quote(about)}"


def read_line(part: Coverage, source_names: Mapping[str, str], w: Words, *, year: bool = False) -> str:
    """What was read of one source, or since when it could not be; `year` where the reader may come years later."""
    source = source_names.get(part.source, part.source)
    if part.status is None:
        return w("mail.read_never", source=source)
    if part.failing_since is not None:
        since = write_day(local_day(part.failing_since), w.language, weekday=True)
        return w(f"mail.read_{part.status}", source=source, day=since)
    read = w(
        # A source that counts more than it shows is partial although nothing of it failed.
        "mail.read_good" if part.status is RunStatus.PARTIAL and not part.failed else f"mail.read_{part.status}",
        source=source,
        day=write_deadline(Deadline(part.read_at), w.language, year=year),
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
    return w("mail.why_mail", address=subscriber.address, town=town.name, cadence=cadence_phrase(subscriber, w))


def cadence_phrase(subscriber: Subscriber, w: Words) -> str:
    """When the mail comes, as a part of a sentence."""
    return w(f"mail.cadence_{subscriber.cadence}", hour=subscriber.profile.hour)


def follows(profile: Profile, trade_names: Mapping[str, str], w: Words) -> str:
    """What a person asked for as one sentence, so that they see what to change."""
    trades = [trade_names[key] for key in profile.trades if key in trade_names]
    areas = [write_area(code, w.language) for code in profile.areas]
    said = [
        w(key, names="; ".join(names))  # names of trades have commas and "og" in them
        for key, names in (
            ("mail.follow_trades", small_letters(trades)),
            ("mail.follow_words", [quoted(word, w.language) for word in profile.words]),
            ("mail.follow_cpv", [write_cpv(code, w.language) for code in profile.cpv_prefixes]),
            ("mail.follow_areas", [conjoined(areas, w)] if areas else []),
            ("mail.follow_not", [quoted(word, w.language) for word in profile.words_out]),
        )
        if names
    ]
    if profile.value_min:
        said.append(w("mail.follow_value_min", amount=write_money(profile.value_min, w.language)))
    if profile.value_max:
        said.append(w("mail.follow_value", amount=write_money(profile.value_max, w.language)))
    if profile.partnerships:
        said.append(w("mail.follow_partnerships"))
    if profile.least_verdict is not Verdict.POSSIBLE:
        said.append(w(f"mail.follow_verdict_{profile.least_verdict}"))
    if not said:
        return w("mail.follow_everything")
    anything = [] if profile.trades or profile.words or profile.cpv_prefixes else [w("mail.follow_all_trades")]
    return w("mail.follow", interests="; ".join(anything + said))
