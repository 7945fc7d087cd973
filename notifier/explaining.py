"""A verdict as a person would explain it: what it is, what speaks for and against, what is asked, and why not more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from notifier.amounts import write_money
from notifier.grammar import conjoined, small_letters
from notifier.lots import SMALL_PURCHASE, Assessment, Demand, Evidence, Lot, LotView, Notice, Verdict
from notifier.nomenclature import cpv_name
from notifier.phrases import (
    asked_together,
    demand_names,
    doubted_once,
    place_of,
    quoted,
    shorten,
    told_criterion,
    told_reason,
)
from notifier.suitability.against import stated_value
from notifier.suitability.hindrances import Change, Hindrance
from notifier.suitability.rules import Rules
from notifier.words import Words, grouped

LONGEST_QUOTE = 240  # characters of a quote: three lines of a terminal


def explain(
    lot: Lot, notice: Notice, found: Assessment, lacking: Sequence[Hindrance], rules: Rules, w: Words
) -> Iterator[str]:
    """Lines for a terminal or a page. `found` is the machine's word, `lacking` what keeps it where it is."""
    yield w("explain.verdict", verdict=verdict_name(found.verdict, w), reason=w(f"explain.reason_{told_reason(found)}"))
    names = {trade.key: trade.name_da if w.language == "da" else trade.name_en for trade in rules.trades}
    for_it = [piece for piece in found.evidence if piece.weight > 0]
    against = [piece for piece in doubted_once(found.evidence) if piece.weight <= 0]
    yield from _listed("explain.for", [_evidence(piece, names, found, w) for piece in for_it], w)
    yield from _listed("explain.against", [_evidence(piece, names, found, w) for piece in against], w)
    unknown = "common.ask_who_posted" if notice.procedure_type == SMALL_PURCHASE else "common.ask_the_buyer"
    asked = [_demand(group, w) for group in asked_together(found.demands)]
    yield from _listed("explain.asks", asked or [w(unknown)], w)
    yield from _listed("explain.why_not", [hindrance(one, names, rules, w) for one in lacking], w)
    if stated_value(lot, notice)[1] is None:
        yield w("explain.value_unknown")
    lines = rules.thresholds
    yield w(
        "explain.score_reserved" if found.verdict is Verdict.RESERVED else "explain.score",
        score=_number(found.score, w),
        suitable=_number(lines.suitable_from, w),
        possible=_number(lines.possible_from, w),
        version=found.rules_version,
    )


def verdict_name(verdict: Verdict, w: Words) -> str:
    """ "Relevant"; a lot below the line is "ikke markeret"."""
    return w("explain.unmarked" if verdict is Verdict.UNSUITABLE else f"common.verdict_{verdict.value}")


def headline(view: LotView, w: Words) -> str:
    """What it is, and whose."""
    buyer = view.notice.buyer.name or w("common.unknown")
    return f"{view.slug}: {shorten(view.lot.title, 120)} ({buyer})"


def _listed(heading: str, lines: Sequence[str], w: Words) -> Iterator[str]:
    if lines:
        yield w(heading)
        yield from (f"  – {line}" for line in lines)


def _evidence(piece: Evidence, names: Mapping[str, str], found: Assessment, w: Words) -> str:
    """ "Teksten nævner faget (Rengøring): »skolerengøring« (i titlen; +1,5)"."""
    criterion = told_criterion(piece)
    keys = (f"site.criterion_{criterion}_{piece.note}", f"site.criterion_{criterion}")
    what = w(next((key for key in keys if key in w), "site.criterion_other"))
    if piece.criterion == "demand":
        what = w("explain.demand", demand=w(f"common.demand_{piece.note}").lower())
    if piece.trade:
        what = f"{what} ({names.get(piece.trade, piece.trade)})"
    if piece.note.startswith("§"):
        what = f"{what} ({piece.note})"
    said = _said(piece, found, w)
    by_words = piece.start is not None and _field(piece.field) not in _CODES
    place = f"{place_of(piece.field, w.language) or piece.field}; " if by_words else ""
    return f"{what}{f': {said}' if said else ''} ({place}{_number(piece.weight, w, signed=True)})"


# Fields that hold a code: it is told as it is, and names its own place.
_CODES = frozenset({"cpv_main", "cpv_additional", "reserved", "reserved_execution", "social_objectives", "strategic"})
_CODES |= {"notice.notice_type"}


def _field(field: str) -> str:
    """The field without its number in a list."""
    return field.partition("[")[0]


def _said(piece: Evidence, found: Assessment, w: Words) -> str:
    if piece.criterion == "size":
        year = found.value_per_year
        return w("explain.a_year", amount=write_money(year, w.language)) if year else piece.quote
    if piece.field.startswith("cpv_"):
        return f"{piece.quote} {cpv_name(piece.quote, w.language)}".rstrip()
    if _field(piece.field) in _CODES:
        name = f"explain.code_{piece.quote}"
        return w(name) if name in w else piece.quote
    return quoted(shorten(piece.quote, LONGEST_QUOTE), w.language) if piece.start is not None else piece.quote


def _demand(group: Sequence[Demand], w: Words) -> str:
    return f"{_asked(group, w)}: {quoted(shorten(group[0].quote, LONGEST_QUOTE), w.language)}"


def _asked(group: Sequence[Demand], w: Words) -> str:
    """What one sentence asks, and how much: each amount beside its own demand, where there are several."""
    amounts = {demand.amount for demand in group if demand.amount is not None}
    if len(amounts) < 2:
        told = f" ({write_money(amounts.pop(), w.language)})" if amounts else ""
        return f"{demand_names(group, w.language)}{told}"
    parts = [demand_names([one], w.language) for one in group]
    parts = [parts[0], *small_letters(parts[1:])]
    with_amounts = zip(parts, group, strict=True)
    return conjoined(
        [f"{name} ({write_money(one.amount, w.language)})" if one.amount else name for name, one in with_amounts], w
    )


def hindrance(one: Hindrance, names: Mapping[str, str], rules: Rules, w: Words) -> str:
    """ "Uden kravet om omsætning ville opgaven være »Relevant«."."""
    becomes = quoted(verdict_name(one.becomes, w), w.language)
    kind = one.evidence[0].note if one.change is Change.DEMAND else ""
    demand = w(f"common.demand_{kind}").lower() if kind else ""
    amount = grouped(round(rules.thresholds.annual_value), w.language)
    trades = ", ".join(name.lower() for name in names.values())
    parts = conjoined([w(f"explain.part_{part.value}", amount=amount) for part in one.parts], w) if one.parts else ""
    key = f"explain.change_{one.change.value}"
    return w(key, verdict=becomes, demand=demand, amount=amount, trades=trades, parts=parts)


def _number(value: float, w: Words, *, signed: bool = False) -> str:
    text = f"{value:+g}" if signed else f"{value:g}"
    return text.replace("-", "−").replace(".", "," if w.language == "da" else ".")
