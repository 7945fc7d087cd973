"""What the machine goes by, for an officer: every ground with a number, and the texts with their words marked. Pure.

lot, notice, assessment -> grounds (why, with links to the places) and passages (the texts, with links back)
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from notifier.desk.highlight import Means, Piece, Span, pieces, place
from notifier.desk.naming import verdict_name
from notifier.explaining import hindrance
from notifier.lots import Assessment, Demand, Evidence, Lot, LotView, Notice
from notifier.phrases import asked_together, demand_names, doubted_once, field_language, told_reason, write_cpv
from notifier.site.lotpage import Reason, is_quote, reason
from notifier.site.reader import Reader
from notifier.suitability import Rules
from notifier.suitability.hindrances import hindrances
from notifier.suitability.reading import field_text
from notifier.text import visible
from notifier.words import Words


@dataclass(frozen=True, slots=True)
class Ground:
    """One ground with its number on the page. `lost` tells that its words no longer stand in the text."""

    number: int
    means: Means
    reason: Reason
    weight: str
    spans: tuple[Span, ...]
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of the lot in pieces, under its name. `code` is what a code means, where the text is one."""

    field: str
    label: str
    language: str  # where it is not the reader's
    pieces: tuple[Piece, ...]
    code: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The machine's word on a lot and all that it stands on."""

    verdict: str
    name: str
    because: str
    speaks_for: tuple[Ground, ...]
    speaks_against: tuple[Ground, ...]
    asks: tuple[Ground, ...]
    why_not: tuple[str, ...]
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class _Quote:
    field: str
    words: str
    start: int | None
    code: bool  # a code is its own place, and is not lost where it is not shown


def answer(view: LotView, found: Assessment, reader: Reader, rules: Rules) -> Answer:
    """What the machine found in a lot, ready to be shown."""
    w, numbered = reader.w, _Numbered(view)
    speaks_for = [piece for piece in found.evidence if piece.weight > 0]
    against = [piece for piece in doubted_once(found.evidence) if piece.weight <= 0 and piece.criterion != "demand"]
    grounds_for = tuple(_ground(group, Means.FOR, view, reader, numbered) for group in _alike(speaks_for))
    grounds_against = tuple(_ground(group, Means.AGAINST, view, reader, numbered) for group in _alike(against))
    asks = tuple(_asked(group, found, reader, numbered) for group in asked_together(found.demands))
    names = dict(reader.trades)
    key = f"explain.reason_{told_reason(found)}"
    return Answer(
        verdict=found.verdict.value,
        name=verdict_name(found.verdict, w),
        because=w(key) if key in w else "",
        speaks_for=grounds_for,
        speaks_against=grounds_against,
        asks=asks,
        why_not=tuple(hindrance(one, names, rules, w) for one in hindrances(found, rules)),
        passages=passages(view, reader, (*grounds_for, *grounds_against, *asks)),
    )


def passages(view: LotView, reader: Reader, grounds: Iterable[Ground] = ()) -> tuple[Passage, ...]:
    """Every text of a lot, and the codes that a ground stands on; without grounds nothing is marked."""
    by_field: dict[str, list[Span]] = defaultdict(list)
    for ground in grounds:
        for span in ground.spans:
            by_field[span.field].append(span)
    names = list(dict.fromkeys((*_text_fields(view.lot, view.notice), *by_field)))
    return tuple(_passage(name, view, reader, by_field[name]) for name in names)


def _text_fields(lot: Lot, notice: Notice) -> Iterator[str]:
    """The texts that the rules read, in the order in which an officer reads them; those that hold something."""
    names = ["title", "description", "additional_information"]
    names += [f"performance_terms[{number}]" for number in range(len(lot.performance_terms))]
    names += [f"selection_criteria[{number}]" for number in range(len(lot.selection_criteria))]
    for number in range(len(lot.translations)):
        names += [f"translations[{number}].title", f"translations[{number}].description"]
    names += ["notice.title"] if notice.title != lot.title else []
    names += ["notice.description"] if notice.description != lot.description else []
    return (name for name in names if field_text(lot, notice, name))


