"""A text cut into pieces, so that quoted words can be marked where they stand. Pure.

    text, spans -> pieces, whose texts together are the text

Spans may overlap, nest and touch. A piece knows what the spans over it mean, which of them begin with it (there a
reader lands who follows a reason to its place) and which end with it (there stands the number that leads to the
reason). The words are escaped by the template, like all others.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Means(StrEnum):
    """What marked words say of the lot; also the name of their style."""

    FOR = "for"
    AGAINST = "against"
    DEMAND = "demand"


@dataclass(frozen=True, slots=True)
class Span:
    """Words of the text `field` from `start` up to `end`, quoted by the reason `number` as its place number `nth`."""

    start: int
    end: int
    number: int
    means: Means
    nth: int = 1
    field: str = ""

    @property
    def anchor(self) -> str:
        """The name of the place on the page."""
        return f"sted-{self.number}-{self.nth}"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text over which the same spans lie, none for one that nothing quotes."""

    text: str
    means: tuple[Means, ...] = ()
    begins: tuple[Span, ...] = ()
    ends: tuple[Span, ...] = ()


def place(text: str, quote: str, start: int | None) -> tuple[int, int] | None:
    """Where a quote stands in a text: at `start` if it does, else the nearest place that has it; None for nowhere.

    A text may be another than the one that was judged: the source, or an officer, has put something right in it.
    """
    if not quote or start is None:
        return None
    start = max(0, min(start, len(text)))
    if text.startswith(quote, start):
        return start, start + len(quote)
    later, earlier = text.find(quote, start), text.rfind(quote, 0, start + len(quote))
    found = [at for at in (earlier, later) if at >= 0]
    if not found:
        return None
    at = min(found, key=lambda one: abs(one - start))
    return at, at + len(quote)


def pieces(text: str, spans: Iterable[Span]) -> tuple[Piece, ...]:
    """The text in pieces. Spans that do not lie in it, or hold nothing, mark nothing."""
    sound = sorted(
        (span for span in spans if 0 <= span.start < span.end <= len(text)),
        key=lambda span: (span.start, -span.end, span.number, span.nth),
    )
    cuts = sorted({0, len(text), *(span.start for span in sound), *(span.end for span in sound)})
    made: list[Piece] = []
    open_now: list[Span] = []
    coming = iter([*sound, None])
    following = next(coming)
    for begin, end in itertools.pairwise(cuts):
        begun: list[Span] = []
        while following is not None and following.start == begin:
            begun.append(following)
            following = next(coming)
        open_now += begun
        means = tuple(dict.fromkeys(span.means for span in open_now))
        made.append(Piece(text[begin:end], means, tuple(begun), tuple(s for s in open_now if s.end == end)))
        open_now = [span for span in open_now if span.end > end]
    return tuple(made)
