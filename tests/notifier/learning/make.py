"""Examples for the tests of learning: invented lots of cleaning, and of what no social enterprise does."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from notifier.learning.examples import Example, Judges
from notifier.learning.training import Fitted, fit
from notifier.lots import Lot, Notice, Organisation, Stage, Verdict
from tests.notifier.suitability.make import rules

# Words that no rule knows, so that only a model can learn them.
FITTING = ("Blomsterkranse", "Vævede kurve", "Brændekløvning", "Honningslyngning", "Keramikskåle", "Sæbekogning")
OTHER = ("Turbineblade", "Kvantesensorer", "Satellitmodtagere", "Brintventiler", "Radarantenner", "Laserkirurgi")


def example(
    title: str = "Blomsterkranse",
    verdict: Verdict = Verdict.SUITABLE,
    *,
    name: str = "1",
    buyer: str = "",
    **fields: object,
) -> Example:
    lot = Lot(**{"lot_id": "1", "title": title, **fields})  # type: ignore[arg-type]
    own = Organisation(buyer or f"Køber {name}")
    notice = Notice("by", name, Stage.CALL, title, lots=(lot,), buyers=(own,), language="da")
    return Example(name, lot, notice, verdict)


def examples(each: int = 24) -> list[Example]:
    """As many that fit as that do not, every one of another buyer."""
    found = []
    for number in range(each):
        for titles, verdict in ((FITTING, Verdict.SUITABLE), (OTHER, Verdict.UNSUITABLE)):
            title = f"{titles[number % len(titles)]} til kommunen, parti {number}"
            found.append(example(title, verdict, name=f"{verdict}-{number}"))
    return found


def judges() -> Judges:
    return Judges(rules())


@cache
def fitted() -> Fitted:
    return fit(examples(), judges())


def texts(title: str, description: str = "") -> Sequence[tuple[str, str]]:
    return (("title", title), ("description", description))
