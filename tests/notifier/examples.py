"""Values for tests of mails, pages and feeds: lots, agreements and readings of an invented municipality.

`lot_view` makes one lot that suits; keyword arguments change what a test is about. `some_lots` is a small town's
whole list, with every state, verdict and kind of reservation.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from notifier.clock import COPENHAGEN
from notifier.config import Town
from notifier.lots import (
    Agreement,
    AgreementView,
    Assessment,
    Award,
    Change,
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

NOW = dt.datetime(2026, 11, 23, 6, 10, tzinfo=COPENHAGEN)
TOWN = Town(
    name="Eksempelby Kommune", contact="udbud@eksempelby.example", base_url="https://opgaver.eksempelby.example"
)


@dataclass(frozen=True, slots=True)
class Trade:
    """A trade as the rules have it."""

    key: str
    name_da: str
    name_en: str
    cpv: tuple[str, ...] = ()


TRADES = (
    Trade("cleaning", "Rengøring", "Cleaning"),
    Trade("green", "Grønt arbejde", "Gardening"),
    Trade("food", "Mad og kantine", "Food and canteens"),
    Trade("textile", "Vask og tekstil", "Laundry and textiles"),
)


@dataclass(frozen=True, slots=True)
class Named:
    """A source as the configuration has it."""

    id: str
    name: str
    licence: str = ""
    licence_url: str = ""


SOURCES = (
    Named("ted", "EU's udbudstidende (TED)", "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
    Named("town", "Eksempelby Kommunes udbudsside"),
)

DESCRIPTION = (
    "Daglig rengøring af otte skoler og to haller i Eksempelby Kommune, i alt 24.000 m².\n\n"
    "Leverandøren skal stille personale og materialer. Arbejdet udføres på hverdage mellem kl. 14 og 20."
)


def at(day: str, time: str = "12:00") -> dt.datetime:
    """A point in time in Copenhagen."""
    return dt.datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=COPENHAGEN)


def assessment(verdict: Verdict = Verdict.SUITABLE, **changed: object) -> Assessment:
    """A verdict with the evidence of a cleaning lot: a word in the title, its CPV code, and a demand against."""
    made = Assessment(
        verdict=verdict,
        score=3.25,
        trades=("cleaning",),
        evidence=(
            Evidence("trade_cpv", 2.0, "cpv_main", "90911200", 0, 8, trade="cleaning"),
            Evidence("trade_words", 1.5, "description", "Daglig rengøring af otte skoler", 0, 31, trade="cleaning"),
            Evidence(
                "demand",
                -0.5,
                "selection_criteria[0]",
                "En årlig omsætning på mindst 5 mio. kr.",
                0,
                39,
                note="turnover",
            ),
        ),
        demands=(
            Demand(
                "turnover",
                "En årlig omsætning på mindst 5 mio. kr.",
                "selection_criteria[0]",
                0,
                39,
                Money(Decimal(5_000_000)),
            ),
        ),
        value_per_year=Money(Decimal(1_250_000)),
        reason="fits",
        rules_version="a1b2c3d4",
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def lot(**changed: object) -> Lot:
    """A lot of school cleaning for two years, tenders until 8 December 2026."""
    made = Lot(
        lot_id="LOT-0001",
        title="Rengøring af skoler",
        description=DESCRIPTION,
        nature="services",
        cpv_main="90911200",
        value=Money(Decimal(2_500_000)),
        nuts=("DK011",),
        duration="P24M",
        renewals=2,
        deadline=Deadline(at("2026-12-08")),
        framework="none",
        sme_suitable=True,
        documents_url="https://udbud.eksempelby.example/materiale/17",
        submission_url="https://udbud.eksempelby.example/aflever/17",
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def notice(**changed: object) -> Notice:
    """The call that the lot stands in."""
    made = Notice(
        source="ted",
        key="712345-2026",
        stage=Stage.CALL,
        title="Rengøring i Eksempelby Kommune",
        url="https://ted.europa.example/da/notice/712345-2026",
        publication_number="712345-2026",
        procedure_id="6f3e2a10-0000-4000-8000-000000000001",
        notice_type="cn-standard",
        language="da",
        buyers=(Organisation("Eksempelby Kommune", "12345678", "DNK"),),
        published=dt.date(2026, 11, 5),
        procedure_type="open",
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def lot_view(
    slug: str = "rengoering-af-skoler-17a2",
    *,
    of_lot: Lot | None = None,
    of_notice: Notice | None = None,
    state: LotState = LotState.OPEN,
    judged: Assessment | None = None,
    first_seen: dt.datetime | None = None,
    updated: dt.datetime | None = None,
    changes: tuple[LotChange, ...] = (),
) -> LotView:
    """A public lot of which nothing changed since it was found on 6 November 2026; its uid is made of its slug."""
    seen, told = first_seen or at("2026-11-06", "06:10"), of_notice or notice()
    return LotView(
        uid=f"6f3e2a10/{slug}",
        slug=slug,
        lot=of_lot or lot(),
        notice=told,
        state=state,
        assessment=judged or assessment(),
        first_seen=seen,
        updated=updated or seen,
        changes=changes,
        procedure=told.procedure_id,
    )


MOVED = LotChange(
    number=7,
    seen_at=at("2026-11-19", "06:10"),
    fields=(FieldChange("deadline", "2026-12-01T12:00:00+01:00", "2026-12-08T12:00:00+01:00"),),
)


def agreement_view(slug: str = "vinduespolering-3f", **changed: object) -> AgreementView:
    """An agreement on window cleaning until 30 June 2027, a year more with its option."""
    made = Agreement(
        source="town",
        key=slug,
        title="Vinduespolering",
        supplier=Organisation("Klar Rude ApS", "87654321"),
        buyer=Organisation("Eksempelby Kommune"),
        start=dt.date(2023, 7, 1),
        end=dt.date(2026, 12, 31),
        latest_end=dt.date(2027, 6, 30),
        options="6 måneder",
        contact="Indkøbskontoret",
        url="https://www.eksempelby.example/indkoebsaftaler",
    )
    return AgreementView(
        uid=f"town/{slug}",
        slug=slug,
        agreement=replace(made, **changed),  # type: ignore[arg-type]
        trades=("cleaning",),
        first_seen=at("2026-11-06"),
    )


def run(source: str = "ted", status: RunStatus | None = RunStatus.GOOD, **changed: object) -> SourceRun:
    """This morning's reading of a source: 41 listed, 41 held."""
    started = at("2026-11-23", "06:05")
    made = SourceRun(
        source=source,
        started=started,
        finished=started + dt.timedelta(minutes=2) if status else None,
        status=status,
        listed=41,
        held=41,
        unchanged=41,
    )
    return replace(made, **changed)  # type: ignore[arg-type]


