"""An officer's word on lots: said, seen to be in conflict with a colleague's, undone.

A word is one action of the audit trail, on one lot or on many, and each of its tags knows the action: so undoing takes
back exactly those, and what stood before counts again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import flask

from notifier.desk.application import add_change
from notifier.desk.deciding import Outcome, Seen, Speaker, Word, outcome, overtaken, read_seen
from notifier.desk.officers import did, officer
from notifier.desk.pages import language, ours, page, to
from notifier.desk.queueing import clear
from notifier.lots import LotView, Tag, Verdict
from notifier.site.lotpage import public_title
from notifier.site.reader import Reader, reader
from notifier.store import Store
from notifier.store.actions import Action
from notifier.store.tags import Counting
from notifier.text import clean_line
from notifier.web.service import Service
from notifier.withheld import Decision
from notifier.words import LANGUAGES, words

LONGEST = 500  # characters of a reason
MOST = 500  # lots of one action: their rows are made anew while everybody else waits
KINDS = ("tag", "untag")  # what is undone here
_LATELY = dt.timedelta(hours=12)
DONE = "gjort"  # in an address: the number of the action that led to it


# A key, and the verdict that it says: the letters that their Danish names begin with.
VERDICTS = (
    ("r", Verdict.SUITABLE),
    ("m", Verdict.POSSIBLE),
    ("i", Verdict.UNSUITABLE),
    ("f", Verdict.RESERVED),
)


@dataclass(frozen=True, slots=True)
class Done:
    """What somebody just did, for a line at the top of the page that they come back to."""

    action: int
    words: str


@dataclass(frozen=True, slots=True)
class Clash:
    """A lot of which a colleague said something else meanwhile."""

    seen: Seen  # as it is now: who sends this has seen it
    slug: str
    title: str
    theirs: Tag | None  # None where they took back what stood
    taken_by: str = ""


def add_routes(app: flask.Flask, service: Service) -> None:
    """Say it, take it back, undo."""
    add_change(app, "/maerk", "tag", lambda: _tag(service))
    add_change(app, "/afmaerk", "untag", lambda: _untag(service))
    add_change(app, "/afvis-klare", "confirm_clear", lambda: _confirm_clear(service))
    add_change(app, "/fortryd", "undo", lambda: _undo(service))


def lately(service: Service) -> Done | None:
    """What the officer just did, by the address that they were sent to; None where it was undone, or another's."""
    number = flask.request.args.get(DONE, "")
    action = service.store.actions.get(int(number)) if number.isdecimal() and len(number) < 18 else None
    if action is None or action.undone_at or action.kind not in KINDS or not _is_own(action):
        return None
    return Done(action.number, told(action))


def last_done(service: Service) -> Done | None:
    """What the officer did last within a day's work and has not undone. Whom a proxy names has no account to ask by."""
    account = officer().account
    action = service.store.actions.last_of(account, KINDS) if account is not None else None
    if action is None or service.now() - action.at > _LATELY:
        return None
    return Done(action.number, told(action))


def told(action: Action) -> str:
    """What an action did, in a sentence."""
    w = words(language())
    lots = len(action.detail.get("lots", ()))
    if action.kind == "untag":
        return w("inbox.did_untag", count=lots)
    verdict = w(f"inbox.verdict_{action.detail.get('verdict', '')}")
    return w("inbox.did_clear" if action.detail.get("how") == "clear" else "inbox.did_tag", count=lots, verdict=verdict)


def _is_own(action: Action) -> bool:
    me = officer()
    return action.account == me.account if me.account is not None else action.who == me.name


# -- said --------------------------------------------------------------------------------------------------------------


def _tag(service: Service) -> flask.typing.ResponseReturnValue:
    form = flask.request.form
    verdict = form.get("verdict", "")
    lots = _lots(service.store, form.getlist("lot"))
    if verdict and verdict not in set(Verdict):
        flask.abort(400)
    if not lots:
        return _refused("nothing", 400)
    if len(lots) > MOST:
        return _refused("too_many", 400, most=MOST)
    if not verdict:
        return _asks_which(service, lots)
    trades, unknown = _trades(service)
    if unknown:
        return _refused("unknown_trade", 422, trade=unknown)
    word = Word(Verdict(verdict), clean_line(form.get("why", ""))[:LONGEST], trades)
    with service.store.transaction():
        said = _say(service, lots, word, "")
    return _answer(service, said, word)


