"""Sources, mails that wait, subscribers by status, what comes next; and the page that an alarm is about."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import flask

from notifier.clock import COPENHAGEN, MONTHS, add_months
from notifier.config import Source
from notifier.desk import mails, withholding
from notifier.desk.alarms import Disk, State, alarms, in_words
from notifier.desk.correcting import to_look_at
from notifier.desk.login import LASTS
from notifier.desk.pages import language, page
from notifier.desk.upcoming import Crawls, coming, crawls
from notifier.desk.withholding import FEW
from notifier.lots import DocumentRole, SourceRun
from notifier.membership import LEFT_KEPT, PAUSED_KEPT, UNCONFIRMED_KEPT
from notifier.outbox import BODIES_KEPT
from notifier.post import trade_names
from notifier.profiles import Cadence, SubscriberStatus
from notifier.receipts import WRITTEN_HERE, Receipt, by_urgency, receipt
from notifier.staff import alike, moment, section
from notifier.store import Store
from notifier.store.actions import KEPT as ACTIONS_KEPT
from notifier.store.documents import KEPT, Kept
from notifier.store.outbox import MailStatus
from notifier.store.settings import PAUSED, RESTORED_AT
from notifier.store.subscribers import Counted
from notifier.text import without_addresses
from notifier.web.service import Service
from notifier.words import LANGUAGES, Words, grouped, words

SIGN_UP_ALARM = "sign_up_alarm"  # when more signed up than people do, in ISO 8601; written by the sign-up
_PAIRS_SHOWN = 50
_MONTHS_SHOWN = 12
_READINGS = 12  # of a source, from which it is told how often it is read
_ANSWERS_SHOWN = 20
_TEXT_SHOWN = 100_000  # characters of a kept page
# What neither a person nor a parser can read, and what would turn the lines around it: shown as what it is, a gap.
_UNREADABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_IS_TEXT = re.compile(r"text/|(?:application|[a-z]+)/(?:.+\+)?(?:xml|json|xhtml)", re.IGNORECASE)
# Encodings that pages come in. Python knows others, some of which take hours for a large page.
_CHARSET = re.compile(
    r"charset\s*=\s*[\"']?((?:utf-?(?:8|16(?:[bl]e)?)|(?:iso-?8859|windows|cp)-?[0-9]{1,4}(?:-[0-9]{1,2})?|us-ascii|latin1))"
    r"(?![\w.:-])",
    re.IGNORECASE,
)


def add_routes(app: flask.Flask, service: Service) -> None:
    """How things stand, the page of an alarm; mails, and what is withheld."""
    from notifier.desk.application import add, in_bar

    add(app, "/drift", "health", lambda: _page(service))
    add(app, "/drift/kilde/<source_id>/side", "source_page", lambda source_id: _source_page(service, source_id))
    mails.add_routes(app, service)
    withholding.add_routes(app, service)
    in_bar(app, "health")


def _page(service: Service) -> flask.Response:
    store, w, now = service.store, words(language()), service.now()
    receipts = by_urgency([receipt(store, source) for source in service.config.sources])
    sections = [section(one, w) for one in receipts]
    counts, seen = store.outbox.counts(), _crawls(store, receipts, now)
    counted, disk = store.subscribers.counted(), _disk(service.config.database)
    state = State(
        now=now,
        sources=sections,
        paused=store.settings.get(PAUSED),
        restored_at=_setting(store, RESTORED_AT),
        sign_up_alarm=_setting(store, SIGN_UP_ALARM),
        held=counts[MailStatus.HELD],
        waiting_since=store.outbox.waiting_since(),
        crawls=seen,
        disk=disk,
        otherwise=to_look_at(store, now),
    )
    pairs = store.pairs.waiting()
    done = flask.request.args.get("gjort", "")
    return page(
        service.config,
        "health",
        alarms=alarms(state, w),
        sections=sections,
        pages={one.source.id for one in receipts if _has_page(store, one)},
        counts=[(w(f"health.status_{status}"), number) for status, number in counts.items() if number],
        withheld=len({one.item_uid for one in store.withheld.undecided()}),
        pairs=pairs[:_PAIRS_SHOWN],
        alike=lambda pair: alike(pair.first, pair.second, w),
        named={one.id: one.name or one.publisher for one in service.config.sources},
        more_pairs=max(len(pairs) - _PAIRS_SHOWN, 0),
        tables=_tables(counted, service, w),
        months=_months(counted, now, w),
        coming=[
            (w(f"health.cadence_{one.cadence}"), moment(one.due, w.language), one.waits)
            for one in coming(counted.hours, store.digests.is_finished, now)
        ],
        instant=bool(counted.cadences.get(Cadence.INSTANT)),
        crawls=_crawls_told(seen, w),
        kept=_kept(w),
        disk=disk,
        free=in_words(disk.free, w) if disk.free is not None else "",
        size=in_words(disk.database, w),
        made=moment(now, w.language),
        done=done if done in ("same", "different") else "",
    )


def _setting(store: Store, name: str) -> dt.datetime | None:
    """A moment that is kept by name; None for none, and for what is no moment."""
    try:
        at = dt.datetime.fromisoformat(store.settings.get(name))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=COPENHAGEN)


def _disk(database: Path) -> Disk:
    try:
        free: int | None = shutil.disk_usage(database.parent).free
    except OSError:
        free = None
    sizes = (database.with_name(database.name + end) for end in ("", "-wal"))
    return Disk(free, sum(os.path.getsize(file) for file in sizes if file.exists()))


# -- what comes next ---------------------------------------------------------------------------------------------------


def _crawls(store: Store, receipts: list[Receipt], now: dt.datetime) -> Crawls:
    read = [one.source.id for one in receipts if one.source.enabled and one.source.kind not in WRITTEN_HERE]
    return crawls(([run.started for run in store.runs.of(source, _READINGS)] for source in read), now)


def _crawls_told(seen: Crawls, w: Words) -> tuple[str, ...]:
    if seen.last is None:
        return (w("health.crawl_never"),)
    said = [w("health.crawl_last", when=moment(seen.last, w.language))]
    if seen.gap is None or seen.next is None:
        return (*said, w("health.crawl_unknown"))
    said.append(w("health.crawl_gap", gap=_length(seen.gap, w)))
    when = moment(seen.next, w.language)
    return (*said, w("health.crawl_passed" if seen.next < seen.now else "health.crawl_next", when=when))


def _length(gap: dt.timedelta, w: Words) -> str:
    minutes = round(gap.total_seconds() / 60)
    if minutes < 120:
        return w("health.minutes", count=minutes)
    if minutes < 72 * 60:
        return w("health.hours", count=round(minutes / 60))
    days = round(minutes / 60 / 24)
    return w("health.years", count=round(days / 365)) if days > 700 else w("health.days", count=days)


def _kept(w: Words) -> list[tuple[str, str]]:
    """What is forgotten by itself, each with after how long: the program's own constants."""
    return [
        (w(f"health.kept_{name}"), w("health.after", length=_length(length, w)))
        for name, length in (
            ("documents", KEPT),
            ("bodies", BODIES_KEPT),
            ("unconfirmed", UNCONFIRMED_KEPT),
            ("left", LEFT_KEPT),
            ("paused", PAUSED_KEPT),
            ("sessions", LASTS),
            ("trail", ACTIONS_KEPT),
        )
    ]


