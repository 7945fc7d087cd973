"""The sample town's own pages: an address and a day in, a page out."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from notifier.sampletown import templates
from notifier.sampletown.town import Tender, TownDay

PER_PAGE = 10
ROBOTS = b"User-agent: *\nDisallow: /intranet/\n"
HTML = "text/html; charset=utf-8"


def page(target: str, town: TownDay) -> tuple[str, bytes] | None:
    """Content type and body of what lies at a path with query, or None where there is nothing."""
    parts = urlsplit(target)
    if parts.path == "/udbud":
        return _list(parse_qs(parts.query).get("side", ["1"])[0], town)
    if match := re.fullmatch(r"/udbud/([a-z0-9-]+)", parts.path):
        return _tender(match[1], town)
    if match := re.fullmatch(r"/\w\w/notice/-/detail/(\d{6}-\d{4})", parts.path):
        return _notice(match[1], town)
    simple = _SIMPLE.get(parts.path)
    return simple(town) if simple else None


def missing(town: TownDay) -> bytes:
    """The page that says that there is none."""
    return templates.render("missing.html.j2", about=town.about)


def _plain(template: str) -> Callable[[TownDay], tuple[str, bytes]]:
    return lambda town: (HTML, templates.render(template, about=town.about, town=town))


_SIMPLE: dict[str, Callable[[TownDay], tuple[str, bytes]]] = {
    "/": _plain("start.html.j2"),
    "/planlagte-udbud": _plain("planned.html.j2"),
    "/indkoebsaftaler": _plain("agreements.html.j2"),
    "/robots.txt": lambda _town: ("text/plain; charset=utf-8", ROBOTS),
    "/typografi.css": lambda _town: ("text/css; charset=utf-8", templates.render("typografi.css")),
}


def _list(number: str, town: TownDay) -> tuple[str, bytes] | None:
    pages = -(-len(town.own) // PER_PAGE)
    if not re.fullmatch(r"\d{1,3}", number) or not 1 <= int(number) <= pages:
        return None
    start = (int(number) - 1) * PER_PAGE
    body = templates.render(
        "list.html.j2",
        about=town.about,
        tenders=town.own[start : start + PER_PAGE],
        first=start + 1,
        total=len(town.own),
        page=int(number),
        pages=pages,
    )
    return HTML, body


def _tender(slug: str, town: TownDay) -> tuple[str, bytes] | None:
    tender = next((each for each in town.own if each.slug == slug), None)
    return _shown("tender.html.j2", tender, town)


def _notice(number: str, town: TownDay) -> tuple[str, bytes] | None:
    tender = next((each for each in town.ted if each.key == number), None)
    return _shown("notice.html.j2", tender, town)


def _shown(template: str, tender: Tender | None, town: TownDay) -> tuple[str, bytes] | None:
    if tender is None:
        return None
    clauses = [town.about.clauses[name] for name in tender.clauses]
    return HTML, templates.render(template, about=town.about, tender=tender, clauses=clauses)