def _asks_which(service: Service, lots: Sequence[Seen]) -> flask.typing.ResponseReturnValue:
    """The page on which one chooses a verdict where a form came without: somebody pressed Enter in a field."""
    if _wants_json():
        return _json({"error": words(language())("inbox.no_verdict_short")}, 400)
    form, spoken = flask.request.form, _reader(service)
    views = _titles(service, [one.uid for one in lots])
    titles = [public_title(views[one.uid], spoken).words for one in lots if one.uid in views]
    kept = [(name, one) for name in ("lot", "set_trades", "trades", "had_trades") for one in form.getlist(name)]
    return page(
        service.config, "choose", 400, titles=titles, kept=kept, why=clean_line(form.get("why", ""))[:LONGEST],
        verdicts=VERDICTS, **_common(),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Said:
    """What became of a word."""

    action: int  # 0 where nothing was written
    outcomes: Mapping[str, Outcome]
    counting: Mapping[str, Counting]  # what counts now
    removed_by: Mapping[str, str]

    def of(self, wanted: Outcome) -> list[str]:
        """The lots of which that became of it."""
        return [uid for uid, one in self.outcomes.items() if one is wanted]


def _say(service: Service, lots: Sequence[Seen], word: Word, how: str) -> _Said:
    """Write a word down where it is in no conflict, in the transaction of the caller."""
    store, now, me = service.store, service.now(), officer()
    counting = store.tags.counting([one.uid for one in lots])
    removed_by = _removed_by(store, lots, counting)
    speaker = Speaker(me.name, me.account)
    outcomes = {
        one.uid: outcome(one, counting.get(one.uid), word, speaker, removed_by.get(one.uid, "")) for one in lots
    }
    written = [uid for uid, one in outcomes.items() if one is Outcome.WRITTEN]
    if not written:
        return _Said(0, outcomes, counting, removed_by)
    detail: dict[str, Any] = {"verdict": word.verdict.value, "lots": written, "why": word.why}
    if word.trades is not None:
        detail["trades"] = list(word.trades)
    if how:
        detail["how"] = how
    if held := store.withheld.of_lots(written):
        detail["released"] = {uid: {str(one): how for one, how in of_lot.items()} for uid, of_lot in held.items()}
    action = did(store, "tag", written[0] if len(written) == 1 else "", now, **detail)
    why = word.why or _unsaid(how or ("one" if len(written) == 1 else "many"))
    for uid in written:
        store.tags.add(uid, word.verdict, who=me.name, why=why, now=now, trades=word.trades, action=action)
    service.refresh(*written)
    return _Said(action, outcomes, store.tags.counting(list(outcomes)), removed_by)


def _unsaid(how: str) -> str:
    """Why, where nobody said why: how it came about."""
    return words(language())(f"inbox.why_{how}")


def _removed_by(store: Store, lots: Sequence[Seen], counting: Mapping[str, Counting]) -> dict[str, str]:
    """Who took back a tag that the officer saw stand, by lot."""
    gone = [one.tag for one in lots if one.tag and one.uid in counting and counting[one.uid].tag is None]
    return {tag.lot_uid: tag.removed_by for tag in store.tags.get(gone)}


def _lots(store: Store, values: Iterable[str]) -> list[Seen]:
    """The lots of a form, each once, also those that turned out to be another one since: under its identity. Of two
    that are one now the officer has seen the newer tag."""
    found = [one for value in values if (one := read_seen(value)) is not None]
    became, lots = store.tags.aliases({one.uid for one in found}), dict[str, Seen]()
    for one in found:
        uid = became.get(one.uid, one.uid)
        lots[uid] = Seen(uid, max(one.tag, lots[uid].tag) if uid in lots else one.tag)
    return list(lots.values())


def _trades(service: Service) -> tuple[tuple[str, ...] | None, str]:
    """Trades that replace the machine's, None where they stand; and the first that there is not.

    They are named by key or as people call them. Without `set_trades` they count where they are others than the form
    was made with (`had_trades`).
    """
    form, names = flask.request.form, dict[str, str]()
    for trade in service.rules.trades:
        names |= {name.casefold(): trade.key for name in (trade.key, trade.name_da, trade.name_en)}
    given = [one.strip() for one in form.getlist("trades") if one.strip()]
    keys = [names.get(one.casefold(), "") for one in given]
    if form.get("set_trades") != "1":
        had = {names.get(one.casefold(), "") for one in form.getlist("had_trades")} - {""}
        if "had_trades" not in form or set(keys) == had:
            return None, ""
    unknown = next((one for one, key in zip(given, keys, strict=True) if not key), "")
    return tuple(dict.fromkeys(keys)), unknown


def _confirm_clear(service: Service) -> flask.typing.ResponseReturnValue:
    """Confirm what the page showed as clear, as far as it still is. The numbers are those that it counted."""
    numbers = [int(one) for one in flask.request.form.get("ids", "").split(",") if one.isdecimal() and len(one) < 18]
    word = Word(Verdict.UNSUITABLE)
    with service.store.transaction():
        refresh_stale(service, numbers)
        still = service.store.queue.still(numbers[:MOST], clear(service.now()))
        said = _say(service, [Seen(uid, 0) for uid in still], word, "clear")
    return _back(said.action or _confirmed(service.store, numbers[:MOST]))


def _confirmed(store: Store, numbers: Sequence[int]) -> int:
    """The action by which the officer confirmed some of these before, 0 for none: a button may be pressed twice, and
    what the first press did is told and can be undone."""
    found = (store.actions.get(number) for number in store.tags.actions_behind(numbers))
    own = (one for one in found if one is not None and one.detail.get("how") == "clear" and _is_own(one))
    return next((one.number for one in own), 0)


def refresh_stale(service: Service, numbers: Sequence[int]) -> None:
    """What was judged anew since, and by whom nobody made the rows anew yet, is looked at as it is."""
    uids = service.store.queue.stale(numbers)
    if uids:
        service.refresh(*uids)


def _untag(service: Service) -> flask.typing.ResponseReturnValue:
    store, now, word = service.store, service.now(), Word(Verdict.UNSUITABLE)
    lots = _lots(store, flask.request.form.getlist("lot"))
    if not lots:
        return _refused("nothing", 400)
    with store.transaction():
        counting = store.tags.counting([one.uid for one in lots])
        clashing = [one for one in lots if _moved(one, counting.get(one.uid))]
        free = [one.uid for one in lots if one not in clashing and one.uid in counting]
        action, taken = 0, list[Tag]()
        for uid in free:
            taken += store.tags.remove(uid, who=officer().name, now=now)
        if taken:
            uids = list(dict.fromkeys(tag.lot_uid for tag in taken))
            numbers = [tag.number for tag in taken]
            withheld = _withhold_again(store, uids, numbers)
            detail = {"withheld": {str(one): how for one, how in withheld.items()}} if withheld else {}
            action = did(store, "untag", uids[0] if len(uids) == 1 else "", now, lots=uids, tags=numbers, **detail)
            service.refresh(*uids)
    if clashing:
        outcomes = dict.fromkeys(free, Outcome.WRITTEN) | {one.uid: Outcome.CONFLICT for one in clashing}
        return _conflict(service, _Said(action, outcomes, counting, {}), word, untag=True)
    return _reply(service, action, free) if _wants_json() else _back(action)


def _withhold_again(store: Store, uids: Sequence[str], tags: Sequence[int]) -> dict[int, str]:
    """What these tags of these lots released is withheld as before: what, and how it had been decided."""
    released: dict[int, str] = {}
    for number in store.tags.actions_of(tags):
        action = store.actions.get(number)
        by_lot = action.detail.get("released", {}) if action else {}
        became = store.tags.aliases(by_lot)  # lots may have had another identity then
        of_lots = [held for uid, held in by_lot.items() if became.get(uid, uid) in uids]
        released |= {int(one): how for held in of_lots for one, how in held.items()}
    store.withheld.withhold_again(released)
    return released


def _moved(seen: Seen, now: Counting | None) -> bool:
    """Whether a colleague said something of a lot since the page was made: then it is not taken back unseen."""
    if now is None or now.tag is None or now.tag.number == seen.tag:
        return False
    return not Speaker(officer().name, officer().account).said(now.tag, now.account)


# -- undone ------------------------------------------------------------------------------------------------------------


def _undo(service: Service) -> flask.typing.ResponseReturnValue:
    """Undo an action, or where the form names a lot what it said of that one alone."""
    number, named = flask.request.form.get("action", ""), flask.request.form.getlist("lot")
    store = service.store
    with store.transaction():
        action = store.actions.get(int(number)) if number.isdecimal() and len(number) < 18 else None
        only = [one.uid for one in _lots(store, named)]
        if action is None or action.kind not in KINDS or (named and (len(only) != 1 or action.kind != "tag")):
            return _refused("not_undoable", 404)
        if action.undone_at:
            return _refused("undone_already", 409, who=action.undone_by)
        lots, left = _take_back(service, action, *only) if action.kind == "tag" else _put_back(service, action)
    if left or not lots:
        return _undo_left(service, lots, left)
    return _reply(service, 0, lots) if _wants_json() else _back(0)


def _take_back(service: Service, action: Action, only: str = "") -> tuple[list[str], dict[str, Tag | None]]:
    """Take back the tags of an action where they count; the lots, and what counts on the others.

    Where any counts, those go as well that a colleague's word stands above: or they would count again when that is
    taken back, long after the officer undid them.
    """
    store = service.store
    of_action = [tag for tag in store.tags.of_action(action.number) if only in ("", tag.lot_uid)]
    standing = [tag for tag in of_action if tag.removed_at is None]
    tags = {tag.lot_uid: tag for tag in standing or of_action}
    left = overtaken(tags, store.tags.counting(list(tags)))
    lots = [uid for uid in tags if uid not in left]
    if lots:
        store.tags.take_back([tag.number for tag in standing], who=officer().name, now=service.now())
        _withhold_again(store, lots, [tag.number for tag in standing])
        _note_undone(service, action, lots, left, only)
    return lots, left


def _put_back(service: Service, action: Action) -> tuple[list[str], dict[str, Tag | None]]:
    """Let the tags stand again that an action took back, but for lots that somebody tagged since."""
    store = service.store
    tags = store.tags.get([int(one) for one in action.detail.get("tags", ())])
    counting = store.tags.counting([tag.lot_uid for tag in tags])
    left: dict[str, Tag | None] = {uid: one.tag for uid, one in counting.items() if one.tag is not None}
    lots = list(dict.fromkeys(tag.lot_uid for tag in tags if tag.lot_uid not in left))
    if lots:
        store.tags.restore([tag.number for tag in tags if tag.lot_uid not in left])
        held = {one for of_lot in store.withheld.of_lots(lots).values() for one in of_lot}
        again = held & {int(one) for one in action.detail.get("withheld", {})}
        store.withheld.decide(again, Decision.RELEASED, officer().name, service.now())
        _note_undone(service, action, lots, left)
    return lots, left


def _note_undone(
    service: Service, action: Action, lots: Sequence[str], left: Mapping[str, Tag | None], only: str = ""
) -> None:
    """Nothing is noted where nothing was undone: a colleague may take theirs back, and then it can be. The action of
    which one lot alone was taken back stays, as long as it says something of another."""
    store, now = service.store, service.now()
    if not only or all(tag.removed_at for tag in store.tags.of_action(action.number)):
        store.actions.undo(action.number, who=officer().name, now=now)
    did(store, "undo", only or action.item, now, action=action.number, lots=list(lots), left=list(left))
    service.refresh(*lots, *left)


def _undo_left(
    service: Service, lots: Sequence[str], left: Mapping[str, Tag | None]
) -> flask.typing.ResponseReturnValue:
    """What was undone and what was not, for somebody spoke since."""
    titles, spoken = _titles(service, left), _reader(service)
    rows = [_clash(uid, tag, titles, spoken) for uid, tag in left.items()]
    if _wants_json():
        w = words(language())
        why = {row.seen.uid: _in_short(row) if row.theirs else w("inbox.undo_gone") for row in rows}
        return _reply(service, 0, lots, why, w("inbox.undo_left", count=len(rows)))
    status = 200 if lots else 409
    return page(service.config, "conflict", status, kind="undo", clashes=rows, undone=len(lots), **_common())


# -- answered ----------------------------------------------------------------------------------------------------------


def _answer(service: Service, said: _Said, word: Word) -> flask.typing.ResponseReturnValue:
    if said.of(Outcome.CONFLICT) or said.of(Outcome.MISSING):
        return _conflict(service, said, word)
    return _reply(service, said.action, list(said.outcomes)) if _wants_json() else _back(said.action)


def _conflict(service: Service, said: _Said, word: Word, *, untag: bool = False) -> flask.typing.ResponseReturnValue:
    uids = said.of(Outcome.CONFLICT)
    titles = _titles(service, uids)
    spoken = _reader(service)
    clashes = [
        _clash(uid, said.counting[uid].tag if uid in said.counting else None, titles, spoken, said.removed_by)
        for uid in uids
    ]
    written, missing = said.of(Outcome.WRITTEN), said.of(Outcome.MISSING)
    if _wants_json():
        done = [*written, *said.of(Outcome.SAID)]
        why = dict.fromkeys(missing, words(language())("inbox.missing_short"))
        why |= {one.seen.uid: _in_short(one) for one in clashes}
        several = len(said.outcomes) > 1
        told = words(language())("inbox.left_short", count=len(why)) if several else next(iter(why.values()))
        return _reply(service, said.action, done, why, told)
    return page(
        service.config, "conflict", 409, kind="untag" if untag else "tag", clashes=clashes, word=word,
        trades=_typed_trades(), done=0 if untag else len(written), missing=len(missing), **_common(),
    )  # fmt: skip


def _in_short(one: Clash) -> str:
    w = words(language())
    if one.theirs is None:
        return w("inbox.conflict_removed_short", who=one.taken_by)
    return w("inbox.conflict_short", who=one.theirs.who, verdict=w(f"inbox.verdict_{one.theirs.verdict}"))


def _clash(
    uid: str,
    tag: Tag | None,
    titles: Mapping[str, LotView],
    spoken: Reader,
    removed_by: Mapping[str, str] | None = None,
) -> Clash:
    view = titles.get(uid)
    title = public_title(view, spoken).words if view else uid
    seen = Seen(uid, tag.number if tag else 0)
    return Clash(seen, view.slug if view else "", title, tag, (removed_by or {}).get(uid, ""))


def _typed_trades() -> list[str]:
    return [one for one in flask.request.form.getlist("trades") if one.strip()]


def _titles(service: Service, uids: Iterable[str]) -> dict[str, LotView]:
    wanted = list(uids)
    return {view.uid: view for view in service.store.lots.views(service.now(), uids=wanted)} if wanted else {}


def _reader(service: Service) -> Reader:
    return reader(language(), service.rules.trades)


def _common() -> dict[str, object]:
    return {"back": back_to() or to("inbox"), "when": _when, "typed": _typed, "whose": _whose}


def _typed(tag: Tag) -> bool:
    """Whether its reason was typed by whoever set the tag: the sentences that we write for them are no quotes."""
    ours = {words(spoken)(f"inbox.why_{how}") for spoken in LANGUAGES for how in ("one", "many", "clear")}
    return tag.why.strip() not in ours | {""}


def _whose(name: str) -> str:
    """ "Bo Krags", "Jens'"; "Bo Krag's": a name as it stands before what is theirs."""
    if language() == "en":
        return f"{name}'s"
    return f"{name}'" if name.casefold().endswith(("s", "x", "z")) else f"{name}s"


def _when(at: dt.datetime) -> str:
    return Reader(language()).moment(at)


def _refused(key: str, status: int, **values: Any) -> flask.typing.ResponseReturnValue:
    """A page that says why nothing was done; the browser's way back has all that was typed."""
    service: Service = flask.current_app.config["SERVICE"]
    if _wants_json():
        return _json({"error": words(language())(f"inbox.{key}", **values)}, status)
    return page(service.config, "message", status, key=f"inbox.{key}", values=values)


def _wants_json() -> bool:
    return flask.request.accept_mimetypes.best == "application/json"


def _json(values: dict[str, object], status: int) -> flask.typing.ResponseReturnValue:
    return flask.make_response(flask.jsonify(values), status)


def _reply(
    service: Service, action: int, uids: Sequence[str], left: Mapping[str, str] | None = None, error: str = ""
) -> flask.typing.ResponseReturnValue:
    """To our own script: the action, to be undone with, and what counts now, to be sent with what is said next. And
    which lots stayed as they were, and why: one may not hide what became of the others.

    A page may know a lot by an identity that it had before, so it is told under each.
    """
    tags, left = service.store.tags, left or {}
    counting, became = tags.counting(uids), tags.aliases({*uids, *left})
    names = {uid: uid for uid in (*counting, *left)} | became
    told: dict[str, object] = {
        "action": action,
        "lots": [f"{name}|{counting[uid].number}" for name, uid in names.items() if uid in counting],
    }
    if left:
        told |= {"left": {name: left[uid] for name, uid in names.items() if uid in left}, "error": error}
    return _json(told, 409 if left and not uids else 200)


def _back(action: int) -> flask.typing.ResponseReturnValue:
    """To the page that they came from, which tells what was done where something was."""
    parts = urlsplit(back_to() or to("inbox"))
    asked = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != DONE]
    if action:
        asked.append((DONE, str(action)))
    return flask.redirect(parts._replace(query=urlencode(asked)).geturl(), 303)


def back_to() -> str:
    """The path of ours that a form says to go back to; "" for anything else."""
    return ours(flask.request.form.get("back", ""))
