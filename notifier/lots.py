"""The domain: what a public buyer publishes. Frozen values without I/O; every stage hands these to the next.

Amounts exclude VAT and carry their currency. Points in time keep the offset that the source gave; days are
calendar days of the buyer. Texts have passed `text.clean`. BT numbers are eForms business terms
(Commission Implementing Regulation (EU) 2019/1780); `lot.title  # BT-21` reads: the title is term BT-21.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum


class Stage(StrEnum):
    """What a notice is in the life of its procedure (BT-03, form type, in four steps)."""

    PLANNING = "planning"  # prior information, market dialogue: nothing can be tendered for yet
    CALL = "call"  # tenders or requests to participate are asked for
    AWARD = "award"  # a result, a contract, or a voluntary notice before a direct award
    CHANGE = "change"  # a contract is modified while it runs (BT-02 can-modif)


# BT-105 has no code for it: what staff buy below the thresholds and post themselves.
SMALL_PURCHASE = "small-purchase"
MAILTO = "mailto:"  # begins the submission address of such a one where it is answered by mail


class LotKind(StrEnum):
    """BT-137 names lots; a planning notice divides into parts (BT-137 with schemeName Part)."""

    LOT = "lot"
    PART = "part"


class Verdict(StrEnum):
    """Does this lot suit a social enterprise? Words for people are chosen in the templates, never these."""

    RESERVED = "reserved"
    SUITABLE = "suitable"
    POSSIBLE = "possible"
    UNSUITABLE = "unsuitable"

    @property
    def rank(self) -> int:
        """0 for unsuitable up to 3 for reserved."""
        return ("unsuitable", "possible", "suitable", "reserved").index(self.value)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount without VAT in a currency of ISO 4217 (three letters)."""

    amount: Decimal
    currency: str = "DKK"


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point in time by which something must have arrived. `at` is aware and keeps the source's own offset.

    Where the source gives a day without a time, `at` is the end of that day (23:59) in the buyer's zone and
    `time_known` is False: readers are then shown the day alone.
    """

    at: dt.datetime
    time_known: bool = True


@dataclass(frozen=True, slots=True)
class Organisation:
    """A buyer or a winner. `identifier` is the national number (BT-501), in Denmark the CVR number, digits only."""

    name: str  # BT-500
    identifier: str = ""  # BT-501
    country: str = ""  # BT-514, as the source writes it (DNK or DK)


@dataclass(frozen=True, slots=True)
class Translation:
    """Title and description in a language of the notice other than its first."""

    language: str  # ISO 639-1
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """A selection criterion (BT-809, BT-750) or a demand read from a labelled place of a page."""

    kind: str  # the code of the source, e.g. "sui-act", "ef-stand", "tp-abil"; "" where it has none
    text: str


@dataclass(frozen=True, slots=True)
class Award:
    """One winner of a lot (BT-13713 joined with the tender and its party)."""

    winner: Organisation
    value: Money | None = None  # BT-720
    concluded: dt.date | None = None  # BT-145


@dataclass(frozen=True, slots=True)
class Lot:
    """One lot, or one part of a planning notice."""

    lot_id: str  # BT-137; in R2.0.9 LOT_NO, else the running number
    title: str  # BT-21
    description: str = ""  # BT-24
    kind: LotKind = LotKind.LOT
    nature: str = ""  # BT-23: services, supplies, works
    cpv_main: str = ""  # BT-262, eight digits
    cpv_additional: tuple[str, ...] = ()  # BT-263
    value: Money | None = None  # BT-27
    framework_maximum: Money | None = None  # BT-271
    nuts: tuple[str, ...] = ()  # BT-5071, the lot's own places
    place: str = ""  # BT-5131, BT-727, BT-728: the place in words
    duration: str = ""  # BT-36 as an ISO 8601 duration: P24M, P2Y, P90D, P6W
    start: dt.date | None = None  # BT-536
    end: dt.date | None = None  # BT-537
    renewals: int | None = None  # BT-58: how often it can be extended
    renewal_text: str = ""  # BT-57
    deadline: Deadline | None = None  # BT-131: for tenders
    participation_deadline: Deadline | None = None  # BT-1311: for requests to participate
    interest_deadline: Deadline | None = None  # BT-630: for expressions of interest, where a planning notice calls
    questions_deadline: Deadline | None = None  # BT-13: for asking
    reserved: tuple[str, ...] = ()  # BT-71 as published: res-ws, res-pub-ser, res-program; never "none"
    reserved_execution: str | None = None  # BT-736: yes, no, or None where nothing is said
    strategic: tuple[str, ...] = ()  # BT-06
    environmental: tuple[str, ...] = ()  # BT-774
    social_objectives: tuple[str, ...] = ()  # BT-775
    innovative: tuple[str, ...] = ()  # BT-776
    framework: str = ""  # BT-765: fa-wo-rc, fa-w-rc, fa-mix; "none"; "" where nothing is said
    dynamic_purchasing: str = ""  # BT-766
    sme_suitable: bool | None = None  # BT-726
    performance_terms: tuple[str, ...] = ()  # BT-70: where social clauses stand
    selection_criteria: tuple[Criterion, ...] = ()  # BT-809, BT-750
    additional_information: str = ""  # BT-300
    documents_url: str = ""  # BT-15, BT-615
    submission_url: str = ""  # BT-18
    translations: tuple[Translation, ...] = ()
    result: str = ""  # BT-142: selec-w, clos-nw, open-nw; "" while nothing is decided
    awards: tuple[Award, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What a notice says that it changes (BT-758, BT-141, BT-762, BT-718)."""

    changed_notice: str = ""  # BT-758: identifier or publication number of what is changed
    sections: tuple[str, ...] = ()  # BT-13716: LOT-0001, PROCEDURE, ...
    reason_code: str = ""  # BT-140
    description: str = ""  # BT-141, BT-762


