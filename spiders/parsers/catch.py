"""What the selectors of a page source catch on a page, and what stands there instead where they catch nothing.

For `notifier source try`: reading proper (`spiders.parsers.page`) says in one sentence why a page is refused; this
looks around on the page for what its describer may have meant. It proposes, and decides nothing.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, Tag

from notifier import text
from spiders.parsers import markup, proof
from spiders.parsers.fields import read_fields
from spiders.parsers.selectors import DetailSelectors, Field, ListSelectors

_SHOWN_ROWS = 3
_MOST_PROPOSED = 5
_LANDMARKS = "main, [role=main], #content, #main, article, section[id], div[id], table[id], ul[id]"
_SAFE_NAME = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_WALL = re.compile(
    r"\b(?:log ?ind|log ?på|login|log in|sign in|adgangskode|password|mitid|captcha|robot)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Caught:
    """One field: where it was looked for, what stands there, and what may have been meant where nothing does."""

    name: str
    where: str
    count: int  # rows (or pages, or lots) in which it has a value
    of: int
    proposals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListCatch:
    """A list page as the selectors see it. `landmarks` and `repeated` are proposals where one is wrong."""

    title: str
    landmark: bool
    rows: int
    linked: int
    next_url: str
    empty: str = ""  # the words or the container that prove an empty list, as the page has them
    fields: tuple[Caught, ...] = ()
    shown: tuple[Mapping[str, str], ...] = ()  # what the first rows say
    landmarks: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    says: str = ""  # what can be read on the page, where there is no row
    wall: str = ""  # why it may be no list at all: a login, or made by a script


@dataclass(frozen=True, slots=True)
class DetailCatch:
    """The page of one tender as the selectors see it. `left` are its labels that no field reads, with their values."""

    title: str
    landmark: bool
    lots: int
    fields: tuple[Caught, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    lot_fields: tuple[Caught, ...] = ()
    lot_values: tuple[Mapping[str, str], ...] = ()
    left: tuple[tuple[str, str], ...] = ()
    landmarks: tuple[str, ...] = ()
    wall: str = ""


def in_list(html: bytes | str, selectors: ListSelectors, url: str, charset: str = "") -> ListCatch:
    """Look at a list page. ParseError where it cannot be taken apart at all."""
    soup = markup.parse(html, url, charset)
    landmark = soup.select_one(selectors.landmark)
    rows = soup.select(selectors.row)
    base = markup.base(soup, url)
    scope = landmark or soup.body or soup
    values = [read_fields(row, selectors.fields, base)[0] for row in rows]
    urls = [markup.link(row, selectors.link, base) for row in rows]
    shown = [
        {**({"link": address} if address else {}), **said}
        for said, address in zip(values[:_SHOWN_ROWS], urls, strict=False)
    ]
    labels = dict.fromkeys(pair.label for row in rows[:20] for pair in markup.pairs(row))
    headings = _headings(rows[0]) if rows else ()
    return ListCatch(
        title=_title(soup),
        landmark=landmark is not None,
        rows=len(rows),
        linked=sum(map(bool, urls)),
        next_url=markup.link(soup, selectors.next, base),
        empty=_empty(soup, scope, selectors) if not rows else "",
        fields=tuple(_caught(selectors.fields, values, labels, headings)),
        shown=tuple(shown),
        landmarks=() if landmark is not None else landmarks_of(soup),
        repeated=() if rows else _repeated(scope),
        says="" if rows else text.clean_line(markup.text_of(scope), 300),
        wall="" if rows and landmark is not None else wall_of(soup),
    )


def in_detail(html: bytes | str, selectors: DetailSelectors, url: str, charset: str = "") -> DetailCatch:
    """Look at the page of one tender. ParseError where it cannot be taken apart at all."""
    soup = markup.parse(html, url, charset)
    landmark = soup.select_one(selectors.landmark)
    scope = landmark or soup.body or soup
    base = markup.base(soup, url)
    lots = scope.select(selectors.lot) if selectors.lot else []
    values, _ = read_fields(scope, selectors.fields, base, lots)
    of_lots = [read_fields(lot, selectors.lot_fields, base)[0] for lot in lots]
    pairs = {pair.label: pair.value for pair in markup.pairs(scope, lots)}
    in_lots = {pair.label: pair.value for lot in lots for pair in markup.pairs(lot)}
    read = {
        markup.normal(label) for f in (*selectors.fields.values(), *selectors.lot_fields.values()) for label in f.labels
    }
    left = {label: said for label, said in {**pairs, **in_lots}.items() if label not in read and _is_label(label, said)}
    return DetailCatch(
        title=_title(soup),
        landmark=landmark is not None,
        lots=len(lots),
        fields=tuple(_caught(selectors.fields, [values], [name for name in pairs if name in left])),
        values=values,
        lot_fields=tuple(_caught(selectors.lot_fields, of_lots, [name for name in in_lots if name in left])),
        lot_values=tuple(of_lots[:_SHOWN_ROWS]),
        left=tuple(left.items()),
        landmarks=() if landmark is not None else landmarks_of(soup),
        wall="" if landmark is not None else wall_of(soup),
    )


def labels_left(texts: Iterable[str], fields: Mapping[str, Field]) -> list[tuple[str, str]]:
    """Labels in pieces of HTML that no field reads, each with the first value, the most frequent first."""
    read = {markup.normal(label) for place in fields.values() for label in place.labels}
    counts: Counter[str] = Counter()
    first: dict[str, str] = {}
    for html in texts:
        scope = markup.parse(f"<html><body><div>{html}</div></body></html>", "")
        for pair in markup.pairs(scope):
            if pair.label not in read and _is_label(pair.label, pair.value):
                counts[pair.label] += 1
                first.setdefault(pair.label, pair.value)
    return [(label, first[label]) for label, _ in counts.most_common()]


def where_of(place: Field) -> str:
    """Where a field is looked for, as its describer wrote it."""
    named = [
        *([place.css] if place.css else []),
        *([f"label {' or '.join(place.labels)}"] if place.labels else []),
        *([f"column {' or '.join(place.columns)}"] if place.columns else []),
        *([f"always {place.const}"] if place.const else []),
        *([f"attribute {place.attr}"] if place.attr else []),
        *([f"after {place.after}"] if place.after else []),
        *([f"pattern {place.pattern}"] if place.pattern else []),
    ]
    return ", ".join(named)


def _caught(
    fields: Mapping[str, Field], values: list[dict[str, str]], labels: Iterable[str], headings: Iterable[str] = ()
) -> Iterator[Caught]:
    counts = {name: sum(name in said for said in values) for name in fields}
    lost = {name: place for name, place in fields.items() if not counts[name]}
    by_label = _likely({name: place.labels for name, place in lost.items() if place.labels}, labels)
    by_column = _likely({name: place.columns for name, place in lost.items() if place.columns}, headings)
    for name, place in fields.items():
        proposals = by_label.get(name) or by_column.get(name) or ()
        yield Caught(name, where_of(place), counts[name], len(values), proposals)


def _likely(wanted: Mapping[str, tuple[str, ...]], there: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """For each field the labels that may be meant, the likest first. A label is proposed for one field alone."""
    found: dict[str, list[tuple[float, str]]] = {}
    for label in there:
        scores = {
            name: max(_likeness(markup.normal(own), label, name) for own in owns) for name, owns in wanted.items()
        }
        best = max(scores, key=lambda name: scores[name], default="")
        if best and scores[best] >= 0.6 and not _OF_PERSONS.search(label):
            found.setdefault(best, []).append((scores[best], label))
    return {
        name: tuple(label for _, label in sorted(owns, reverse=True)[:_MOST_PROPOSED]) for name, owns in found.items()
    }


_OF_PERSONS = re.compile(r"kontakt|person|mail|telefon|phone|contact")
# Words by which pages name what a field holds, whatever else they say. The narrower one comes first.
_HINTS = {
    "questions_deadline": re.compile(r"spørgsmål|question"),
    "participation_deadline": re.compile(r"ansøgning|deltagelse|prækvalifi|participat"),
    "published": re.compile(r"offentliggjort|publicer|annoncer|published"),
    "deadline": re.compile(r"frist|deadline|senest"),
    "value": re.compile(r"værdi|beløb|økonomisk ramme|value"),
    "duration": re.compile(r"varighed|løbetid|periode|duration"),
    "reserved": re.compile(r"reserver|forbehold|§ ?54"),
    "place": re.compile(r"^sted|leveringssted|udførelsessted|place"),
    "start": re.compile(r"start|ikrafttræd"),
    "end": re.compile(r"slut|udløb|ophør"),
    "cpv": re.compile(r"\bcpv"),
    "options": re.compile(r"option|forlængelse"),
    "buyer": re.compile(r"ordregiver|køber|buyer"),
    "case": re.compile(r"sagsn|journal|sag nr"),
    "documents_url": re.compile(r"materiale|dokumenter"),
}


def meaning(label: str) -> str:
    """The field that a label seems to speak of, "" where it is none that is known.

    >>> meaning("frist for afgivelse af tilbud"), meaning("frist for spørgsmål"), meaning("kontaktperson")
    ('deadline', 'questions_deadline', '')
    """
    if _OF_PERSONS.search(label):
        return ""
    return next((name for name, words in _HINTS.items() if words.search(label)), "")


def _likeness(own: str, label: str, name: str) -> float:
    if meaning(label):
        return 0.9 if meaning(label) == name else 0.0
    return difflib.SequenceMatcher(None, own, label).ratio()


def _is_label(label: str, said: str) -> bool:
    return 2 <= len(label) <= 50 and len(label.split()) <= 6 and bool(said.strip()) and not re.search(r"\d|//", label)


def _headings(row: Tag) -> tuple[str, ...]:
    table = row.find_parent("table")
    first = table.find("tr") if table else None
    return tuple(markup.normal(markup.text_of(cell)) for cell in markup.cells(first)) if first is not None else ()


def _title(soup: BeautifulSoup) -> str:
    return text.clean_line(soup.title.get_text() if soup.title else "", 100)


def _empty(soup: BeautifulSoup, scope: Tag, selectors: ListSelectors) -> str:
    for phrase in selectors.empty_text:
        if proof.says(scope, [phrase]):
            return phrase
    container = soup.select_one(selectors.container) if selectors.container else None
    if container is not None and container.find(True) is None and not container.get_text(strip=True):
        return selectors.container
    return ""


def wall_of(soup: BeautifulSoup) -> str:
    """Why a page may be no list at all."""
    body = soup.body or soup
    said = markup.text_of(body)
    if soup.select_one("input[type=password]"):
        return "login"
    match = _WALL.search(f"{_title(soup)}\n{said[:2000]}")
    if match and len(said) < 1500:
        return "login"
    if len(said) < 300 and body.find("script") is not None:
        return "script"
    return ""


def landmarks_of(soup: BeautifulSoup) -> tuple[str, ...]:
    """Selectors of large parts of the page that could be its landmark, the fullest of links first."""
    found: dict[str, int] = {}
    for element in soup.select(_LANDMARKS):
        if (selector := selector_of(element)) and selector not in found and len(soup.select(selector)) == 1:
            found[selector] = len(element.select("a[href]"))
    return tuple(sorted(found, key=lambda at: -found[at])[:_MOST_PROPOSED])


def _repeated(scope: Tag) -> tuple[str, ...]:
    """Selectors of what stands several times in the scope, each with a link, such as the rows of a list."""
    counts: Counter[str] = Counter()
    for element in scope.find_all(["tr", "li", "article", "section", "div", "dl"]):
        own = element.find("a", href=True) is not None and element.find_parent(["nav", "header", "footer"]) is None
        if own and (selector := selector_of(element)):
            counts[selector] += 1
    likely = [(selector, count) for selector, count in counts.most_common(30) if count > 1]
    # A row has a name of its own; a bare <div> or <li> is everywhere.
    likely.sort(key=lambda at: ("." not in at[0] and not at[0].startswith("tr"), -at[1]))
    return tuple(f"{selector} ({count} times)" for selector, count in likely[:_MOST_PROPOSED])


def selector_of(element: Tag) -> str:
    """element#id or element.class.class; the bare name of a row, an article or <main>; else ""."""
    ident = markup.attribute(element, "id")
    if ident and _SAFE_NAME.fullmatch(ident) and element.name not in ("tr", "li"):
        return f"{element.name}#{ident}"
    classes = [name for name in markup.attribute(element, "class").split() if _SAFE_NAME.fullmatch(name)]
    if classes:
        return ".".join([element.name, *classes[:2]])
    return element.name if element.name in ("main", "article", "tr", "li") else ""
