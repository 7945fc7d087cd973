"""What runs out when, and what officers want to do then: their own to-do, which nobody outside the desk sees."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace

import flask

from notifier.amounts import write_money
from notifier.clock import COPENHAGEN
from notifier.desk import timeline
from notifier.desk.application import add, add_change, in_bar
from notifier.desk.officers import did, officer
from notifier.desk.pages import language, moved, page, to
from notifier.desk.timeline import Row, Scale, Sought
from notifier.lots import LotView
from notifier.phrases import write_cpv
from notifier.site.facts import Fact
from notifier.site.reader import Reader, reader
from notifier.store.agreements import Kept
from notifier.store.plans import PlanKind
from notifier.text import clean, visible
from notifier.web.service import Service

LONGEST_PLAN = 500  # characters: a line or two in a list
SHOWN = 200  # rows of a page


def add_routes(app: flask.Flask, service: Service) -> None:
    """The timeline, a page for each agreement, plans."""
    add(app, "/aftaler", "agreements", lambda: _listed(service))
    add(app, "/aftaler/<agreement>", "agreement", lambda agreement: _shown(service, agreement))
    add_change(app, "/aftaler/<agreement>/plan", "plan", lambda agreement: _plan(service, agreement))
    add_change(app, "/aftaler/<agreement>/plan/udfoert", "plan_done", lambda agreement: _done(service, agreement))
    in_bar(app, "agreements")


def _reader(service: Service) -> Reader:
    return reader(language(), service.rules.trades, service.config.sources)


# -- the timeline ----------------------------------------------------------------------------------------------------


def _listed(service: Service) -> flask.Response:
    one, today = _reader(service), service.now().astimezone(COPENHAGEN).date()
    all_rows = timeline.rows(service.store.agreements.kept(), service.store.plans.all(), one)
    sought = _sought()
    listed = [row for row in all_rows if row.listed]
    found = [row for row in listed if timeline.matches(row, sought, today)]
    first = _number("fra")
    shown = found[first : first + SHOWN]
    scale = Scale.of(found, today)
    return page(
        service.config,
        "agreements",
        sought=sought,
        asked=_asked(sought),
        todo=timeline.to_do(all_rows, today),
        unplanned=timeline.unplanned(all_rows, today),
        total=len(listed),
        count=len(found),
        first=first,
        following=first + SHOWN if first + SHOWN < len(found) else None,
        before=max(first - SHOWN, 0) if first else None,
        quarters=timeline.quarters(shown),
        years=timeline.by_year(timeline.quarters(found)),
        bars={row.slug: scale.bar(row) for row in shown},
        scale=scale,
        width=timeline.WIDTH,
        prepare=timeline.PREPARE,
        today=today,
        trades=tuple((trade.key, one.trades[trade.key]) for trade in service.rules.trades),
        whos=sorted({who for row in listed for who in (row.buyer, row.contact) if who}, key=str.casefold),
        periods=_periods(listed),
        kinds=timeline.PLANS,
        day=one.day,
    )


def _sought() -> Sought:
    asked = flask.request.args
    return Sought(*(asked.get(name, "").strip()[:200] for name in ("q", "fag", "hvem", "periode", "plan")))


def _asked(sought: Sought) -> Callable[..., str]:
    """Makes links to the list as it is asked for, but with another period or page."""
    now = {"q": sought.text, "fag": sought.trade, "hvem": sought.who, "periode": sought.period, "plan": sought.plan}

    def link(**other: str | int) -> str:
        return to("agreements", **{name: value for name, value in (now | other).items() if value})

    return link


def _number(name: str) -> int:
    said = flask.request.args.get(name, "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 6 else 0


def _periods(listed: list[Row]) -> tuple[str, ...]:
    years = sorted({row.latest.year for row in listed if row.latest})
    return ("prepare", "12", "24", "36", *(str(year) for year in years), "past", "none")


# -- one agreement ---------------------------------------------------------------------------------------------------


def _kept(service: Service, slug: str) -> Kept:
    found = service.store.agreements.by_slug(slug)
    if found is None:
        flask.abort(404)
    return found


def _shown(
    service: Service,
    slug: str,
    status: int = 200,
    *,
    typed: str = "",
    chosen: str = "",
    wrong: str = "",
    once: str = "",
) -> flask.Response:
    kept, one, store = _kept(service, slug), _reader(service), service.store
    today = service.now().astimezone(COPENHAGEN).date()
    row = timeline.row(kept, store.plans.of(kept.view.uid), one)
    lot = next(iter(store.lots.views(service.now(), uids=[kept.lot_uid])), None) if kept.lot_uid else None
    scale = Scale.of([row], today)
    return page(
        service.config,
        "agreement",
        status,
        row=row,
        facts=_facts(row, kept, one, lot),
        lot_title=visible(lot.lot.title or lot.notice.title) if lot else "",
        bars={row.slug: scale.bar(row)},
        scale=scale,
        width=timeline.WIDTH,
        prepare=timeline.PREPARE,
        today=today,
        kinds=timeline.PLANS,
        day=one.day,
        moment=one.moment,
        trail=store.actions.of(kept.view.uid),
        once=once or secrets.token_urlsafe(16),
        typed=typed,
        chosen=chosen,
        wrong=wrong,
        longest=LONGEST_PLAN,
    )


def _facts(row: Row, kept: Kept, one: Reader, lot: LotView | None) -> tuple[Fact, ...]:
    """What is known of the agreement, and of the award that it follows from."""
    w, agreement = one.w, kept.view.agreement
    number = agreement.supplier.identifier
    told = [
        Fact(w("site.agreement_supplier"), f"{row.supplier} (CVR {number})" if number else row.supplier),
        Fact(w("site.fact_buyer"), row.buyer),
        Fact(w("site.agreement_contact"), row.contact),
        Fact(w("site.fact_trades"), ", ".join(row.trade_names)),
        Fact(w("site.fact_cpv"), "; ".join(write_cpv(code, one.language) for code in agreement.cpv)),
        Fact(w("plans.value"), write_money(agreement.value, one.language) if agreement.value else ""),
        Fact(w("site.agreement_options"), row.options),
        Fact(w("plans.awarded"), _awarded(kept, lot, one)),
        Fact(w("plans.source"), one.sources.get(agreement.source, agreement.source)),
    ]
    return tuple(replace(fact, value=visible(fact.value)) for fact in told if fact.value)


def _awarded(kept: Kept, lot: LotView | None, one: Reader) -> str:
    """When the contract was concluded with this supplier, and for how much, by the award notice."""
    name = kept.view.agreement.supplier.name.casefold()
    awards = [award for award in (lot.lot.awards if lot else ()) if award.winner.name.casefold() == name]
    told = [one.day(award.concluded) for award in awards if award.concluded]
    told += [write_money(award.value, one.language) for award in awards if award.value]
    return ", ".join(told)


# -- plans -----------------------------------------------------------------------------------------------------------


def _plan(service: Service, slug: str) -> flask.typing.ResponseReturnValue:
    kept, form = _kept(service, slug), flask.request.form
    once = form.get("once", "")[:64] or secrets.token_urlsafe(16)
    chosen, typed = form.get("plan", ""), form.get("words", "")
    words = clean(typed, LONGEST_PLAN + 1)
    if wrong := _wrong(chosen, words):
        return _shown(service, slug, 422, typed=typed, chosen=chosen, wrong=wrong, once=once)
    store, now = service.store, service.now()
    with store.transaction():
        plan = store.plans.add(kept.view.uid, PlanKind(chosen), words, who=officer().name, now=now, once=once)
        if plan is not None:
            did(store, "plan", kept.view.uid, now, plan=plan.number, kind_of_plan=chosen)
    return moved("agreement", agreement=slug, _anchor="planer")


def _wrong(chosen: str, words: str) -> str:
    if chosen not in set(PlanKind):
        return "choose"
    if len(words) > LONGEST_PLAN:
        return "long"
    return "say" if chosen == PlanKind.OTHER and not words else ""


def _done(service: Service, slug: str) -> flask.typing.ResponseReturnValue:
    kept, form = _kept(service, slug), flask.request.form
    number, done = form.get("plan", ""), form.get("done") == "1"
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        flask.abort(404)
    store, now, uid = service.store, service.now(), kept.view.uid
    with store.transaction():
        if store.plans.set_done(int(number), uid, done=done, who=officer().name, now=now):
            did(store, "plan_done" if done else "plan_reopened", uid, now, plan=int(number))
    return moved("agreement", agreement=slug, _anchor="planer")