# -- subscribers -------------------------------------------------------------------------------------------------------


def in_fives(count: int, w: Words) -> str:
    """A count of subscribers, rounded down to fives: what is left when all others are subtracted is none below five."""
    at_least = count - count % FEW
    return w("health.at_least", number=grouped(at_least, w.language)) if at_least else w("health.few")


@dataclass(frozen=True, slots=True)
class Table:
    """Counts under a caption: what, and how many."""

    caption: str
    what: str
    rows: tuple[tuple[str, str], ...]


def _tables(counted: Counted, service: Service, w: Words) -> tuple[Table, ...]:
    """One line at a time, in fives: two lines together would point at somebody."""
    trades = trade_names(service.rules.trades)[w.language]
    followed = sorted(counted.trades.items(), key=lambda one: (-one[1], trades.get(one[0], one[0])))
    rows = [(trades.get(key, w("health.trade_gone")), in_fives(number, w)) for key, number in followed]
    return (
        _each("standing", {str(key): number for key, number in counted.statuses.items()}, SubscriberStatus, w),
        _each("cadence", {str(key): number for key, number in counted.cadences.items()}, Cadence, w),
        _each("language", counted.languages, LANGUAGES, w),
        _table("trade", [(w("health.every_trade"), in_fives(counted.all_trades, w)), *rows], w),
    )


def _each(name: str, counts: Mapping[str, int], order: Iterable[str], w: Words) -> Table:
    rows = [(w(f"health.{name}_{one}"), in_fives(counts.get(str(one), 0), w)) for one in order]
    return _table(name, rows, w)


def _table(name: str, rows: Sequence[tuple[str, str]], w: Words) -> Table:
    return Table(w(f"health.by_{name}"), w(f"health.col_{name}"), tuple(rows))


