"""One OCDS release into a notice with its lots, awards and winners."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from notifier.lots import Lot, Notice, Organisation, Stage
from notifier.text import clean, clean_line, damaged, language_code
from spiders.parsers import identity
from spiders.parsers import ocds_words as w
from spiders.parsers.ocds import Publication, moment_of, tags_of
from spiders.parsers.ocds_award import decided_lots, read_outcomes
from spiders.parsers.ocds_lot import Frame, links_of, read_lots
from spiders.parsers.ocds_tree import Node, Trail
from spiders.parsers.values import Doubts
from spiders.parsers.zones import zone_of

_PLANNED: Final = ("planning", "planned")


_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Reading:
    """The notices of one release, and the places in it that nobody read."""

    notices: tuple[Notice, ...]
    unread: tuple[str, ...]


def read(publication: Publication, *, source: str, language: str, url: str) -> Reading:
    """The notices of a release: a call or plan, an award, or both; none where it holds neither tender nor award."""
    doubts = Doubts()
    trail = Trail(doubts)
    release = Node(publication.release, "", trail)
    frame = _frame(release, language, doubts)
    lots = read_lots(frame)
    whole = _whole(publication, frame, lots, source, url)
    outcomes = read_outcomes(frame, lots)
    call, award = _asked_for(publication, release, bool(outcomes))
    notices = []
    if call:
        notices.append(replace(whole, stage=call))
    if award:
        key = f"{publication.key}#award" if call else publication.key
        decided = decided_lots(lots, outcomes) or lots
        # The number in the tender's documents is that of the call.
        award_of = replace(whole, key=key, stage=Stage.AWARD, lots=decided, publication_number="")
        notices.append(
            replace(award_of, notice_id="" if call else _uuid(release.text("id")), cancelled=False, cancel_reason="")
        )
    flags = doubts.sentences()
    return Reading(
        tuple(replace(notice, flags=flags) for notice in notices), trail.unread(publication.release, w.IGNORED)
    )


def _asked_for(publication: Publication, release: Node, decided: bool) -> tuple[Stage | None, bool]:
    """(what the release is as a call or plan, whether it is an award), by its tags; a compiled one by its content."""
    tags = tags_of(publication.release)
    status = release.node("tender").text("status")
    planned = status in _PLANNED or (not status and any(tag.startswith("planning") for tag in tags))
    has_tender = bool(release.node("tender"))
    if not tags or "compiled" in tags:
        calls, awards = has_tender, decided
    else:
        calls = has_tender and any(tag.startswith(("planning", "tender")) for tag in tags)
        awards = any(tag.startswith(("award", "contract", "implementation")) for tag in tags)
    if not decided and any(award.text("status") == "pending" for award in release.nodes("awards")):
        awards = False  # what is only proposed decides nothing yet
    # The process is over, and who won is not said: it must not stay open for want of a deadline.
    awards = awards or (calls and status == "complete")
    return (Stage.PLANNING if planned else Stage.CALL) if calls else None, awards


def _frame(release: Node, language: str, doubts: Doubts) -> Frame:
    parties = {}
    for party in release.nodes("parties"):
        parties[party.text("id")] = w.organisation(party)
    tender = release.node("tender")
    buyer = _buyers(release, tender, parties)
    zone = zone_of(buyer[0].country if buyer else "") or dt.UTC
    return Frame(release, tender, parties, zone, language_code(release.text("language")) or language, doubts)


def _buyers(release: Node, tender: Node, parties: dict[str, Organisation]) -> tuple[Organisation, ...]:
    references = [
        release.node("buyer"),
        *(party for party in release.nodes("parties") if "buyer" in party.texts("roles")),
    ]
    found = [w.party_of(reference, parties) for reference in references if reference]
    entity = tender.node("procuringEntity")
    if not any(buyer.name for buyer in found) and entity:
        found = [w.party_of(entity, parties)]
    return tuple(dict.fromkeys(buyer for buyer in found if buyer.name))


def is_of(notice: Notice, buyers: Iterable[str]) -> bool:
    """Whether one of these buys, by name or identifier as the publisher writes it; no buyer named stands for all."""
    wanted = {_plain(buyer) for buyer in buyers}
    names = {_plain(name) for buyer in notice.buyers for name in (buyer.name, buyer.identifier)}
    return not wanted or bool(names & wanted)


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _whole(publication: Publication, frame: Frame, lots: tuple[Lot, ...], source: str, url: str) -> Notice:
    release, tender, doubts = frame.release, frame.tender, frame.doubts
    date = release.text("date")
    moment = moment_of(date)
    known = moment.year > 1
    if not known:
        doubts.about("The release's date", "is not known", date)
    title = clean_line(tender.text("title")) or clean_line(release.text("title"))
    description = clean(tender.text("description")) or clean(release.text("description"))
    status = tender.text("status")
    ended = status in w.ENDED or "tenderCancellation" in tags_of(publication.release)
    links = links_of(frame)
    official = identity.of_links(links.values())
    buyers = _buyers(release, tender, frame.parties)
    if not title:
        doubts.add("The release has no title.")
    if not buyers:
        doubts.add("The release names no buyer.")
    if damaged(title) or damaged(description):
        doubts.add("Letters were lost on the way: the text is not written in the character set that it names.")
    return Notice(
        source=source,
        key=publication.key,
        stage=Stage.CALL,
        title=title or next((lot.title for lot in lots if lot.title), ""),
        url=next((link for name, link in links.items() if name.endswith("Notice")), "") or url,
        notice_id=official.notice_id or _uuid(release.text("id")),
        publication_number=official.publication_number,
        procedure_id=publication.ocid,
        language=frame.language,
        description=description,
        buyers=buyers,
        published=moment.astimezone(frame.zone).date() if known else None,
        dispatched=moment if known else None,
        legal_basis=clean_line(tender.node("legalBasis").text("id"), 40),
        procedure_type="open" if tender.text("procurementMethod") == "open" else "",
        value=w.money(tender.node("value"), "The whole value", doubts),
        lots=lots,
        previous=_previous(release),
        cancelled=ended,
        cancel_reason=clean(tender.text("statusDetails")) if ended else "",
    )


def _uuid(raw: str) -> str:
    """A release's id where it is that of an eForms notice (BT-701)."""
    return raw.strip().lower() if _UUID.fullmatch(raw.strip()) else ""


def _previous(release: Node) -> tuple[str, ...]:
    """The planning process that this one takes up. A framework's later purchases are procedures of their own."""
    found = (
        clean_line(related.text("identifier"), 200)
        for related in release.nodes("relatedProcesses")
        if "planning" in related.texts("relationship")
    )
    return tuple(dict.fromkeys(filter(None, found)))
