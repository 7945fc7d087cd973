"""How well the machine judges what people have judged, against two alerts that anybody can set up elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from notifier.learning.examples import FIT, Example, Judges, groups
from notifier.learning.model import Given
from notifier.learning.scores import Counts, Share, tally
from notifier.lots import Assessment, Verdict

ORDER = tuple(reversed(Verdict))


@dataclass(frozen=True, slots=True)
class Outcome:
    """One lot: what a person says, what the machine says, and whether the two plain alerts would have told of it."""

    name: str
    group: int
    language: str
    person: Verdict
    machine: Verdict
    by_cpv: bool
    by_cpv_wide: bool
    by_keyword: bool

    @property
    def open_to_all(self) -> bool:
        """Whether neither calls it reserved."""
        return Verdict.RESERVED not in (self.person, self.machine)


def outcomes(
    examples: Sequence[Example], judges: Judges, held_out: Mapping[str, float] | None = None
) -> tuple[Outcome, ...]:
    """Judge every example. A lot that the model learned from is judged by what was held out for it."""
    known = held_out or {}
    return tuple(
        _outcome(example, group, judges.assess(example.lot, example.notice, _given(known.get(example.name))))
        for example, group in zip(examples, groups(examples), strict=True)
    )


def _given(probability: float | None) -> Given | None:
    return None if probability is None else Given(probability)


def _outcome(example: Example, group: int, found: Assessment) -> Outcome:
    return Outcome(
        example.name,
        group,
        example.notice.language or "?",
        example.verdict,
        found.verdict,
        by_cpv_wide=any(one.criterion == "trade_cpv" for one in found.evidence),
        by_cpv=any(one.criterion == "trade_cpv" and not one.note for one in found.evidence),
        by_keyword=any(one.criterion == "trade_words" and not one.note for one in found.evidence),
    )


def report(found: Sequence[Outcome]) -> Iterator[str]:
    """Everything that is measured, in lines of at most 80 columns."""
    if not found:
        yield "nothing to measure: no lot has a person's verdict yet"
        return
    yield f"{len(found)} lots of {len({one.group for one in found})} groups (notice or buyer in common)"
    yield ""
    yield from _matrix(found)
    open_lots = [one for one in found if one.open_to_all]
    yield ""
    yield f"fit (suitable or possible), {len(open_lots)} lots, reserved ones left out"
    yield from _table(_compared(open_lots, fits))
    yield ""
    yield f"worth telling (all but unsuitable), {len(found)} lots, reserved ones too"
    yield from _table(_compared(found, worth))
    yield "CPV: a code of a trade; wide: also one close to it, as the rules list them."
    yield ""
    yield "by verdict"
    yield from _table({
        verdict.value: tally((one.person is verdict, one.machine is verdict) for one in found) for verdict in ORDER
    })  # fmt: skip
    yield ""
    yield "fit by language, reserved ones left out"
    yield from _table(_by_language(open_lots))
    yield ""
    yield "Intervals: Wilson, 95 %. Figures are of these lots, not of all published ones."


def _compared(found: Sequence[Outcome], wanted: Callable[[Verdict], bool]) -> dict[str, Counts]:
    """The machine beside the plain alerts."""
    return {
        "rules and model": tally((wanted(one.person), wanted(one.machine)) for one in found),
        **alerts(found, wanted),
    }


def alerts(found: Sequence[Outcome], wanted: Callable[[Verdict], bool]) -> dict[str, Counts]:
    """What anybody can set up elsewhere: alerts by codes, and one by words."""
    return {
        "alert by CPV": tally((wanted(one.person), one.by_cpv) for one in found),
        "alert by CPV, wide": tally((wanted(one.person), one.by_cpv_wide) for one in found),
        "alert by keyword": tally((wanted(one.person), one.by_keyword) for one in found),
    }


def fits(verdict: Verdict) -> bool:
    """Whether it suits, at least in part; what is reserved is counted by itself."""
    return verdict in FIT


def worth(verdict: Verdict) -> bool:
    """Whether readers should be told of it."""
    return verdict is not Verdict.UNSUITABLE


def fit_counts(found: Iterable[Outcome]) -> Counts:
    """Fit or not, where nobody calls the lot reserved."""
    return tally((fits(one.person), fits(one.machine)) for one in found if one.open_to_all)


def _by_language(found: Sequence[Outcome]) -> dict[str, Counts]:
    """Languages with most lots first."""
    languages: dict[str, list[Outcome]] = {}
    for one in found:
        languages.setdefault(one.language, []).append(one)
    ordered = sorted(languages.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return {f"{language[:4]} ({len(lots)})": fit_counts(lots) for language, lots in ordered}


def _matrix(found: Sequence[Outcome]) -> Iterator[str]:
    """Rows: what people say; columns: what the machine says."""
    yield f"{'person / machine':<18}" + "".join(f"{verdict.value:>12}" for verdict in ORDER) + f"{'together':>12}"
    for person in ORDER:
        row = [sum(one.person is person and one.machine is verdict for one in found) for verdict in ORDER]
        yield f"{person.value:<18}" + "".join(f"{count:>12}" for count in (*row, sum(row)))


def _table(rows: Mapping[str, Counts]) -> Iterator[str]:
    yield f"{'':<18}{'precision':>20}{'recall':>20}{'F1':>20}"
    for name, counts in rows.items():
        cells = (_share(counts.precision), _share(counts.recall), _cell(counts.f1, counts.f1_interval))
        yield f"{name:<18}" + "".join(f"{cell:>20}" for cell in cells)


def _share(share: Share) -> str:
    return _cell(share.value, share.interval)


def _cell(value: float | None, interval: tuple[float, float]) -> str:
    """ "0.89 (0.74–0.95)"; a dash of nothing."""
    return "–" if value is None else f"{value:.2f} ({interval[0]:.2f}–{interval[1]:.2f})"
