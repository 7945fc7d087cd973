"""A lot laid out for the criteria: its texts by name and place, each with the words that were found in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from notifier.lots import Lot, Notice
from notifier.suitability.rules import Rules
from notifier.suitability.wordlists import Hit, Use
from notifier.text import fold


class Place(StrEnum):
    """How much a text says of the lot itself."""

    TITLE = "title"
    NOTICE_TITLE = "notice_title"
    DESCRIPTION = "description"
    ELSEWHERE = "elsewhere"  # the notice's description, additional information
    TERMS = "terms"  # conditions and selection criteria: they ask, they do not describe


@dataclass(frozen=True, slots=True)
class Passage:
    """One text of the lot or its notice. `field` is a name that `field_text` understands."""

    field: str
    place: Place
    text: str
    hits: tuple[Hit, ...]

    def of(self, *uses: Use) -> Iterator[Hit]:
        """The hits of these uses."""
        return (hit for hit in self.hits if hit.term.use in uses)

    def denies(self, begin: int, end: int) -> bool:
        """Whether words that deny a demand ("der stilles ikke krav om") stand between two places of the text."""
        return any(begin <= denial.start and denial.end <= end for denial in self.of(Use.DENIAL))


@dataclass(frozen=True, slots=True)
class Case:
    """What every criterion is given."""

    lot: Lot
    notice: Notice
    rules: Rules
    passages: tuple[Passage, ...]


def read(lot: Lot, notice: Notice, rules: Rules) -> Case:
    """Find the words of the rules in every text of the lot, once each."""
    passages = tuple(
        Passage(field, place, text, _hits(text, rules)) for field, place, text in _texts(lot, notice) if text
    )
    return Case(lot, notice, rules, passages)


def _hits(text: str, rules: Rules) -> tuple[Hit, ...]:
    folded = fold(text)
    words, met = rules.finder.find(folded), tuple(rules.expressions.find(folded))
    return tuple(sorted(words + met, key=lambda hit: (hit.start, -hit.end))) if met else words


def _texts(lot: Lot, notice: Notice) -> Iterator[tuple[str, Place, str]]:
    yield "title", Place.TITLE, lot.title
    yield "description", Place.DESCRIPTION, lot.description
    for number, other in enumerate(lot.translations):
        yield f"translations[{number}].title", Place.TITLE, other.title
        yield f"translations[{number}].description", Place.DESCRIPTION, other.description
    if notice.title != lot.title:
        yield "notice.title", Place.NOTICE_TITLE, notice.title
    if notice.description != lot.description:
        yield "notice.description", Place.ELSEWHERE, notice.description
    yield "additional_information", Place.ELSEWHERE, lot.additional_information
    for number, terms in enumerate(lot.performance_terms):
        yield f"performance_terms[{number}]", Place.TERMS, terms
    for number, criterion in enumerate(lot.selection_criteria):
        yield f"selection_criteria[{number}]", Place.TERMS, criterion.text


_LISTS: dict[str, Callable[[Lot, int], str]] = {
    "translations.title": lambda lot, at: lot.translations[at].title,
    "translations.description": lambda lot, at: lot.translations[at].description,
    "performance_terms": lambda lot, at: lot.performance_terms[at],
    "selection_criteria": lambda lot, at: lot.selection_criteria[at].text,
    "cpv_additional": lambda lot, at: lot.cpv_additional[at],
    "reserved": lambda lot, at: lot.reserved[at],
    "social_objectives": lambda lot, at: lot.social_objectives[at],
    "strategic": lambda lot, at: lot.strategic[at],
}
_SINGLE: dict[str, Callable[[Lot, Notice], str]] = {
    "title": lambda lot, _: lot.title,
    "description": lambda lot, _: lot.description,
    "additional_information": lambda lot, _: lot.additional_information,
    "cpv_main": lambda lot, _: lot.cpv_main,
    "reserved_execution": lambda lot, _: lot.reserved_execution or "",
    "notice.title": lambda _, notice: notice.title,
    "notice.notice_type": lambda _, notice: notice.notice_type,
    "notice.description": lambda _, notice: notice.description,
}
_LISTED = re.compile(r"(\w+)\[(\d+)\](\.\w+)?")


def field_text(lot: Lot, notice: Notice, field: str) -> str:
    """The text that a piece of evidence names by its `field`: its quote is text[start:end].

    Lists are named by place, "performance_terms[0]"; the notice's own texts by "notice.title" and
    "notice.description". Raises KeyError for a field that holds no text ("value", "sme_suitable").
    """
    if listed := _LISTED.fullmatch(field):
        return _LISTS[listed[1] + (listed[3] or "")](lot, int(listed[2]))
    return _SINGLE[field](lot, notice)
