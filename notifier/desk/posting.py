"""Small purchases, and tenders that were found by hand: typed, looked at, posted; changed and withdrawn later.

Nothing is told to anybody from here. A posting is a notice of its source, and public with the next run, as every other:
everybody sees it at the same time.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import flask

from notifier import postings
from notifier.amounts import write_money
from notifier.buyers import BuyerKind
from notifier.clock import COPENHAGEN, write_day, write_deadline
from notifier.config import Source, threshold
from notifier.desk.deciding import Outcome, Speaker, Word, outcome, read_seen
from notifier.desk.judging import judge
from notifier.desk.officers import did, officer
from notifier.desk.pages import language, moved, page, to
from notifier.lots import MAILTO, LotView, Money, Notice, Organisation, with_tag
from notifier.phrases import local_day, verdict_phrase
from notifier.postings import VERDICTS, Kind, Posting, Read
from notifier.site.rendering import LOT_FOLDER
from notifier.store.postings import Posted
from notifier.store.tags import Counting
from notifier.suitability import Trade, assess
from notifier.web.service import Service
from notifier.words import words

_KEY = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Row:
    """A posting in the list."""

    number: int
    title: str
    kind: str
    deadline: str
    value: str
    state: str
    who: str
    day: str
    public: str  # the address of its page, once there is one
    mine: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What readers will see, before it is posted."""

    posting: Posting
    buyer: str
    mark: str
    deadline: str
    value: str
    mail: str  # where to answer: an address, or a page
    web: str
    trades: tuple[str, ...]
    areas: str


@dataclass(frozen=True, slots=True)
class Theirs:
    """What somebody said of the lot, other than the posting says."""

    verdict: str
    who: str
    day: str
    why: str


def add_routes(app: flask.Flask, service: Service) -> None:
    """The list, the form, a look at it before it is posted, and what is done to it later."""
    from notifier.desk.application import add, add_change, in_bar

    add(app, "/smaa-indkoeb", "posting", lambda: _list(service))
    add(app, "/smaa-indkoeb/ny", "posting_new", lambda: _new(service))
    add_change(app, "/smaa-indkoeb/ny", "posting_send", lambda: _send(service))
    add(app, "/smaa-indkoeb/<int:number>", "posting_edit", lambda number: _edit(service, number))
    add_change(app, "/smaa-indkoeb/<int:number>", "posting_change", lambda number: _change(service, number))
    add_change(app, "/smaa-indkoeb/<int:number>/traek", "posting_withdraw", lambda number: _withdraw(service, number))
    in_bar(app, "posting")


# -- the list ----------------------------------------------------------------------------------------------------------


def _list(service: Service, status: int = 200) -> flask.Response:
    latest = service.store.postings.latest()
    views, public = _lots(service, latest), service.store.publications.fingerprints().keys()
    rows = [_row(service, one, views.get(one.number), public) for one in latest]
    return page(
        service.config,
        "postings",
        status,
        rows=rows,
        source=service.config.posted,
        limit=_limit(service),
        done=_known(flask.request.args.get("done", ""), ("posted", "changed", "withdrawn", "listed", "twice", "same")),
    )


def _known(said: str, among: tuple[str, ...]) -> str:
    return said if said in among else ""


def _limit(service: Service) -> str:
    source = service.config.posted
    return write_money(Money(Decimal(threshold(source))), language()) if source else ""


def _lot(service: Service, one: Posted) -> LotView | None:
    """The lot that a posting became."""
    return next(iter(service.store.lots.find(postings.uid_of(one.source, one.key), service.now())), None)


def _lots(service: Service, posted: Sequence[Posted]) -> dict[int, LotView]:
    """The lots that postings became, by the postings' numbers."""
    uids = {one.number: postings.uid_of(one.source, one.key) for one in posted}
    held = {view.uid: view for view in service.store.lots.views(service.now(), uids=list(uids.values()))}
    found = {number: held[uid] for number, uid in uids.items() if uid in held}
    # The rest turned out to be other lots since.
    moved_on = ((one, _lot(service, one)) for one in posted if one.number not in found)
    return found | {one.number: view for one, view in moved_on if view is not None}


