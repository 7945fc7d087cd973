"""What officers post: small purchases that need no tender, and tenders that they found somewhere. Pure.

a form ─read─> Posting ─notice_of─> Notice, held like any other under a source of the kind `opslag`
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from notifier import typed
from notifier.changes import lot_uid, procedure_key
from notifier.clock import COPENHAGEN, add_months
from notifier.lots import MAILTO, SMALL_PURCHASE, Deadline, Lot, Money, Notice, Organisation, Stage, Verdict
from notifier.typed import Typed

FAR_MONTHS = 24  # a deadline beyond is a typing mistake
_NOON = dt.time(12)


class Kind(StrEnum):
    """What is posted."""

    SMALL = "small"  # the town's own small purchase, without a tender
    FOUND = "found"  # a tender that no source brings


# Which marks an officer can choose. Nobody is kept out of a small purchase.
VERDICTS = {
    Kind.SMALL: (Verdict.SUITABLE, Verdict.POSSIBLE),
    Kind.FOUND: (Verdict.SUITABLE, Verdict.POSSIBLE, Verdict.RESERVED),
}


@dataclass(frozen=True, slots=True)
class Posting:
    """What an officer posted. `answer` is a page or "mailto:ADDRESS", `url` where a tender was found."""

    kind: Kind
    title: str
    description: str = ""
    buyer: str = ""  # of a tender that was found; a small purchase is the town's
    place: str = ""
    nuts: tuple[str, ...] = ()
    value: Money | None = None
    deadline: Deadline | None = None
    answer: str = ""
    url: str = ""
    cpv: str = ""
    verdict: Verdict = Verdict.SUITABLE
    trades: tuple[str, ...] = ()  # none: those that the rules find


@dataclass(frozen=True, slots=True)
class Read:
    """A form that was read: the posting, what is wrong by the form's fields, and what should be looked at again."""

    posting: Posting
    wrong: Mapping[str, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()


def defaults(kind: Kind, now: dt.datetime, contact: str, places: tuple[str, ...]) -> Posting:
    """A form to begin with: two weeks to answer in, by mail to the town's own address."""
    if kind is Kind.FOUND:
        return Posting(kind, "")
    day = now.astimezone(COPENHAGEN).date() + dt.timedelta(days=14)
    noon = Deadline(dt.datetime.combine(day, _NOON, COPENHAGEN))
    return Posting(kind, "", deadline=noon, answer=f"{MAILTO}{contact}", nuts=places)


def as_typed(posting: Posting) -> dict[str, str]:
    """A posting as the form's fields hold it; its trades are apart."""
    day, time = typed.as_moment(posting.deadline)
    return {
        "title": posting.title,
        "description": posting.description,
        "buyer": posting.buyer,
        "place": posting.place,
        "nuts": ", ".join(posting.nuts),
        "value": typed.as_money(posting.value),
        "deadline": day,
        "deadline_time": time,
        "answer": posting.answer.removeprefix(MAILTO),
        "url": posting.url,
        "cpv": posting.cpv,
        "verdict": posting.verdict.value,
    }


def read(
    kind: Kind,
    form: Mapping[str, str],
    trades: Collection[str],
    *,
    now: dt.datetime,
    threshold: int,
    ended: Deadline | None = None,
) -> Read:
    """A form as a posting. `threshold` is the value in kroner below which a small purchase has to stay, `ended` a
    deadline that stood before: leaving it as it is is no mistake, though it may have passed."""
    said = {name: form.get(name, "") for name in as_typed(Posting(kind, ""))}
    needed = kind is Kind.FOUND
    parts: dict[str, Typed[Any]] = {
        "title": typed.line(said["title"], needed=True),
        "description": typed.text(said["description"]),
        "buyer": typed.line(said["buyer"], needed=True) if needed else Typed(""),
        "place": typed.line(said["place"]),
        "nuts": typed.nuts(said["nuts"]),
        "value": _value(kind, typed.money(said["value"]), threshold),
        "deadline": _deadline(typed.moment(said["deadline"], said["deadline_time"]), now, ended),
        "answer": Typed("") if needed else _needed(typed.answer(said["answer"])),
        "url": _needed(typed.web(said["url"])) if needed else Typed(""),
        "cpv": typed.cpv(said["cpv"]),
        "verdict": _verdict(kind, said["verdict"]),
    }
    values = {name: one.value for name, one in parts.items()}
    posting = Posting(kind=kind, trades=tuple(dict.fromkeys(trades)), **values)
    return Read(posting, {name: one.wrong for name, one in parts.items() if one.wrong}, _doubts(posting))


def _needed(one: Typed[str]) -> Typed[str]:
    return one if one.wrong or one.value else Typed("", "needed")


def _value(kind: Kind, one: Typed[Money | None], threshold: int) -> Typed[Money | None]:
    if one.wrong or kind is Kind.FOUND:
        return one
    if one.value is None:
        return Typed(None, "needed")
    if one.value.currency != "DKK":
        return Typed(one.value, "kroner")
    return Typed(one.value, "threshold" if one.value.amount >= Decimal(threshold) else "")


def _deadline(one: Typed[Deadline | None], now: dt.datetime, ended: Deadline | None) -> Typed[Deadline | None]:
    if one.wrong or (ended is not None and one.value == ended):
        return one
    if one.value is None:
        return Typed(None, "needed")
    if one.value.at <= now:
        return Typed(one.value, "past")
    far = add_months(now.astimezone(COPENHAGEN).date(), FAR_MONTHS)
    return Typed(one.value, "far" if one.value.at.date() > far else "")


def _verdict(kind: Kind, said: str) -> Typed[Verdict]:
    found = next((one for one in VERDICTS[kind] if one.value == said), None)
    return Typed(found or Verdict.SUITABLE, "" if found else "verdict")


def _doubts(posting: Posting) -> tuple[str, ...]:
    """Keys of what is no mistake, but should be looked at again before it is posted."""
    persons = posting.answer.startswith(MAILTO) and typed.is_persons(posting.answer.removeprefix(MAILTO))
    thin = len(posting.description) < 40
    return tuple(key for key, so in (("person", persons), ("thin", thin)) if so)


# -- as a notice -------------------------------------------------------------------------------------------------------


def notice_of(
    posting: Posting, *, source: str, key: str, town: Organisation, posted: dt.date, withdrawn: bool = False
) -> Notice:
    """A posting as any source would show it. `town` buys what is no tender of somebody else."""
    small = posting.kind is Kind.SMALL
    lot = Lot(
        lot_id="",
        title=posting.title,
        description=posting.description,
        cpv_main=posting.cpv,
        value=posting.value,
        nuts=posting.nuts,
        place=posting.place,
        deadline=posting.deadline,
        submission_url=posting.answer,
    )
    return Notice(
        source=source,
        key=key,
        stage=Stage.CALL,
        title=posting.title,
        url=posting.url,
        language="da",
        buyers=(town if small else Organisation(posting.buyer),),
        published=posted,
        procedure_type=SMALL_PURCHASE if small else "",
        lots=(lot,),
        cancelled=withdrawn,
    )


def uid_of(source: str, key: str) -> str:
    """The identity that a posting's lot asked for; it may have turned out to be another lot since."""
    notice = Notice(source, key, Stage.CALL, "", lots=(Lot("", ""),))
    return lot_uid(procedure_key(notice), notice.lots[0], 0)
