"""The page for the town's own staff: what was read of each source, and what only looks alike. Values in, files out.

It stands in a folder of its own that is not published: mistakes of sources and undecided pairs are no news for
bidders. Nothing on it tells who is written to.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notifier.clock import COPENHAGEN, deadline_day, write_day, write_deadline
from notifier.config import Town
from notifier.coverage import PAGE_SIGN, field_name, news, plain_name
from notifier.files import FOR_OWNER, make_private, settle, sweep, write_whole
from notifier.lots import Deadline, Notice, RunStatus, SourceRun, acting_deadline
from notifier.receipts import WRITTEN_HERE, Receipt, by_urgency, doubts
from notifier.render import environment
from notifier.resources import resource
from notifier.store.pairs import ProbablePair
from notifier.words import LANGUAGES, Words, grouped, words

SOURCES = {"da": "kilder.html", "en": "sources.html"}
STYLE = "style.css"
_MISSING_SHOWN, _UNREAD_SHOWN, _DOUBTS_SHOWN = 50, 10, 10
_ON_TED = re.compile(r"0*\d{1,8}-(?:19|20)\d\d", re.ASCII)  # a publication number in the Official Journal


_NAMED = r"(?P<fields>[^;]*?\))(?:;| \(http|$)"
# What the program's messages are about, by their words: each with the phrase that tells it to a clerk. The messages
# themselves are for the log; those that are not known here stand on the page as they are.
_REASONS = tuple(
    (re.compile(words_of), phrase)
    for words_of, phrase in (
        (r"lacks its landmark", "landmark"),
        (r"something else stands in place of the page|a (?:web )?page came in(?:stead| place) of", "wall"),
        (r"\d+ items have the same title", "one_title"),
        (r"the list has no row|(?:has no table of|there is no) |no feed but|has no link to a file", "no_list"),
        (r"has none of the fields|does not show its title|are not the pages that they should be", "other_pages"),
        (r"which the source's file calls required", "required"),
        (rf"missing now, though read before: {_NAMED}", "lost"),
        (rf"missing in all [\d,]+ new items: {_NAMED}", "absent"),
        (rf"read now, though never before: {_NAMED}", "gained"),
        (rf"another at once: {_NAMED}", "changed"),
        (r"have changed places in|has what was|says the same in another word", "swapped"),
        (r"new items lack what nearly all others have", "strange"),
        (r"go by another number than before", "renumbered"),
        (r"are no longer (?:listed|rows of the list)", "vanished"),
        (r"the page is not as it was: ", "sign"),
        (r"(?P<listed>\d+) were listed where (?P<least>\d+) to (?P<most>\d+) are expected", "expect"),
        (r"the source says it has (?P<total>\d+), (?P<listed>\d+) were listed", "short"),
        (r"the list goes on after|the list leads to more than|the list has further pages", "long"),
        (r"robots\.txt forbids", "robots"),
        (r"robots\.txt could not be read", "robots_unread"),
        (r"refused address|no address to fetch from|address is too long", "refused"),
        (r"out of time", "time"),
        (r", \d+ times|left alone for|could not be taken|certificate|no such host", "network"),
    )
)

# Fields by the plain names that messages call them by.
_FIELDS = {
    plain_name(key.removeprefix("staff.field_")): key.removeprefix("staff.field_")
    for key in words("en").names()
    if key.startswith("staff.field_")
}


@dataclass(frozen=True, slots=True)
class Name:
    """An id of something that a source lists, with the address where a person can look it up; "" for none."""

    key: str
    url: str


@dataclass(frozen=True, slots=True)
class FieldRow:
    """In how many items a field was read, in the newest reading and in the one before (None where there was none)."""

    name: str  # in the configuration
    plain: str  # for people
    read: int
    before: int | None


@dataclass(frozen=True, slots=True)
class SourceSection:
    """What the page says of one source."""

    id: str
    name: str
    url: str
    state: str  # the status, "off", "never", "cut" (off), or "here": it is not read but written at the desk
    result: str
    remedy: str
    reasons: tuple[str, ...]  # what the message is about
    message: str  # of the program, in English
    last: str
    good: str
    receipt: str
    missing: tuple[Name, ...]
    unnamed: int  # missing beside those
    items: int
    items_before: int | None
    fields: tuple[FieldRow, ...]
    quiet: str  # since when there was nothing new to read
    doubtful: str
    doubts: tuple[tuple[str, int], ...]  # in English
    unread: tuple[tuple[str, int], ...]
    other: tuple[str, ...]

    @property
    def is_wrong(self) -> bool:
        """Whether a person should look at it."""
        return self.state not in ("good", "off", "here")


@dataclass(frozen=True, slots=True)
class PairRow:
    """Two notices that may be one tender."""

    number: int
    notices: tuple[Notice, Notice]


def alike(first: Notice, second: Notice, w: Words) -> str:
    """In what two notices are alike, for a person to decide: the buyer, and the day of a deadline that both have."""
    days = [{deadline_day(at) for lot in one.lots if (at := acting_deadline(lot))} for one in (first, second)]
    both = sorted(days[0] & days[1])
    buyer = first.buyer.name or second.buyer.name or w("common.unknown")
    if not both:
        return w("staff.pair_alike", buyer=buyer)
    return w("staff.pair_alike_dated", buyer=buyer, day=write_day(both[0], w.language))


def write_staff_pages(
    receipts: Sequence[Receipt], pairs: Iterable[ProbablePair], town: Town, folder: Path, now: dt.datetime
) -> Path:
    """Write the page in Danish and English into `folder`, each whole, and say where the Danish one stands.

    Raises PublishError. The pages, and a folder that is made here, can be read by their owner alone. The caller holds
    the lock of a run, so that a reading without an end was cut off.
    """
    make_private(folder)
    sweep(folder)
    pages = {STYLE: resource(f"templates/site/{STYLE}").read_bytes()}
    rows = tuple(PairRow(pair.number, (pair.first, pair.second)) for pair in pairs)
    for language in LANGUAGES:
        pages[SOURCES[language]] = sources_page(receipts, rows, town, now, language)
    for name, content in pages.items():
        write_whole(folder / name, content, settled=False, mode=FOR_OWNER)
    settle(folder)
    return folder / SOURCES["da"]


def sources_page(
    receipts: Sequence[Receipt], pairs: Sequence[PairRow], town: Town, now: dt.datetime, language: str
) -> bytes:
    """The page in one language."""
    other = next(one for one in LANGUAGES if one != language)
    w = words(language)
    sections = [section(one, w) for one in by_urgency(list(receipts))]
    page = environment("html", language).get_template("staff/sources.html.j2")
    wrong = [one for one in sections if one.is_wrong]
    return page.render(
        town=town,
        made=moment(now, language),
        sections=sections,
        wrong=wrong,
        pairs=pairs,
        alike=lambda pair: alike(pair.notices[0], pair.notices[1], w),
        other=SOURCES[other],
        other_language=other,
    ).encode()


def section(one: Receipt, w: Words) -> SourceSection:
    """What is told of one source."""
    state = _state(one)
    run = one.told
    named = tuple(Name(key, _address(key)) for key in (run.missing if run else ())[:_MISSING_SHOWN])
    ended = one.ended
    return SourceSection(
        id=one.source.id,
        name=one.source.name or one.source.publisher,
        url=one.source.url,
        state=state,
        result=w(f"staff.state_{state}"),
        remedy=w(f"staff.remedy_{state}"),
        reasons=_reasons(ended, w),
        message=ended.message if ended else "",
        last=moment(ended.finished or ended.started, w.language) if ended else "",
        good=_last_good(one, w),
        receipt=_receipt(run, ended, w),
        missing=named,
        unnamed=max(run.listed - run.held - len(named), 0) if run else 0,
        items=one.coverage[0].items if one.coverage else 0,
        items_before=one.coverage[1].items if len(one.coverage) > 1 else None,
        fields=() if one.quiet_since else _fields(one, w),
        quiet=w("staff.quiet", day=write_day(one.quiet_since, w.language)) if one.quiet_since else "",
        doubtful=_doubtful(one, w),
        doubts=doubts(one.doubtful)[:_DOUBTS_SHOWN],
        unread=_unread(one),
        other=tuple(_purpose(run, w) for run in one.other),
    )


def _state(one: Receipt) -> str:
    if not one.source.enabled:
        return "off"
    if one.source.kind in WRITTEN_HERE:
        return "here"
    if one.ended is None:
        return "cut" if one.last else "never"
    if one.cut_off and one.ended.status is RunStatus.GOOD:
        return "cut"
    return (one.ended.status or RunStatus.FAILED).value


def _reasons(run: SourceRun | None, w: Words) -> tuple[str, ...]:
    """What a message is about, in the reader's language, each kind once; () where nothing in it is known."""
    if run is None or run.status is RunStatus.GOOD:
        return ()
    found = [(phrase, match.groupdict()) for known, phrase in _REASONS if (match := known.search(run.message))]
    return tuple(w(f"staff.why_{phrase}", **_filled(values, w)) for phrase, values in found)


