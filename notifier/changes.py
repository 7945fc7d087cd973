"""What is new, what changed, where a lot stands: decided from values alone, without clock, store or network.

**Identity.** Which notices and which of their lots are one, whatever the source, is told by merging.py. A lot gets its
name at first sight and keeps it: `procedure_id/lot_id`, and where the procedure is not known `source:key/lot_id`. A
part of a planning notice is `procedure_id/part:lot_id`: planned work that readers are told of, and that ends as GONE
when the procedure is called or awarded under lots of its own.

**Facts.** A lot's facts come from the newest call or planning notice that names it; a change notice is a call that
is published later and supersedes. Award notices carry less (no deadline) and only add the outcome; a lot known from
nothing else takes its facts from there. An official notice goes before a page, but for a page that calls where the
official notice only plans.

**Order.** Notices of a procedure are ordered by their day of publication (the day on which they were first seen,
where a source gives none), then by publication number. So it does not matter in which order they were read.

**Closing.** A source's own statement closes a lot: a cancellation, a result, or a newer version of the very notice that
no longer names the lot although it was read without remarks and names others (GONE). A notice that is missing from a
list is dropped after PROVEN_RUNS good runs that listed everything else, and a lot that only dropped notices name is
GONE until it is listed again. A doubtful reading and a later notice without the lot close nothing, and a page does not
reopen what an official notice closed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum

import msgspec

from notifier.lots import (
    Agreement,
    Award,
    Deadline,
    FieldChange,
    Lot,
    LotKind,
    LotState,
    Money,
    Notice,
    Stage,
    acting_deadline,
)
from notifier.people import Stand, left_out

# -- identity --------------------------------------------------------------------------------------------------


def procedure_key(notice: Notice) -> str:
    """What the lots of a notice are grouped by: the procedure where it is known, else the notice itself."""
    return notice.procedure_id or f"{notice.source}:{notice.key}"


def official(notice: Notice) -> bool:
    """Whether a notice was read from the official form (BT-02 is given), not from a page or a feed."""
    return bool(notice.notice_type)


def _label(lot: Lot) -> str:
    """A part is never the lot that has the same number: a call may divide the work in another way than was planned."""
    return f"part:{lot.lot_id}" if lot.kind is LotKind.PART else lot.lot_id


def lot_uid(group: str, lot: Lot, position: int) -> str:
    """The identity that a new lot asks for, under the procedure key `group`; one without a number goes by its place.

    A notice that uses a lot's number twice breaks its schema, but both lots are kept: the second gets "#2".
    """
    return f"{group}/{_label(lot) if lot.lot_id else _label(replace(lot, lot_id=str(position + 1)))}"


def agreement_uid(agreement: Agreement) -> str:
    """Identity of a purchasing agreement; never that of a lot."""
    return f"agreement:{agreement.source}:{agreement.key}"


_SLUG_LENGTH = 50  # of the words: with the hash it stays readable in a mail's plain text


def slug(title: str, uid: str, hash_length: int = 8) -> str:
    """Name of a page: words of the title in ASCII letters and digits, then a short hash of the identity.

    >>> slug("Rengøring af Ældrecenter Åhuset", "p/LOT-0001")
    'rengoering-af-aeldrecenter-aahuset-11b97542'

    A page's address stays for ever, so no contact person stands in it.

    >>> slug("Maling. Kontaktperson: Anna Hansen, anna.hansen@by.example", "p/LOT-0001")
    'maling-kontaktperson-11b97542'
    """
    folded = left_out(title, Stand()).lower().translate(_DANISH)
    ascii_words = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", ascii_words).strip("-")
    if len(words) > _SLUG_LENGTH:
        words = words[: _SLUG_LENGTH + 1].rpartition("-")[0] or words[:_SLUG_LENGTH]
    digest = hashlib.sha256(uid.encode("utf-8", "replace")).hexdigest()[:hash_length]
    return f"{words}-{digest}" if words else digest


_DANISH = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "ß": "ss"})


# -- the same content ------------------------------------------------------------------------------------------

# Codes that stand for themselves: sources list them in any order.
_UNORDERED = frozenset("cpv_additional nuts reserved strategic environmental social_objectives innovative".split())


def content_digest(notice: Notice) -> str:
    """Hash of what a notice says; equal digests mean that nothing changed.

    Left out or brought into one form, because they change without the source saying anything else: our own remarks
    (`flags`), the order of codes, of translations and of references, zeros at the end of an amount.
    """
    plain = replace(
        notice,
        flags=(),
        value=_plain_money(notice.value),
        previous=tuple(sorted(notice.previous)),
        lots=tuple(_plain_lot(lot) for lot in notice.lots),
    )
    return _digest(plain)


def agreement_digest(agreement: Agreement) -> str:
    """Hash of what an agreement says, by the same rules as `content_digest`."""
    cpv = tuple(sorted(agreement.cpv))
    return _digest(replace(agreement, flags=(), cpv=cpv, value=_plain_money(agreement.value)))


def _digest(value: object) -> str:
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()


def _plain_lot(lot: Lot) -> Lot:
    return replace(
        lot,
        value=_plain_money(lot.value),
        framework_maximum=_plain_money(lot.framework_maximum),
        translations=tuple(sorted(lot.translations, key=lambda one: one.language)),
        awards=tuple(_plain_award(award) for award in lot.awards),
        cpv_additional=tuple(sorted(lot.cpv_additional)),
        nuts=tuple(sorted(lot.nuts)),
        reserved=tuple(sorted(lot.reserved)),
        strategic=tuple(sorted(lot.strategic)),
        environmental=tuple(sorted(lot.environmental)),
        social_objectives=tuple(sorted(lot.social_objectives)),
        innovative=tuple(sorted(lot.innovative)),
    )


def _plain_award(award: Award) -> Award:
    return replace(award, value=_plain_money(award.value))


def _plain_money(money: Money | None) -> Money | None:
    return replace(money, amount=money.amount.normalize()) if money else None


# -- differences -----------------------------------------------------------------------------------------------

# What readers are told of again: fields of Lot, then what happens to the lot as a whole.
MATERIAL: frozenset[str] = frozenset(
    {
        "deadline",
        "participation_deadline",
        "interest_deadline",
        "value",
        "framework_maximum",
        "title",
        "description",
        "cpv_main",
        "cpv_additional",
        "nuts",
        "duration",
        "reserved",
        "reserved_execution",
        "cancelled",
        "state",
        "hidden",
    }
)
# Each source words these in its own way: comparing them across sources would find nothing but wording.
_WORDING = frozenset({"title", "description"})


def diff_lot(before: Lot, after: Lot) -> tuple[FieldChange, ...]:
    """Every field that says something else, in the order of Lot's fields.

    Blanks and upper case in texts, the order of codes, and the offset in which the same moment is written do not
    count as differences.
    """
    return tuple(
        FieldChange(field.name, _text(old), _text(new))
        for field in fields(Lot)
        if _meaning(field.name, old := getattr(before, field.name))
        != _meaning(field.name, new := getattr(after, field.name))
    )


def same_meaning(name: str, one: object, other: object) -> bool:
    """Whether two values of a field of Lot say the same, as `diff_lot` sees it."""
    return _meaning(name, one) == _meaning(name, other)


def _meaning(name: str, value: object) -> object:
    """What is compared of a field."""
    if isinstance(value, str):
        return " ".join(value.split()).casefold()
    if isinstance(value, tuple) and name in _UNORDERED:
        return frozenset(value)
    return value


def _text(value: object) -> str:
    """A field's value as FieldChange documents it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case StrEnum() | str() | int():
            return str(value)
        case Money(amount, currency):
            return f"{amount.normalize():f} {currency}"
        case Deadline(at, time_known):
            return at.isoformat() if time_known else at.date().isoformat()
        case dt.date():
            return value.isoformat()
        case tuple() if all(isinstance(one, str) for one in value):
            return ",".join(value)
    return msgspec.json.encode(value).decode()


