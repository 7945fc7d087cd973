"""Whose data it is, under which licence, and texts made fit for every format."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import quote, urlsplit, urlunsplit

from notifier.clock import COPENHAGEN
from notifier.config import OpenData, Town
from notifier.lots import AgreementView, Deadline, LotState, LotView
from notifier.people import public_url
from notifier.phrases import without_people
from notifier.site.codes import coded
from notifier.site.documents import Edition
from notifier.site.reader import NamedSource
from notifier.site.rendering import address, encode, lot_path
from notifier.words import words

NOT_STATED = "not stated by the source"


@dataclass(frozen=True, slots=True)
class Teller:
    """What all records have in common: who publishes them, and the sources by their ids."""

    town: Town
    open_data: OpenData
    sources: Mapping[str, NamedSource]

    def source_name(self, key: str) -> str:
        """What readers call the source; its id where it is not configured any more."""
        return fit(self.sources[key].name) if key in self.sources else fit(key)

    def licence(self, key: str) -> str:
        """Under which the source lets its notices be used again."""
        return fit(self.sources[key].licence) if key in self.sources and self.sources[key].licence else NOT_STATED

    def licence_url(self, key: str) -> str | None:
        """Where the source says so."""
        return uri(self.sources[key].licence_url) if key in self.sources else None

    def page(self, view: LotView) -> str:
        """The public address of the lot's page."""
        return address(self.town, lot_path(view.slug))

    def ocid(self, procedure: str) -> str:
        """The procedure's identifier in the Open Contracting Data Standard."""
        return f"{self.open_data.ocid_prefix}-{_local(procedure)}"


@dataclass(frozen=True, slots=True)
class LotRecord:
    """A lot that has a page, as it stands in this edition. `changed`: when anything of it last became another."""

    view: LotView
    state: LotState
    teller: Teller
    changed: dt.datetime


@dataclass(frozen=True, slots=True)
class AgreementRecord:
    """An agreement. `changed`: when anything of it last became another."""

    view: AgreementView
    teller: Teller
    changed: dt.datetime


def teller(edition: Edition) -> Teller:
    """Of this edition."""
    return Teller(edition.town, edition.open_data, {source.id: source for source in edition.sources})


_LOCAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


def _local(procedure: str) -> str:
    """What may stand in an identifier: a procedure's UUID (BT-04) does, what stands in for it may not."""
    if _LOCAL.fullmatch(procedure):
        return procedure
    return hashlib.blake2b(procedure.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def fit(text: str) -> str:
    """Without letters that UTF-8 cannot write, or that no format should carry."""
    if text.isprintable():  # as nearly all are; none of those letters is
        return text
    return encode(text).decode("utf-8")


def said(text: str, language: str) -> str:
    """Words of a source as the public may see them: without mail addresses and named contact persons."""
    return fit(without_people(text, "da" if language == "da" else "en"))


def code(text: str) -> str:
    """A code or a number, in the shape of one; other words as the public may see them."""
    return fit(coded(text))


def spoken(text: str, language: str) -> str | None:
    """The same; None where nothing is said."""
    return said(text, language) or None


@functools.lru_cache(maxsize=512)  # the same few stand in every record
def uri(url: str) -> str | None:
    """A web address as RFC 3986 has it, in ASCII; None where there is none that can be followed."""
    cleaned = public_url(url)
    if not cleaned:
        return None
    parts = urlsplit(cleaned)
    path, query, fragment = (_quoted(part) for part in (parts.path, parts.query, parts.fragment))
    return urlunsplit((parts.scheme, parts.netloc, path, query, fragment))


_STRAY = re.compile(r"%(?![0-9A-Fa-f]{2})")


def _quoted(part: str) -> str:
    return quote(_STRAY.sub("%25", part), safe="/?:@!$&'()*+,;=-._~%")


def number(amount: Decimal) -> int | float:
    """A number of JSON; a whole one without a point."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def moment(at: dt.datetime | None) -> str | None:
    """ISO 8601 with the offset that the source gave."""
    return at.isoformat(timespec="seconds") if at else None


def until(deadline: Deadline | None) -> str | None:
    """A deadline; where the source gives a day alone, the end of that day."""
    return moment(deadline.at) if deadline else None


def day(at: dt.date | None) -> str | None:
    """YYYY-MM-DD, a calendar day of the buyer."""
    return at.isoformat() if at else None


def midnight(at: dt.date | None) -> str | None:
    """The beginning of a day in Copenhagen, for formats that know no days."""
    return moment(dt.datetime.combine(at, dt.time(), COPENHAGEN)) if at else None


def guiding(view: LotView, language: str) -> str:
    """What is said beside every mark."""
    return words(language)("common.guiding_small" if view.is_small_purchase else "common.guiding")
