"""Criteria for the trade: by CPV code, and by words where codes are missing or wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from notifier.lots import Evidence
from notifier.suitability.codes import Bearing, meaning
from notifier.suitability.reading import Case, Passage, Place
from notifier.suitability.rules import Rules, Trade, Weights
from notifier.suitability.wordlists import Use

# Notes on evidence that points to a trade without naming its work.
ADJACENT, HINT = "adjacent", "hint"


def trade_cpv(case: Case) -> tuple[Evidence, ...]:
    """BT-262 and BT-263: the main code counts in full, of the additional ones the best for each trade."""
    return tuple(_main(case)) + tuple(_best(_additional(case)))


def _main(case: Case) -> Iterator[Evidence]:
    weights = case.rules.weights
    yield from _code(case.rules, "cpv_main", case.lot.cpv_main, weights.cpv_main, weights.cpv_main_adjacent)


def _additional(case: Case) -> Iterator[Evidence]:
    weights = case.rules.weights
    for at, code in enumerate(case.lot.cpv_additional):
        if code != case.lot.cpv_main:
            field = f"cpv_additional[{at}]"
            yield from _code(case.rules, field, code, weights.cpv_additional, weights.cpv_additional_adjacent)


def _code(rules: Rules, field: str, code: str, weight: float, adjacent: float) -> Iterator[Evidence]:
    for mark in meaning(code, rules.codes).trades:
        worth, note = (weight, "") if mark.bearing is Bearing.INSIDE else (adjacent, ADJACENT)
        yield Evidence("trade_cpv", worth, field, code, 0, len(code), trade=mark.key, note=note)


def trade_words(case: Case) -> tuple[Evidence, ...]:
    """Words of the trades: in each place (title, description, ...) the best of each trade counts once."""
    places: dict[Place, list[Evidence]] = {}
    for passage in case.passages:
        places.setdefault(passage.place, []).extend(_words(case.rules.weights, passage))
    return tuple(evidence for found in places.values() for evidence in _best(found))


def _words(weights: Weights, passage: Passage) -> Iterator[Evidence]:
    worth = _worth(weights).get(passage.place)
    if worth is None:
        return
    for hit in passage.of(Use.TRADE):
        weight, note = (worth * weights.hint, HINT) if hit.term.hint else (worth, "")
        quote = passage.text[hit.start : hit.end]
        yield Evidence("trade_words", weight, passage.field, quote, hit.start, hit.end, hit.term.key, note)


def _worth(weights: Weights) -> dict[Place, float]:
    return {
        Place.TITLE: weights.word_title,
        Place.NOTICE_TITLE: weights.word_notice_title,
        Place.DESCRIPTION: weights.word_description,
        Place.ELSEWHERE: weights.word_elsewhere,
    }


def _best(found: Iterable[Evidence]) -> Iterable[Evidence]:
    """The first of the heaviest pieces of evidence of each trade."""
    best: dict[str, Evidence] = {}
    for evidence in found:
        if evidence.trade not in best or evidence.weight > best[evidence.trade].weight:
            best[evidence.trade] = evidence
    return best.values()


def trade_sums(evidence: Iterable[Evidence], trades: Iterable[Trade]) -> dict[str, float]:
    """What speaks for each trade, heaviest first; of equal ones the first in the file."""
    sums = {trade.key: 0.0 for trade in trades}
    for piece in evidence:
        if piece.trade:
            sums[piece.trade] += piece.weight
    met = [(key, weight) for key, weight in sums.items() if weight > 0]
    return dict(sorted(met, key=lambda pair: -pair[1]))


def is_named(trade: str, evidence: Iterable[Evidence]) -> bool:
    """Whether a code or a word names the trade's own work, not only something beside it."""
    return any(piece.trade == trade and piece.note not in (ADJACENT, HINT) for piece in evidence)
