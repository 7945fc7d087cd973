"""A lot as an officer sees it: its text with the evidence in place, facts, history, tags, notes."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import flask

from notifier.catalogue import rows_of
from notifier.desk.application import add, add_change
from notifier.desk.correcting import in_words
from notifier.desk.grounds import answer, passages
from notifier.desk.history import versions
from notifier.desk.naming import verdict_name
from notifier.desk.officers import did, officer
from notifier.desk.pages import language, moved, page, to
from notifier.desk.queueing import cells
from notifier.desk.tagging import MOST, lately
from notifier.lots import LotView, Tag, Verdict
from notifier.phrases import quoted, shorten
from notifier.site.facts import Fact, facts
from notifier.site.lotpage import Links, dated_deadlines, known_value
from notifier.site.reader import Reader, reader, state_at
from notifier.store import Store
from notifier.store.actions import Action
from notifier.store.catalogue import COUNTED, Found
from notifier.store.queue import Asked
from notifier.text import clean, clean_url, visible
from notifier.web.service import Service
from notifier.words import Words

_SHOWN_WHY = 120  # characters of a reason in the trail; whole it stands beside the tag or the correction
LONGEST_NOTE = 2000  # characters: a page of a letter
# The keys of the verdicts, the same as the inbox's, in the order of the buttons.
KEYS = ((Verdict.SUITABLE, "r"), (Verdict.POSSIBLE, "m"), (Verdict.UNSUITABLE, "i"), (Verdict.RESERVED, "f"))


def add_routes(app: flask.Flask, service: Service) -> None:
    """The page of a lot, and notes on it."""
    add(app, "/opgave/<slug>", "lot", lambda slug: _shown(service, slug))
    add_change(app, "/opgave/<slug>/note", "note", lambda slug: _note(service, slug))
    add_change(app, "/opgave/<slug>/note/fjern", "unnote", lambda slug: _unnote(service, slug))


def view_of(service: Service, slug: str) -> LotView:
    """The lot whose page has or had that name; 404 where there is none."""
    uid = service.store.catalogue.by_slug(slug)
    found = next(iter(service.store.lots.views(service.now(), uids=[uid])), None) if uid else None
    if found is None:
        flask.abort(404)
    return found


# -- what is shown ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """A tag as the page tells it."""

    verdict: str
    name: str
    trades: str
    who: str
    why: str
    when: str
    counts: bool
    removed: str
    removed_by: str


@dataclass(frozen=True, slots=True)
class Sibling:
    """A lot of the same procedure."""

    slug: str
    title: str
    verdict: str
    mark: str
    tagged: bool
    hidden: bool
    here: bool


@dataclass(frozen=True, slots=True)
class Bulk:
    """Lots of the procedure of which the same can be said at once, and how many cannot for which reason."""

    lots: tuple[str, ...]
    sampled: int
    tagged: int
    more: bool  # more than one action may have, or than the page knows of
    most: int


@dataclass(frozen=True, slots=True)
class Deed:
    """A line of the audit trail."""

    when: str
    who: str
    what: str
    undone: str
    undone_by: str


def _shown(service: Service, slug: str) -> flask.typing.ResponseReturnValue:
    view = view_of(service, slug)
    if view.slug != slug:
        return flask.redirect(to("lot", slug=view.slug), 301)
    return _page(service, view)


def next_waiting(store: Store, uid: str, now: dt.datetime) -> str:
    """The page's name of the lot that comes next in the inbox: after this one, and from the first again behind the
    last; "" where no other waits."""
    order = cells(now)
    spot = store.queue.spot(uid, order)
    behind = store.queue.page(Asked(), order, "da", spot=spot, limit=1) if spot else []
    first = behind or store.queue.page(Asked(), order, "da", limit=2)
    return next((found.slug for _, found in first if found.uid != uid), "")


def _page(
    service: Service, view: LotView, status: int = 200, *, typed: str = "", wrong: str = "", once: str = ""
) -> flask.Response:
    store, spoken, now = service.store, language(), service.now()
    one = reader(spoken, service.rules.trades, service.config.sources)
    machine, sampled = store.assessments.of(view.uid), store.catalogue.is_sampled(view.uid)
    tags = store.tags.of(view.uid)
    standing = _standing(tags)
    procedure = store.catalogue.of_procedure(view.procedure, spoken) if view.procedure else []
    state = state_at(view, now)
    undo = _undoable(store.actions.behind_tag(view.uid))
    return page(
        service.config,
        "lot",
        status,
        view=view,
        title=visible(view.lot.title or view.notice.title) or one.w("site.unnamed"),
        whole=visible(view.notice.title) if view.notice.title.casefold() != view.lot.title.casefold() else "",
        buyer=visible(view.notice.buyer.name) or one.w("site.unnamed_buyer"),
        source=one.sources.get(view.notice.source, view.notice.source),
        state=state,
        state_words=one.w(f"site.state_{state}"),
        deadlines=dated_deadlines(view.lot, one),
        value=known_value(view, one),
        counts=_counts(view, standing, sampled, one.w),
        sampled=sampled,
        machine=answer(view, machine, one, service.rules) if machine else None,
        passages=passages(view, one),
        facts=_facts(view, one, hide=sampled),
        links=Links(clean_url(view.notice.url), clean_url(view.lot.documents_url), clean_url(view.lot.submission_url)),
        history=versions(store.notices.history(view.uid), one),
        tags=tuple(_said(tag, tag is standing, one) for tag in tags),
        standing=standing,
        seen=standing.number if standing else 0,
        bulk=_together(procedure),
        siblings=tuple(_sibling(row, view, one, hide=sampled) for row in procedure),
        trades=tuple((trade.key, one.trades[trade.key]) for trade in service.rules.trades),
        chosen=_chosen(view, standing, sampled),
        keys=tuple((verdict.value, key, _button(verdict, one.w)) for verdict, key in KEYS),
        done=lately(service),
        undo=undo,
        undo_all=store.tags.still_counting(undo.number) if undo else 0,
        next=next_waiting(store, view.uid, now),
        corrections=tuple(in_words(one, spoken) for one in store.corrections.of(view.uid)),
        shown_at=_shown_at(service, view, sampled),
        notes=store.notes.of(view.uid),
        trail=tuple(_deed(action, one) for action in store.actions.about(view.uid)),
        moment=one.moment,
        once=once or secrets.token_urlsafe(16),
        typed=typed,
        wrong=wrong,
        longest=LONGEST_NOTE,
    )


def _shown_at(service: Service, view: LotView, sampled: bool) -> str:
    """The lot's public page. Not of one of the sample that nobody has answered: what has a page was not turned down."""
    door = service.config.door
    return door.lot(view.slug, language()) if door and view.public and not sampled else ""


