"""Deadlines and agreements' ends as a calendar (iCalendar, RFC 5545). Pure.

Each event keeps its identity through all changes, and a lot's SEQUENCE grows with them, so that a calendar program
moves it instead of showing two. What was cancelled stays as a cancelled event. Events block no time.
`sections/calendars.py` puts the site's together from a head, the events of each lot and agreement, and an end.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from icalendar import Calendar, Event, Timezone, TimezoneStandard, vUri

from notifier.clock import deadline_day
from notifier.config import Town
from notifier.grammar import capital
from notifier.lots import AgreementView, Deadline, LotState, LotView
from notifier.phrases import shorten
from notifier.site.lists import uncounted
from notifier.site.lotpage import public_title
from notifier.site.reader import Reader, last_end

_TITLE = 120  # characters: what a calendar shows of an event
_DEADLINES = ("questions_deadline", "interest_deadline", "participation_deadline", "deadline")
_ENDED = (LotState.CANCELLED, LotState.GONE)


END = b"END:VCALENDAR\r\n"


@dataclass(frozen=True, slots=True)
class Changed:
    """How often what an agreement says was changed, and when it last was."""

    sequence: int
    changed: dt.datetime


def calendar(
    lots: Iterable[LotView], agreements: Iterable[AgreementView], town: Town, reader: Reader, *, most: int = 0
) -> bytes:
    """Everything that ends on a day: deadlines for questions, participation and tenders, and agreements.

    Where these are not all, but the `most` that come first, the calendar says so.
    """
    about = reader.w("site.calendar_most", most=most) if most else ""
    head = calendar_head(reader.w("site.calendar_name", town=town.name), town, reader, about)
    parts = [lot_events(view, town, reader) for view in lots]
    parts += [agreement_event(view, town, reader) for view in agreements]
    return b"".join([head, *(parts if any(parts) else [no_events()]), END])


def calendar_head(name: str, town: Town, reader: Reader, about: str = "") -> bytes:
    """All that stands before the first event."""
    made = Calendar()
    made.add("prodid", f"-//{_plain(town.name)}//notifier//{reader.language.upper()}")
    made.add("version", "2.0")
    made.add("x-wr-calname", _plain(name))
    if about:
        made.add("x-wr-caldesc", _plain(about))
    made.add("x-published-ttl", "PT6H")
    made.add("refresh-interval", dt.timedelta(hours=6), parameters={"value": "DURATION"})
    body: bytes = made.to_ical()
    return body.removesuffix(END)


def lot_events(view: LotView, town: Town, reader: Reader) -> bytes:
    """Every deadline of a lot; nothing where it has none."""
    return b"".join(event.to_ical() for event in _lot_events(view, town, reader))


def agreement_event(view: AgreementView, town: Town, reader: Reader, changed: Changed | None = None) -> bytes:
    """The day on which an agreement runs out or is extended, and the last one; nothing where neither is known."""
    return b"".join(event.to_ical() for event in _agreement_events(view, town, reader, changed))


def no_events() -> bytes:
    """A calendar has to have something in it (RFC 5545, 3.6): a time zone that nothing refers to."""
    zone, standard = Timezone(), TimezoneStandard()
    zone.add("tzid", "UTC")
    standard.add("dtstart", dt.datetime(1970, 1, 1))  # noqa: DTZ001 - local to the zone that it begins
    standard.add("tzoffsetfrom", dt.timedelta(0))
    standard.add("tzoffsetto", dt.timedelta(0))
    zone.add_component(standard)
    body: bytes = zone.to_ical()
    return body


def _lot_events(view: LotView, town: Town, reader: Reader) -> Iterator[Event]:
    title = shorten(_plain(public_title(view, reader).words), _TITLE)
    for field in _DEADLINES:
        deadline: Deadline | None = getattr(view.lot, field)
        if deadline is None:
            continue
        event = Event()
        event.add("uid", _uid(f"{view.uid}/{field}", town))
        event.add("summary", f"{capital(reader.w(f'common.field_{field}'))}: {title}")
        _when(event, deadline)
        event.add("sequence", len(view.changes))
        event.add("dtstamp", view.updated.astimezone(dt.UTC))
        event["url"] = vUri(_page(town, reader, f"opgaver/{quote(view.slug, safe='')}.html"))
        buyer = _plain(reader.text(view.notice.buyer.name))
        guiding = reader.w("common.guiding_small" if view.is_small_purchase else "common.guiding")
        event.add("description", f"{buyer}\n\n{guiding}".strip())
        event.add("status", "CANCELLED" if view.state in _ENDED else "CONFIRMED")
        event.add("transp", "TRANSPARENT")
        yield event


def _when(event: Event, deadline: Deadline) -> None:
    """A point in time, or the whole day where the source named no hour.

    A point in time has no end: one that is named has to be later (RFC 5545, 3.8.2.2).
    """
    if deadline.time_known:
        event.add("dtstart", deadline.at.astimezone(dt.UTC))
        return
    day = deadline_day(deadline)
    event.add("dtstart", day)
    event.add("dtend", day + dt.timedelta(days=1))


def _agreement_events(view: AgreementView, town: Town, reader: Reader, changed: Changed | None) -> Iterator[Event]:
    end, latest = view.agreement.end, last_end(view)
    if latest is None:
        return
    extended = end is not None and end < latest
    if end and extended:
        yield _agreement_event(view, f"{view.uid}/end", "perhaps", end, town, reader, changed)
    kind = "latest" if extended else "perhaps" if uncounted(view.agreement) else "ends"
    yield _agreement_event(view, view.uid, kind, latest, town, reader, changed)


def _agreement_event(
    view: AgreementView, name: str, kind: str, day: dt.date, town: Town, reader: Reader, changed: Changed | None
) -> Event:
    title = shorten(_plain(reader.text(view.agreement.title)), _TITLE)
    event = Event()
    event.add("uid", _uid(name, town))
    event.add("summary", reader.w(f"site.calendar_{kind}", title=title))
    event.add("dtstart", day)
    event.add("dtend", day + dt.timedelta(days=1))
    if changed:
        event.add("sequence", changed.sequence)
    event.add("dtstamp", (changed.changed if changed else view.first_seen).astimezone(dt.UTC))
    event["url"] = vUri(_page(town, reader, f"aftaler/{quote(view.slug, safe='')}.html"))
    told = (("supplier", view.agreement.supplier.name), ("options", view.agreement.options))
    lines = (f"{reader.w(f'site.agreement_{label}')}: {_plain(reader.text(text))}" for label, text in told if text)
    event.add("description", "\n\n".join(lines))
    event.add("transp", "TRANSPARENT")
    return event


def _page(town: Town, reader: Reader, path: str) -> str:
    return f"{town.base_url.rstrip('/')}/{'en/' if reader.language == 'en' else ''}{path}"


def _uid(name: str, town: Town) -> str:
    """An identity for ever, without what stands in the source's own."""
    return f"{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:32]}@{town.named}"


def _plain(text: str) -> str:
    """On one line and without what is no text: the library escapes commas and line ends, and lets controls through."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
