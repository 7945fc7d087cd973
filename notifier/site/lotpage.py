"""All that a lot's page says, as values in the reader's language."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from notifier.amounts import write_money
from notifier.clock import write_deadline
from notifier.lots import (
    MAILTO,
    Assessment,
    Demand,
    Evidence,
    Lot,
    LotChange,
    LotState,
    LotView,
    Verdict,
    leaves_out,
)
from notifier.people import public_url
from notifier.phrases import (
    Foreign,
    asked_together,
    change_phrase,
    demand_names,
    field_language,
    foreign,
    local_day,
    of_own_trades,
    reservations,
    telling,
    title_for,
    told_criterion,
    value_phrase,
    verdict_phrase,
    write_cpv,
)
from notifier.site.facts import Fact, deadlines, facts
from notifier.site.reader import Reader, part_of, state_at
from notifier.text import clean_address


@dataclass(frozen=True, slots=True)
class Dated:
    """Words on a day or a point in time, and the same for programs (ISO 8601)."""

    label: str
    words: str
    iso: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A piece of evidence: what it is, a detail, and the source's own words with the place where they stand."""

    heading: str
    detail: str = ""
    quote: str = ""
    language: str = ""  # of the quote, where it is not the reader's
    where: str = ""


@dataclass(frozen=True, slots=True)
class Reserved:
    """A legal basis: its name, the official text of the code (in Danish too, for other readers), a check."""

    heading: str
    official: str
    danish: str
    check: str


@dataclass(frozen=True, slots=True)
class Told:
    """A change as readers are told it."""

    day: str
    iso: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another lot of the same tender; `state_words` where one cannot bid for it now."""

    slug: str
    title: Foreign
    state_words: str


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses outside the site, each http or https, or ""."""

    notice: str
    documents: str
    submission: str


@dataclass(frozen=True, slots=True)
class Answering:
    """How one answers a small purchase, for which there is no tender: by mail to an office, or on a page."""

    mail: str = ""
    web: str = ""


@dataclass(frozen=True, slots=True)
class Ways:
    """Where the public site leads on from a lot's page, from its folder; each "" where there is no such page."""

    week: str  # of the week in which it was found
    week_words: str
    month: str  # of open lots with a deadline in the same month
    month_words: str
    trades: tuple[tuple[str, str], ...] = ()  # with a calendar and a feed, by key and name


_CLOSED = frozenset({LotState.EXPIRED, LotState.AWARDED, LotState.CANCELLED, LotState.GONE})


@dataclass(frozen=True, slots=True)
class LotPage:
    """A lot's page. Texts of several paragraphs are tuples, each paragraph a tuple of lines."""

    title: Foreign
    part_of: Foreign | None
    buyer: str
    state: LotState
    state_words: str
    state_note: str
    verdict: str
    mark: str
    mark_note: str
    deadlines: tuple[Dated, ...]
    value: str
    language: str  # of the source's text, where it is not the reader's
    lead: tuple[tuple[str, ...], ...]
    rest: tuple[tuple[str, ...], ...]
    extra: tuple[tuple[str, ...], ...]
    reserved: tuple[Reserved, ...]
    speaks_for: tuple[Reason, ...]
    speaks_against: tuple[Reason, ...]
    asks: tuple[Reason, ...]
    facts: tuple[Fact, ...]
    changes: tuple[Told, ...]
    published: str
    found: str
    siblings: tuple[Sibling, ...]
    links: Links
    answering: Answering | None = None  # of a small purchase alone
    tender: str = ""  # the way to the page of the whole tender, where it has more lots than `siblings`

    @property
    def closed(self) -> bool:
        """Whether it is over: what it was marked as is of the past."""
        return self.state in _CLOSED