RUNS = (
    run("ted"),
    run("town", started=at("2026-11-21", "06:05"), finished=at("2026-11-21", "06:06"), listed=12, held=12),
    run("town", RunStatus.FAILED, listed=0, held=0, message="http://192.0.2.7/udbud answered 503 five times"),
)


def _cancelled_notice() -> Notice:
    return notice(
        key="698001-2026",
        title="Vask af arbejdstøj",
        procedure_id="6f3e2a10-0000-4000-8000-000000000009",
        cancelled=True,
        changes=(Change(description="Udbuddet annulleres"),),
    )


def some_lots() -> tuple[LotView, ...]:
    """A small town's lots: open, planned, expired, awarded, cancelled and gone; every verdict and reservation."""
    return (*_open_lots(), *_closed_lots(), *_planned_lots(), _unsuitable_lot())


def _open_lots() -> tuple[LotView, ...]:
    halls = lot(lot_id="LOT-0002", title="Rengøring af idrætshaller", value=None, duration="", documents_url="")
    reserved = assessment(
        Verdict.RESERVED,
        trades=("green",),
        evidence=(
            Evidence("reserved_participation", 10.0, "reserved[0]", "res-ws", 0, 6, note="§ 54"),
            Evidence("trade_words", 1.5, "title", "Pleje af grønne områder", 0, 23, trade="green"),
        ),
        demands=(),
        value_per_year=Money(Decimal(640_000)),
    )
    green = lot(
        title="Pleje af grønne områder i Nordkvarteret",
        description="Græsslåning, hækklip og lugning ved daginstitutioner. " * 40,
        cpv_main="77310000",
        cpv_additional=("77340000", "77314100"),
        reserved=("res-ws",),
        value=Money(Decimal(2_560_000)),
        duration="P4Y",
        deadline=Deadline(at("2026-12-01", "10:00")),
        framework="fa-wo-rc",
        framework_maximum=Money(Decimal(3_000_000)),
    )
    canteen = lot(
        title="Kantine og mødeforplejning på rådhuset",
        description="",
        cpv_main="55512000",
        reserved=("res-pub-ser",),
        reserved_execution="yes",
        participation_deadline=Deadline(at("2026-12-17", "23:59"), time_known=False),
        deadline=Deadline(at("2027-01-28", "12:00")),
        renewals=0,
        start=dt.date(2027, 4, 1),
        end=dt.date(2029, 3, 31),
        duration="",
    )
    english = lot(
        title="Collection and repair of bicycles",
        description="The supplier collects abandoned bicycles, repairs them and delivers them to schools.",
        deadline=Deadline(at("2027-01-11", "13:00")),
        value=Money(Decimal(90_000), "EUR"),
        translations=(
            Translation("da", "Indsamling og reparation af cykler", "Leverandøren indsamler efterladte cykler."),
        ),
    )
    maybe = assessment(Verdict.POSSIBLE, trades=("food",), value_per_year=Money(Decimal(14_500_000)))
    return (
        lot_view(changes=(MOVED,), updated=MOVED.seen_at),
        lot_view("rengoering-af-idraetshaller-17a3", of_lot=halls),
        lot_view(
            "pleje-af-groenne-omraader-9c01",
            of_lot=green,
            of_notice=notice(title="Grøn drift", procedure_id="6f3e2a10-0000-4000-8000-000000000002"),
            judged=reserved,
            first_seen=at("2026-11-20"),
        ),
        lot_view(
            "kantine-paa-raadhuset-77b0",
            of_lot=canteen,
            of_notice=notice(
                title=canteen.title,
                procedure_id="6f3e2a10-0000-4000-8000-000000000003",
                procedure_type="restricted",
            ),
            judged=assessment(
                Verdict.RESERVED,
                trades=("food",),
                evidence=(Evidence("reserved_participation", 10.0, "reserved[0]", "res-pub-ser", 0, 11, note="§ 190"),),
            ),
            first_seen=at("2026-11-18"),
        ),
        lot_view(
            "collection-of-bicycles-51de",
            of_lot=english,
            of_notice=notice(title=english.title, language="en", procedure_id="6f3e2a10-0000-4000-8000-000000000004"),
            first_seen=at("2026-11-22"),
        ),
        lot_view(
            "skolemad-2f2f",
            of_lot=lot(
                title="Frokost til elever på kommunens folkeskoler", deadline=None, value=Money(Decimal(58_000_000))
            ),
            of_notice=notice(title="Skolemad", procedure_id="6f3e2a10-0000-4000-8000-000000000005"),
            judged=maybe,
        ),
    )


