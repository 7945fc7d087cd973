"""Towns that do not exist: their tenders and agreements over the days, with the whims of those who write the pages.

A town changes day by day as real ones do: lots come and pass, an editor forgets a value, writes a paragraph or a label
that was never there, extends a deadline, takes a tender away early, or tidies up old ones all at once. Its pages are
written out in one of several shapes (`tests.prove.pages`). Everything is drawn from a seed.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field
from random import Random

START = dt.date(2026, 9, 1)

_THINGS = (
    "Rengøring|Vinduespudsning|Drift af kantine|Havearbejde|Snerydning|Maling|Levering af frugt|Vask af tekstiler|"
    "Flytning|Trykning|Pleje af parker|Tømrerarbejde|Kørsel af borgere|Genbrug af inventar|Montering af skilte|"
    "Reparation af cykler|Indretning|Catering|Arkivering|Pakning af materialer"
).split("|")
_WHERE = (
    "skoler|daginstitutioner|rådhuset|plejehjem|biblioteker|idrætshaller|legepladser|museer|havnen|Valby|Amager|"
    "Nørrebro|Vanløse|bydelshuse|botilbud|væresteder|svømmehaller|kolonihaver|veje og pladser|kulturhuse"
).split("|")
_SENTENCES = (
    "Opgaven omfatter daglig drift på hverdage.|Der stilles krav om arbejdsmiljø.|Kontrakten kan opsiges med varsel.|"
    "Tilbudsgiver skal råde over eget udstyr.|Materialet ligger på portalen.|Spørgsmål besvares løbende.|"
    "Opgaven løses i tæt samarbejde med driften.|Der lægges vægt på lokal forankring og miljø.|"
    "Udbuddet er delt efter bydele.|Arealerne fremgår af bilagene.|Der afholdes en besigtigelse.|"
    "Leverancen sker efter nærmere aftale.|Prisen reguleres årligt.|Der er krav om sociale hensyn."
).split("|")
# Labels that an editor writes once in a while, and that nobody configured.
_ODD_LABELS = (
    "Besigtigelse|Bemærk|Sagsbehandler|Klimakrav|Parkering|Rettelse|Nyt|Orienteringsmøde|Vinder|Bilag|Sprog|"
    "Forventet kontraktstart|Antal tilbud|Prækvalifikation|Journalnummer|Område|Kontor|Vigtigt|Ændring|Se også"
).split("|")
_SUPPLIERS = "Nordlys|Sundby|Fjord|Bakken|Mosaik|Havneby|Grønvang|Solsikken|Tårnet|Kløver|Birk|Ahorn".split("|")
_FORMS = "ApS|A/S|I/S|P/S".split("|")


@dataclass
class Entry:
    """A tender or an agreement as its town knows it. What is None or empty is not on the page."""

    number: int
    title: str
    description: list[str]
    deadline: dt.date | None
    leaves: dt.date  # when it is taken off the page, if nobody takes it off before
    case: str = ""
    published: dt.date | None = None
    value: int | None = None
    duration: str = ""
    place: str = ""
    cpv: str = ""
    reserved: str = ""
    questions: dt.date | None = None
    buyer: str = ""
    start: dt.date | None = None
    end: dt.date | None = None
    options: str = ""
    supplier: str = ""
    contact: str = ""
    odd: list[tuple[str, str]] = field(default_factory=list)  # labels and values that nobody configured
    vague: str = ""  # words in place of the deadline, which nobody can read
    foreign: bool = False  # its page says that it is in another language, as tenders for all of Europe do
    asides: list[str] = field(default_factory=list)  # paragraphs outside the description
    lots: list[tuple[str, int]] = field(default_factory=list)  # title and value of each, where it is divided


@dataclass(frozen=True)
class Whims:
    """How often editors do what they do: per entry as it comes, and per entry and day while it is there."""

    usual_missing: float = 0.02  # a value that nearly every entry has
    vague: float = 0.01  # a deadline in words
    foreign: float = 0.02
    odd_label: float = 0.05
    aside: float = 0.08
    edited: float = 0.02  # per day
    withdrawn: float = 0.001  # per day, before its time
    tidied: float = 0.05  # per day: what is over goes all at once, else after some days
    announced: float = 0.01  # per day: a paragraph above the list, for some days


class Town:
    """A list that changes from day to day. `rate` new entries come on an average day, each stays `stay` days or so."""

    def __init__(self, seed: str, *, rate: float, stay: float, agreements: bool = False, whims: Whims | None = None):
        self.chance = Random(seed)
        self.rate, self.stay, self.agreements, self.whims = rate, stay, agreements, whims or Whims()
        self.day = START
        self.entries: list[Entry] = []
        self.announcement, self._announced_until = "", START
        self._number = self.chance.randint(100, 900)
        self.entries = [self._enter(started=True) for _ in range(self._poisson(rate * stay))]

    def pass_day(self) -> None:
        """One day on."""
        self.day += dt.timedelta(days=1)
        chance, whims = self.chance, self.whims
        over = [entry for entry in self.entries if entry.deadline and entry.deadline < self.day]
        tidied = {entry.number for entry in over} if chance.random() < whims.tidied else set()
        self.entries = [
            entry
            for entry in self.entries
            if entry.leaves > self.day and entry.number not in tidied and chance.random() >= whims.withdrawn
        ]
        for entry in self.entries:
            if chance.random() < whims.edited:
                self._edit(entry)
        self.entries = [self._enter() for _ in range(self._poisson(self.rate))] + self.entries
        if chance.random() < whims.announced:
            self.announcement = chance.choice(_SENTENCES)
            self._announced_until = self.day + dt.timedelta(days=chance.randint(3, 20))
        elif self.day > self._announced_until:
            self.announcement = ""

    def _poisson(self, mean: float) -> int:
        if mean <= 0:
            return 0
        if mean > 30:
            return max(0, round(self.chance.gauss(mean, math.sqrt(mean))))
        limit, product, count = math.exp(-mean), self.chance.random(), 0
        while product > limit:
            product *= self.chance.random()
            count += 1
        return count

    # -- entries -------------------------------------------------------------------------------------------------

    def _enter(self, *, started: bool = False) -> Entry:
        chance, whims = self.chance, self.whims
        self._number += 1

        def usual(value: object) -> bool:
            return value is not None and chance.random() >= whims.usual_missing

        def some(share: float) -> bool:
            return chance.random() < share

        days = max(1, round(chance.gauss(self.stay, self.stay / 4)))
        left = chance.randint(1, days) if started else days
        deadline = self.day + dt.timedelta(days=left)
        entry = Entry(
            number=self._number,
            title=f"{chance.choice(_THINGS)} – {chance.choice(_WHERE)} {chance.randint(1, 99)}",
            description=chance.sample(_SENTENCES, chance.randint(1, 4)),
            deadline=deadline if usual(deadline) else None,
            leaves=deadline + dt.timedelta(days=chance.randint(0, max(1, round(self.stay / 5)))),
            case=f"26/{self._number:05d}",
            published=self.day - dt.timedelta(days=days - left),
            value=chance.randint(2, 90) * 50_000 if some(0.5) else None,
            duration=chance.choice(("2 år", "4 år", "24 måneder", "12 måneder", "3 år + 1 års option"))
            if some(0.7)
            else "",
            place=chance.choice(_WHERE) if some(0.35) else "",
            cpv=f"{chance.randint(45, 98)}{chance.randint(10, 99)}0000" if usual(1) else "",
            reserved=chance.choice(("Nej", "Ja, efter udbudslovens § 54")) if some(0.25) else "",
            questions=deadline - dt.timedelta(days=min(7, left)) if some(0.4) else None,
            buyer=chance.choice(("Eksempel Kommune", "Eksempel Kommune - Teknik", "Eksempel Kommune - Skoler")),
            supplier=f"{chance.choice(_SUPPLIERS)} {chance.choice(_SUPPLIERS)} {chance.choice(_FORMS)}",
            contact=chance.choice(("indkoeb@by.example", "Indkøb og Udbud", "udbud@by.example")) if some(0.6) else "",
        )
        entry.vague = chance.choice(("uge 12", "følger snarest", "medio maj")) if some(whims.vague) else ""
        entry.foreign = some(whims.foreign)
        if self.agreements:
            years = chance.randint(1, 4)
            entry.start = self.day - dt.timedelta(days=chance.randint(0, 700))
            entry.end = deadline + dt.timedelta(days=365) if usual(years) else None
            entry.options = chance.choice(("2 x 12 mdr.", "1 + 1 år", "12 måneder", "Ingen")) if some(0.6) else ""
        if some(0.2) and not self.agreements:
            entry.lots = [(chance.choice(_WHERE), chance.randint(1, 30) * 50_000) for _ in range(chance.randint(2, 3))]
        if some(whims.odd_label):
            entry.odd.append((chance.choice(_ODD_LABELS), chance.choice(_SENTENCES)))
        if some(whims.aside):
            entry.asides.append(chance.choice(_SENTENCES))
        return entry

    def _edit(self, entry: Entry) -> None:
        """What an editor does to an entry that is there: mostly a deadline, seldom a value taken out."""
        chance, done = self.chance, self.chance.random()
        if done < 0.35 and entry.deadline:
            entry.deadline += dt.timedelta(days=chance.randint(3, 14))
            entry.leaves, entry.vague = max(entry.leaves, entry.deadline), ""
            if chance.random() < 0.3:
                entry.asides.append("Fristen er forlænget.")
        elif done < 0.55:
            entry.asides.append(chance.choice(_SENTENCES))
        elif done < 0.7:
            entry.description.append(chance.choice(_SENTENCES))
        elif done < 0.8:
            entry.title += chance.choice((" (rettet)", " og omegn", " 2027"))
        elif done < 0.88:
            entry.odd.append((chance.choice(_ODD_LABELS), chance.choice(_SENTENCES)))
        elif done < 0.95:
            entry.value, entry.place = entry.value or 750_000, entry.place or chance.choice(_WHERE)
        else:
            name = chance.choice(("value", "duration", "place", "cpv", "questions", "reserved", "options", "contact"))
            setattr(entry, name, None if name in ("value", "questions") else "")
