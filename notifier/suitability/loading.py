"""config/suitability.toml into `Rules`. Every mistake in it is named before any lot is judged by it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from notifier.errors import ConfigError, Mistake
from notifier.suitability.codes import Bearing, Mark, index_codes
from notifier.suitability.rules import (
    DemandRule,
    HardScope,
    Law,
    ModelLines,
    Rates,
    Reservation,
    Rules,
    SocialClause,
    Thresholds,
    Trade,
    Weights,
)
from notifier.suitability.wordlists import Finder, Term, Use, fold, is_plain
from notifier.toml import Table, read_table

# Raise it whenever the code would judge a lot differently by the same file: stored assessments are then made anew.
CODE_VERSION = "1"

# The kinds of demand that the templates have words for.
DEMAND_KINDS = frozenset(
    {
        "turnover",
        "capital",
        "references",
        "certificate",
        "guarantee",
        "insurance",
        "clearance",
        "record",
        "permit",
        "coverage",
        "hours",
        "start",
    }
)
LAWS = frozenset({"ws", "pub-ser", "program"})
_T = TypeVar("_T")
_KEY = re.compile(r"[a-z][a-z0-9_-]*")
_PREFIX = re.compile(r"\d{2,8}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def load_rules(path: Path) -> Rules:
    """The rules in the file. Raises ConfigError with every mistake: file, line, key, what is wrong, what to do."""
    mistakes: list[Mistake] = []
    table = read_table(path, mistakes)
    rules = _rules(table, _version(path)) if table is not None else None
    if mistakes or rules is None:
        raise ConfigError(tuple(mistakes))
    return rules


def _version(path: Path) -> str:
    """Twelve hexadecimal digits that change with the file and with the code."""
    return hashlib.sha256(path.read_bytes() + b"\0" + CODE_VERSION.encode()).hexdigest()[:12]


def _rules(top: Table, version: str) -> Rules:
    inside_from = top.whole("inside_from", 6, least=3, most=20)
    weights, thresholds, rates = _weights(top), _thresholds(top), _rates(top.table("currencies"))
    reservation, denials = _reservation(top.table("reservation")), _denials(top)
    clause, demands = _social_clause(top.table("social_clause")), _demands(top)
    hard, trades = _hard(top), _trades(top)
    model = _model(top.table("model"))
    top.finish()
    terms = [
        *_trade_terms(trades),
        *_hard_terms(hard),
        *_reservation_terms(reservation),
        *_terms(Use.CLAUSE, "", clause.words_da, clause.words_en),
        *(term for rule in demands for term in _terms(Use.DEMAND, rule.kind, rule.words_da, rule.words_en)),
        *_terms(Use.DENIAL, "", denials, ()),
    ]
    finder = Finder(_placed(term, inside_from) for term in terms)
    codes = index_codes(_marks(trades, hard))
    return Rules(version, trades, hard, reservation, clause, demands, weights, thresholds, rates, codes, finder, model)


def _weights(top: Table) -> Weights:
    table = top.table("weights")
    values = {}
    for name in (field.name for field in fields(Weights)):
        against = name in Weights.AGAINST
        values[name] = _needed(table, name, least=-100 if against else 0, most=0 if against else 100)
    table.finish()
    return Weights(**values)


def _thresholds(top: Table) -> Thresholds:
    table = top.table("thresholds")
    values = {field.name: _needed(table, field.name, least=0.001, most=1e12) for field in fields(Thresholds)}
    if values["possible_from"] > values["suitable_from"]:
        table.mistake("possible_from", "is above suitable_from", "give a number up to suitable_from")
    table.finish()
    return Thresholds(**values)


def _model(table: Table) -> ModelLines:
    usual = ModelLines()
    lines = ModelLines(
        table.number("raise_from", usual.raise_from, least=0.5, most=1),
        table.number("lower_below", usual.lower_below, least=0, most=0.5),
    )
    table.finish()
    return lines


def _needed(table: Table, key: str, *, least: float, most: float) -> float:
    if not table.holds(key):
        table.mistake(key, "is missing", f"add a number from {least:g} to {most:g}")
    return table.number(key, least, least=least, most=most)


def _rates(table: Table) -> Rates:
    date = table.text("date", required=True, wanted='a day such as "2026-01-02"')
    if date and not _DAY.fullmatch(date):
        table.mistake("date", f"is '{date}'", 'give a day such as "2026-01-02"')
    rates = {}
    for currency in table.names():
        if not re.fullmatch("[A-Z]{3}", currency):
            table.mistake(currency, "is no currency code", "give three capital letters of ISO 4217, such as EUR")
        rates[currency] = Decimal(str(_needed(table, currency, least=1e-6, most=1e6)))
    if rates.get("DKK") != 1:
        table.mistake("DKK", "is not 1", "set DKK = 1.0: the other rates are kroner for one unit")
    table.finish()
    return Rates(date, rates)


def _reservation(table: Table) -> Reservation:
    laws = _each(table.table("laws"), _law, LAWS)
    reservation = Reservation(
        triggers_da=_words(table, "triggers_da"),
        triggers_en=_words(table, "triggers_en"),
        negations=frozenset(map(fold, _words(table, "negations_da") + _words(table, "negations_en"))),
        answers_no=frozenset(map(fold, _words(table, "answers_no"))),
        lot_words=tuple(map(fold, _words(table, "lot_words"))),
        laws=laws,
    )
    if not reservation.lot_words:
        table.mistake("lot_words", "is empty", 'give at least "delaftale" and "lot"')
    table.finish()
    return reservation


def _law(key: str, table: Table) -> Law:
    return Law(
        key,
        table.text("note", required=True),
        _words(table, "targets_da"),
        _words(table, "targets_en"),
        _words(table, "plain_da"),
        _words(table, "plain_en"),
    )


def _social_clause(table: Table) -> SocialClause:
    clause = SocialClause(
        _words(table, "words_da"),
        _words(table, "words_en"),
        frozenset(table.texts("objectives")),
        frozenset(table.texts("strategic")),
    )
    table.finish()
    return clause


def _denials(top: Table) -> tuple[str, ...]:
    table = top.table("demand_denials")
    words = _words(table, "words")
    table.finish()
    return words


def _demands(top: Table) -> tuple[DemandRule, ...]:
    return _each(top.table("demands"), _demand, DEMAND_KINDS)


def _demand(kind: str, table: Table) -> DemandRule:
    weight = _needed(table, "weight", least=-100, most=0)
    return DemandRule(kind, weight, _words(table, "words_da"), _words(table, "words_en"))


def _hard(top: Table) -> tuple[HardScope, ...]:
    return _each(top.table("hard"), _scope)


def _scope(key: str, table: Table) -> HardScope:
    return HardScope(key, _prefixes(table, "cpv"), _words(table, "words_da"), _words(table, "words_en"))


def _trades(top: Table) -> tuple[Trade, ...]:
    table = top.table("trades")
    trades = _each(table, _trade)
    if not trades:
        table.mistake("", "holds no trade", "add at least one, such as [trades.cleaning]")
    return trades


def _trade(key: str, table: Table) -> Trade:
    trade = Trade(
        key,
        table.text("name_da", required=True),
        table.text("name_en", required=True),
        _prefixes(table, "cpv"),
        _prefixes(table, "cpv_adjacent"),
        *(_words(table, f"{kind}_{language}") for kind in ("words", "hints", "except") for language in ("da", "en")),
    )
    if not (trade.cpv or trade.cpv_adjacent or trade.words_da or trade.words_en):
        table.mistake("", "has neither codes nor words", "give cpv, words_da or words_en, or remove the trade")
    return trade


def _each(table: Table, make: Callable[[str, Table], _T], allowed: frozenset[str] | None = None) -> tuple[_T, ...]:
    """One value for each table inside a table; names are checked, and what nobody takes is reported."""
    made = []
    for key in table.names():
        inner = table.table(key)
        if not _KEY.fullmatch(key):
            table.mistake(key, "is no key", "use small letters, digits, _ and -, such as print_scan")
        if allowed is not None and key not in allowed:
            table.mistake(key, "is not known", f"choose among {', '.join(sorted(allowed))}")
        made.append(make(key, inner))
        inner.finish()
    return tuple(made)


def _words(table: Table, key: str) -> tuple[str, ...]:
    """A list of plain words; each one that is none is a mistake."""
    words = table.texts(key)
    for word in words:
        if not word.strip():
            table.mistake(key, "holds an empty word, which every text would match", "remove it")
        elif not is_plain(word):
            table.mistake(key, f"holds '{word}'", "give plain words of two letters or more, no expressions such as .*")
    for word in sorted({word for word in words if words.count(word) > 1}):
        table.mistake(key, f"holds '{word}' twice", "remove one")
    return tuple(word for word in words if is_plain(word))


def _prefixes(table: Table, key: str) -> tuple[str, ...]:
    codes = table.texts(key)
    for code in codes:
        if not _PREFIX.fullmatch(code):
            table.mistake(key, f"holds '{code}'", "give the first two to eight digits of CPV codes, in quotes")
    return codes


def _terms(
    use: Use, key: str, danish: tuple[str, ...], english: tuple[str, ...], *, hint: bool = False
) -> Iterator[Term]:
    yield from (Term(word, use, key, hint, whole=False) for word in danish)
    yield from (Term(word, use, key, hint) for word in english)


def _placed(term: Term, inside_from: int) -> Term:
    """Danish words shorter than `inside_from` have to stand alone: "mad" is in "nomader"."""
    return term if term.whole or len(term.word) >= inside_from else replace(term, whole=True)


def _trade_terms(trades: tuple[Trade, ...]) -> Iterator[Term]:
    for trade in trades:
        yield from _terms(Use.TRADE, trade.key, trade.words_da, trade.words_en)
        yield from _terms(Use.TRADE, trade.key, trade.hints_da, trade.hints_en, hint=True)
        yield from _terms(Use.EXCEPT, trade.key, trade.except_da, trade.except_en)


def _hard_terms(hard: tuple[HardScope, ...]) -> Iterator[Term]:
    for scope in hard:
        yield from _terms(Use.HARD, scope.key, scope.words_da, scope.words_en)


def _reservation_terms(reservation: Reservation) -> Iterator[Term]:
    yield from _terms(Use.TRIGGER, "", reservation.triggers_da, reservation.triggers_en)
    for law in reservation.laws:
        yield from _terms(Use.TARGET, law.key, law.targets_da, law.targets_en)
        yield from _terms(Use.PLAIN_LAW, law.key, law.plain_da, law.plain_en)


def _marks(trades: tuple[Trade, ...], hard: tuple[HardScope, ...]) -> Iterator[tuple[str, Mark]]:
    for trade in trades:
        yield from ((prefix, Mark(Bearing.INSIDE, trade.key)) for prefix in trade.cpv)
        yield from ((prefix, Mark(Bearing.BESIDE, trade.key)) for prefix in trade.cpv_adjacent)
    for scope in hard:
        yield from ((prefix, Mark(Bearing.HARD, scope.key)) for prefix in scope.cpv)