@dataclass(frozen=True, slots=True)
class Notice:
    """One version of one publication, as a source shows it.

    `key` is the name by which the source itself tells its publications apart: on TED the publication number, on
    a page its address or case number. (source, key) is the identity under which the store keeps versions.
    """

    source: str  # id of the source in the configuration
    key: str
    stage: Stage
    title: str
    url: str = ""  # for people
    notice_id: str = ""  # BT-701
    version: str = ""  # BT-757, as published
    publication_number: str = ""  # OPP-010, NNNNNN-YYYY
    procedure_id: str = ""  # BT-04; the same through planning, call, change and award
    notice_type: str = ""  # BT-02: cn-standard, can-standard, ...; in R2.0.9 the form, F02
    language: str = ""  # BT-702, ISO 639-1
    description: str = ""
    buyers: tuple[Organisation, ...] = ()
    published: dt.date | None = None  # OPP-012
    dispatched: dt.datetime | None = None  # BT-05
    legal_basis: str = ""  # BT-01: 32014L0024, ...
    procedure_type: str = ""  # BT-105
    value: Money | None = None  # BT-27 of the procedure
    lots: tuple[Lot, ...] = ()
    changes: tuple[Change, ...] = ()
    previous: tuple[str, ...] = ()  # publication numbers or notice ids that it refers to (BT-125, NOTICE_NUMBER_OJ)
    cancelled: bool = False  # withdrawn, or the procedure was given up
    cancel_reason: str = ""
    flags: tuple[str, ...] = ()  # what could not be read as it should, one sentence for people each

    @property
    def buyer(self) -> Organisation:
        """The first named buyer, or a nameless one."""
        return self.buyers[0] if self.buyers else Organisation(name="")


@dataclass(frozen=True, slots=True)
class Agreement:
    """A purchasing agreement that is running: who delivers what to the buyer until when."""

    source: str
    key: str  # unique within the source and stable over time
    title: str  # the area that it covers
    supplier: Organisation = field(default_factory=lambda: Organisation(name=""))
    buyer: Organisation = field(default_factory=lambda: Organisation(name=""))
    start: dt.date | None = None
    end: dt.date | None = None  # without options
    latest_end: dt.date | None = None  # with every option used; equal to `end` where there is none
    options: str = ""  # the options in the source's words
    contact: str = ""  # an office, never a person
    cpv: tuple[str, ...] = ()
    value: Money | None = None
    url: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a verdict is what it is: one criterion, met by a code or by words that stand in the lot."""

    criterion: str  # e.g. "reserved_participation", "trade_cpv", "trade_words", "size"
    weight: float  # above 0 speaks for the lot, below 0 against it
    field: str  # the field of the lot (or "notice.title") that it was found in
    quote: str = ""  # the words or the code, as they stand there
    start: int | None = None  # offsets of the quote in the field's text
    end: int | None = None
    trade: str = ""  # for trade criteria: which one
    note: str = ""  # a detail for people, e.g. the paragraph "§ 54"


@dataclass(frozen=True, slots=True)
class Demand:
    """Something the buyer asks of a bidder, in its own words. `kind` is a key of the templates' texts."""

    kind: str  # turnover, capital, references, certificate, guarantee, insurance, clearance, coverage, hours, start
    quote: str
    field: str
    start: int | None = None
    end: int | None = None
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """The verdict on one lot with all its evidence. `reason` is a key of the texts, apart from the verdict."""

    verdict: Verdict
    score: float
    trades: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    demands: tuple[Demand, ...] = ()
    value_per_year: Money | None = None
    reason: str = ""
    rules_version: str = ""  # short hash of the rules that were used