def _row(service: Service, one: Posted, view: LotView | None, public: Collection[str]) -> Row:
    spoken, posting = language(), one.posting
    published = view is not None and view.uid in public
    folder = f"{service.config.town.base_url.rstrip('/')}/{LOT_FOLDER}"
    return Row(
        number=one.number,
        title=posting.title,
        kind=posting.kind.value,
        deadline=write_deadline(posting.deadline, spoken, weekday=False) if posting.deadline else "",
        value=write_money(posting.value, spoken) if posting.value else "",
        state="withdrawn" if one.withdrawn_at else _state(view, published),
        who=one.who,
        day=write_day(local_day(one.created), spoken),
        public=f"{folder}/{view.slug}.html" if view is not None and published else "",
        mine=one.who == officer().name,
    )


def _state(view: LotView | None, published: bool) -> str:
    """How a posting stands, as a key of the texts (posting.state_…)."""
    if view is None:
        return "waiting"
    if view.hidden:
        return "hidden"
    return view.state.value if published or view.state.value != "open" else "waiting"


# -- the form ----------------------------------------------------------------------------------------------------------


def _new(service: Service) -> flask.typing.ResponseReturnValue:
    if service.config.posted is None:
        return _list(service)
    kind = _kind(flask.request.args.get("slags", ""))
    begun = postings.defaults(kind, service.now(), service.config.town.contact, service.config.places)
    return _form(service, kind, postings.as_typed(begun), begun.trades, key=secrets.token_hex(6))


def _name(trade: Trade, spoken: str) -> str:
    return trade.name_en if spoken == "en" else trade.name_da


def _kind(said: str) -> Kind:
    return Kind.FOUND if said == Kind.FOUND.value else Kind.SMALL


def _form(
    service: Service,
    kind: Kind,
    typed: Mapping[str, str],
    trades: tuple[str, ...],
    *,
    key: str = "",
    posted: Posted | None = None,
    wrong: Mapping[str, str] | None = None,
    meanwhile: Mapping[str, str] | None = None,
    seen: str = "",
    theirs: Theirs | None = None,
    again: bool = False,
    status: int = 200,
) -> flask.Response:
    return page(
        service.config,
        "posting",
        status,
        kind=kind.value,
        typed={name: typed.get(name, "") for name in postings.as_typed(Posting(kind, ""))},
        chosen=trades,
        trades={trade.key: _name(trade, language()) for trade in service.rules.trades},
        verdicts=[one.value for one in VERDICTS[kind]],
        key=key,
        posted=posted,
        seen=seen,
        wrong=dict(wrong or {}),
        meanwhile=meanwhile or {},
        conflict=posted is not None and status == 409,
        theirs=theirs,
        again=again,
        limit=_limit(service),
        look=None,
        action=to("posting_change", number=posted.number) if posted else to("posting_send"),
    )


def _sent(service: Service, kind: Kind, source: Source | None, before: Posting | None = None) -> Read:
    form = flask.request.form
    known = {trade.key for trade in service.rules.trades}
    trades = [one for one in form.getlist("trades") if one in known]
    limit = threshold(source) if source else 0
    ended = before.deadline if before else None
    return postings.read(kind, form, trades, now=service.now(), threshold=limit, ended=ended)


def _send(service: Service) -> flask.typing.ResponseReturnValue:
    """A new posting: looked at, typed on, or posted."""
    form, source = flask.request.form, service.config.posted
    if source is None:
        return _list(service, 409)
    kind, key = _kind(form.get("kind", "")), form.get("key", "")
    key = key if _KEY.fullmatch(key) else secrets.token_hex(6)
    found, step = _sent(service, kind, source), form.get("step", "")
    if found.wrong or step == "edit":
        status = 422 if found.wrong and step != "edit" else 200
        return _form(service, kind, form, found.posting.trades, key=key, wrong=found.wrong, status=status)
    if step != "post":
        return _look(service, found, _notice(service, found.posting, source.id, key), key=key)
    return _post(service, source.id, key, found.posting)


def _notice(service: Service, posting: Posting, source: str, key: str, posted: Posted | None = None) -> Notice:
    day = local_day(posted.created if posted else service.now())
    return postings.notice_of(posting, source=source, key=key, town=_town(service), posted=day)


