"""The inbox: lots that wait for a word, in the order in which they matter (queueing.py), filtered, by procedure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import flask

from notifier.catalogue import rows_of
from notifier.desk.application import add, in_bar
from notifier.desk.pages import language, page, to
from notifier.desk.queueing import Group, Task, cells, clear, counted, folded, groups, past, read_spot, written
from notifier.desk.tagging import MOST, VERDICTS, last_done, lately
from notifier.lots import Verdict
from notifier.site.reader import reader
from notifier.store.catalogue import SHORTEST, Found
from notifier.store.queue import BUYERS, Asked, Cell, Queue, Spot, State
from notifier.text import clean_line
from notifier.web.service import Service
from notifier.words import words

PAGE = 30  # lots: what is left of a week of sixty when its clear rejections are confirmed
DAYS = (7, 14, 30)
SAMPLE = "stikproeve"
_TAGGED, _ALL = "markeret", "alle"
_STATES = {"": State.WAITING, _TAGGED: State.TAGGED, _ALL: State.ALL}
_BY = "af:"  # before a name: tagged by them
# Names in addresses, which officers keep and send each other.
_MARK, _TRADE, _SOURCE, _BUYER, _DAYS, _STATE, _TEXT, _PROCEDURE = (
    "maerke", "fag", "kilde", "ordregiver", "frist", "status", "soeg", "udbud",
)  # fmt: skip
_AFTER, _BEFORE = "efter", "foer"


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter, and how many lots it would leave."""

    value: str
    label: str
    count: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter. Its first choice is none."""

    name: str
    label: str
    choices: tuple[Choice, ...]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the list, and the ways to the pages before and after it, "" where there is none."""

    groups: tuple[Group, ...]
    before: str
    after: str


def add_routes(app: flask.Flask, service: Service) -> None:
    """The front page of the desk."""
    add(app, "/", "inbox", lambda: _inbox(service))
    in_bar(app, "inbox")


def _inbox(service: Service) -> flask.Response:
    now, given = service.now(), _given()
    asked = _asked(given, now)
    spoken, store = language(), service.store
    # Counts are made once a minute for a list that nobody writes to: a deadline may have passed since.
    asking = (spoken, tuple(given.items()), now.replace(second=0, microsecond=0))
    facets, total = store.remembered(("facets", *asking), lambda: _facets(service, asked, given, now))
    listed = _listed(store.queue, asked, given, now)
    of_all = ""
    if asked.state is State.WAITING and asked != Asked():
        (found,) = store.remembered(("waiting", *asking[:1], asking[2]), lambda: store.queue.counts([Asked()], now))
        of_all = counted(found, spoken)
    clearly = store.remembered(("clear", *asking), lambda: _clearly(store.queue, asked, now))
    return page(
        service.config,
        "inbox",
        facets=facets,
        total=total,
        of_all=of_all,
        waits=_waits(total, of_all),
        chosen=[f"{facet.label}: {one.label}" for facet in facets for one in facet.choices if one.chosen and one.value],
        listed=listed,
        clear=clearly,
        see_clear=_see_clear(given, now),
        given=given,
        asked=asked,
        waiting=asked.state is State.WAITING,
        done=lately(service),
        last=last_done(service),
        back=_link(given),
        trades=[trade.name_da if spoken == "da" else trade.name_en for trade in service.rules.trades],
        text=given.get(_TEXT, ""),
        too_short=_too_short(given.get(_TEXT, "")),
        shortest=SHORTEST,
        verdicts=VERDICTS,
        said={verdict.value: words(spoken)(f"inbox.verdict_{verdict}") for _, verdict in VERDICTS},
        most=MOST,
    )


# -- asked -------------------------------------------------------------------------------------------------------------


def _given() -> dict[str, str]:
    """What the address asks for, in one order: so that one list has one address."""
    names = (_MARK, _TRADE, _SOURCE, _BUYER, _DAYS, _STATE, _TEXT, _PROCEDURE, _AFTER, _BEFORE)
    args = flask.request.args
    return {name: value for name in names if (value := args.get(name, "").replace("\0", "").strip()[:500])}


