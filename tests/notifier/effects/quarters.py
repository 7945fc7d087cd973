"""A town's years in figures, for tests of what the public is told: as large as Copenhagen's, and made the same way."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from notifier.answers import Answer
from notifier.clock import COPENHAGEN, add_months
from notifier.effects.counting import LotCount, Said, Step
from notifier.effects.quarters import Facts, Figures, Gaps, OfSource, Quarter, figures
from notifier.effects.winners import Awards
from notifier.learning.sampling import Drawn, Kind
from notifier.lots import Verdict

TRADES = (
    ("cleaning", "Rengøring", "Cleaning"),
    ("green", "Grønt arbejde", "Gardening"),
    ("food", "Mad og kantine", "Food and canteens"),
    ("textile", "Vask og tekstil", "Laundry and textiles"),
    ("transport", "Kørsel og flytning", "Transport and removals"),
)
JANUARY = dt.date(2026, 1, 1)
FIRST_MAIL = dt.datetime(2026, 1, 12, 7, 0, tzinfo=COPENHAGEN)


def lots(first: dt.date = JANUARY, months: int = 12, seed: int = 1) -> list[LotCount]:
    """Some 400 lots found a month, a quarter of them marked."""
    chance, made = random.Random(seed), list[LotCount]()
    for number in range(months):
        for key, most in zip([*(key for key, _, _ in TRADES), ""], (40, 25, 18, 9, 14, 300), strict=True):
            found = chance.randint(most // 2, most)
            marked = found * 9 // 10 if key else 0
            counts = (found, marked, marked // 2 + found // 10, marked // 3, marked * 4 // 5)
            month = add_months(first, number)
            made += [LotCount(step, month, key, count) for step, count in zip(Step, counts, strict=True)]
    return made


def answers(first: dt.date = JANUARY, months: int = 12, seed: int = 2) -> list[Said]:
    """A few dozen enterprises that answer now and then, and seldom bid."""
    chance, made = random.Random(seed), set[Said]()
    for number in range(months):
        month = add_months(first, number)
        for _ in range(9):
            who, lot = chance.randint(1, 40), chance.randint(1, 400)
            made.add(Said(who, lot, chance.choice((Answer.RELEVANT, Answer.RELEVANT, Answer.NOT_RELEVANT)), month, ""))
            if chance.random() < 0.4:
                made.add(Said(who, lot, Answer.BIDDING, month, ""))
                if chance.random() < 0.3:
                    made.add(Said(who, lot, Answer.WON, month, ""))
    return sorted(made, key=lambda one: (one.month, one.who, one.lot, one.answer))


def draws(stratum: str, fitting: int, others: int) -> list[Drawn]:
    """Drawn lots, of which so many fitted by officers' words."""
    machine = Verdict.SUITABLE if stratum == "accepted" else Verdict.UNSUITABLE
    verdicts = [Verdict.SUITABLE] * fitting + [Verdict.UNSUITABLE] * others
    return [
        Drawn(f"{stratum}-{number}", Kind.RANDOM, stratum, 500, 0.1, machine, verdict)
        for number, verdict in enumerate(verdicts)
    ]


def awards() -> list[Awards]:
    """Some hundred awards a year, before the first mail and since."""
    return [
        Awards(2024, False, "By", "64942212", 212, 190, 3, 410_000_000.0, 150, 2_400_000.0, 2),
        Awards(2025, False, "By", "64942212", 240, 221, 4, 515_500_000.0, 171, 3_100_000.0, 3),
        Awards(2026, True, "By", "64942212", 198, 186, 6, 390_250_000.0, 140, 5_800_000.0, 5),
    ]


def facts(**changed: object) -> Facts:
    """What is known of a year of a town of that size."""
    return replace(_facts(), **changed)  # type: ignore[arg-type]


def bare(**changed: object) -> Facts:
    """A town of which nothing is known: what is told of it takes no time to count."""
    return facts(**{"lots": (), "said": (), "drawn": (), "awards": (), "sources": (), **changed})


@cache
def _facts() -> Facts:
    values: dict[str, object] = {
        "lots": lots(),
        "said": answers(),
        "drawn": draws("accepted", 88, 14) + draws("rejected", 4, 96),
        "awards": awards(),
        "first_mail": FIRST_MAIL,
        "begins": dt.datetime(2026, 1, 5, 6, 10, tzinfo=COPENHAGEN),
        "readers": 63,
        "sources": (
            OfSource("ted", "EU's udbudstidende (TED)", 92, 92, 92, 0, 0),
            OfSource("udbud", "udbud.dk", 92, 88, 95, 7, 3),
            OfSource("town", "Kommunens udbudsside", 92, 0, 92, 92, 0),
        ),
        "gaps": Gaps(1193, 411, 122, 64),
        "trades": TRADES,
        "listed": 187,
        "checked": dt.date(2026, 3, 2),
    }
    return Facts(**values)  # type: ignore[arg-type]


def told(of: Facts | None = None, quarters: Sequence[int] = (1, 2, 3, 4), year: int = 2026) -> tuple[Figures, ...]:
    """Quarters of a year as they were told, each on the morning after its last day."""
    return _usual(tuple(quarters), year) if of is None else _told(of, quarters, year)


@cache
def _usual(quarters: tuple[int, ...], year: int) -> tuple[Figures, ...]:
    return _told(facts(), quarters, year)


def _told(of: Facts, quarters: Sequence[int], year: int) -> tuple[Figures, ...]:
    made: list[Figures] = []
    for number in quarters:
        quarter = Quarter(year, number)
        morning = quarter.moments[1] + dt.timedelta(hours=6, minutes=10)
        made.append(figures(quarter, of, made, morning))
    return tuple(made)
