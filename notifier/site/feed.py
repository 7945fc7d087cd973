"""The Atom feed (RFC 4287) as values. Identifiers never change and `updated` never goes back.

An identifier is a tag URI (RFC 4151) of the town's host for identifiers and the item's own uid, so it outlives changes
of titles and addresses. `updated` is when the version that is shown was first seen. Where an earlier feed named a later
time (the clock was set back, or the newest entry has gone), that one stays. `feedplan.py` says which lots are in which
of the site's feeds and from when; a subscriber's own has those that concern them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from notifier.config import Town
from notifier.lots import LotState, LotView
from notifier.people import holds_address, public_url
from notifier.phrases import Foreign
from notifier.site.lists import lot_row
from notifier.site.lotpage import told
from notifier.site.reader import Reader, state_at

ENTRIES = 200  # the newest; about 250 kB. A reader that asks once a month still misses none of a large town's
_MINTED = "2026"  # the year in which the host is said to have been ours, part of every tag URI for ever
NOTHING_YET = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)  # `updated` of a feed that never had an entry
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
# What one could act on, and what is taken away from that. An expired lot leaves in silence, an award is no task.
_TOLD = (LotState.OPEN, LotState.PLANNED, LotState.CANCELLED, LotState.GONE)


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier feed said: `updated` of itself and of each entry by its identifier."""

    feed: dt.datetime | None = None
    entries: Mapping[str, dt.datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `updated` and `published` are written as RFC 3339 in UTC.

    `slug` is that of the page that it leads to, "" where there is none; `source` is the notice's address at its source.
    Of what was taken off the site only that is told: there is no verdict, and there are no trades.
    """

    id: str
    title: Foreign
    slug: str
    updated: str
    published: str
    verdict: str
    mark: str
    summary: str
    trades: tuple[tuple[str, str], ...] = ()  # keys with their names
    source: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """The feed of one language, newest entry first."""

    id: str
    updated: str
    entries: tuple[Entry, ...]


def tag_uri(town: Town, kind: str, name: str) -> str:
    """An identifier that never changes: tag:udbud.example,2026:da/lot/NAME."""
    return f"tag:{town.named},{_MINTED}:{kind}/{quote(_unnamed(name), safe='/:')}"


def _unnamed(name: str) -> str:
    """A source's own key may be a link with a mail address in it; a hash stands for that one, and stays as well."""
    known = holds_address(name) or holds_address(unquote(name))
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:32] if known else name


def feed(lots: Iterable[LotView], town: Town, reader: Reader, now: dt.datetime, known: Known) -> Feed:
    """The feed at `now`; `known` is what it said before."""
    views = [view for view in lots if view.public and state_at(view, now) in _TOLD]
    dated = [(_updated(view, town, reader, known), view) for view in views]
    newest = sorted(dated, key=lambda pair: (-pair[0].timestamp(), pair[1].uid))[:ENTRIES]
    latest = max((at for at in (known.feed, *(at for at, _ in newest)) if at is not None), default=NOTHING_YET)
    return Feed(
        id=tag_uri(town, reader.language, "feed"),
        updated=rfc3339(latest),
        entries=tuple(lot_entry(view, at, view.first_seen, town, reader) for at, view in newest),
    )


def entry_id(uid: str, town: Town, language: str) -> str:
    """The identifier of a lot's entry in every feed of this language."""
    return tag_uri(town, f"{language}/lot", uid)


def rfc3339(at: dt.datetime) -> str:
    """A point in time in UTC, to the second: 2026-11-23T06:10:00Z."""
    return f"{at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def _updated(view: LotView, town: Town, reader: Reader, known: Known) -> dt.datetime:
    before = known.entries.get(entry_id(view.uid, town, reader.language))
    return max(view.updated, before) if before else view.updated


def lot_entry(view: LotView, updated: dt.datetime, published: dt.datetime, town: Town, reader: Reader) -> Entry:
    """The entry of a lot that has a page. Raises ValueError for one that was never assessed."""
    row, keys = lot_row(view, reader), view.assessment.trades if view.assessment else ()
    return Entry(
        id=entry_id(view.uid, town, reader.language),
        title=_entry_title(_tagged(row.title), view.state, reader),
        slug=view.slug,
        updated=rfc3339(updated),
        published=rfc3339(min(published, updated)),
        verdict=row.verdict,
        mark=row.mark,
        summary=" ".join(_summary(view, reader)),
        trades=tuple((key, reader.trades[key]) for key in keys if key in reader.trades),
        source=public_url(view.notice.url),
    )


def _tagged(title: Foreign) -> Foreign:
    """With a language that XML and JSON Feed can name (RFC 5646), or with none."""
    return title if _LANGUAGE.fullmatch(title.language) else Foreign(title.words)


def _entry_title(title: Foreign, state: LotState, reader: Reader) -> Foreign:
    key = {LotState.CANCELLED: "site.feed_cancelled", LotState.GONE: "site.feed_gone"}.get(state)
    return Foreign(reader.w(key, title=title.words), title.language) if key else title


def _summary(view: LotView, reader: Reader) -> Sequence[str]:
    """Sentences: what one needs to decide whether to open the page."""
    w, row = reader.w, lot_row(view, reader)
    parts = [f"{deadline.label}: {deadline.words}." for deadline in row.deadlines] or [f"{row.without_deadline}."]
    if view.state in (LotState.CANCELLED, LotState.GONE):
        parts = [w(f"site.state_{view.state}_note")]
    parts += [w("site.feed_buyer", buyer=row.buyer), f"{w('site.value')}: {row.value.rstrip('.')}."]
    parts.append(w("site.feed_mark", mark=row.mark))
    if row.why:
        parts.append(
            w(
                "site.feed_why",
                why=": ".join(part for part in (row.why.heading, row.why.quote or row.why.detail) if part),
            )
        )
    if view.changes:
        last = told(view.changes[-1], reader)
        parts.append(w("site.feed_changed", day=last.day, changes="; ".join(last.lines)))
    return [*parts, w("common.guiding_small" if view.is_small_purchase else "common.guiding")]