def _months(counted: Counted, now: dt.datetime, w: Words) -> list[tuple[str, str]]:
    """When those who are with us now said yes, month by month, the newest first."""
    said_yes = Counter((at.astimezone(COPENHAGEN).year, at.astimezone(COPENHAGEN).month) for at in counted.confirmed)
    first = now.astimezone(COPENHAGEN).date().replace(day=1)
    days = [add_months(first, -back) for back in range(_MONTHS_SHOWN)]
    names = [f"{MONTHS[w.language][day.month - 1]} {day.year}" for day in days]
    rows = [(name, in_fives(said_yes[day.year, day.month], w)) for name, day in zip(names, days, strict=True)]
    shown = {(day.year, day.month) for day in days}
    earlier = sum(number for month, number in said_yes.items() if month not in shown)
    return [*rows, (w("health.earlier"), in_fives(earlier, w))]


# -- the page of an alarm ----------------------------------------------------------------------------------------------


def _failing(one: Receipt) -> SourceRun | None:
    """The run that says that something is wrong with a source, None where nothing is."""
    return one.ended if one.ended is not None and section(one, words("da")).is_wrong else None


def _has_page(store: Store, one: Receipt) -> bool:
    run = _failing(one)
    return run is not None and bool(store.documents.seen_after(run.source, store.runs.begun_before(run), 1))


def _source_page(service: Service, source_id: str) -> flask.Response:
    """What a source answered in its newest run, as text: never as a page, whatever stands in it."""
    store, w = service.store, words(language())
    source = next((one for one in service.config.sources if one.id == source_id), None)
    if source is None:
        flask.abort(404)
    one = receipt(store, source)
    run = one.ended or one.last
    if run is None:
        flask.abort(404)
    kept = store.documents.seen_after(source.id, store.runs.begun_before(run), _ANSWERS_SHOWN)
    chosen = _chosen(kept, run)
    told = section(one, w)
    return page(
        service.config,
        "document",
        source=_named(source),
        told=told,
        run=moment(run.finished or run.started, w.language),
        answers=[(_answer(found, w), found is chosen) for found in kept],
        shown=_answer(chosen, w) if chosen else None,
        came=_came(store, chosen) if chosen else None,
    )


def _named(source: Source) -> str:
    return source.name or source.publisher


def _chosen(kept: tuple[Kept, ...], run: SourceRun) -> Kept | None:
    """The answer that is asked for, else the one that the run's message names, else the first: the newest list."""
    asked = flask.request.args.get("svar", "")
    if asked:
        found = next((one for one in kept if str(one.number) == asked), None)
        return found or flask.abort(404)
    # The longest address first: that of a list is the beginning of many others.
    named = sorted((one for one in kept if one.url in run.message), key=lambda one: -len(one.url))
    return next(iter((*named, *kept)), None)


def _answer(kept: Kept, w: Words) -> dict[str, str]:
    return {
        "number": str(kept.number),
        "url": kept.url,
        "what": w("health.answer_list" if kept.role is DocumentRole.LIST else "health.answer_notice"),
        "kind": kept.content_type[:100] or w("health.answer_untold"),
        "size": in_words(kept.size, w),
        "first": moment(kept.first_seen, w.language),
        "last": moment(kept.last_seen, w.language),
    }


@dataclass(frozen=True, slots=True)
class Came:
    """The words of an answer, None where it is none that could be read; how many characters are left out."""

    text: str | None
    left_out: int = 0


def _came(store: Store, kept: Kept) -> Came:
    document = store.documents.get(kept.number)
    if not _is_text(document.content_type, document.body):
        return Came(None)
    whole = decoded(document.content_type, document.body)
    shown = without_addresses(_UNREADABLE.sub("\ufffd", whole[:_TEXT_SHOWN]))
    return Came(shown, max(len(whole) - _TEXT_SHOWN, 0))


def _is_text(content_type: str, body: bytes) -> bool:
    said = content_type.partition(";")[0].strip()
    return bool(_IS_TEXT.match(said)) or (not said and b"\x00" not in body[:2000])


def decoded(content_type: str, body: bytes) -> str:
    """Octets as text: in the encoding that came with them, else UTF-8, else Windows'. Never raises."""
    named = _CHARSET.search(content_type) or _CHARSET.search(body[:2000].decode("latin-1"))
    for encoding in (*((named[1],) if named else ()), "utf-8"):
        with contextlib.suppress(LookupError, UnicodeError):
            return body.decode(encoding)
    return body.decode("cp1252", "replace")
