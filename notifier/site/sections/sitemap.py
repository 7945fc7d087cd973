"""For search engines: the addresses of all pages (sitemaps.org, version 0.9), and robots.txt, which leads there.

Every page stands there in each language with its other languages beside it. Only pages of lots tell when they changed,
for only of them it is known; nothing depends on when the site was made. Lots stand in the order in which they were
found, so new ones do not move the others from one file to the next.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from xml.sax.saxutils import escape

from notifier.config import Town
from notifier.lots import LotState
from notifier.site.documents import Document, Edition, Listed, Part, whole
from notifier.site.rendering import address, encode, in_language, lot_path
from notifier.site.sections.about import LOST
from notifier.site.sections.section import Section
from notifier.words import LANGUAGES

SITEMAP, ROBOTS = "sitemap.xml", "robots.txt"
MOST, OCTETS = 50_000, 50 * 1024 * 1024  # addresses and octets that one file may hold (sitemaps.org)

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XML = '<?xml version="1.0" encoding="utf-8"?>\n'
_BEGIN = f'{_XML}<urlset xmlns="{_NAMESPACE}" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
_END = "</urlset>\n"
_SPARE = 1024  # octets, for the beginning and the end of a file
_MARKUP = 320  # octets of an entry beside its addresses, at most


@dataclass(frozen=True, slots=True)
class Page:
    """An address of the sitemap: its path, the same page by language, and when it changed where that is known."""

    path: str
    others: tuple[tuple[str, str], ...]
    changed: str = ""


def _documents(edition: Edition) -> Iterator[Document]:
    yield whole(ROBOTS, edition.key("robots"), partial(_robots, edition.town), shy=True)
    files = divided(pages(edition), edition.town)
    if len(files) == 1:
        yield _urlset(SITEMAP, files[0], edition)
        return
    names = [f"sitemap-{number}.xml" for number in range(1, len(files) + 1)]
    for name, found in zip(names, files, strict=True):
        yield _urlset(name, found, edition)
    yield whole(SITEMAP, edition.key("sitemaps", names), partial(_index, edition.town, names))


def pages(edition: Edition) -> list[Page]:
    """Every page that readers find, lots first: without those that only lead elsewhere, or stand for none."""
    standing = {path for path in edition.standing() if path.endswith(".html")}
    lots = {lot_path(lot.slug): _changed(lot) for lot in edition.shown}
    others = {path.removeprefix("en/") for path in standing} - lots.keys() - set(_apart(edition))
    changed = lots | dict.fromkeys(sorted(others), "")
    return [page for path, at in changed.items() for page in _languages(path, at, standing)]


def _apart(edition: Edition) -> Iterator[str]:
    yield LOST
    yield from (lot_path(alias.slug) for alias in edition.aliases)


def _changed(lot: Listed) -> str:
    """When readers were last shown something else (W3C date and time): the passing of its deadline counts."""
    changed = lot.updated
    if lot.state is LotState.EXPIRED and lot.ends is not None:
        changed = max(changed, lot.ends)
    return changed.astimezone(dt.UTC).isoformat(timespec="seconds")


def _languages(path: str, changed: str, standing: Collection[str]) -> list[Page]:
    """The page in each of its languages, where it has more than one each with all of them."""
    paths = [(language, in_language(path, language)) for language in LANGUAGES]
    found = tuple((language, own) for language, own in paths if own in standing)
    return [Page(own, found if len(found) > 1 else (), changed) for _, own in found]


def divided(found: Sequence[Page], town: Town, most: int = MOST, octets: int = OCTETS) -> list[list[Page]]:
    """Pages file by file, as many in each as it may hold; one file at least."""
    files: list[list[Page]] = [[]]
    size, base = _SPARE, len(_escaped(town, ""))
    for page in found:
        # At most: its own address, and those of its languages, the Danish one twice. Paths are letters, digits and -._/
        length = _MARKUP + (len(page.others) + 2) * (base + len(page.path) + len("en/"))
        if files[-1] and (len(files[-1]) >= most or size + length > octets):
            files.append([])
            size = _SPARE
        files[-1].append(page)
        size += length
    return files


def _urlset(path: str, found: Sequence[Page], edition: Edition) -> Document:
    by_path = {page.path: page for page in found}
    parts = (Part(page.path, edition.key("sitemap", page.path, page.others, page.changed)) for page in found)
    ends = [Part(name, edition.key("sitemap", name)) for name in ("<", ">")]
    return Document(path, (ends[0], *parts, ends[1]), partial(_entries, by_path, edition.town))


def _entries(found: Mapping[str, Page], town: Town, names: Sequence[str]) -> Iterator[bytes]:
    for name in names:
        yield encode({"<": _BEGIN, ">": _END}.get(name) or _entry(found[name], town))


def _entry(page: Page, town: Town) -> str:
    changed = f"<lastmod>{page.changed}</lastmod>" if page.changed else ""
    # Readers of any other language are shown the Danish page, as each page's own links say.
    named = [*page.others, ("x-default", page.others[0][1])] if page.others else []
    links = "".join(
        f'<xhtml:link rel="alternate" hreflang="{language}" href="{_escaped(town, path)}"/>' for language, path in named
    )
    return f"<url><loc>{_escaped(town, page.path)}</loc>{changed}{links}</url>\n"


def _escaped(town: Town, path: str) -> str:
    return escape(address(town, path), {'"': "&quot;"})


def _index(town: Town, names: Sequence[str]) -> bytes:
    found = "".join(f"<sitemap><loc>{_escaped(town, name)}</loc></sitemap>\n" for name in names)
    return encode(f'{_XML}<sitemapindex xmlns="{_NAMESPACE}">\n{found}</sitemapindex>\n')


def _robots(town: Town) -> bytes:
    """Everybody may read everything (RFC 9309)."""
    return encode(f"User-agent: *\nAllow: /\n\nSitemap: {address(town, SITEMAP)}\n")


# robots.txt is not among them: where no ledger is left, one that stands there is taken for the operator's.
SECTION = Section(r"sitemap(?:-\d{1,4})?\.xml", _documents)
