"""What needs a person, told at the top of the page. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from notifier.desk.upcoming import Crawls
from notifier.staff import SourceSection, moment
from notifier.words import Words

_SIGN_UP_SHOWN = dt.timedelta(hours=24)
_RESTORED_SHOWN = dt.timedelta(days=14)
_WAITED_LONG = dt.timedelta(hours=24)
_LITTLE = 1_000_000_000  # octets: less than that is gone in an afternoon of reading a large list


_UNITS = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3))


@dataclass(frozen=True, slots=True)
class Disk:
    """Where the database lies: octets that are free there, and that it takes up; None where nobody can tell."""

    free: int | None
    database: int

    @property
    def is_low(self) -> bool:
        """Whether there is too little room: for a copy of the database beside it, and for what comes."""
        return self.free is not None and self.free < max(_LITTLE, self.database)


@dataclass(frozen=True, slots=True)
class State:
    """All that alarms are made of."""

    now: dt.datetime
    sources: Sequence[SourceSection]
    paused: str  # why no mail leaves, "" where it does
    restored_at: dt.datetime | None
    sign_up_alarm: dt.datetime | None
    held: int
    waiting_since: dt.datetime | None  # the mail that has been waiting longest
    crawls: Crawls
    disk: Disk
    otherwise: int = 0  # corrections of which the source says something else by now


@dataclass(frozen=True, slots=True)
class Alarm:
    """A sentence, and the endpoint and the part of its page that say more."""

    words: str
    endpoint: str = "health"
    part: str = ""


def alarms(state: State, w: Words) -> tuple[Alarm, ...]:
    """What needs a person, the most urgent first; () where all is well."""
    return (*_of_mail(state, w), *_of_sources(state, w), *_of_staff(state, w), *_of_machine(state, w))


def _of_mail(state: State, w: Words) -> Iterator[Alarm]:
    if state.paused:
        yield Alarm(w("health.alarm_paused"), "outbox")
    if state.restored_at and state.now - state.restored_at < _RESTORED_SHOWN:
        yield Alarm(w("health.alarm_restored", when=moment(state.restored_at, w.language)), "outbox")
    if state.held:
        yield Alarm(w("health.alarm_held", count=state.held), "outbox", "venter")
    if not state.paused and state.waiting_since and state.now - state.waiting_since > _WAITED_LONG:
        yield Alarm(w("health.alarm_waiting", when=moment(state.waiting_since, w.language)), "outbox")
    if state.sign_up_alarm and state.now - state.sign_up_alarm < _SIGN_UP_SHOWN:
        yield Alarm(w("health.alarm_sign_up", when=moment(state.sign_up_alarm, w.language)), part="abonnenter")


def _of_sources(state: State, w: Words) -> Iterator[Alarm]:
    for number, one in enumerate(state.sources, start=1):
        if one.is_wrong:
            yield Alarm(w("health.alarm_source", name=one.name, result=one.result), part=f"kilde-{number}")
    if state.crawls.late and state.crawls.last:
        yield Alarm(w("health.alarm_late", when=moment(state.crawls.last, w.language)), part="naeste")


def _of_staff(state: State, w: Words) -> Iterator[Alarm]:
    if state.otherwise:
        yield Alarm(w("health.alarm_otherwise", count=state.otherwise), "corrections")


def _of_machine(state: State, w: Words) -> Iterator[Alarm]:
    if state.disk.is_low and state.disk.free is not None:
        yield Alarm(w("health.alarm_disk", free=in_words(state.disk.free, w)), part="maskinen")


def in_words(octets: int, w: Words) -> str:
    """A size as people say it: "1,2 GB".

    >>> from notifier.words import words
    >>> in_words(1_234_000_000, words("da")), in_words(84_000, words("en"))
    ('1,2 GB', '84.0 kB')
    """
    unit, size = next((unit, octets / of) for unit, of in _UNITS if octets >= of or of == 1e3)
    said = f"{size:.1f}"
    return f"{said.replace('.', ',') if w.language == 'da' else said} {unit}"