def _together(procedure: Sequence[Found]) -> Bulk:
    """Those lots of a procedure of which one can say the same at once: as in the inbox those that wait, and the random
    sample is asked about one by one."""
    shown = [row for row in procedure if not row.hidden]
    sampled = [row for row in shown if row.sampled]
    waiting = [row for row in shown if not row.tag and not row.sampled]
    return Bulk(
        lots=tuple(f"{row.uid}|{row.tag}" for row in waiting[:MOST]),
        sampled=len(sampled),
        tagged=len(shown) - len(sampled) - len(waiting),
        more=len(waiting) > MOST or len(procedure) >= COUNTED,
        most=MOST,
    )


def _standing(tags: Iterable[Tag]) -> Tag | None:
    """The tag that counts: the newest that was not taken back."""
    return max(
        (tag for tag in tags if tag.removed_at is None), key=lambda tag: (tag.tagged_at, tag.number), default=None
    )


def _button(verdict: Verdict, w: Words) -> str:
    return w(f"desklot.say_{verdict}")


def _counts(view: LotView, standing: Tag | None, sampled: bool, w: Words) -> str:
    """Which verdict counts now, and whose; of a sampled lot that nobody has answered the machine's is kept back."""
    if standing is not None and view.assessment is not None:
        return w("desklot.counts_officer", verdict=verdict_name(view.assessment.verdict, w), who=standing.who)
    if sampled:
        return w("desklot.counts_sampled")
    if view.assessment is None:
        return w("desklot.counts_none")
    return w("desklot.counts_machine", verdict=verdict_name(view.assessment.verdict, w))


