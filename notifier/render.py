"""Values into mails, pages and feeds, through the templates. Nothing scraped leaves here unescaped.

`environment` is the one way to a template: pages and feeds (publish.py) use it as the mail does.
"""

from __future__ import annotations

import datetime as dt
import functools
import textwrap
from dataclasses import dataclass
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from notifier.amounts import write_money
from notifier.clock import write_day, write_deadline
from notifier.lots import Assessment, Deadline, FieldChange, Lot, LotView, Money
from notifier.phrases import (
    change_phrase,
    quoted,
    reservation_notes,
    shorten,
    value_phrase,
    verdict_phrase,
    write_days_left,
    write_nuts,
    write_place,
    write_value,
)
from notifier.resources import resource
from notifier.words import grouped, words

Kind = Literal["html", "xml", "text"]
_MARKUP = (".html.j2", ".xml.j2", ".html", ".xml")


@functools.cache
def environment(kind: Kind, language: str = "da") -> Environment:
    """The templates of `templates/`, for readers of one language (da or en), with the filters of `_filters`.

    Markup is escaped unless both say that there is none: the kind is "text" and the file's name ends in neither
    .html.j2 nor .xml.j2. A value that a template names and nobody gave is an error, never an empty place. Texts are
    `w("section.key", …)`, the reader's language is `language`.
    """
    made = Environment(
        loader=FileSystemLoader(resource("templates")),
        autoescape=lambda name: kind != "text" or (name or "").endswith(_MARKUP),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    made.globals.update(w=words(language), language=language)
    made.filters.update(_filters(language))
    return made


def _filters(language: str) -> dict[str, object]:
    """What a template can write a value with, all in the environment's language.

    day (a date), deadline, days_left(now), money, value (of a LotView, per year), place (of a Lot), nuts (a code),
    verdict(lot) of an Assessment, reservation_notes of a Lot, change (a FieldChange), number, shorten(limit),
    quoted, lang (the attribute for a language that is not the reader's), wrap (plain text).
    """

    def day(value: dt.date, weekday: bool = False, year: bool = True) -> str:
        return write_day(value, language, weekday=weekday, year=year)

    def deadline(value: Deadline, weekday: bool = True, year: bool = True) -> str:
        return write_deadline(value, language, weekday=weekday, year=year)

    def days_left(value: Deadline, at: dt.datetime) -> str:
        return write_days_left(value, at, language)

    def money(value: Money | None) -> str:
        return write_value(value, language)

    def value(view: LotView) -> str:
        return value_phrase(view, language)

    def place(lot: Lot) -> str:
        return write_place(lot, language)

    def verdict(assessment: Assessment, lot: Lot) -> str:
        return verdict_phrase(lot, assessment, language)

    def notes(lot: Lot) -> tuple[str, ...]:
        return reservation_notes(lot, language)

    def change(value: FieldChange) -> str:
        return change_phrase(value, language)

    def lang(code: str) -> Markup:
        return Markup(' lang="{}"').format(code) if code and code != language else Markup("")

    return {
        "day": day,
        "deadline": deadline,
        "days_left": days_left,
        "money": money,
        "value": value,
        "place": place,
        "nuts": lambda code: write_nuts(code, language),
        "verdict": verdict,
        "reservation_notes": notes,
        "change": change,
        "number": lambda number: grouped(number, language),
        "shorten": shorten,
        "quoted": lambda text: quoted(text, language),
        "lang": lang,
        "wrap": wrap,
    }


def wrap(text: str, width: int = 74, indent: str = "", hanging: str | None = None) -> str:
    """Plain text in lines of at most `width` characters; `hanging` starts the second line on where it differs."""
    return textwrap.fill(
        " ".join(text.split()),
        width,
        initial_indent=indent,
        subsequent_indent=indent if hanging is None else hanging,
        break_on_hyphens=False,
    )
