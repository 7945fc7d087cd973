"""The rules as values: what config/suitability.toml says, checked and compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar

from notifier.lots import Money
from notifier.suitability.codes import CodeIndex
from notifier.suitability.expressions import Expressions
from notifier.suitability.wordlists import Finder


@dataclass(frozen=True, slots=True)
class Word:
    """A plain word or phrase of the file, with the language (ISO 639-1) whose list it stands in."""

    text: str
    language: str


Listed = tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Trade:
    """A kind of work that social enterprises do. CPV codes are prefixes; hints are words that only point to it."""

    key: str
    name_da: str
    name_en: str
    cpv: tuple[str, ...] = ()
    cpv_adjacent: tuple[str, ...] = ()
    words: Listed = ()
    hints: Listed = ()
    excepts: Listed = ()
    expressions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HardScope:
    """Work that is out of reach: by CPV prefix, or by words in the lot's own title."""

    key: str
    cpv: tuple[str, ...]
    words: Listed
    expressions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Law:
    """One legal ground of a reservation: words for whom it is for (targets), and for the law itself (plain)."""

    key: str  # ws, pub-ser, program: the ending of the code of BT-71
    note: str  # as Evidence.note carries it
    targets: Listed
    plain: Listed


@dataclass(frozen=True, slots=True)
class Reservation:
    """How a reservation is told in words."""

    triggers: Listed
    negations: frozenset[str]
    answers_no: frozenset[str]
    rights: frozenset[str]  # beside them a trigger reserves a right, not a lot
    lot_words: tuple[str, ...]
    ordinals: tuple[tuple[str, ...], ...]  # the words for "first", for "second", ...
    laws: tuple[Law, ...]

    def note(self, key: str) -> str:
        """The paragraph of a law, "" where the key is none of ours (the codelist grows)."""
        return next((law.note for law in self.laws if law.key == key), "")


@dataclass(frozen=True, slots=True)
class SocialClause:
    """Words and codes for jobs or training for people at the edge of the labour market."""

    words: Listed
    objectives: frozenset[str]  # BT-775
    strategic: frozenset[str]  # BT-06
    expressions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DemandRule:
    """A kind of demand. Its weight is 0 where it is shown only, below 0 where it weighs against."""

    kind: str
    weight: float
    words: Listed
    expressions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Weights:
    """What each criterion counts. The TOML explains each; signs are checked when it is read."""

    cpv_main: float
    cpv_main_adjacent: float
    cpv_additional: float
    cpv_additional_adjacent: float
    word_title: float
    word_notice_title: float
    word_description: float
    word_elsewhere: float
    hint: float
    social_objective: float
    social_clause: float
    sme_suitable: float
    light_regime: float
    size_fits: float
    support_at_most: float
    hard_cpv: float
    hard_word: float
    too_large: float
    doubt: float
    reserved: float

    AGAINST: ClassVar[frozenset[str]] = frozenset({"hard_cpv", "hard_word", "too_large", "doubt"})


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The lines between the verdicts. Amounts in DKK without VAT."""

    suitable_from: float
    possible_from: float
    burden: float
    annual_value: float
    annual_value_far: float
    framework_years: float
    turnover: float
    guarantee_share: float
    listed_from: float
    listed_share: float
    least_text: float


@dataclass(frozen=True, slots=True)
class ModelLines:
    """Where a learned model's probability decides: from `raise_from` up a lot is possible, below `lower_below` not."""

    raise_from: float = 0.8
    lower_below: float = 0.05


@dataclass(frozen=True, slots=True)
class Rates:
    """DKK for one unit of each currency on one day: an order of magnitude, not an account."""

    date: str
    dkk: Mapping[str, Decimal]

    def in_dkk(self, money: Money) -> Decimal | None:
        """The amount in kroner, or None for a currency without a rate: unknown is unknown."""
        rate = self.dkk.get(money.currency)
        return None if rate is None else money.amount * rate


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that `assess` goes by. `version` is a short hash of the file and of the code's own version."""

    version: str
    trades: tuple[Trade, ...]
    hard: tuple[HardScope, ...]
    reservation: Reservation
    social_clause: SocialClause
    demands: tuple[DemandRule, ...]
    weights: Weights
    thresholds: Thresholds
    rates: Rates
    codes: CodeIndex
    finder: Finder
    expressions: Expressions
    model: ModelLines = field(default_factory=ModelLines)
