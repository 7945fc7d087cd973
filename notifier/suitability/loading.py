"""config/suitability.toml into `Rules`. Every mistake in it is named before any lot is judged by it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from notifier.errors import ConfigError, Mistake
from notifier.suitability import expressions
from notifier.suitability.codes import Bearing, Mark, index_codes
from notifier.suitability.rules import (
    DemandRule,
    HardScope,
    Law,
    Listed,
    ModelLines,
    Rates,
    Reservation,
    Rules,
    SocialClause,
    Thresholds,
    Trade,
    Weights,
    Word,
)
from notifier.suitability.wordlists import Finder, Reach, Term, Use, is_plain
from notifier.text import fold
from notifier.toml import Table, read_table

# Raise it whenever the code would judge a lot differently by the same file: stored assessments are then made anew.
CODE_VERSION = "2"

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
_LANGUAGE = re.compile(r"[a-z]{2}")
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
    reaches = _languages(top.table("languages"))
    weights, thresholds, rates = _weights(top), _thresholds(top), _rates(top.table("currencies"))
    reservation, denials = _reservation(top.table("reservation")), _denials(top)
    clause, demands = _social_clause(top.table("social_clause")), _demands(top)
    hard, trades = _hard(top), _trades(top)
    model = _model(top.table("model"))
    said = [
        *_trade_words(trades),
        *((Use.HARD, scope.key, scope.words) for scope in hard),
        *_reservation_words(reservation),
        (Use.CLAUSE, "", clause.words),
        *((Use.DEMAND, rule.kind, rule.words) for rule in demands),
        (Use.DENIAL, "", denials),
    ]
    terms = [term for use, key, words in said for term in _terms(use, key, words, reaches, inside_from)]
    hints = [term for trade in trades for term in _hints(trade, reaches, inside_from)]
    _check_languages(top, [words for _, _, words in said] + [trade.hints for trade in trades], reaches)
    top.finish()
    finder = Finder(terms + hints)
    patterns = expressions.Expressions(_patterns(trades, hard, clause, demands))
    codes = index_codes(_marks(trades, hard))
    lists = (trades, hard, reservation, clause, demands)
    return Rules(version, *lists, weights, thresholds, rates, codes, finder, patterns, model)


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
        triggers=_listed(table, "triggers"),
        negations=frozenset(fold(word.text) for word in _listed(table, "negations")),
        answers_no=frozenset(map(fold, _words(table, "answers_no"))),
        rights=frozenset(map(fold, _words(table, "rights"))),
        lot_words=tuple(map(fold, _words(table, "lot_words"))),
        ordinals=_ordinals(table),
        laws=laws,
    )
    if not reservation.lot_words:
        table.mistake("lot_words", "is empty", 'give at least "delaftale" and "lot"')
    table.finish()
    return reservation


def _ordinals(table: Table) -> tuple[tuple[str, ...], ...]:
    lists = table.lists("ordinals")
    for word in (word for words in lists for word in words if not is_plain(word)):
        table.mistake("ordinals", f"holds '{word}'", "give plain words, one list for each number")
    return tuple(tuple(map(fold, words)) for words in lists)


def _law(key: str, table: Table) -> Law:
    return Law(
        key,
        table.text("note", required=True),
        _listed(table, "targets"),
        _listed(table, "plain"),
    )


def _social_clause(table: Table) -> SocialClause:
    clause = SocialClause(
        _listed(table, "words"),
        frozenset(table.texts("objectives")),
        frozenset(table.texts("strategic")),
        _expressions(table),
    )
    table.finish()
    return clause


def _denials(top: Table) -> Listed:
    table = top.table("demand_denials")
    words = _listed(table, "words")
    table.finish()
    return words


def _demands(top: Table) -> tuple[DemandRule, ...]:
    return _each(top.table("demands"), _demand, DEMAND_KINDS)


def _demand(kind: str, table: Table) -> DemandRule:
    weight = _needed(table, "weight", least=-100, most=0)
    return DemandRule(kind, weight, _listed(table, "words"), _expressions(table))


def _hard(top: Table) -> tuple[HardScope, ...]:
    return _each(top.table("hard"), _scope)


def _scope(key: str, table: Table) -> HardScope:
    return HardScope(key, _prefixes(table, "cpv"), _listed(table, "words"), _expressions(table))


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
        _listed(table, "words"),
        _listed(table, "hints"),
        _listed(table, "except"),
        _expressions(table),
    )
    if not (trade.cpv or trade.cpv_adjacent or trade.words):
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


def _languages(table: Table) -> dict[str, Reach]:
    """How the words of each language are found."""
    reaches = {}
    for language in table.names():
        if not _LANGUAGE.fullmatch(language):
            table.mistake(language, "is no language", "give two small letters of ISO 639-1, such as da")
        reaches[language] = Reach(table.choice(language, Reach.WHOLE, [reach.value for reach in Reach]))
    for language in {"da", "en"} - reaches.keys():
        table.mistake(language, "is missing", "add it: da inside, en whole")
    table.finish()
    return reaches


def _check_languages(top: Table, lists: Iterable[Listed], reaches: Mapping[str, Reach]) -> None:
    for language in sorted({word.language for words in lists for word in words} - reaches.keys()):
        top.mistake("languages", f"does not name '{language}'", f'add {language} = "whole", "start" or "inside"')


def _listed(table: Table, kind: str) -> Listed:
    """The lists `kind_da`, `kind_en` and of whatever other languages there are, in the file's order."""
    keys = [key for key in table.names() if key[:-3] == kind and _LANGUAGE.fullmatch(key[-2:]) and key[-3] == "_"]
    return tuple(Word(text, key[-2:]) for key in keys for text in _words(table, key))