def _town(service: Service) -> Organisation:
    """Who buys: the town itself, by its number where buyers.csv has it."""
    name = service.config.town.name
    own = [one for one in service.config.buyers if one.kind is BuyerKind.ADMINISTRATION]
    number = next((one.cvr for one in own if one.name.casefold() == name.casefold()), own[0].cvr if own else "")
    return Organisation(name, number, "DK")


def _post(service: Service, source: str, key: str, posting: Posting) -> flask.typing.ResponseReturnValue:
    store, now, who = service.store, service.now(), officer().name
    with store.transaction():
        posted = store.postings.add(source, key, posting, who=who, now=now)
        if posted is None:
            if store.postings.of_key(source, key) == posting:
                return moved("posting", done="twice")
            # A page that was gone back to: what is typed into it now is something else to post.
            key, typed = secrets.token_hex(6), flask.request.form
            return _form(service, posting.kind, typed, posting.trades, key=key, again=True, status=409)
        store.notices.hold(_notice(service, posting, source, key, posted), now)
        view = _lot(service, posted)
        assert view is not None
        did(store, "post", view.uid, now, posting=posted.number, what=posting.kind.value)
        _tag(service, view.uid, posting)
        judge(service, view.uid, now)
    return moved("posting", done="posted")


def _tag(service: Service, uid: str, posting: Posting, action: int | None = None) -> None:
    """The officer's own word on what they post."""
    why = words(language())("posting.tag_why")
    trades, now = posting.trades or None, service.now()
    service.store.tags.add(uid, posting.verdict, who=officer().name, why=why, now=now, trades=trades, action=action)


# -- a look at it ------------------------------------------------------------------------------------------------------


def _look(
    service: Service, found: Read, notice: Notice, *, key: str = "", posted: Posted | None = None
) -> flask.Response:
    """The posting as readers will see it, with what should be looked at again."""
    spoken, posting, lot = language(), found.posting, notice.lots[0]
    judged = with_tag(assess(lot, notice, service.rules), posting.verdict, posting.trades or None)
    names = {trade.key: _name(trade, spoken) for trade in service.rules.trades}
    mail = posting.answer.startswith(MAILTO)
    shown = Look(
        posting=posting,
        buyer=notice.buyer.name,
        mark=verdict_phrase(lot, judged, spoken),
        deadline=write_deadline(posting.deadline, spoken) if posting.deadline else "",
        value=write_money(posting.value, spoken) if posting.value else "",
        mail=posting.answer.removeprefix(MAILTO) if mail else "",
        web=posting.url or ("" if mail else posting.answer),
        trades=tuple(names[one] for one in judged.trades if one in names),
        areas=", ".join(posting.nuts),
    )
    doubts = found.doubts if shown.trades else (*found.doubts, "trades")
    return page(
        service.config,
        "posting",
        kind=posting.kind.value,
        typed=postings.as_typed(posting),
        chosen=posting.trades,
        key=key,
        posted=posted,
        seen=flask.request.form.get("seen", ""),
        look=shown,
        doubts=doubts,
        action=to("posting_change", number=posted.number) if posted else to("posting_send"),
    )


# -- later -------------------------------------------------------------------------------------------------------------


def _found(service: Service, number: int) -> Posted:
    found = service.store.postings.get(number)
    if found is None:
        flask.abort(404)
    return found


def _counting(service: Service, one: Posted) -> tuple[str, Counting]:
    """The lot that a posting became, and the word that counts for it."""
    view = _lot(service, one)
    assert view is not None
    return view.uid, service.store.tags.counting([view.uid])[view.uid]


def _seen(one: Posted, counting: Counting) -> str:
    """What a form was made with: when the posting was changed last, and the tag that counted for its lot."""
    return f"{one.changed.isoformat()}|{counting.number}"


def _theirs(one: Posted, counting: Counting) -> Theirs | None:
    """What counts for the lot, where it is something else than the posting says."""
    tag, posting = counting.tag, one.posting
    if tag is None or (tag.verdict, tag.trades or ()) == (posting.verdict, posting.trades):
        return None
    said = words(language())(f"inbox.verdict_{tag.verdict}")
    return Theirs(said, tag.who, write_day(local_day(tag.tagged_at), language()), tag.why)