def _asked(given: Mapping[str, str], now: dt.datetime) -> Asked:
    """What a list is asked for by an address. What makes no sense is not asked for."""
    mark, state, days = given.get(_MARK, ""), given.get(_STATE, ""), given.get(_DAYS, "")
    by = state.removeprefix(_BY) if state.startswith(_BY) else ""
    return Asked(
        state=State.TAGGED if by else _STATES.get(state, State.WAITING),
        verdict=Verdict(mark) if mark in set(Verdict) else None,
        sample=mark == SAMPLE,
        trade=given.get(_TRADE, ""),
        source=given.get(_SOURCE, ""),
        buyer=given.get(_BUYER, ""),
        before=past(now, int(days)) if days in map(str, DAYS) else None,
        text=clean_line(given.get(_TEXT, "")),
        who=by,
        procedure=given.get(_PROCEDURE, ""),
    )


def _clearly(queue: Queue, asked: Asked, now: dt.datetime) -> list[int]:
    return queue.ids(asked, clear(now), MOST) if _can_be_clear(asked) else []


def _too_short(text: str) -> bool:
    """Whether words were typed of which none is long enough to be sought."""
    return bool(text) and all(len(word) < SHORTEST for word in text.replace('"', " ").split())


def _can_be_clear(asked: Asked) -> bool:
    return asked.state is State.WAITING and not asked.sample and asked.verdict in (None, Verdict.UNSUITABLE)


# -- listed ------------------------------------------------------------------------------------------------------------


def _listed(queue: Queue, asked: Asked, given: Mapping[str, str], now: dt.datetime) -> Listed:
    places = cells(now) if asked.state is State.WAITING else (Cell(None, now),)
    after, before = read_spot(given.get(_AFTER, "")), read_spot(given.get(_BEFORE, ""))
    found = queue.page(asked, places, language(), spot=before or after, back=before is not None, limit=PAGE + 1)
    more = len(found) > PAGE
    if before is not None and not found:  # everything before it was tagged meanwhile
        return _listed(queue, asked, {k: v for k, v in given.items() if k != _BEFORE}, now)
    shown = (found[1:] if before else found[:-1]) if more else found
    tasks = [Task(lot, rows_of(lot)) for _, lot in shown]
    waiting = queue.procedures(sorted({task.found.procedure for task in tasks}), now)
    earlier, later = (more, True) if before else (after is not None, more)
    return Listed(
        groups(tasks, waiting),
        _link(given, _BEFORE, shown[0]) if earlier and shown else "",
        _link(given, _AFTER, shown[-1]) if later and shown else "",
    )


def _link(given: Mapping[str, str], name: str = "", place: tuple[Spot, Found] | None = None) -> str:
    """The address of a page of the list: this one, or the one before or after a lot."""
    values = {key: value for key, value in given.items() if not name or key not in (_AFTER, _BEFORE)}
    if place is not None:
        values[name] = written(place[0])
    return to("inbox", **values)


def _see_clear(given: Mapping[str, str], now: dt.datetime) -> str:
    """The address of the list from the first clear rejection on: they stand in the last cell."""
    values = {key: value for key, value in given.items() if key not in (_AFTER, _BEFORE)}
    return to("inbox", **values, **{_AFTER: written(Spot(len(cells(now)) - 1, "", "", 0))})


def _waits(total: str, of_all: str) -> str:
    """How many lots wait, in words."""
    w = words(language())
    if of_all:
        return w("inbox.waiting_of", total=total, all=of_all)
    if total == "0":
        return w("inbox.empty")
    return w("inbox.waiting_one" if total == "1" else "inbox.waiting_other", total=total)


# -- counted -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Filter:
    """A filter: what is asked for without it, and with each of its values."""

    name: str
    what: str  # as store.queue.tally has it
    without: Asked
    values: Mapping[str, Asked]
    labels: Mapping[str, str]


def _facets(
    service: Service, asked: Asked, given: Mapping[str, str], now: dt.datetime
) -> tuple[tuple[Facet, ...], str]:
    """The filters with their counts, and how many lots are listed.

    Where nothing else is asked for, each value is counted by itself in an index of its own; otherwise those that are
    left are looked at together.
    """
    queue, spoken = service.store.queue, language()
    filters = _filters(service, asked, now)
    alone = [one for one in filters if one.without == Asked() or one.what == "state"]
    wanted = {(one.name, value): variant for one in alone for value, variant in one.values.items()}
    wanted = {where: variant for where, variant in wanted.items() if variant.state is not State.ALL}
    found = dict(zip(wanted, queue.counts(list(wanted.values()), now), strict=True))
    found[_STATE, _ALL] = found[_STATE, ""] + found[_STATE, _TAGGED]  # nobody has to read all for it
    shown = {one.name: {value: counted(found[one.name, value], spoken) for value in one.values} for one in alone}
    shown |= _tallied(queue, [one for one in filters if one.name not in shown], now)
    chosen = next(value for value, variant in filters[0].values.items() if variant == asked)
    return tuple(_facet(one, shown[one.name], given) for one in filters), shown[_STATE][chosen]


