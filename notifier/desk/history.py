"""What was said of a lot, version by version, with what is another than before: side by side, in words. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher

import msgspec

from notifier.amounts import write_money
from notifier.changes import Telling
from notifier.clock import write_day, write_deadline
from notifier.lots import Award, Criterion, Deadline, FieldChange, Money, Translation
from notifier.phrases import write_cpv, write_duration, write_nuts
from notifier.site.reader import Reader
from notifier.text import clean_url, visible
from notifier.words import Words

# Beyond so many words two texts are not compared word by word: it takes time with the square of their number.
_MOST_WORDS = 3000
_AROUND = 8  # words before and after a difference; what is the same further away is left out
_LONGEST = 600  # characters of a text that is not compared


@dataclass(frozen=True, slots=True)
class Bit:
    """Words of one side; `changed` where the other side does not have them."""

    text: str
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """A field with its words before and after."""

    label: str
    before: tuple[Bit, ...]
    after: tuple[Bit, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a notice as the history shows it. `named` tells whether it names the lot."""

    day: str
    iso: str
    what: str
    source: str
    title: str
    number: int
    url: str
    named: bool
    cancelled: bool
    differences: tuple[Difference, ...]


def versions(told: Iterable[Telling], reader: Reader) -> tuple[Version, ...]:
    """The history, the first published first."""
    return tuple(_version(one, reader) for one in told)


def _version(one: Telling, reader: Reader) -> Version:
    notice, w = one.notice, reader.w
    day = notice.published if notice.published and one.number == 1 else None
    return Version(
        day=reader.day(day) if day else reader.seen(one.seen_at),
        iso=(day or one.seen_at.date()).isoformat(),
        what=w(f"desklot.stage_{notice.stage}"),
        source=reader.sources.get(notice.source, notice.source),
        title=visible(notice.title),
        number=one.number,
        url=clean_url(notice.url),
        named=one.lot is not None,
        cancelled=notice.cancelled,
        differences=tuple(difference(change, reader) for change in one.changes),
    )


def difference(change: FieldChange, reader: Reader) -> Difference:
    """A changed field, in words, with what differs marked on both sides."""
    before, after = (in_words(change.field, value, reader) for value in (change.before, change.after))
    return Difference(reader.w(f"desklot.field_{change.field}"), *compare(before, after))


# -- words ---------------------------------------------------------------------------------------------------------


def in_words(field: str, value: str, reader: Reader) -> str:
    """What FieldChange has of a field, as an officer reads it; "" for unknown. What is not understood stays itself."""
    if not value:
        return ""
    try:
        return visible(_worded(field, value, reader))
    except (ValueError, InvalidOperation, msgspec.DecodeError):
        return visible(value)


_CODED = frozenset({"reserved", "reserved_execution", "social_objectives", "strategic", "environmental", "innovative"})


def _worded(field: str, value: str, reader: Reader) -> str:
    w, language = reader.w, reader.language
    if field.endswith("deadline"):
        return _deadline(value, language)
    if field in ("start", "end"):
        return write_day(dt.date.fromisoformat(value), language)
    if field in ("value", "framework_maximum"):
        amount, _, currency = value.partition(" ")
        return write_money(Money(Decimal(amount), currency), language)
    if field == "duration":
        return write_duration(value, language)
    if field in ("cpv_main", "cpv_additional", "nuts"):
        write = write_nuts if field == "nuts" else write_cpv
        return "; ".join(write(code, language) for code in value.split(","))
    if field in _CODED:
        return ", ".join(_named(w, "explain.code", code) for code in value.split(","))
    if field == "framework":
        return _named(w, "common.framework", value)
    if field in ("nature", "sme_suitable"):
        return _named(w, "desklot.value", value)
    return _listed(field, value, language)


def _named(w: Words, prefix: str, code: str) -> str:
    key = f"{prefix}_{code}"
    return w(key) if key in w else code


def _listed(field: str, value: str, language: str) -> str:
    if field == "selection_criteria":
        return "\n".join(one.text for one in msgspec.json.decode(value, type=tuple[Criterion, ...]))
    if field == "translations":
        told = msgspec.json.decode(value, type=tuple[Translation, ...])
        return "\n".join(f"({one.language}) {one.title}\n{one.description}".strip() for one in told)
    if field == "awards":
        return "\n".join(_award(one, language) for one in msgspec.json.decode(value, type=tuple[Award, ...]))
    return value


def _award(one: Award, language: str) -> str:
    known = [one.winner.name]
    known += [write_money(one.value, language)] if one.value else []
    known += [write_day(one.concluded, language)] if one.concluded else []
    return ", ".join(known)


def _deadline(value: str, language: str) -> str:
    if len(value) == len("2026-12-08"):
        return write_day(dt.date.fromisoformat(value), language)
    return write_deadline(Deadline(dt.datetime.fromisoformat(value)), language, weekday=False)


# -- side by side --------------------------------------------------------------------------------------------------


def compare(before: str, after: str) -> tuple[tuple[Bit, ...], tuple[Bit, ...]]:
    """Both sides word by word. Long stretches that are the same are left out, with an ellipsis."""
    old, new = (re.findall(r"\S+\s*|\s+", text) for text in (before, after))
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    if max(len(old), len(new)) - head - tail > _MOST_WORDS:
        return (Bit(_cut(before), True),), (Bit(_cut(after), True),)
    middle_old, middle_new = ([word.strip() for word in side[head : len(side) - tail]] for side in (old, new))
    matcher = SequenceMatcher(None, middle_old, middle_new)
    blocks = [(0, 0, head), *((a + head, b + head, size) for a, b, size in matcher.get_matching_blocks())]
    blocks.append((len(old) - tail, len(new) - tail, tail))
    same_old = {at for a, _, size in blocks for at in range(a, a + size)}
    same_new = {at for _, b, size in blocks for at in range(b, b + size)}
    return _bits(old, same_old), _bits(new, same_new)


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words both begin with."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left.strip() != right.strip():
            break
        count += 1
    return count


def _bits(words: Sequence[str], same: set[int]) -> tuple[Bit, ...]:
    runs: list[tuple[bool, list[str]]] = []
    for at, word in enumerate(words):
        changed = at not in same
        if not runs or runs[-1][0] is not changed:
            runs.append((changed, []))
        runs[-1][1].append(word)
    return tuple(
        Bit("".join(run), True) if changed else Bit(_around(run, first=at == 0, last=at == len(runs) - 1))
        for at, (changed, run) in enumerate(runs)
    )


def _around(run: Sequence[str], *, first: bool, last: bool) -> str:
    """What stands the same beside a difference; in the middle of a long stretch an ellipsis."""
    head = [] if first else run[:_AROUND]
    tail = [] if last else run[-_AROUND:]
    if len(run) <= len(head) + len(tail) + _AROUND:
        return "".join(run)
    return f"{''.join(head)}… {''.join(tail)}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()} …"