def _filled(values: Mapping[str, str], w: Words) -> dict[str, Any]:
    """What a message says beside its words: numbers as they are, fields as the reader calls them."""
    return {name: _in_words(said, w) if name == "fields" else said for name, said in values.items()}


def _in_words(named: str, w: Words) -> str:
    """The fields of a message, "deadline (in 6 of 6 items), place (…)", as the reader calls them."""
    names = (re.sub(r" \(.*", "", one) for one in re.split(r"(?<=\)), ", named))
    return ", ".join(_field(_FIELDS.get(name, name), w).lower() for name in names)


def _field(name: str, w: Words) -> str:
    """A field as the reader calls it, its own name where it has no other."""
    key = f"staff.field_{field_name(name)}"
    return w(key) if key in w else name


def _doubtful(one: Receipt, w: Words) -> str:
    count, held = len(one.doubtful.doubts), one.doubtful.held
    return w("staff.doubtful", count=count, held=grouped(held, w.language)) if count else ""


def _last_good(one: Receipt, w: Words) -> str:
    if one.good is None:
        return w("staff.never_good") if one.ended else ""
    return moment(one.good.finished or one.good.started, w.language)


def _receipt(run: SourceRun | None, ended: SourceRun | None, w: Words) -> str:
    if run is None:
        return ""
    listed, held, short = (grouped(max(one, 0), w.language) for one in (run.listed, run.held, run.listed - run.held))
    if run.held < run.listed:
        said = w("staff.receipt_short", listed=listed, held=held, short=short)
    else:
        said = w("staff.receipt", listed=listed, held=held)
    return said if run is ended else f"{said} ({moment(run.finished or run.started, w.language)})"


