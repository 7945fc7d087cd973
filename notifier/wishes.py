"""What somebody asks for, out of a form or a row of a table: words into a profile, with every mistake named. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from notifier.lots import Money, Verdict
from notifier.nomenclature import find_area
from notifier.profiles import Cadence, Profile
from notifier.text import clean, clean_address, clean_line
from notifier.words import LANGUAGES

LEAST_WORD = 3  # letters: a shorter one stands in every second text
_MOST_WORDS, _LONGEST_WORD, _LONGEST_NAME = 30, 60, 120
_MOST_CODES = 30
_MOST_AMOUNT = 10**12
_CODE = re.compile(r"([0-9]{2,8})(?:-[0-9])?")  # a whole code is often written with its check digit
MOST_SHOWN = 50
_YES = frozenset({"1", "on", "ja", "yes", "true", "x"})


@dataclass(frozen=True, slots=True)
class Wish:
    """Everything that a sign-up says."""

    address: str
    name: str
    language: str
    cadence: Cadence
    profile: Profile


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field: a key of the texts (web.wrong_…), and the words that it is about."""

    field: str
    key: str
    words: str = ""


Given = Mapping[str, Sequence[str]]


def read_wish(given: Given, known_trades: Collection[str], *, address_known: str = "") -> tuple[Wish, list[Problem]]:
    """What is asked for, as far as it can be read, and what cannot.

    Fields: address, name, trades, areas (codes, municipalities), max_value, and under "more" min_value, words,
    words_out, cpv, least, planned, agreements, partnerships, near, cadence, hour, most, language. Several values of a
    field come one by one or separated by commas or semicolons. What is missing is as `Profile` has it; a flag that is
    given but empty is off.
    """
    reading = _Reading(given)
    address = address_known or clean_address(reading.one("address"))
    if not address:
        reading.wrong("address", "address")
    profile = Profile(
        trades=reading.among("trades", known_trades, "trade"),
        cpv_prefixes=reading.codes("cpv"),
        words=reading.words("words"),
        words_out=reading.words("words_out"),
        areas=reading.areas("areas"),
        value_min=reading.money("min_value"),
        value_max=reading.money("max_value"),
        least_verdict=Verdict(reading.choice("least", ("possible", "suitable", "reserved"), "possible")),
        planned=reading.flag("planned", default=True),
        agreements=reading.flag("agreements", default=True),
        partnerships=reading.flag("partnerships", default=False),
        near_misses=reading.flag("near", default=False),
        hour=reading.whole("hour", 7, least=0, most=23),
        most=reading.whole("most", 5, least=1, most=MOST_SHOWN),
    )
    if profile.value_min and profile.value_max and profile.value_min.amount > profile.value_max.amount:
        reading.wrong("min_value", "min_above_max")
    wish = Wish(
        address,
        clean_line(reading.one("name"), _LONGEST_NAME),
        reading.choice("language", LANGUAGES, "da"),
        Cadence(reading.choice("cadence", tuple(Cadence), "weekly")),
        profile,
    )
    return wish, reading.problems