def lot_page(view: LotView, siblings: Sequence[LotView], reader: Reader, now: dt.datetime, tender: str = "") -> LotPage:
    """The page of a public lot; `siblings` are other public lots of its procedure, `now` decides if it is expired.
    Where there are more of them, `tender` is the way to all.

    Raises ValueError for a lot that was never assessed: it has no page.
    """
    if view.assessment is None:
        raise ValueError(f"the lot {view.uid} has no assessment and so no page")
    lot, notice, w = view.lot, view.notice, reader.w
    state, mark = state_at(view, now), verdict_phrase(lot, view.assessment, reader.language)
    description, language = description_for(view, reader)
    lead, rest = split_lead(description)
    return LotPage(
        title=public_title(view, reader),
        part_of=part_of(view, reader),
        buyer=reader.text(notice.buyer.name) or w("site.unnamed_buyer"),
        state=state,
        state_words=w(f"site.state_{state}"),
        state_note=w(f"site.state_{state}_note") if f"site.state_{state}_note" in w else "",
        verdict=view.assessment.verdict.value,
        mark=w("site.mark_was", mark=mark) if state in _CLOSED else mark,
        mark_note=_mark_note(view.assessment.verdict, state, reader),
        deadlines=dated_deadlines(lot, reader),
        value=known_value(view, reader),
        language=language,
        lead=paragraphs(lead),
        rest=paragraphs(rest),
        extra=paragraphs(reader.text(lot.additional_information)),
        reserved=() if leaves_out(view.assessment) else _reserved(lot, reader),
        speaks_for=_reasons(view, of_own_trades(view.assessment), reader, speaks_for=True),
        speaks_against=_reasons(view, of_own_trades(view.assessment), reader, speaks_for=False),
        asks=_asks(view, view.assessment, reader),
        facts=facts(view, reader),
        changes=tuple(told(change, reader) for change in reversed(view.changes)),
        published=w(f"site.{'posted' if view.is_small_purchase else 'published'}_at", day=reader.day(notice.published))
        if notice.published
        else "",
        found=reader.seen(view.first_seen),
        siblings=tuple(sibling(other, reader, now) for other in siblings),
        links=Links(public_url(notice.url), public_url(lot.documents_url), public_url(lot.submission_url)),
        answering=answering(view),
        tender=tender,
    )


def answering(view: LotView) -> Answering | None:
    """How one answers a small purchase; None for a tender, whose documents say how."""
    if not view.is_small_purchase:
        return None
    mail = clean_address(view.lot.submission_url.removeprefix(MAILTO))
    return Answering(mail=mail) if mail else Answering(web=public_url(view.lot.submission_url))


def public_title(view: LotView, reader: Reader) -> Foreign:
    """The lot's title for this reader; a stand-in where the source gave none."""
    title = title_for(view.lot, view.notice, reader.language)
    shown = reader.text(title.words)
    return Foreign(shown, title.language) if shown.strip() else Foreign(reader.w("site.unnamed"))


def known_value(view: LotView, reader: Reader) -> str:
    """The value for a year or as a whole, in words that tell by themselves that it is the value which is unknown."""
    value = value_phrase(view, reader.language)
    return reader.w("site.value_unknown") if value == reader.w("common.unknown") else value


def _mark_note(verdict: Verdict, state: LotState, reader: Reader) -> str:
    """What the mark means, while one can act on it. A reservation is told by its own part of the page instead."""
    if verdict is Verdict.RESERVED or state not in (LotState.OPEN, LotState.PLANNED):
        return ""
    return reader.w(f"site.mark_{verdict}")


def sibling(view: LotView, reader: Reader, now: dt.datetime) -> Sibling:
    """A lot among the others of its tender."""
    state = state_at(view, now)
    words = "" if state is LotState.OPEN else reader.w(f"site.state_{state}")
    return Sibling(view.slug, public_title(view, reader), words)


def description_for(view: LotView, reader: Reader) -> tuple[str, str]:
    """The description and its language where that is not the reader's. A translation is taken where there is one."""
    for translation in view.lot.translations:
        if translation.language == reader.language != view.notice.language and translation.description:
            return reader.text(translation.description), ""
    text = foreign(view.lot.description or view.notice.description, view.notice, reader.language)
    return reader.text(text.words), text.language


_LEAD = 900  # characters that are read at a glance; the rest is one click away
_STOP = re.compile(r"\n|[.!?](?=\s)")