# -- where a lot stands ----------------------------------------------------------------------------------------

# Good runs in a row that list everything but a notice, until it counts as dropped by its source.
PROVEN_RUNS = 3


@dataclass(frozen=True, slots=True)
class Publication:
    """What one notice of a procedure says of one lot.

    `lot` is the lot as the newest version that names it has it, None where no version does. `named` tells whether
    the newest version, which `notice` is, still names it; `dropped`, that its source no longer lists the notice.
    """

    notice: Notice
    first_seen: dt.datetime  # of the notice
    lot: Lot | None
    named: bool = True
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What all publications together say of a lot, so that its state follows for any moment (`state_at`)."""

    stage: Stage  # of the notice that the facts come from
    deadline: dt.datetime | None = None  # the one that governs
    awarded: bool = False
    cancelled: bool = False
    gone: bool = False


def publication_order(publication: Publication) -> tuple[dt.date, int, str, str]:
    """Sorts the notices of a procedure, oldest first, whatever the order of reading."""
    notice = publication.notice
    day = notice.published or publication.first_seen.date()
    return order_of(day, notice.publication_number, notice.source, notice.key)


def order_of(day: dt.date, publication_number: str, source: str, key: str) -> tuple[dt.date, int, str, str]:
    """What `publication_order` sorts by, from the parts of a notice."""
    head = publication_number.partition("-")[0]
    return (day, int(head) if head.isascii() and head.isdigit() else 0, source, key)


def facts_of(publications: Sequence[Publication]) -> Publication:
    """The publication that a lot's facts come from: the newest call or planning notice, else the newest of all.

    One that still names the lot goes before one that took it out or was dropped; an official one before a page, but
    for a page that calls where the official notice only plans. At least one must have the lot.
    """
    found = _telling(publications)
    formal = _newest([one for one in found if official(one.notice)])
    page = _newest([one for one in found if not official(one.notice)])
    if formal is None or page is None:
        best = formal or page
        assert best is not None
        return best
    called = formal.notice.stage is Stage.PLANNING and page.notice.stage is Stage.CALL
    return page if called or _left(formal) > _left(page) else formal


def _telling(publications: Sequence[Publication]) -> list[Publication]:
    """The calls and planning notices that have the lot, else whatever has it."""
    having = [one for one in publications if one.lot is not None]
    return [one for one in having if one.notice.stage in (Stage.PLANNING, Stage.CALL)] or having


def _newest(publications: Sequence[Publication]) -> Publication | None:
    return max(publications, key=lambda one: (not _left(one), publication_order(one)), default=None)


def standing(publications: Sequence[Publication]) -> Standing:
    """Where a lot stands after all publications of its procedure. The newest decisive one wins: a call that is
    published after an award or a cancellation opens the lot again."""
    facts = facts_of(publications)
    assert facts.lot is not None
    outcome = LotState.OPEN
    formal = any(official(one.notice) and _outcome(one) for one in publications)
    for publication in sorted(publications, key=publication_order):
        decided = _outcome(publication)
        if decided is LotState.OPEN and formal and not official(publication.notice):
            continue  # a page goes on showing what was awarded long ago
        outcome = decided or outcome
    return Standing(
        stage=facts.notice.stage,
        deadline=governing_deadline(facts.lot),
        awarded=outcome is LotState.AWARDED,
        cancelled=outcome is LotState.CANCELLED,
        gone=all(_left(one) for one in _telling(publications)) or _taken_up(facts, publications),
    )


def _left(publication: Publication) -> bool:
    """Whether the source no longer shows the lot: it took it out, or dropped the notice that asked for tenders."""
    asked = publication.notice.stage in (Stage.PLANNING, Stage.CALL)
    return _taken_out(publication) or (publication.dropped and asked)


def _taken_out(publication: Publication) -> bool:
    """Whether the source took the lot out of its notice: read without remarks, other lots there, this one not."""
    return not publication.named and bool(publication.notice.lots) and not publication.notice.flags


def _taken_up(facts: Publication, publications: Sequence[Publication]) -> bool:
    """Whether a planned part was taken up: its procedure was called or awarded since, under lots of its own."""
    if facts.lot is None or facts.lot.kind is not LotKind.PART:
        return False
    return any(
        one.lot is None and one.notice.stage in (Stage.CALL, Stage.AWARD) and _follows(one, facts)
        for one in publications
    )


def _follows(publication: Publication, planned: Publication) -> bool:
    """Whether a call or an award came after a planning notice. Pages give no day to go by."""
    if official(publication.notice) != official(planned.notice):
        return official(publication.notice)
    return publication_order(publication) > publication_order(planned)


def _outcome(publication: Publication) -> LotState | None:
    """What one notice decides about a lot: AWARDED, CANCELLED, OPEN (asks for tenders again), or None: nothing."""
    notice, lot = publication.notice, publication.lot
    if notice.cancelled and (lot is not None or not notice.lots):
        return LotState.CANCELLED
    if lot is None:
        return None
    if notice.stage is Stage.CHANGE:
        return LotState.AWARDED  # a contract can only be modified while it runs
    if notice.stage is Stage.AWARD:
        # BT-142: closed without a winner is the end of the lot; open-nw says that nothing is decided yet.
        return {"clos-nw": LotState.CANCELLED, "open-nw": None}.get(lot.result, LotState.AWARDED)
    return LotState.OPEN


def governing_deadline(lot: Lot) -> dt.datetime | None:
    """The moment after which nobody new can take part (`acting_deadline`); None where unknown."""
    deadline = acting_deadline(lot)
    return deadline.at if deadline else None


def state_at(where: Standing, now: dt.datetime) -> LotState:
    """The state at a moment. An unknown deadline never passes, except for a lot known by its award notice alone."""
    if where.cancelled:
        return LotState.CANCELLED
    if where.awarded:
        return LotState.AWARDED
    if where.stage is Stage.CALL and where.deadline is not None and where.deadline < now:
        return LotState.EXPIRED  # sources take down what has passed: that is no news
    if where.gone:
        return LotState.GONE
    if where.stage is Stage.PLANNING:
        return LotState.PLANNED
    return LotState.OPEN if where.stage is Stage.CALL else LotState.EXPIRED


# -- history ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Telling:
    """One version of a notice in the history of a lot: what it says of the lot, and what is another than before.

    `lot` is None where it does not name the lot. `changes` compares with the version before it, and a first version
    with the newest call or planning notice published before.
    """

    notice: Notice
    number: int  # of the version, 1 for the first
    seen_at: dt.datetime
    lot: Lot | None
    changes: tuple[FieldChange, ...] = ()


def tellings(
    versions: Iterable[tuple[Notice, int, dt.datetime, dt.datetime, int | None]],
) -> tuple[Telling, ...]:
    """The history of a lot from all versions of its procedure's notices, the first published first.

    Of each version: the notice, its number, when it and when its notice was first seen, and the lot's place in it.
    """
    found: list[Telling] = []
    last: dict[tuple[str, str], Lot] = {}
    called: Lot | None = None
    given = sorted(versions, key=lambda one: one[1])
    # As its newest version is ordered, so that the versions of a notice stay together.
    orders = {(one[0].source, one[0].key): publication_order(Publication(one[0], one[3], None)) for one in given}
    given.sort(key=lambda one: orders[one[0].source, one[0].key])
    for notice, number, seen_at, _, position in given:
        lot = notice.lots[position] if position is not None else None
        asks = notice.stage in (Stage.PLANNING, Stage.CALL)
        before = last.get((notice.source, notice.key)) or (called if asks else None)
        found.append(Telling(notice, number, seen_at, lot, diff_lot(before, lot) if lot and before else ()))
        if lot is not None:
            last[notice.source, notice.key] = lot
            called = lot if asks else called
    return tuple(found)


# -- what readers are told of ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sighting:
    """A lot as it was known at one time: its facts, the notice that they came from, where it stood."""

    lot: Lot
    notice: Notice
    standing: Standing


def material_changes(before: Sighting, after: Sighting, seen_at: dt.datetime | None = None) -> tuple[FieldChange, ...]:
    """What changed for readers between two sightings of a lot, the later one at `seen_at`: only fields in MATERIAL.

    Facts that came from an award notice are not compared, for it carries less than a call. Between two sources only
    what both give is compared, and no wording. That a lot whose deadline has passed is no longer shown is no change.
    """
    facts: tuple[FieldChange, ...] = ()
    if before.notice.stage in (Stage.PLANNING, Stage.CALL) and before.lot is not after.lot:
        facts = tuple(change for change in diff_lot(before.lot, after.lot) if change.field in MATERIAL)
    if before.notice.source != after.notice.source:
        facts = tuple(one for one in facts if one.field not in _WORDING and one.before and one.after)
    if after.lot.kind is LotKind.PART and after.standing.gone:
        return facts  # the lots of the call are told as new: that they were planned once is no news of its own
    if seen_at and state_at(after.standing, seen_at) is LotState.EXPIRED:
        return facts
    return facts + _standing_changes(before.standing, after.standing)


def _standing_changes(before: Standing, after: Standing) -> tuple[FieldChange, ...]:
    if before.cancelled != after.cancelled:
        words = ("yes", "") if before.cancelled else ("", "yes")
        return (FieldChange("cancelled", *words),)
    old, new = _step(before), _step(after)
    return (FieldChange("state", old, new),) if old and new and old != new else ()


def _step(where: Standing) -> str:
    """The state as far as it changes by publication alone and readers are told: planned, open or gone; else ""."""
    if where.awarded or where.cancelled or where.stage in (Stage.AWARD, Stage.CHANGE):
        return ""
    if where.gone:
        return LotState.GONE.value
    return (LotState.PLANNED if where.stage is Stage.PLANNING else LotState.OPEN).value