def _closed_lots() -> tuple[LotView, ...]:
    winner = Award(Organisation("Ren By A/S", "11223344"), Money(Decimal(1_900_000)), dt.date(2026, 10, 2))
    return (
        lot_view("haandklaeder-41aa", of_lot=lot(title="Vask af håndklæder", deadline=Deadline(at("2026-11-02")))),
        lot_view(
            "rengoering-af-raadhuset-0b1c",
            of_lot=lot(title="Rengøring af rådhuset", awards=(winner,), result="selec-w"),
            state=LotState.AWARDED,
        ),
        lot_view(
            "vask-af-arbejdstoej-6d6d",
            of_lot=lot(title="Vask af arbejdstøj"),
            of_notice=_cancelled_notice(),
            state=LotState.CANCELLED,
            updated=at("2026-11-21", "06:10"),
            changes=(LotChange(9, at("2026-11-21", "06:10"), (FieldChange("cancelled", "", "yes"),)),),
        ),
        lot_view("graffiti-88e2", of_lot=lot(title="Afrensning af graffiti"), state=LotState.GONE),
    )


def _planned_lots() -> tuple[LotView, ...]:
    planned = lot(title="Drift af genbrugsbutik", deadline=None, value=None, duration="", start=dt.date(2027, 9, 1))
    return (
        lot_view(
            "genbrugsbutik-1919",
            of_lot=planned,
            of_notice=notice(
                title="Forhåndsmeddelelse om genbrug",
                stage=Stage.PLANNING,
                procedure_id="6f3e2a10-0000-4000-8000-000000000007",
            ),
            state=LotState.PLANNED,
            judged=assessment(Verdict.POSSIBLE, trades=("textile",), demands=(), value_per_year=None),
        ),
    )


def _unsuitable_lot() -> LotView:
    return lot_view(
        "motorvejsbro-3300",
        of_lot=lot(title="Motorvejsbro", cpv_main="45221111"),
        judged=assessment(Verdict.UNSUITABLE, trades=(), evidence=(), demands=()),
    )


def some_agreements() -> tuple[AgreementView, ...]:
    """Three agreements: one that runs out within a year, one later, one without a known end."""
    return (
        agreement_view("moebler-aa01", title="Kontormøbler", end=dt.date(2029, 5, 31), latest_end=dt.date(2030, 5, 31)),
        agreement_view(),
        agreement_view(
            "frugt-bb02", title="Frugtordning", end=None, latest_end=None, options="", url="javascript:alert(1)"
        ),
    )


@dataclass(frozen=True, slots=True)
class Handed:
    """Lots as publishing reads them (site.documents.Lots). Those `outside` are not followed."""

    views: Sequence[LotView] = ()
    outside: Sequence[LotView] = ()

    def all(self) -> Iterator[tuple[LotView, bool]]:
        yield from ((view, True) for view in self.views)
        yield from ((view, False) for view in self.outside)

    def of(self, uids: Sequence[str]) -> Iterator[LotView]:
        wanted = set(uids)
        return (view for view in (*self.views, *self.outside) if view.uid in wanted)