def leaves_out(judged: Assessment | None) -> bool:
    """Whether the notice's own words leave the lot out of a reservation that its data has for the whole notice."""
    return judged is not None and any(piece.criterion == "reserved_elsewhere" for piece in judged.evidence)


@dataclass(frozen=True, slots=True)
class Tag:
    """A staff member's verdict on a lot. It wins over the machine's until it is removed.

    Who and why are for staff alone: no page, mail, feed or export shows them. `trades` None leaves the machine's.
    """

    number: int
    lot_uid: str
    verdict: Verdict
    who: str
    why: str
    tagged_at: dt.datetime
    trades: tuple[str, ...] | None = None
    removed_at: dt.datetime | None = None
    removed_by: str = ""


def with_tag(judged: Assessment | None, verdict: Verdict, trades: tuple[str, ...] | None = None) -> Assessment:
    """What is told of a lot that staff have tagged: their verdict, the machine's evidence.

    The machine's reason goes where it speaks of another verdict.
    """
    if judged is None:
        return Assessment(verdict, 0.0, trades or ())
    reason = judged.reason if judged.verdict is verdict else ""
    return replace(judged, verdict=verdict, reason=reason, trades=judged.trades if trades is None else trades)


class LotState(StrEnum):
    """Where a lot stands now, over all that was published of its procedure."""

    PLANNED = "planned"
    OPEN = "open"
    EXPIRED = "expired"  # the deadline has passed, nothing else is known
    AWARDED = "awarded"
    CANCELLED = "cancelled"
    GONE = "gone"  # no longer shown by its source, over proven good runs


def acting_deadline(lot: Lot) -> Deadline | None:
    """The moment after which nobody new can take part: the earliest of those for interest, requests and tenders.

    Where several exist the procedure has steps, and who missed the first cannot take the next. None where unknown.
    """
    steps = (lot.interest_deadline, lot.participation_deadline, lot.deadline)
    known = [one for one in steps if one is not None]
    return min(known, key=lambda one: one.at, default=None)


def annual_value(lot: Lot) -> Money | None:
    """Estimated value for one year (BT-27 over BT-36, or over BT-536 to BT-537), without VAT.

    None where the value or the length is unknown: an unknown value is never guessed. A contract of up to a year
    counts whole.
    """
    years = contract_years(lot)
    if lot.value is None or years is None:
        return None
    return Money((lot.value.amount / Decimal(max(years, 1.0))).quantize(Decimal(1)), lot.value.currency)


# Average lengths; a value per year is an order of magnitude, not an account.
_DAYS_OF = {"D": 1.0, "W": 7.0, "M": 365.25 / 12, "Y": 365.25}


