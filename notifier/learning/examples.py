"""Lots with a verdict that a person gave, and which of them belong together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from notifier.lots import Assessment, Lot, Notice, Verdict
from notifier.suitability import Rules, assess
from notifier.suitability.estimate import Estimator

FIT = frozenset({Verdict.SUITABLE, Verdict.POSSIBLE})


@dataclass(frozen=True, slots=True)
class Example:
    """One lot, with a person's verdict on it. `name` is the lot's identity, or file and number of a labelled one."""

    name: str
    lot: Lot
    notice: Notice
    verdict: Verdict

    @property
    def fits(self) -> bool:
        """Whether it is suitable or possible; of reserved lots this is not asked."""
        return self.verdict in FIT


@dataclass(frozen=True, slots=True)
class Judges:
    """What judges: rules, and a model or none."""

    rules: Rules
    model: Estimator | None = None

    def assess(self, lot: Lot, notice: Notice, given: Estimator | None = None) -> Assessment:
        """The machine's verdict on a lot, by `given` in the model's place where there is one."""
        return assess(lot, notice, self.rules, given or self.model)


def groups(examples: Sequence[Example]) -> list[int]:
    """A number for each example: the same for lots of one notice, one procedure or one buyer, over any number of steps.

    Lots of one group never stand on both sides, in learning and in measuring: they have their words in common.
    """
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        while leader.setdefault(name, name) != name:
            leader[name] = name = leader[leader[name]]
        return name

    for example in examples:
        first, *others = _names(example)
        for other in others:
            leader[find(other)] = find(first)
    numbers: dict[str, int] = {}
    return [numbers.setdefault(find(next(iter(_names(example)))), len(numbers)) for example in examples]


def _names(example: Example) -> Iterator[str]:
    notice = example.notice
    yield f"notice {notice.source} {notice.key}"
    if notice.procedure_id:
        yield f"procedure {notice.procedure_id}"
    for buyer in notice.buyers:
        if buyer.identifier:
            yield f"identifier {buyer.identifier}"
        if buyer.name:
            yield f"name {' '.join(buyer.name.casefold().split())}"


def count(examples: Iterable[Example]) -> dict[str, int]:
    """How many examples have each verdict."""
    counts = {verdict.value: 0 for verdict in reversed(Verdict)}
    for example in examples:
        counts[example.verdict.value] += 1
    return counts