class _Reading:
    def __init__(self, given: Given) -> None:
        self._given = given
        self.problems: list[Problem] = []

    def wrong(self, field: str, key: str, words: str = "") -> None:
        self.problems.append(Problem(field, key, clean_line(words, 80)))

    def one(self, field: str) -> str:
        return next((value.strip() for value in self._given.get(field, ()) if value.strip()), "")

    def many(self, field: str) -> tuple[str, ...]:
        parts = (part.strip() for value in self._given.get(field, ()) for part in re.split(r"[,;\n]", value))
        return tuple(dict.fromkeys(part for part in parts if part))

    def flag(self, field: str, *, default: bool) -> bool:
        if field not in self._given:
            return default
        return self.one(field).casefold() in _YES

    def choice(self, field: str, known: Sequence[str], default: str) -> str:
        value = self.one(field)
        if value and value not in known:
            self.wrong(field, "choice", value)
        return value if value in known else default

    def among(self, field: str, known: Collection[str], key: str) -> tuple[str, ...]:
        for value in self.many(field):
            if value not in known:
                self.wrong(field, key, value)
        return tuple(value for value in self.many(field) if value in known)

    def words(self, field: str) -> tuple[str, ...]:
        """Cleaned before they are parted: what turns into a comma by cleaning parts two words as well."""
        lines = (clean(value).split("\n") for value in self._given.get(field, ()))
        parts = (part.strip() for line in lines for text in line for part in re.split(r"[,;]", text))
        words = tuple(dict.fromkeys(part[:_LONGEST_WORD].rstrip() for part in parts if part))
        for word in words:
            if len(word) < LEAST_WORD:
                self.wrong(field, "word", word)
        if len(words) > _MOST_WORDS:
            self.wrong(field, "many_words")
        return tuple(word for word in words if len(word) >= LEAST_WORD)[:_MOST_WORDS]

    def codes(self, field: str) -> tuple[str, ...]:
        found = {code: _CODE.fullmatch(code) for code in self.many(field)}
        for code, match in found.items():
            if match is None:
                self.wrong(field, "cpv", code)
        codes = tuple(dict.fromkeys(_prefix(match[1]) for match in found.values() if match))
        if len(codes) > _MOST_CODES:
            self.wrong(field, "many_codes")
        return codes[:_MOST_CODES]

    def areas(self, field: str) -> tuple[str, ...]:
        found = {place: find_area(place) for place in self.many(field)}
        for place, code in found.items():
            if not code:
                self.wrong(field, "area", place)
        return tuple(dict.fromkeys(code for code in found.values() if code))

    def money(self, field: str) -> Money | None:
        """Whole kroner without VAT."""
        value = self.one(field)
        if not value:
            return None
        amount = _kroner(value)
        if amount is None or not 0 < amount <= _MOST_AMOUNT:
            self.wrong(field, "amount", value)
            return None
        return Money(Decimal(amount))

    def whole(self, field: str, default: int, *, least: int, most: int) -> int:
        value = self.one(field)
        if not value:
            return default
        if not re.fullmatch(r"[0-9]{1,3}", value) or not least <= int(value) <= most:
            self.wrong(field, "number", value)
            return default
        return int(value)


def _prefix(code: str) -> str:
    """The zeros of a whole code stand for all that is below it: whoever writes 90910000 wants 90911200 as well."""
    return code[:2] + code[2:].rstrip("0") if len(code) == 8 else code


_WRITTEN = re.compile(
    r"(?:kr\.?|dkk)?(?P<number>[0-9][0-9.,]*?)(?:(?P<millions>mio\.?|million(?:er|s)?)|,-)?(?:kr\.?|kroner|dkk)?"
)
_MILLIONS = re.compile(r"[0-9]{1,6}(?:[.,][0-9]{1,2})?")
_WHOLE = re.compile(
    r"[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]{2})?"  # 500.000,00 as Danes write it
    r"|[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{2})?"  # 500,000.00 as others do
    r"|[0-9]{3,13}(?:[.,][0-9]{2})?|[0-9]{1,2}"  # "1,5" is half of what somebody meant to write
)


def _kroner(text: str) -> int | None:
    """What somebody means who answers how many kroner: "500.000", "kr. 500.000,-", "1,5 mio. kr."; øre do not count.

    None where it is no amount or could be read in two ways, as "1,5" and "1.250 mio." could.
    """
    written = _WRITTEN.fullmatch("".join(text.casefold().split()))
    if written is None:
        return None
    number = written["number"]
    if written["millions"]:
        return int(Decimal(number.replace(",", ".")) * 10**6) if _MILLIONS.fullmatch(number) else None
    if not _WHOLE.fullmatch(number):
        return None
    return int(re.sub(r"[.,]", "", re.sub(r"[.,][0-9]{2}\Z", "", number)))
