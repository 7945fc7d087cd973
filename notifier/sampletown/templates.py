"""The one Jinja environment for everything that the town serves, with the words its pages are written in."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cache
from pathlib import Path

import jinja2

from notifier import clock
from notifier.amounts import write_money
from notifier.lots import Deadline, Money

_PAGES = Path(__file__).resolve().parent / "pages"

_NATURE = {"services": "Tjenesteydelser", "supplies": "Varer", "works": "Bygge og anlæg"}
_PROCEDURE = {"open": "Offentligt udbud", "restricted": "Begrænset udbud", "neg-w-call": "Udbud med forhandling"}


def render(template: str, **values: object) -> bytes:
    """A page or a document out of pages/, as UTF-8."""
    return environment().get_template(template).render(**values).encode()


@cache
def environment() -> jinja2.Environment:
    """Everything is escaped, XML as well; a name that is missing is an error."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_PAGES), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=False
    )
    made.policies["json.dumps_kwargs"] = {"ensure_ascii": False}  # configuration is read by people too
    made.filters.update(
        day=clock.write_day,
        moment=_moment,
        kroner=_kroner,
        contract_length=_length_of_contract,
        nature=_NATURE.__getitem__,
        procedure=_PROCEDURE.__getitem__,
        xml_day=xml_day,
        xml_time=xml_time,
    )
    return made


def xml_day(day: dt.date) -> str:
    """A day as eForms writes it, with the offset that Copenhagen has at noon: 2026-12-15+01:00."""
    at = day if isinstance(day, dt.datetime) else dt.datetime.combine(day, dt.time(12), clock.COPENHAGEN)
    return f"{at:%Y-%m-%d}{_offset(at)}"


def xml_time(at: dt.datetime) -> str:
    """A time as eForms writes it: 12:00:00+01:00."""
    return f"{at:%H:%M:%S}{_offset(at)}"


def _offset(at: dt.datetime) -> str:
    digits = f"{at:%z}"
    return f"{digits[:3]}:{digits[3:]}"


def _moment(at: dt.datetime) -> str:
    return clock.write_deadline(Deadline(at), weekday=False)


def _kroner(amount: int) -> str:
    return write_money(Money(Decimal(amount)))


def _length_of_contract(months: int) -> str:
    """Whole years as years, else months: a municipality writes "4 år", but "18 måneder"."""
    return f"{months} måneder" if months % 12 else f"{months // 12} år"
