"""What may judge: new rules or a new model are let in where they are not worse, and a person can see what they change.

Below ENOUGH tags nothing can be measured: an administrator is shown every lot whose verdict would be another, and
confirms. From there on it is measured: the lower end of the change in F1, by the paired bootstrap over groups, has to
be above MARGIN. F1 is that of fit among lots that people do not call reserved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from notifier.learning.evaluating import Outcome, worth
from notifier.learning.examples import FIT
from notifier.learning.scores import Difference, Paired, bootstrap
from notifier.lots import LotView, Verdict

ENOUGH = 100
MARGIN = -0.03


@dataclass(frozen=True, slots=True)
class Moved:
    """A lot that would be judged otherwise."""

    view: LotView
    before: Verdict
    after: Verdict


@dataclass(frozen=True, slots=True)
class Trial:
    """What is known of a candidate against what is in use. `measured` is None below ENOUGH tags."""

    tags: int
    measured: Difference | None

    @property
    def not_worse(self) -> bool:
        """Whether it was measured, and the lower end of the change lies above MARGIN."""
        return self.measured is not None and self.measured.low > MARGIN

    @property
    def to_confirm(self) -> bool:
        """Whether there is too little to measure, so that a person has to look."""
        return self.measured is None


def trial(before: Sequence[Outcome], after: Sequence[Outcome], *, seed: int = 1) -> Trial:
    """Compare two judgements of the same lots, each by what had not seen them.

    A lot that either calls reserved is found by it: a reservation that is missed, or made up, counts like any error.
    """
    pairs = [
        Paired(old.group, old.person in FIT, worth(old.machine), worth(new.machine))
        for old, new in zip(before, after, strict=True)
        if old.person is not Verdict.RESERVED
    ]
    return Trial(len(pairs), bootstrap(pairs, seed=seed) if len(pairs) >= ENOUGH else None)


def said(found: Trial) -> Iterator[str]:
    """The trial in words."""
    if found.measured is None:
        yield f"{found.tags} tags held out, fewer than {ENOUGH}: nothing can be measured yet, a person has to look"
        return
    one = found.measured
    yield f"{one.lots} tags held out, of {one.groups} groups (notice or buyer in common)"
    yield f"change in F1 of fit: {one.change:+.3f}, 95 % between {one.low:+.3f} and {one.high:+.3f}"
    verdict = "not worse" if found.not_worse else "may be worse"
    yield f"{verdict}: the lower end has to lie above {MARGIN:+.2f}"


def moved_lines(moved: Sequence[Moved], lots: int, *, most: int = 40) -> Iterator[str]:
    """What would change: how often each step, then the lots, those that readers gain or lose first."""
    yield f"{len(moved)} of {lots} lots would be judged otherwise"
    for (before, after), count in sorted(Counter((one.before, one.after) for one in moved).items()):
        yield f"  {before} → {after}: {count}"
    ordered = sorted(moved, key=lambda one: (worth(one.before) == worth(one.after), one.view.slug))
    for one in ordered[:most]:
        yield f"  {one.before} → {one.after}  {one.view.slug}: {one.view.lot.title[:80]}"
    if len(ordered) > most:
        yield f"  … and {len(ordered) - most} more"
