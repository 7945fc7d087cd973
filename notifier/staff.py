"""The page for the town's own staff: what was read of each source, and what only looks alike. Values in, files out.

It stands in a folder of its own that is not published: mistakes of sources and undecided pairs are no news for
bidders. Nothing on it tells who is written to.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from notifier.clock import COPENHAGEN, write_deadline
from notifier.config import Town
from notifier.coverage import PAGE_SIGN, news
from notifier.files import FOR_OWNER, make_private, settle, sweep, write_whole
from notifier.lots import Deadline, Notice, RunStatus, SourceRun
from notifier.receipts import Receipt, by_urgency
from notifier.render import environment
from notifier.resources import resource
from notifier.store.pairs import ProbablePair
from notifier.words import LANGUAGES, Words, words

SOURCES = {"da": "kilder.html", "en": "sources.html"}
STYLE = "style.css"
_MISSING_SHOWN, _UNREAD_SHOWN = 50, 10
_ON_TED = re.compile(r"0*\d{1,8}-(?:19|20)\d\d", re.ASCII)  # a publication number in the Official Journal


@dataclass(frozen=True, slots=True)
class Name:
    """An id of something that a source lists, with the address where a person can look it up; "" for none."""

    key: str
    url: str


@dataclass(frozen=True, slots=True)
class FieldRow:
    """In how many items a field was read, in the newest reading and in the one before (None where there was none)."""

    name: str
    read: int
    before: int | None


@dataclass(frozen=True, slots=True)
class SourceSection:
    """What the page says of one source."""

    id: str
    name: str
    url: str
    state: str  # the status, "off", "never" or "cut" (off)
    result: str
    remedy: str
    message: str  # of the program, in English
    last: str
    good: str
    receipt: str
    missing: tuple[Name, ...]
    unnamed: int  # missing beside those
    items: int
    items_before: int | None
    fields: tuple[FieldRow, ...]
    unread: tuple[tuple[str, int], ...]
    other: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PairRow:
    """Two notices that may be one tender."""

    number: int
    reason: str
    notices: tuple[Notice, Notice]


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
    rows = tuple(PairRow(pair.number, pair.reason, (pair.first, pair.second)) for pair in pairs)
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
    wrong = [one for one in sections if one.state not in ("good", "off")]
    return page.render(
        town=town,
        made=_moment(now, language),
        sections=sections,
        wrong=wrong,
        pairs=pairs,
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
        message=ended.message if ended else "",
        last=_moment(ended.finished or ended.started, w.language) if ended else "",
        good=_last_good(one, w),
        receipt=_receipt(run, ended, w),
        missing=named,
        unnamed=max(run.listed - run.held - len(named), 0) if run else 0,
        items=one.coverage[0].items if one.coverage else 0,
        items_before=one.coverage[1].items if len(one.coverage) > 1 else None,
        fields=_fields(one),
        unread=_unread(one),
        other=tuple(_purpose(run, w) for run in one.other),
    )


def _state(one: Receipt) -> str:
    if not one.source.enabled:
        return "off"
    if one.ended is None:
        return "cut" if one.last else "never"
    if one.cut_off and one.ended.status is RunStatus.GOOD:
        return "cut"
    return (one.ended.status or RunStatus.FAILED).value


def _last_good(one: Receipt, w: Words) -> str:
    if one.good is None:
        return w("staff.never_good") if one.ended else ""
    return _moment(one.good.finished or one.good.started, w.language)


def _receipt(run: SourceRun | None, ended: SourceRun | None, w: Words) -> str:
    if run is None:
        return ""
    said = w("staff.receipt", listed=run.listed, held=run.held)
    return said if run is ended else f"{said} ({_moment(run.finished or run.started, w.language)})"


def _fields(one: Receipt) -> tuple[FieldRow, ...]:
    """Every field that was read in either reading, those that lost most first."""
    if not one.coverage:
        return ()
    now = one.coverage[0].fields
    before = one.coverage[1].fields if len(one.coverage) > 1 else None
    names = {*now, *(before or ())}
    rows = [FieldRow(name, now.get(name, 0), None if before is None else before.get(name, 0)) for name in names]
    return tuple(sorted(rows, key=lambda row: (row.read - (row.before or 0), row.name)))


def _unread(one: Receipt) -> tuple[tuple[str, int], ...]:
    """Places that nobody read, new ones first, with the number of items that show them."""
    if not one.coverage:
        return ()
    unread = one.coverage[0].unread
    fresh = news(one.coverage[0], one.coverage[1:])
    order = [*fresh, *sorted(unread.keys() - set(fresh), key=lambda place: (-unread[place], place))]
    return tuple((place.removeprefix(PAGE_SIGN), unread[place]) for place in order[:_UNREAD_SHOWN])


def _purpose(run: SourceRun, w: Words) -> str:
    when = _moment(run.finished or run.started, w.language)
    if run.status is None:
        return w(f"staff.cut_{run.purpose.value}", when=when)
    return w(f"staff.run_{run.purpose.value}", when=when, new=run.new, changed=run.changed, failed=run.failed)


def _address(key: str) -> str:
    if key.startswith(("https://", "http://")):
        return key
    return f"https://ted.europa.eu/da/notice/-/detail/{key}" if _ON_TED.fullmatch(key) else ""


def _moment(at: dt.datetime, language: str) -> str:
    return write_deadline(Deadline(at.astimezone(COPENHAGEN)), language, weekday=False)