_CODES = ("cpv", "reserved", "social_objectives", "strategic", "notice.notice_type")


def _passage(name: str, view: LotView, reader: Reader, spans: list[Span]) -> Passage:
    text = visible(field_text(view.lot, view.notice, name))
    language = "" if name.startswith(_CODES) else field_language(name, view)
    return Passage(
        field=name,
        label=field_label(name, reader.w),
        language=language if language != reader.language else "",
        pieces=pieces(text, spans),
        code=_code(name, text, reader),
    )


def _code(name: str, text: str, reader: Reader) -> str:
    if name.startswith("cpv"):
        return write_cpv(text, reader.language).removeprefix(text).strip(" ()")
    key = f"explain.code_{text}"
    return reader.w(key) if name.startswith(_CODES) and key in reader.w else ""


def field_label(name: str, w: Words) -> str:
    """ "Vilkår 2": what a field is called, with its number where there are several."""
    number = re.search(r"\[(\d+)\]", name)
    plain = re.sub(r"\[\d+\]", "", name).replace(".", "_")
    label = w(f"desklot.field_{plain}")
    return f"{label} {int(number[1]) + 1}" if number and not plain.startswith("translations") else label


# -- grounds -------------------------------------------------------------------------------------------------------


class _Numbered:
    """Gives each ground its number, and finds the places of its quotes."""

    def __init__(self, view: LotView) -> None:
        self._view = view
        self._number = 0

    def ground(self, means: Means, told: Reason, weight: str, quotes: Sequence[_Quote]) -> Ground:
        self._number += 1
        spans: list[Span] = []
        lost = False
        for quote in quotes:
            at = self._place(quote)
            if at is None:
                lost = lost or (quote.start is not None and not quote.code)
                continue
            spans.append(Span(*at, self._number, means, len(spans) + 1, quote.field))
        seen = replace(told, detail=visible(told.detail), quote=visible(told.quote))
        return Ground(self._number, means, seen, weight, tuple(spans), lost and not spans)

    def _place(self, quote: _Quote) -> tuple[int, int] | None:
        try:
            text = field_text(self._view.lot, self._view.notice, quote.field)
        except (KeyError, IndexError):  # a field without text, or one that a correction took away
            return None
        return place(text, quote.words, quote.start)


def _alike(evidence: Iterable[Evidence]) -> list[list[Evidence]]:
    """Pieces that say the same of different places, the heaviest first."""
    groups: dict[tuple[str, str, str, str], list[Evidence]] = {}
    for one in sorted(evidence, key=lambda piece: -abs(piece.weight)):
        groups.setdefault((one.criterion, one.note, one.trade, one.quote.casefold()), []).append(one)
    return list(groups.values())


def _ground(group: Sequence[Evidence], means: Means, view: LotView, reader: Reader, numbered: _Numbered) -> Ground:
    quotes = [_Quote(one.field, one.quote, one.start, not is_quote(one)) for one in group]
    weight = sum(one.weight for one in group)
    return numbered.ground(means, reason(group[0], view, reader), written(weight, reader.w), quotes)


def _asked(group: Sequence[Demand], found: Assessment, reader: Reader, numbered: _Numbered) -> Ground:
    first = group[0]
    kinds = {demand.kind for demand in group}
    weighs = sum(
        one.weight
        for one in found.evidence
        if one.criterion == "demand" and one.note in kinds and (one.field, one.quote) == (first.field, first.quote)
    )
    told = Reason(demand_names(group, reader.language), quote=first.quote)
    return numbered.ground(
        Means.DEMAND,
        told,
        written(weighs, reader.w) if weighs else "",
        [_Quote(first.field, first.quote, first.start, False)],
    )


def written(value: float, w: Words) -> str:
    """A weight with its sign: "+1,5", "−2"."""
    return f"{value:+g}".replace("-", "−").replace(".", "," if w.language == "da" else ".")
