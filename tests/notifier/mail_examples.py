"""Lots, agreements and subscribers of an invented town, for the tests of matching, digests and mails."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from notifier.clock import COPENHAGEN
from notifier.config import Town
from notifier.digest import Digest, build
from notifier.door import Door
from notifier.lots import (
    Agreement,
    AgreementView,
    Assessment,
    Deadline,
    Demand,
    Evidence,
    FieldChange,
    Lot,
    LotChange,
    LotState,
    LotView,
    Money,
    Notice,
    Organisation,
    RunStatus,
    SourceRun,
    Stage,
    Translation,
    Verdict,
)
from notifier.profiles import Announced, Announcement, Cadence, Profile, Subscriber, SubscriberStatus

NOW = dt.datetime(2026, 11, 23, 7, 0, tzinfo=COPENHAGEN)  # a Monday
TOWN = Town(name="Prøvekøbing Kommune", contact="udbud@proevekoebing.example", base_url="https://udbud.example")
DOOR = Door("https://svar.udbud.example")
BUYER = Organisation("Prøvekøbing Kommune, Ejendomme", "12345678", "DNK")
TRADES = {
    "da": {"cleaning": "Rengøring", "catering": "Kantine, mad og café", "grounds": "Grønne områder og snerydning"},
    "en": {"cleaning": "Cleaning", "catering": "Catering, food and café", "grounds": "Green areas and snow clearing"},
}
SOURCES = {"ted": "TED (EU’s udbudsavis)", "town": "Prøvekøbing Kommunes udbudsside", "comdia": "Comdia"}


def at(days: float, hour: int = 12) -> Deadline:
    """A deadline some days from NOW, at a full hour."""
    return Deadline((NOW + dt.timedelta(days=days)).replace(hour=hour))


def kroner(amount: int) -> Money:
    return Money(Decimal(amount))


def subscriber(profile: Profile | None = None, language: str = "da") -> Subscriber:
    return Subscriber(
        number=1,
        address="post@rengoerholdet.example",
        name="Rengørholdet",
        language=language,
        cadence=Cadence.WEEKLY,
        status=SubscriberStatus.CONFIRMED,
        profile=profile or Profile(),
        created=NOW - dt.timedelta(days=30),
    )


def view(
    uid: str = "p/LOT-0001",
    title: str = "Rengøring af fire skoler",
    *,
    lot: Lot | None = None,
    notice: Notice | None = None,
    state: LotState = LotState.OPEN,
    verdict: Verdict | None = Verdict.SUITABLE,
    assessment: Assessment | None = None,
    deadline: Deadline | None = None,
    changes: tuple[LotChange, ...] = (),
    first_seen: dt.datetime = NOW - dt.timedelta(days=1),
) -> LotView:
    lot = lot or Lot(uid.rpartition("/")[2], title, cpv_main="90911200", nuts=("DK011",), deadline=deadline)
    notice = notice or Notice("ted", uid, Stage.CALL, lot.title, language="da", buyers=(BUYER,), lots=(lot,))
    if assessment is None and verdict is not None:
        assessment = Assessment(verdict, 2.0, ("cleaning",))
    slug = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in uid.lower())
    return LotView(uid, slug, lot, notice, state, assessment, first_seen, first_seen, changes)


def change(number: int, *fields: FieldChange, seen: dt.datetime = NOW) -> LotChange:
    return LotChange(number, seen, fields)


MOVED = FieldChange("deadline", "2026-12-01T12:00:00+01:00", "2026-12-08T12:00:00+01:00")


def told(item: LotView, key: str = "") -> Announcement:
    return Announcement(Announced.NEW, item.uid, key)


def run(
    source: str,
    status: RunStatus | None = RunStatus.GOOD,
    days_ago: int = 0,
    *,
    listed: int = 0,
    held: int = 0,
    failed: int = 0,
) -> SourceRun:
    started = NOW - dt.timedelta(days=days_ago, minutes=50)
    finished = started + dt.timedelta(minutes=4)
    return SourceRun(source, started, finished, status, listed=listed, held=held, failed=failed)


def agreement(
    uid: str = "agreement:town:kantine",
    *,
    latest_end: dt.date | None = dt.date(2027, 4, 30),
    trades: tuple[str, ...] = ("catering",),
) -> AgreementView:
    held = Agreement(
        "town",
        uid.rpartition(":")[2],
        "Kantinedrift på rådhuset",
        supplier=Organisation("Den Hidtidige Kantine A/S"),
        buyer=Organisation("Prøvekøbing Kommune"),
        start=dt.date(2023, 5, 1),
        end=dt.date(2026, 4, 30),
        latest_end=latest_end,
        options="Option på forlængelse i 1 x 12 måneder",
        cpv=("55500000",),
        value=kroner(6_000_000),
    )
    return AgreementView(uid, "kantinedrift-paa-raadhuset", held, trades, NOW)


# -- the rich digest: every section, every kind of fact ----------------------------------------------------------------


def _buildings(lot: Lot) -> Notice:
    title = "Rengøring og vinduespudsning af kommunens bygninger"
    return Notice("ted", "p1", Stage.CALL, title, language="da", buyers=(BUYER,), lots=(lot,))


def _schools() -> LotView:
    lot = Lot(
        "LOT-0001",
        "Rengøring af fire skoler og to daginstitutioner",
        "Daglig rengøring og hovedrengøring. Mindst to medarbejdere skal være langtidsledige.",
        cpv_main="90911200",
        value=kroner(5_600_000),
        duration="P48M",
        nuts=("DK011",),
        deadline=at(15),
        reserved=("res-ws",),
        performance_terms=("Mindst to medarbejdere skal være langtidsledige.",),
    )
    assessment = Assessment(
        Verdict.RESERVED,
        12.5,
        ("cleaning",),
        (
            Evidence("reserved_participation", 10.0, "reserved[0]", "res-ws", 0, 6, note="§ 54"),
            Evidence("trade_cpv", 2.0, "cpv_main", "90911200", 0, 8, trade="cleaning"),
            Evidence("trade_words", 1.5, "title", "Rengøring", 0, 9, trade="cleaning"),
            Evidence("size", -1.0, "value", "5600000 DKK", note="too_large"),
        ),
        (
            Demand("references", "To referencer på tilsvarende rengøring inden for de seneste tre år.", "description"),
            Demand("insurance", "Ansvarsforsikring på mindst 10 mio. kr.", "description"),
        ),
        kroner(1_400_000),
    )
    return view("p1/LOT-0001", lot=lot, notice=_buildings(lot), assessment=assessment)


def _windows() -> LotView:
    lot = Lot(
        "LOT-0002",
        "Vinduespudsning på plejecentre",
        "Vinduespudsning fire gange om året. Opgaven kan løses af små virksomheder.",
        cpv_main="90911300",
        nuts=("DK01",),
        place="Prøvekøbing og omegn",
        participation_deadline=Deadline(NOW.replace(month=12, day=18, hour=23, minute=59), time_known=False),
    )
    found = (
        Evidence("trade_words", 1.5, "title", "Vinduespudsning", 0, 15, trade="cleaning"),
        Evidence("sme_suitable", 0.25, "sme_suitable", "true"),
    )
    return view(
        "p1/LOT-0002",
        lot=lot,
        notice=_buildings(lot),
        assessment=Assessment(Verdict.POSSIBLE, 1.5, ("cleaning",), found),
    )


def _canteen() -> LotView:
    lot = Lot(
        "LOT-0001",
        "Canteen services at the town hall",
        "The supplier must offer jobs to disadvantaged persons.",
        cpv_main="55510000",
        nuts=("DK011",),
        value=kroner(2_000_000),
        duration="P24M",
        deadline=at(4, 13),
        translations=(Translation("sv", "Matsal i rådhuset", ""),),
    )
    notice = Notice("ted", "p2", Stage.CALL, lot.title, language="en", buyers=(BUYER,), lots=(lot,))
    found = (
        Evidence("social_clause", 0.5, "description", "disadvantaged persons", 32, 53),
        Evidence("trade_words", 1.5, "title", "Canteen services", 0, 16, trade="catering"),
    )
    return view(
        "p2/LOT-0001", lot=lot, notice=notice, assessment=Assessment(Verdict.SUITABLE, 2.5, ("catering",), found)
    )


def _parks() -> LotView:
    moved = change(7, MOVED, FieldChange("value", "800000 DKK", "900000 DKK"), FieldChange("description", "a", "b"))
    lot = Lot("1", "Pleje af parker", cpv_main="77310000", nuts=("DK011",), deadline=at(15), value=kroner(900_000))
    return view("p3/1", lot=lot, changes=(moved,))


def _snow() -> LotView:
    gone = change(8, FieldChange("cancelled", "", "yes"))
    lot = Lot("1", "Snerydning på cykelstier", cpv_main="90620000", nuts=("DK011",), deadline=at(20))
    return view("p4/1", lot=lot, state=LotState.CANCELLED, changes=(gone,))


def _planned() -> LotView:
    lot = Lot("1", "Vask af sengelinned til plejecentre", cpv_main="98310000")
    return view("p5/1", lot=lot, state=LotState.PLANNED)


def rich_digest(language: str = "da") -> Digest:
    """Every section: two new lots, one closing, a moved and a cancelled one, a planned one, an agreement."""
    lots = [_schools(), _windows(), _canteen(), _parks(), _snow(), _planned()]
    unsuitable = [view(f"x/{number}", f"Asfalt {number}", verdict=Verdict.UNSUITABLE) for number in range(38)]
    profile = Profile(trades=("cleaning", "catering"), words=("linned",), cpv_prefixes=("773",), areas=("DK011",))
    runs = [
        run("ted", listed=41, held=41),
        run("town", RunStatus.PARTIAL, listed=12, held=11, failed=1),
        run("comdia", RunStatus.GOOD, 7, listed=3, held=3),
        run("comdia", RunStatus.FAILED, 6),
        run("comdia", RunStatus.FAILED),
    ]
    return build(
        subscriber(profile, language),
        lots + unsuitable,
        [agreement()],
        runs,
        frozenset({told(_canteen()), told(_parks()), told(_snow())}),
        NOW,
        since=NOW - dt.timedelta(days=7),
        trade_names=TRADES[language],
        source_names=SOURCES,
    )


def with_title(item: LotView, title: str) -> LotView:
    """The same lot under another title."""
    return replace(item, lot=replace(item.lot, title=title))