def _fields(one: Receipt, w: Words) -> tuple[FieldRow, ...]:
    """Every field that was read in either reading, those first that lost most of their share."""
    if not one.coverage:
        return ()
    now = one.coverage[0].fields
    before = one.coverage[1].fields if len(one.coverage) > 1 else None
    names = {*now, *(before or ())}
    of, of_before = one.coverage[0].items, one.coverage[1].items if before is not None else 1
    rows = [
        FieldRow(name, _field(name, w), now.get(name, 0), None if before is None else before.get(name, 0))
        for name in names
    ]
    return tuple(sorted(rows, key=lambda row: (row.read / of - (row.before or 0) / of_before, row.name)))


def _unread(one: Receipt) -> tuple[tuple[str, int], ...]:
    """Places that nobody read, new ones first, with the number of items that show them."""
    if not one.coverage:
        return ()
    unread = one.coverage[0].unread
    fresh = news(one.coverage[0], one.coverage[1:])
    order = [*fresh, *sorted(unread.keys() - set(fresh), key=lambda place: (-unread[place], place))]
    return tuple((place.removeprefix(PAGE_SIGN), unread[place]) for place in order[:_UNREAD_SHOWN])


def _purpose(run: SourceRun, w: Words) -> str:
    when = moment(run.finished or run.started, w.language)
    if run.status is None:
        return w(f"staff.cut_{run.purpose.value}", when=when)
    return w(f"staff.run_{run.purpose.value}", when=when, new=run.new, changed=run.changed, failed=run.failed)


def _address(key: str) -> str:
    if key.startswith(("https://", "http://")):
        return key
    return f"https://ted.europa.eu/da/notice/-/detail/{key}" if _ON_TED.fullmatch(key) else ""


def moment(at: dt.datetime, language: str) -> str:
    """A point in time as staff read it: in Copenhagen, to the minute."""
    return write_deadline(Deadline(at.astimezone(COPENHAGEN)), language, weekday=False)