def contract_years(lot: Lot) -> float | None:
    """Length of the contract in years without extensions, or None where neither duration nor both days are known."""
    if lot.duration:
        amount, unit = lot.duration[1:-1], lot.duration[-1]
        return float(amount) * _DAYS_OF[unit] / 365.25 or None
    if lot.start and lot.end and lot.end > lot.start:
        return ((lot.end - lot.start).days + 1) / 365.25
    return None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a lot that is another than before, both as the fields' own JSON-like text for readers' words.

    `field` is a field name of Lot, or "cancelled", "state", "hidden". `before` and `after` are ISO 8601 for days and
    deadlines, "AMOUNT CURRENCY" for money, comma-joined codes for lists, "" for unknown. `ours`: the source said
    nothing new, but an officer put right what stood here.
    """

    field: str
    before: str
    after: str
    ours: bool = False


@dataclass(frozen=True, slots=True)
class LotChange:
    """A change of a lot between two versions seen: `number` names it for ever (announcements are keyed by it)."""

    number: int
    seen_at: dt.datetime
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class LotView:
    """A lot as it stands now, with all that readers are told about it.

    `uid` is its identity over all versions and notices of the procedure. `slug` is the name of its public page
    (letters, digits and hyphens only), fixed at first sight. `notice` is the one that the lot's facts come from.
    """

    uid: str
    slug: str
    lot: Lot
    notice: Notice
    state: LotState
    assessment: Assessment | None
    first_seen: dt.datetime
    updated: dt.datetime  # when the version that is shown was first seen, or put right
    changes: tuple[LotChange, ...] = ()  # oldest first
    procedure: str = ""  # what all lots of the procedure have in common, and no others
    tagged: bool = False  # the verdict is staff's; the pages do not tell
    hidden: bool = False  # an officer took it off the lists: it does not belong there, or stands there twice

    @property
    def is_small_purchase(self) -> bool:
        """Whether staff posted it as a small purchase: there is no tender, and there are no documents."""
        return self.notice.procedure_type == SMALL_PURCHASE

    @property
    def public(self) -> bool:
        """Whether readers are shown the lot at all: assessed, as possible or better, and not hidden."""
        return self.assessment is not None and self.assessment.verdict is not Verdict.UNSUITABLE and not self.hidden


@dataclass(frozen=True, slots=True)
class LotAlias:
    """A lot that turned out to be another one. Its page leads to that of the lot `lot_uid` for ever."""

    uid: str
    slug: str
    lot_uid: str


@dataclass(frozen=True, slots=True)
class AgreementView:
    """An agreement as it stands now. Its trades are found by the same rules as a lot's."""

    uid: str
    slug: str
    agreement: Agreement
    trades: tuple[str, ...]
    first_seen: dt.datetime
    last_seen: dt.datetime | None = None  # at its source, where that no longer shows it; None while it does


class DocumentRole(StrEnum):
    """What a document is to its source."""

    LIST = "list"  # names notices, and may hold some whole
    NOTICE = "notice"  # is about one notice


@dataclass(frozen=True, slots=True)
class Document:
    """An answer of a source as it came, kept so that a mended parser can read it again without the network.

    `place` tells the requests of a source apart: the method and the URL as asked for, and for a POST a hash of what
    was sent. `reader` is the name of the spider's method that reads it, `facts` the JSON of what that method is
    handed beside the answer.
    """

    source: str
    place: str
    url: str  # where the answer came from in the end
    role: DocumentRole
    reader: str
    body: bytes = field(repr=False)
    key: str = ""  # of the notice, where the role is NOTICE and the key is known before it is read
    facts: bytes = b"{}"
    content_type: str = ""  # the header, as it came
    etag: str = ""  # RFC 9110 section 8.8.3, as it came
    last_modified: str = ""  # RFC 9110 section 8.8.2, as it came


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept of the newest document at a place, without its body. Validators are "" where none came."""

    etag: str
    last_modified: str
    last_seen: dt.datetime  # when the host last answered with it, or said 304; aware
    read: bool  # something that is held now was read from this very document, all of it without a remark


class RunPurpose(StrEnum):
    """Why a source was read. Only CRAWL counts for what is told to readers and for where the next run begins."""

    CRAWL = "crawl"
    BACKFILL = "backfill"  # years back, asked for by the operator
    REPARSE = "reparse"  # kept documents, read again


class RunStatus(StrEnum):
    """How reading a source ended."""

    GOOD = "good"  # everything listed was read
    PARTIAL = "partial"  # the list was read, some notices could not be
    FAILED = "failed"  # no answer, broken answers, or out of time
    BLOCKED = "blocked"  # robots.txt, or an address that is refused
    ALARM = "alarm"  # an answer that is not the page it should be, or counts outside `expect`


@dataclass(frozen=True, slots=True)
class SourceRun:
    """One reading of one source. `listed` is what the source says it has, `held` what of it the store holds."""

    source: str
    started: dt.datetime
    finished: dt.datetime | None = None
    status: RunStatus | None = None  # None while it runs, or where it was cut off
    listed: int = 0
    held: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: int = 0
    message: str = ""  # for people: what went wrong, where, what to do
    missing: tuple[str, ...] = ()  # keys that the source lists and the store does not hold, the first hundred
    purpose: RunPurpose = RunPurpose.CRAWL
