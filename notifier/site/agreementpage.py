"""All that an agreement's page says, as values in the reader's language. Only what the source published: what officers
plan for the day on which it runs out stays at their desk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from notifier.amounts import write_money
from notifier.lots import Agreement, AgreementView
from notifier.people import public_url
from notifier.phrases import Foreign, local_day, shorten, write_cpv
from notifier.site.codes import company_number
from notifier.site.facts import Fact, trades_fact
from notifier.site.lists import agreement_row, uncounted
from notifier.site.lotpage import Dated
from notifier.site.reader import Reader, last_end

_TITLE, _SUPPLIER = 100, 60  # characters in a window's title


class Phase(StrEnum):
    """Where an agreement stands on a day."""

    RUNNING = "running"
    EXTENDED = "extended"  # its end has passed, and it may have been extended
    OVER = "over"
    UNKNOWN = "unknown"  # nobody says when it ends


@dataclass(frozen=True, slots=True)
class AgreementPage:
    """An agreement's page."""

    title: Foreign
    supplier: str
    phase: Phase
    state_words: str
    until: str  # a sentence on when it ends
    seen: str  # a sentence where its source does not show it any more
    dates: tuple[Dated, ...]
    facts: tuple[Fact, ...]
    trades: tuple[tuple[str, str], ...]  # key and name
    next: tuple[str, ...]  # paragraphs on what happens when it runs out
    source: Foreign
    url: str  # http or https, or ""
    found: str
    found_iso: str
    data: Mapping[str, object]

    @property
    def heading(self) -> str:
        """What the page is called in a window's title."""
        parts = (shorten(self.title.words, _TITLE), shorten(self.supplier, _SUPPLIER))
        return ", ".join(part for part in parts if part)


def phase(view: AgreementView, today: dt.date) -> Phase:
    """Where the agreement stands on that day. One whose extensions nobody can count may have been extended."""
    end, latest = view.agreement.end, last_end(view)
    if latest is None:
        return Phase.UNKNOWN
    if today <= (end or latest):
        return Phase.RUNNING
    if today <= latest or uncounted(view.agreement):
        return Phase.EXTENDED
    return Phase.OVER


def agreement_page(view: AgreementView, reader: Reader, today: dt.date) -> AgreementPage:
    """The page of an agreement as it stands on that day."""
    w, agreement, row, now = reader.w, view.agreement, agreement_row(view, reader), phase(view, today)
    (facts, trades), found = _facts(view, reader), local_day(view.first_seen)
    return AgreementPage(
        title=Foreign(row.title, row.language) if row.title else Foreign(w("agreement.unnamed")),
        supplier=row.supplier,
        phase=now,
        state_words=w(f"agreement.state_{now}"),
        until=_until(view, now, reader),
        seen=_seen(view, now, reader),
        dates=_dates(agreement, reader),
        facts=facts,
        trades=trades,
        next=tuple(w(f"agreement.next_{key}") for key in _NEXT[now]),
        source=Foreign(reader.sources.get(agreement.source, ""), row.language),
        url=public_url(agreement.url),
        found=reader.seen(view.first_seen),
        found_iso=found.isoformat(),
        data=linked(view, row.title or w("agreement.unnamed"), reader),
    )


_NEXT = {
    Phase.RUNNING: ("perhaps", "told"),
    Phase.EXTENDED: ("perhaps", "told"),
    Phase.UNKNOWN: ("perhaps", "told"),
    Phase.OVER: ("over", "told"),
}


def _seen(view: AgreementView, now: Phase, reader: Reader) -> str:
    if view.last_seen is None:
        return ""
    gone = reader.w("agreement.gone", day=reader.seen(view.last_seen))
    return gone if now is Phase.OVER else f"{gone} {reader.w('agreement.gone_ask')}"


def _until(view: AgreementView, now: Phase, reader: Reader) -> str:
    agreement, latest = view.agreement, last_end(view)
    if latest is None:
        return reader.w("agreement.until_unknown")
    end = agreement.end or latest
    if now is Phase.OVER:
        known = "" if agreement.latest_end else "_stated"
        return reader.w(f"agreement.until_over{known}", latest=reader.day(latest))
    kind = "_latest" if latest > end else "_some" if uncounted(agreement) else ""
    return reader.w(f"agreement.until_{now}{kind}", end=reader.day(end), latest=reader.day(latest))


def _dates(agreement: Agreement, reader: Reader) -> tuple[Dated, ...]:
    latest = agreement.latest_end if agreement.latest_end != agreement.end else None
    days = (("start", agreement.start), ("end", agreement.end), ("latest", latest))
    return tuple(
        Dated(reader.w(f"agreement.date_{name}"), reader.day(day), day.isoformat()) for name, day in days if day
    )


def _facts(view: AgreementView, reader: Reader) -> tuple[tuple[Fact, ...], tuple[tuple[str, str], ...]]:
    """The table, and the trades by key and name."""
    told = tuple(fact for fact in _told(view, reader) if fact.value)
    return told, next((fact.trades for fact in told if fact.trades), ())


def _told(view: AgreementView, reader: Reader) -> Iterator[Fact]:
    w, agreement, row = reader.w, view.agreement, agreement_row(view, reader)
    number = company_number(agreement.supplier)
    numbered = f" ({w('site.fact_buyer_id', number=number)})" if number and row.supplier else ""
    yield Fact(w("site.agreement_supplier"), f"{row.supplier}{numbered}" or w("common.unknown"))
    yield Fact(w("site.fact_buyer"), reader.text(agreement.buyer.name), language=row.language)
    yield Fact(w("site.agreement_options"), row.options.words, language=row.options.language)
    yield Fact(w("site.agreement_contact"), row.contact, language=row.language)
    yield from trades_fact(view.trades, reader)
    if agreement.value:
        yield Fact(
            w("agreement.value"), w("site.fact_without_vat", money=write_money(agreement.value, reader.language))
        )
    yield Fact(w("site.fact_cpv"), reader.text("; ".join(write_cpv(code, reader.language) for code in agreement.cpv)))


def linked(view: AgreementView, title: str, reader: Reader) -> Mapping[str, object]:
    """The same in words of schema.org, which has none for an agreement: a service, and the offer that is in force."""
    agreement, latest = view.agreement, last_end(view)
    supplier = {
        "@type": "Organization",
        "name": reader.text(agreement.supplier.name),
        "identifier": company_number(agreement.supplier),
    }
    offer = {
        "@type": "Offer",
        "validFrom": agreement.start.isoformat() if agreement.start else "",
        "validThrough": latest.isoformat() if latest else "",
    }
    service = {
        "@type": "Service",
        "name": title,
        "serviceType": list(reader.trade_names(view.trades)),
        "provider": _known(supplier) if supplier["name"] else "",
        "offers": _known(offer) if len(_known(offer)) > 1 else "",
    }
    return {"@type": "WebPage", "inLanguage": reader.language, "name": title, "mainEntity": _known(service)}


def _known(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value}
