"""The rules against labelled real lots. Floors, not promises: the labels are enriched, and were seen while tuning."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from notifier.errors import ParseError
from notifier.lots import Assessment, Notice, Verdict
from notifier.suitability import assess
from spiders.parsers import ted
from tests.shared import needs_shared, shared

from .make import assert_quotes_are_true, rules

FIT = (Verdict.SUITABLE, Verdict.POSSIBLE)


@cache
def notice_of(path: Path) -> Notice:
    return ted.parse_notice(path.read_bytes(), source="ted", key=path.stem)


@cache
def labelled() -> tuple[tuple[Verdict, bool, Assessment], ...]:
    """(label, whether the readers agreed, assessment) of every labelled lot."""
    return tuple(_labelled())


def _labelled() -> Iterator[tuple[Verdict, bool, Assessment]]:
    for line in shared("labels/dev.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        notice = notice_of(shared(f"corpus/{label['corpus']}/{label['file']}"))
        lot = next(lot for lot in notice.lots if lot.lot_id == label["lot_id"])
        yield Verdict(label["verdict"]), label["agreed"], assess(lot, notice, rules())


def precision_and_recall(pairs: Counter[tuple[bool, bool]]) -> tuple[float, float]:
    """Of (labelled so, judged so)."""
    hits = pairs[True, True]
    return hits / (hits + pairs[False, True]), hits / (hits + pairs[True, False])


@needs_shared
def test_reservations_on_which_readers_agreed_are_all_found_and_nothing_else() -> None:
    pairs = Counter(
        (label is Verdict.RESERVED, result.verdict is Verdict.RESERVED)
        for label, agreed, result in labelled()
        if agreed
    )
    precision, recall = precision_and_recall(pairs)
    assert recall == 1.0
    assert precision >= 0.98


@needs_shared
def test_fitting_lots_among_those_not_reserved_are_found_with_few_others() -> None:
    pairs = Counter(
        (label in FIT, result.verdict in FIT)
        for label, _, result in labelled()
        if Verdict.RESERVED not in (label, result.verdict)
    )
    precision, recall = precision_and_recall(pairs)
    assert sum(pairs.values()) >= 150
    assert precision >= 0.8
    assert recall >= 0.8


@needs_shared
def test_every_quote_of_every_lot_of_the_corpus_stands_where_it_says() -> None:
    lots = 0
    for path in sorted(shared("corpus").rglob("*.xml")):
        try:
            notice = notice_of(path)
        except ParseError:  # the examples hold documents that are no notices
            continue
        for lot in notice.lots:
            assert_quotes_are_true(assess(lot, notice, rules()), lot, notice)
            lots += 1
    assert lots > 400