def _expressions(table: Table) -> tuple[str, ...]:
    """Expressions in RE2's language, small letters; each one that cannot be used is a mistake."""
    found = table.texts("expressions")
    wrong = {text: why for text in found if (why := expressions.fault(text))}
    for text, why in wrong.items():
        table.mistake("expressions", f"holds '{text}', which {why}", "write what the words in question have in common")
    return tuple(text for text in found if text not in wrong)


def _patterns(
    trades: Iterable[Trade], hard: Iterable[HardScope], clause: SocialClause, demands: Iterable[DemandRule]
) -> Iterator[Term]:
    for trade in trades:
        yield from (Term(text, Use.TRADE, trade.key) for text in trade.expressions)
    for scope in hard:
        yield from (Term(text, Use.HARD, scope.key) for text in scope.expressions)
    yield from (Term(text, Use.CLAUSE, "") for text in clause.expressions)
    for rule in demands:
        yield from (Term(text, Use.DEMAND, rule.kind) for text in rule.expressions)


def _words(table: Table, key: str) -> tuple[str, ...]:
    """A list of plain words; each one that is none is a mistake."""
    words = table.texts(key)
    for word in words:
        if not word.strip():
            table.mistake(key, "holds an empty word, which every text would match", "remove it")
        elif expressions.says_nothing(word):
            table.mistake(key, f"holds '{word}', which stands in nearly every notice", "give a word that tells")
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
    use: Use, key: str, words: Listed, reaches: Mapping[str, Reach], inside_from: int, *, hint: bool = False
) -> Iterator[Term]:
    for word in words:
        reach = reaches.get(word.language, Reach.WHOLE)
        # Short words have to stand alone: "mad" is in "nomader".
        short = reach is Reach.INSIDE and len(word.text) < inside_from
        yield Term(word.text, use, key, hint, Reach.WHOLE if short else reach)


def _hints(trade: Trade, reaches: Mapping[str, Reach], inside_from: int) -> Iterator[Term]:
    return _terms(Use.TRADE, trade.key, trade.hints, reaches, inside_from, hint=True)


def _trade_words(trades: tuple[Trade, ...]) -> Iterator[tuple[Use, str, Listed]]:
    for trade in trades:
        yield Use.TRADE, trade.key, trade.words
        yield Use.EXCEPT, trade.key, trade.excepts


def _reservation_words(reservation: Reservation) -> Iterator[tuple[Use, str, Listed]]:
    yield Use.TRIGGER, "", reservation.triggers
    for law in reservation.laws:
        yield Use.TARGET, law.key, law.targets
        yield Use.PLAIN_LAW, law.key, law.plain


def _marks(trades: tuple[Trade, ...], hard: tuple[HardScope, ...]) -> Iterator[tuple[str, Mark]]:
    for trade in trades:
        yield from ((prefix, Mark(Bearing.INSIDE, trade.key)) for prefix in trade.cpv)
        yield from ((prefix, Mark(Bearing.BESIDE, trade.key)) for prefix in trade.cpv_adjacent)
    for scope in hard:
        yield from ((prefix, Mark(Bearing.HARD, scope.key)) for prefix in scope.cpv)