def _facts(view: LotView, one: Reader, *, hide: bool) -> tuple[Fact, ...]:
    """The table of facts; the machine's trades are left out where its answer is kept back."""
    shown = facts(replace(view, assessment=None) if hide else view, one)
    return tuple(Fact(fact.label, visible(fact.value)) for fact in shown)


def _chosen(view: LotView, standing: Tag | None, sampled: bool) -> tuple[str, ...]:
    """The trades that are ticked: those that count now."""
    if standing is not None and standing.trades is not None:
        return standing.trades
    return view.assessment.trades if view.assessment is not None and not sampled else ()


def _said(tag: Tag, counts: bool, one: Reader) -> Said:
    return Said(
        verdict=tag.verdict.value,
        name=verdict_name(tag.verdict, one.w),
        trades=", ".join(one.trade_names(tag.trades)) if tag.trades is not None else "",
        who=tag.who,
        why=visible(tag.why),
        when=one.moment(tag.tagged_at),
        counts=counts,
        removed=one.moment(tag.removed_at) if tag.removed_at else "",
        removed_by=tag.removed_by,
    )


def _sibling(row: Found, view: LotView, one: Reader, *, hide: bool) -> Sibling:
    """A lot of the procedure; what the machine says of it is kept back where an answer must not be led."""
    shown = rows_of(row).row
    led = (hide or row.sampled) and not row.tagged
    return Sibling(
        slug=row.slug,
        title=visible(shown.title.words) or one.w("site.unnamed"),
        verdict="" if led else row.verdict.value,
        mark="" if led else shown.mark,
        tagged=row.tagged,
        hidden=row.hidden,
        here=row.uid == view.uid,
    )


def _undoable(action: Action | None) -> Action | None:
    """The officer's own word on this lot, which one key takes back."""
    return action if action is not None and action.who == officer().name else None


def _deed(action: Action, one: Reader) -> Deed:
    key = f"desklot.did_{action.kind}"
    what = one.w(key) if key in one.w else one.w("desklot.did_other", kind=action.kind)
    return Deed(
        when=one.moment(action.at),
        who=action.who,
        what=": ".join(part for part in (what, _about(action, one)) if part),
        undone=one.moment(action.undone_at) if action.undone_at else "",
        undone_by=action.undone_by,
    )


def _about(action: Action, one: Reader) -> str:
    """What an action was about: the verdict that was said, or the fields that were put right; and why."""
    verdict, fields, why = (action.detail.get(name, "") for name in ("verdict", "fields", "why"))
    said = [verdict_name(Verdict(verdict), one.w)] if verdict in set(Verdict) else []
    keys = [f"desklot.field_{field}" for field in fields] if isinstance(fields, list) else []
    said += [one.w(key).lower() for key in keys if key in one.w]
    if isinstance(why, str) and why:
        said.append(quoted(shorten(visible(why), _SHOWN_WHY), one.language))
    return ", ".join(said)


# -- notes -----------------------------------------------------------------------------------------------------------


def _note(service: Service, slug: str) -> flask.typing.ResponseReturnValue:
    view, form = view_of(service, slug), flask.request.form
    once = form.get("once", "")[:64] or secrets.token_urlsafe(16)
    words = clean(form.get("words", ""), LONGEST_NOTE + 1)
    if not words or len(words) > LONGEST_NOTE:
        wrong = "note_long" if words else "note_empty"
        return _page(service, view, 422, typed=form.get("words", ""), wrong=wrong, once=once)
    store, now = service.store, service.now()
    with store.transaction():
        note = store.notes.add(view.uid, words, who=officer().name, now=now, once=once)
        if note is not None:
            did(store, "note", view.uid, now, note=note.number)
    return moved("lot", slug=view.slug, _anchor="noter")


def _unnote(service: Service, slug: str) -> flask.typing.ResponseReturnValue:
    view, number = view_of(service, slug), flask.request.form.get("note", "")
    store, now = service.store, service.now()
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        flask.abort(404)
    with store.transaction():
        if store.notes.remove(int(number), view.uid, who=officer().name, now=now):
            did(store, "unnote", view.uid, now, note=int(number))
    return moved("lot", slug=view.slug, _anchor="noter")
