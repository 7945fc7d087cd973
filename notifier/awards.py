"""Awards become purchasing agreements: who delivers what to whom, and until when. Pure.

A lot whose notices speak of a framework agreement becomes one agreement for each winner. Winner, value and dates come
from the award notices and from modifications of the contract, the newest first; what they do not say (the length, the
renewals, often the dates) comes from the call. Where the day of conclusion shows that the call's dates did not hold,
they are left aside. The end is the one that is stated, or start and length; the latest end is the end with every
renewal used. What is not stated is unknown, with a flag: a contract does not begin on the day of its conclusion.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from notifier import changes, merging
from notifier.changes import Publication
from notifier.clock import add_months
from notifier.lots import Agreement, Award, Lot, Organisation, Stage
from notifier.merging import Tie
from notifier.periods import latest_end


@dataclass(frozen=True, slots=True)
class Won:
    """An agreement that follows from an award. `winner` tells the winners of a lot apart; the agreement has no key."""

    winner: str
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class _Telling:
    """What one notice says of one winner's contract."""

    publication: Publication
    lot: Lot
    award: Award


def agreements_of(publications: Sequence[Publication]) -> tuple[Won, ...]:
    """The agreements on one lot, given everything that was published of it, the winners in the order of their names."""
    having = sorted((one for one in publications if one.lot is not None), key=changes.publication_order, reverse=True)
    if not any(one.lot and one.lot.framework not in ("", "none") for one in having):
        return ()
    if changes.standing(publications).cancelled:
        return ()
    names = dict(_identified(having))
    by_winner: dict[str, list[_Telling]] = {}
    for telling in _tellings(having):
        name = plain_name(telling.award.winner)
        winner = telling.award.winner.identifier or names.get(name, "") or name
        by_winner.setdefault(winner, []).append(telling)
    calls = [one.lot for one in having if one.lot and one.notice.stage is Stage.CALL]
    facts = changes.facts_of(having)
    return tuple(Won(winner, _agreement(told, calls, facts)) for winner, told in sorted(by_winner.items()))


def _identified(publications: Iterable[Publication]) -> Iterator[tuple[str, str]]:
    """The national number of each winner that has one in any notice, by name."""
    for one in publications:
        for award in one.lot.awards if one.lot else ():
            if award.winner.identifier:
                yield plain_name(award.winner), award.winner.identifier


def plain_name(winner: Organisation) -> str:
    """A name without case, blanks and points, by which a winner goes that has no number."""
    return "".join(re.findall(r"\w+", winner.name.casefold()))


def _tellings(publications: Sequence[Publication]) -> Iterator[_Telling]:
    """Every winner in every notice that still holds, the newest notice first."""
    awarded: list[Publication] = []
    for one in publications:
        if one.lot is None or one.notice.stage not in (Stage.AWARD, Stage.CHANGE) or one.notice.cancelled:
            continue
        if one.notice.stage is Stage.AWARD and any(_replaces(newer, one) for newer in awarded):
            continue
        awarded.append(one)
        for award in one.lot.awards if one.lot.result not in ("clos-nw", "open-nw") else ():
            if award.winner.name or award.winner.identifier:
                yield _Telling(one, one.lot, award)


def _replaces(newer: Publication, older: Publication) -> bool:
    """Whether an award notice was published anew: another version of the same notice, or a correction of it."""
    ties = merging.names_of(newer.notice)
    own = {name for name, tie in merging.names_of(older.notice) if tie is Tie.OWN}
    same = {merging.notice_name(newer.notice.notice_id)} - {""}
    corrected = {name for name, tie in ties if tie is Tie.CORRECTS}
    return newer.notice.stage is Stage.AWARD and bool(own & (same | corrected))


def _agreement(told: Sequence[_Telling], calls: Sequence[Lot], facts: Publication) -> Agreement:
    newest, lot = told[0], facts.lot or told[0].lot
    flags: list[str] = []
    lots = [one.lot for one in told]
    start, end = _term(lots, calls, _first(one.award.concluded for one in told), flags)
    renewing = next((one for one in (*lots, *calls) if one.renewals is not None or one.renewal_text), None)
    return Agreement(
        source=newest.publication.notice.source,
        key="",
        title=lot.title or facts.notice.title,
        supplier=next((one.award.winner for one in told if one.award.winner.identifier), newest.award.winner),
        buyer=newest.publication.notice.buyer,
        start=start,
        end=end,
        latest_end=_latest(end, renewing, flags),
        options=renewing.renewal_text if renewing else "",
        cpv=tuple(dict.fromkeys(code for code in (lot.cpv_main, *lot.cpv_additional) if code)),
        value=next((one.award.value for one in told if one.award.value), None),
        url=newest.publication.notice.url,
        flags=tuple(flags),
    )


def _first(days: Iterable[dt.date | None]) -> dt.date | None:
    return min((day for day in days if day), default=None)


def _term(
    awarded: Sequence[Lot], calls: Sequence[Lot], concluded: dt.date | None, flags: list[str]
) -> tuple[dt.date | None, dt.date | None]:
    """First and last day, as far as they are sure."""
    start = next((lot.start for lot in awarded if lot.start), None)
    end = next((lot.end for lot in awarded if lot.end), None)
    length = next((lot.duration for lot in (*awarded, *calls) if lot.duration), "")
    planned = next((lot for lot in calls if lot.start), None)
    if start is None and planned is not None and planned.start:
        if concluded and concluded > planned.start:
            flags.append(f"the call says that it starts on {planned.start}, but it was concluded on {concluded}")
        else:
            start, end = planned.start, end or planned.end
    if start and end is None and length:
        end = _after(start, length)
    if start and end and end < start:
        flags.append(f"it ends ({end}) before it starts ({start}): both are left unknown")
        return None, None
    if end is None:
        runs = f" it runs for {length}, from a day that is not stated" if length else " no notice states it"
        flags.append(f"the end is unknown:{runs}")
    return start, end


def _after(start: dt.date, length: str) -> dt.date | None:
    """The last day of a contract of that length (ISO 8601, one unit), which begins on `start`."""
    found = re.fullmatch(r"P(\d{1,3})([YMWD])", length)
    if found is None:
        return None
    count = int(found[1])
    try:
        if found[2] in "YM":
            return add_months(start, count * (12 if found[2] == "Y" else 1)) - dt.timedelta(days=1)
        return start + dt.timedelta(days=count * (7 if found[2] == "W" else 1) - 1)
    except (ValueError, OverflowError):  # after the year 9999
        return None


def _latest(end: dt.date | None, renewing: Lot | None, flags: list[str]) -> dt.date | None:
    """The last day with every renewal used (BT-58, BT-57)."""
    if end is None or renewing is None:
        return None
    if not renewing.renewal_text:
        if renewing.renewals == 0:
            return end
        flags.append(f"it can be renewed {renewing.renewals} times; for how long is not stated")
        return None
    latest = latest_end(end, renewing.renewal_text)
    if latest is None:
        flags.append("how far it can be extended could not be read from the words on renewal")
    return latest
