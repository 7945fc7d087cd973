"""The sample town's notices as TED gives them: the search's JSON answers and the notices' eForms XML.

The search understands what a notifier asks: clauses on buyer and publication day, joined by AND, then SORT BY.
Anything else is answered with 400, as TED answers what it cannot read.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Sequence
from functools import cache

from notifier.clock import COPENHAGEN
from notifier.sampletown import templates
from notifier.sampletown.town import Tender, TownDay, stable_uuid, town_on

_KEYS = frozenset(
    "query fields page limit scope checkQuerySyntax paginationMode onlyLatestVersions iterationNextToken".split()
)
_MOST_PER_PAGE = 250
_BUYER_FIELDS = ("buyer-identifier", "organisation-identifier-buyer")
_DAY_FIELDS = ("publication-date", "pd")
_CLAUSE = re.compile(r"\(?\s*(?P<field>[\w-]+)\s*(?P<sign>>=|<=|=|IN)\s*(?P<value>.+?)\s*", re.IGNORECASE)
_RANGE = re.compile(r"\(?\s*(\d{8})\s*<>\s*(\d{8})\s*\)?")
_FORMS = {"cn": "competition", "pi": "planning", "ca": "result"}


class BadQuery(ValueError):
    """The search cannot read what it was asked: answered with 400."""


def search(body: bytes, town: TownDay, base_url: str) -> dict[str, object]:
    """The answer to a POST of /v3/notices/search, oldest publication first. Raises BadQuery."""
    asked = _asked(body)
    fields, limit = _fields(asked), _limit(asked)
    hits = [tender for tender in town.ted if all(holds(tender) for holds in _clauses(asked, town.about.cvr))]
    iterating = asked.get("paginationMode") == "ITERATION"
    start = _start(asked, limit, iterating=iterating)
    page = hits[start : start + limit]
    return {
        "notices": [_row(tender, fields, town, base_url) for tender in page],
        "totalNoticeCount": len(hits),
        # As on TED, there is a token after the last notice too: who follows it gets an empty page.
        "iterationNextToken": str(min(start + limit, len(hits))) if iterating else None,
        "timedOut": False,
    }


def _asked(body: bytes) -> dict[str, object]:
    try:
        asked = json.loads(body)
    except ValueError as error:
        raise BadQuery("the body is not JSON") from error
    if not isinstance(asked, dict) or set(asked) - _KEYS:
        raise BadQuery("unrecognized property")
    return asked


def _fields(asked: dict[str, object]) -> list[str]:
    fields = asked.get("fields")
    if not isinstance(fields, list) or not fields or not all(isinstance(name, str) for name in fields):
        raise BadQuery("fields: at least one is required")
    return fields


def _limit(asked: dict[str, object]) -> int:
    limit = asked.get("limit", 10)
    if not isinstance(limit, int) or not 1 <= limit <= _MOST_PER_PAGE:
        raise BadQuery(f"limit: 1 to {_MOST_PER_PAGE}")
    return limit


def _start(asked: dict[str, object], limit: int, *, iterating: bool) -> int:
    number = asked.get("iterationNextToken") or 0 if iterating else asked.get("page", 1)
    try:
        given = int(str(number))
    except ValueError as error:
        raise BadQuery("iterationNextToken or page is no number") from error
    return given if iterating else (given - 1) * limit


def _clauses(asked: dict[str, object], cvr: str) -> list[Callable[[Tender], bool]]:
    query = asked.get("query")
    if not isinstance(query, str) or not query.strip():
        raise BadQuery("query: required")
    wanted = re.split(r"\bSORT\s+BY\b", query, flags=re.IGNORECASE)[0]
    return [_clause(clause, cvr) for clause in re.split(r"\s+AND\s+", wanted.strip(), flags=re.IGNORECASE)]


def _clause(text: str, cvr: str) -> Callable[[Tender], bool]:
    match = _CLAUSE.fullmatch(text.strip())
    field = match["field"].lower() if match else ""
    if match and field in _BUYER_FIELDS:
        buyers = re.findall(r"\d+", match["value"])
        return lambda _tender: cvr in buyers
    if match and field in _DAY_FIELDS:
        first, last = _days(match["sign"], match["value"].strip("() "))
        return lambda tender: first <= tender.published <= last
    raise BadQuery(f"the query cannot be read near '{text.strip()}'")


def _days(sign: str, value: str) -> tuple[dt.date, dt.date]:
    if between := _RANGE.fullmatch(value):
        return _day(between[1]), _day(between[2])
    day = _day(value)
    return {"=": (day, day), ">=": (day, dt.date.max), "<=": (dt.date.min, day)}.get(sign) or _no_days(sign)


def _no_days(sign: str) -> tuple[dt.date, dt.date]:
    raise BadQuery(f"'{sign}' does not go with a day")


def _day(digits: str) -> dt.date:
    if not re.fullmatch(r"\d{8}", digits):
        raise BadQuery(f"'{digits}' is no day: YYYYMMDD")
    try:
        return dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError as error:
        raise BadQuery(f"'{digits}' is no day: YYYYMMDD") from error


def _row(tender: Tender, fields: Sequence[str], town: TownDay, base_url: str) -> dict[str, object]:
    known: dict[str, object] = {
        "publication-number": tender.key,
        "publication-date": templates.xml_day(tender.published),
        "notice-title": {"dan": f"Danmark – {tender.title}"},
        "buyer-name": {"dan": [town.about.name]},
        "buyer-country": ["DNK"],
        "buyer-identifier": [town.about.cvr],
        "notice-type": tender.notice_type,
        "notice-identifier": tender.notice_id,
        "classification-cpv": [lot.cpv for lot in tender.lot],
        "place-of-performance": [town.about.nuts],
    }
    row = {name: known[name] for name in fields if name in known}
    row["links"] = {
        "xml": {"MUL": f"{base_url}/da/notice/{tender.key}/xml"},
        "html": {"DAN": f"{base_url}/da/notice/-/detail/{tender.key}"},
    }
    return row


def form_of(tender: Tender) -> str:
    """BT-03: competition, planning or result."""
    return _FORMS[tender.notice_type[:2]]


@cache
def notice_xml(number: str, day: int) -> bytes | None:
    """The eForms XML of a publication as it is on that day, or None where there is no such publication."""
    town = town_on(day)
    tender = next((each for each in town.ted if each.key == number), None)
    if tender is None:
        return None
    return templates.render(
        "eforms.xml.j2",
        tender=tender,
        about=town.about,
        clauses=[town.about.clauses[name] for name in tender.clauses],
        form=form_of(tender),
        changed_notice=f"{stable_uuid(f'notice {tender.changes}')}-01",
        dispatched=_dispatched(tender),
        gazette=_gazette(tender.published),
    )


def _dispatched(tender: Tender) -> dt.datetime:
    """A notice is sent two working days before it is published, in the early afternoon."""
    back = 4 if tender.published.isoweekday() <= 2 else 2  # over the weekend
    return dt.datetime.combine(tender.published - dt.timedelta(days=back), dt.time(14, 30), COPENHAGEN)


def _gazette(published: dt.date) -> str:
    """The journal's number; there is about one issue for every working day of the year."""
    return f"{published.isocalendar().week * 5 - 5 + published.isoweekday()}/{published.year}"
