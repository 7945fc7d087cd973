"""What is new, what changed, where a lot stands: decided from values alone, without clock, store or network.

**Identity.** Notices of one procedure (BT-04) share their lots, whatever the source: a lot is
`procedure_id/lot_id`. Where the procedure is not known, the notice stands for itself: `source:key/lot_id`. A part
of a planning notice is `procedure_id/part:lot_id`: planned work that readers are told of, and that ends as GONE when
the procedure is called or awarded under lots of its own.

**Facts.** A lot's facts come from the newest call or planning notice that names it; a change notice is a call that
is published later and supersedes. Award notices carry less (no deadline) and only add the outcome; a lot known from
nothing else takes its facts from there.

**Order.** Notices of a procedure are ordered by their day of publication (the day on which they were first seen,
where a source gives none), then by publication number. So it does not matter in which order they were read.

**Closing.** Only a source's own statement closes a lot: a cancellation, a result, or a newer version of the very
notice that no longer names the lot although it was read without remarks and names others (GONE). A notice that is
missing from a list, a doubtful reading and a later notice without the lot close nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Sequence
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

# -- identity --------------------------------------------------------------------------------------------------


def procedure_key(notice: Notice) -> str:
    """What the lots of a notice are grouped by: the procedure where it is known, else the notice itself."""
    return notice.procedure_id or f"{notice.source}:{notice.key}"


def _label(lot: Lot) -> str:
    """A part is never the lot that has the same number: a call may divide the work in another way than was planned."""
    return f"part:{lot.lot_id}" if lot.kind is LotKind.PART else lot.lot_id


def lot_uids(group: str, notice: Notice) -> tuple[str, ...]:
    """Identities of the lots and parts of a notice, in order, under the procedure key `group`.

    A notice that uses a lot's number twice breaks its schema, but both lots are kept: the second gets "#2".
    """
    seen: dict[str, int] = {}
    uids: list[str] = []
    for position, lot in enumerate(notice.lots, start=1):
        label = _label(lot) if lot.lot_id else _label(replace(lot, lot_id=str(position)))
        seen[label] = seen.get(label, 0) + 1
        uids.append(f"{group}/{label}" if seen[label] == 1 else f"{group}/{label}#{seen[label]}")
    return tuple(uids)


def agreement_uid(agreement: Agreement) -> str:
    """Identity of a purchasing agreement; never that of a lot."""
    return f"agreement:{agreement.source}:{agreement.key}"


_SLUG_LENGTH = 50  # of the words: with the hash it stays readable in a mail's plain text


def slug(title: str, uid: str, hash_length: int = 8) -> str:
    """Name of a page: words of the title in ASCII letters and digits, then a short hash of the identity.

    >>> slug("Rengøring af Ældrecenter Åhuset", "p/LOT-0001")
    'rengoering-af-aeldrecenter-aahuset-11b97542'
    """
    folded = title.lower().translate(_DANISH)
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


@dataclass(frozen=True, slots=True)
class Publication:
    """What one notice of a procedure says of one lot.

    `lot` is the lot as the newest version that names it has it, None where no version does. `named` tells whether
    the newest version, which `notice` is, still names it.
    """

    notice: Notice
    first_seen: dt.datetime  # of the notice
    lot: Lot | None
    named: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """What all publications together say of a lot, so that its state follows for any moment (`state_at`)."""

    stage: Stage  # of the notice that the facts come from
    deadline: dt.datetime | None = None  # the one that governs
    awarded: bool = False
    cancelled: bool = False
    gone: bool = False


def publication_order(publication: Publication) -> tuple[dt.date, int, dt.datetime, str, str]:
    """Sorts the notices of a procedure, oldest first, whatever the order of reading."""
    notice = publication.notice
    head = notice.publication_number.partition("-")[0]
    number = int(head) if head.isascii() and head.isdigit() else 0
    day = notice.published or publication.first_seen.date()
    return (day, number, publication.first_seen, notice.source, notice.key)


def facts_of(publications: Sequence[Publication]) -> Publication:
    """The publication that a lot's facts come from: the newest call or planning notice, else the newest of all.

    One that still names the lot goes before one that took it out. At least one must have the lot.
    """
    having = [one for one in publications if one.lot is not None]
    calls = [one for one in having if one.notice.stage in (Stage.PLANNING, Stage.CALL)]
    return max(calls or having, key=lambda one: (not _taken_out(one), publication_order(one)))


def standing(publications: Sequence[Publication]) -> Standing:
    """Where a lot stands after all publications of its procedure. The newest decisive one wins: a call that is
    published after an award or a cancellation opens the lot again."""
    facts = facts_of(publications)
    assert facts.lot is not None
    outcome = LotState.OPEN
    for publication in sorted(publications, key=publication_order):
        outcome = _outcome(publication) or outcome
    notice = facts.notice
    return Standing(
        stage=notice.stage,
        deadline=governing_deadline(facts.lot),
        awarded=outcome is LotState.AWARDED,
        cancelled=outcome is LotState.CANCELLED,
        gone=_taken_out(facts) or _taken_up(facts, publications),
    )


def _taken_out(publication: Publication) -> bool:
    """Whether the source took the lot out of its notice: read without remarks, other lots there, this one not."""
    return not publication.named and bool(publication.notice.lots) and not publication.notice.flags


def _taken_up(facts: Publication, publications: Sequence[Publication]) -> bool:
    """Whether a planned part was taken up: its procedure was called or awarded since, under lots of its own."""
    if facts.lot is None or facts.lot.kind is not LotKind.PART:
        return False
    planned = publication_order(facts)
    return any(
        one.lot is None and one.notice.stage in (Stage.CALL, Stage.AWARD) and publication_order(one) > planned
        for one in publications
    )


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
    if where.gone:
        return LotState.GONE
    if where.stage is Stage.PLANNING:
        return LotState.PLANNED
    if where.stage is not Stage.CALL or (where.deadline is not None and where.deadline < now):
        return LotState.EXPIRED
    return LotState.OPEN


# -- what readers are told of ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sighting:
    """A lot as it was known at one time: its facts, the notice that they came from, where it stood."""

    lot: Lot
    notice: Notice
    standing: Standing


def material_changes(before: Sighting, after: Sighting) -> tuple[FieldChange, ...]:
    """What changed for readers between two sightings of a lot: only fields in MATERIAL.

    Facts that came from an award notice are not compared, for it carries less than a call. Between two sources only
    what both give is compared, and no wording.
    """
    facts: tuple[FieldChange, ...] = ()
    if before.notice.stage in (Stage.PLANNING, Stage.CALL) and before.lot is not after.lot:
        facts = tuple(change for change in diff_lot(before.lot, after.lot) if change.field in MATERIAL)
    if before.notice.source != after.notice.source:
        facts = tuple(one for one in facts if one.field not in _WORDING and one.before and one.after)
    if after.lot.kind is LotKind.PART and after.standing.gone:
        return facts  # the lots of the call are told as new: that they were planned once is no news of its own
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