def _edit(service: Service, number: int) -> flask.typing.ResponseReturnValue:
    one = _found(service, number)
    if one.withdrawn_at:
        return moved("posting")
    _, counting = _counting(service, one)
    typed, seen, theirs = postings.as_typed(one.posting), _seen(one, counting), _theirs(one, counting)
    return _form(service, one.posting.kind, typed, one.posting.trades, posted=one, seen=seen, theirs=theirs)


def _change(service: Service, number: int) -> flask.typing.ResponseReturnValue:
    """Another text for what was posted. Those who were told of it are told what changed, as of any lot."""
    form, step = flask.request.form, flask.request.form.get("step", "")
    with service.store.transaction():
        one = _found(service, number)
        if one.withdrawn_at:
            return moved("posting")
        before = one.posting
        source = next((each for each in service.config.sources if each.id == one.source), service.config.posted)
        found = _sent(service, before.kind, source, before)
        posting = found.posting
        if step == "post" and posting == before:
            return moved("posting", done="same")
        uid, counting = _counting(service, one)
        theirs, seen = _theirs(one, counting), form.get("seen", "")
        changed, _, tag = seen.partition("|")
        if changed != one.changed.isoformat() or _overrides(service, before, posting, f"{uid}|{tag}", counting):
            now, seen = _other(form, before), _seen(one, counting)
            return _form(
                service, before.kind, form, posting.trades, posted=one, meanwhile=now, seen=seen, theirs=theirs,
                status=409,
            )  # fmt: skip
        if found.wrong or step == "edit":
            status = 422 if found.wrong and step != "edit" else 200
            return _form(
                service, before.kind, form, posting.trades, posted=one, wrong=found.wrong, seen=seen, theirs=theirs,
                status=status,
            )  # fmt: skip
        notice = _notice(service, posting, one.source, one.key, one)
        if step != "post":
            return _look(service, found, notice, posted=one)
        _write(service, one, posting, notice)
    return moved("posting", done="changed")


def _speaks(before: Posting, posting: Posting) -> bool:
    """Whether an officer says something else of the lot than before."""
    return (posting.verdict, posting.trades) != (before.verdict, before.trades)


def _overrides(service: Service, before: Posting, posting: Posting, seen: str, counting: Counting) -> bool:
    """Whether that would take the place of a word of a colleague's that was said since the form was made."""
    tag = read_seen(seen)
    if not _speaks(before, posting) or tag is None:
        return False
    taken = service.store.tags.get([tag.tag] if counting.tag is None else [])
    word, me = Word(posting.verdict, trades=posting.trades or None), Speaker(officer().name, officer().account)
    return outcome(tag, counting, word, me, next((one.removed_by for one in taken), "")) is Outcome.CONFLICT


def _write(service: Service, one: Posted, posting: Posting, notice: Notice) -> None:
    store, now = service.store, service.now()
    store.postings.change(one.number, posting, now)
    store.notices.hold(notice, now)
    view = _lot(service, one)
    assert view is not None
    did(store, "post_change", view.uid, now, posting=one.number)
    if _speaks(one.posting, posting):
        said = did(store, "tag", view.uid, now, verdict=posting.verdict.value, lots=[view.uid])
        _tag(service, view.uid, posting, said)
    judge(service, view.uid, now)


def _other(form: Mapping[str, str], now: Posting) -> dict[str, str]:
    """What stands by now in the fields in which somebody typed something else."""
    return {name: held for name, held in postings.as_typed(now).items() if form.get(name, "").strip() != held.strip()}


def _withdraw(service: Service, number: int) -> flask.typing.ResponseReturnValue:
    """Withdrawn is cancelled: those who were told of it are told so. But where the lot turned out to be a tender that
    another source shows as well, the posting alone goes."""
    store, now, done = service.store, service.now(), "withdrawn"
    with store.transaction():
        one = _found(service, number)
        if store.postings.withdraw(number, now):
            if store.notices.named_elsewhere(one.source, one.key):
                store.notices.drop(one.source, one.key, now)
                done = "listed"
            else:
                day = one.created.astimezone(COPENHAGEN).date()
                notice = postings.notice_of(
                    one.posting, source=one.source, key=one.key, town=_town(service), posted=day, withdrawn=True
                )
                store.notices.hold(notice, now)
            view = _lot(service, one)
            assert view is not None
            did(store, "post_withdraw", view.uid, now, posting=number)
            judge(service, view.uid, now)
    return moved("posting", done=done)