def split_lead(text: str) -> tuple[str, str]:
    """A long text's beginning, up to the end of a paragraph or a sentence, and the rest; a short one is not cut."""
    if len(text) <= _LEAD * 4 // 3:
        return text, ""
    stops = [match.end() for match in _STOP.finditer(text, _LEAD // 3, _LEAD)]
    at = stops[-1] if stops else text.rfind(" ", _LEAD // 3, _LEAD)
    at = at if at > 0 else _LEAD
    return text[:at].strip(), text[at:].strip()


def paragraphs(text: str) -> tuple[tuple[str, ...], ...]:
    """Paragraphs (parted by an empty line), each as its lines."""
    return tuple(tuple(part.split("\n")) for part in re.split(r"\n\s*\n", text.strip()) if part.strip())


def dated_deadlines(lot: Lot, reader: Reader) -> tuple[Dated, ...]:
    """Every deadline to act on, the first hurdle first."""
    return tuple(
        Dated(
            reader.w(key),
            write_deadline(at, reader.language),
            at.at.isoformat() if at.time_known else f"{at.at:%Y-%m-%d}",
        )
        for key, at in deadlines(lot)
    )


# -- reservation ---------------------------------------------------------------------------------------------------


def _reserved(lot: Lot, reader: Reader) -> tuple[Reserved, ...]:
    if not lot.reserved and lot.reserved_execution != "yes":
        return ()
    danish = Reader("da")
    bases = reservations(lot)
    if lot.reserved_execution == "yes" and "reserved_res-program" not in bases:
        bases = (*dict.fromkeys((*bases, "reserved_execution")),)
    return tuple(
        Reserved(
            heading=reader.w(f"common.{basis}"),
            official=_optional(f"common.{basis}_official", reader),
            danish=_optional(f"common.{basis}_official", danish) if reader.language != "da" else "",
            check=_optional(f"common.{basis}_check", reader),
        )
        for basis in bases
    )


def _optional(key: str, reader: Reader) -> str:
    return reader.w(key) if key in reader.w else ""


# -- evidence and demands ------------------------------------------------------------------------------------------


def _reasons(view: LotView, evidence: Iterable[Evidence], reader: Reader, *, speaks_for: bool) -> tuple[Reason, ...]:
    """The heaviest first; what reads the same is said once. Demands are told by their own part of the page."""
    sign = 1 if speaks_for else -1
    told = (found for found in evidence if found.weight * sign > 0 and found.criterion != "demand")
    return tuple(dict.fromkeys(reason(found, view, reader) for found in telling(told)))


def reason(found: Evidence, view: LotView, reader: Reader) -> Reason:
    """A piece of evidence for readers: codes become words, words are quoted."""
    # A note is a paragraph of the law, which readers know, or a key of the rules, which tells the heading.
    note = found.note if found.note.startswith("§") else ""
    details = (*reader.trade_names((found.trade,)), note, _code(found, reader))
    quote = _quote(found, reader)
    return Reason(
        heading=_heading(found, reader),
        detail=", ".join(detail for detail in details if detail),
        quote=quote,
        language=_language_of(found.field, view, reader) if quote and is_quote(found) else "",
        where=_where(found.field, reader) if quote else "",
    )


def _heading(found: Evidence, reader: Reader) -> str:
    """The criterion in words, as exactly as there are words for it."""
    demand = f"common.demand_{found.note}"
    if found.criterion == "demand" and demand in reader.w:
        return reader.w("site.criterion_demand", demand=reader.w(demand).lower())
    criterion = told_criterion(found)
    keys = (f"site.criterion_{criterion}_{found.note}", f"site.criterion_{criterion}", "site.criterion_other")
    return reader.w(next(key for key in keys if key in reader.w))


def is_quote(found: Evidence) -> bool:
    """Whether the evidence stands on words of the notice; otherwise on a code, a number or an answer."""
    return found.start is not None and not found.field.startswith(
        ("cpv", "reserved", "social_obj", "strategic", "notice.notice_type")
    )


def _quote(found: Evidence, reader: Reader) -> str:
    """The words that are quoted, or what a code means. A reservation's official text has its own place."""
    if is_quote(found):
        return reader.text(found.quote)
    return _optional(f"site.code_{found.quote}", reader)


def _code(found: Evidence, reader: Reader) -> str:
    """A code that the evidence stands on. An amount is not repeated: the value stands among the facts."""
    named = write_cpv(found.quote, reader.language)
    return reader.w("site.cpv_code", code=named) if found.field.startswith("cpv") else ""


def _language_of(field: str, view: LotView, reader: Reader) -> str:
    """The language of a quote from this field, where it is not the reader's."""
    language = field_language(field, view)
    return language if language != reader.language else ""


def _where(field: str, reader: Reader) -> str:
    """Where in the notice a quote stands: "i beskrivelsen"; lists are named without the number in them."""
    name = re.sub(r"\[\d+\]", "", field).removeprefix("translations.").replace(".", "_")
    return _optional(f"site.where_{name}", reader)


def _asks(view: LotView, assessment: Assessment, reader: Reader) -> tuple[Reason, ...]:
    return tuple(_demand(group, view, reader) for group in asked_together(assessment.demands))


def _demand(group: Sequence[Demand], view: LotView, reader: Reader) -> Reason:
    said = group[0]
    amount = said.amount if len(group) == 1 else None  # of several demands nobody knows whose amount it is
    return Reason(
        heading=demand_names(group, reader.language),
        detail=write_money(amount, reader.language) if amount else "",
        quote=reader.text(said.quote),
        language=_language_of(said.field, view, reader),
        where=_where(said.field, reader),
    )


def told(change: LotChange, reader: Reader) -> Told:
    """A change with the day on which we saw it."""
    lines = (reader.text(change_phrase(one, reader.language)) for one in change.fields)
    return Told(reader.seen(change.seen_at), local_day(change.seen_at).isoformat(), tuple(lines))
