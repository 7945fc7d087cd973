"""Lots in an officer's list: judged as a test wants them, drawn for the random sample, and what counts of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from notifier.learning.sampling import Drawn, Kind
from notifier.lots import Assessment, Evidence, Tag, Verdict
from notifier.store import Assessed
from notifier.store.actions import Action
from tests.notifier.desk.make import Room
from tests.notifier.web.make import lot, noon

# What the machine says of a lot, by name.
JUDGED = {
    "unsure": Assessment(Verdict.POSSIBLE, 1.0, ("cleaning",), reason="adjacent_trade"),
    "marked": Assessment(
        Verdict.SUITABLE, 2.0, ("cleaning",),
        (Evidence("trade_words", 2.0, "title", "Rengøring", 0, 9, trade="cleaning"),), reason="trade_fits",
    ),
    "unlikely": Assessment(Verdict.UNSUITABLE, 0.5, (), reason="too_little_known"),
    "clear": Assessment(Verdict.UNSUITABLE, 0.0, (), reason="no_trade"),
}  # fmt: skip


@dataclass(slots=True)
class Pile:
    """Lots that come in."""

    room: Room
    number: int = 0

    def add(self, kind: str = "marked", *titles: str, day: int = 30, sampled: bool = False, **facts: Any) -> list[str]:
        """A procedure of lots with these titles, due at noon of a day of December; the lots' identities."""
        place = self.room.place
        self.number += 1
        names = titles or (f"Opgave {self.number}",)
        lots = [
            lot(name, f"LOT-{number + 1:04}", deadline=noon(day), description=f"Beskrivelse af {name}.")
            for number, name in enumerate(names)
        ]
        key = f"{self.number}-2026"
        place.hold(*lots, key=key, assessed=False, published=False, title=f"Udbud {self.number}", **facts)
        self.judge(kind)
        uids = sorted(view.uid for view in place.store.lots.find(key, place.now))
        if sampled:
            self.draw(*uids)
        self.room.refresh()
        return uids

    def judge(self, kind: str) -> None:
        """What the machine says of lots that it has not seen yet."""
        found, store = replace(JUDGED[kind], rules_version="1"), self.room.place.store
        store.assessments.save(
            [Assessed(one.number, found) for one in store.assessments.waiting("1")], self.room.place.now
        )

    def draw(self, *uids: str) -> None:
        """Lots are drawn for the random sample."""
        self.room.place.store.draws.keep(self.drawn(*uids), self.room.place.now)
        self.room.refresh()

    def drawn(self, *uids: str) -> list[Drawn]:
        """A round of these lots."""
        return [Drawn(uid, Kind.RANDOM, "rejected", 40, 0.25, Verdict.UNSUITABLE, None) for uid in uids]

    def counting(self, uid: str) -> Tag | None:
        """The tag that counts."""
        return self.room.place.store.tags.counting([uid])[uid].tag

    def said(self, uid: str) -> tuple[str, str] | None:
        """Who said what, last."""
        tag = self.counting(uid)
        return (tag.who, tag.verdict.value) if tag else None

    def actions(self) -> list[Action]:
        """What was done, oldest first."""
        return list(reversed(self.room.place.store.actions.latest()))

    def waiting(self) -> int:
        """How many lots have no word yet."""
        found = self.room.place.dump_of("SELECT count(*) FROM catalogue WHERE live = 1 AND tagged = 0 AND hidden = 0")
        return int(found[0][0])

    def later(self, **parts: int) -> None:
        """Time goes by."""
        self.room.place.moment[0] += dt.timedelta(**parts)