def _tallied(queue: Queue, filters: Sequence[_Filter], now: dt.datetime) -> dict[str, dict[str, str]]:
    """The counts of filters beside which others are set: those beside the same ones are counted together."""
    spoken, shown = language(), dict[str, dict[str, str]]()
    for without in dict.fromkeys(one.without for one in filters):
        together = [one for one in filters if one.without == without]
        tallies = queue.tallies(without, [one.what for one in together], now, [past(now, days) for days in DAYS])
        for one in together:
            tally = tallies[one.what]
            counts = folded(tally.counts, [str(days) for days in DAYS]) if one.what == "days" else tally.counts
            shown[one.name] = {
                value: counted(_of(counts, value, one.what), spoken, at_least=tally.cut) for value in one.values
            }
    return shown


def _of(counts: Mapping[str, int], value: str, what: str) -> int:
    if what == "verdict" and value == SAMPLE:
        return counts.get("sample", 0)
    return counts.get(value, 0)


def _facet(one: _Filter, counts: Mapping[str, str], given: Mapping[str, str]) -> Facet:
    w, chosen = words(language()), given.get(one.name, "")
    choices = [Choice(value, one.labels.get(value, value), counts[value], value == chosen) for value in one.values]
    if one.what != "state":
        choices.insert(0, Choice("", w(f"inbox.any_{one.what}"), "", not any(choice.chosen for choice in choices)))
    hint = w("inbox.more_buyers") if one.what == "buyer" and len(one.values) >= BUYERS else ""
    return Facet(one.name, w(f"inbox.filter_{one.what}"), tuple(choices), hint)


def _filters(service: Service, asked: Asked, now: dt.datetime) -> tuple[_Filter, ...]:
    queue, w, spoken = service.store.queue, words(language()), language()
    unmarked = replace(asked, verdict=None, sample=False)
    marks: dict[str, Asked] = {one.value: replace(unmarked, verdict=one) for _, one in VERDICTS}
    marks[SAMPLE] = replace(unmarked, sample=True)
    names = {source.id: source.name for source in service.config.sources}
    trades = reader(spoken, service.rules.trades).trades
    buyers = _with(queue.buyers()[:BUYERS], asked.buyer)
    sources = _with(service.store.catalogue.sources(), asked.source)
    states: dict[str, Asked] = {key: replace(asked, state=state, who="") for key, state in _STATES.items()}
    labels = {key: w(f"inbox.state_{state}") for key, state in _STATES.items()}
    for who in _with(queue.taggers(), asked.who):
        states[_BY + who] = replace(asked, state=State.TAGGED, who=who)
        labels[_BY + who] = w("inbox.state_by", who=who)
    return (
        _Filter(_STATE, "state", asked, states, labels),
        _Filter(_MARK, "verdict", unmarked, marks, {one: w(f"inbox.mark_{_word(one)}") for one in marks}),
        _filter(_TRADE, "trade", replace(asked, trade=""), trades, lambda old, new: replace(old, trade=new), trades),
        _filter(
            _SOURCE, "source", replace(asked, source=""), sources, lambda old, new: replace(old, source=new), names
        ),
        _filter(_BUYER, "buyer", replace(asked, buyer=""), buyers, lambda old, new: replace(old, buyer=new), {}),
        _filter(
            _DAYS, "days", replace(asked, before=None), [str(days) for days in DAYS],
            lambda old, new: replace(old, before=past(now, int(new))),
            {str(days): w("inbox.within_days", days=days) for days in DAYS},
        ),
    )  # fmt: skip


def _word(mark: str) -> str:
    return "sample" if mark == SAMPLE else mark


def _filter(
    name: str,
    what: str,
    without: Asked,
    values: Sequence[str] | Mapping[str, str],
    chosen: Callable[[Asked, str], Asked],
    labels: Mapping[str, str],
) -> _Filter:
    return _Filter(name, what, without, {value: chosen(without, value) for value in values}, labels)


def _with(values: Sequence[str], chosen: str) -> tuple[str, ...]:
    """The choices, what is chosen among them, though no lot has it any more."""
    return tuple(values) if not chosen or chosen in values else (*values, chosen)
