"""What must hold for every file of a published site, whoever makes it: files are found in the folder itself.

`wrong` looks at one file by its kind. A kind that nobody looks at is an error, so that a new format is not forgotten.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from icalendar import Calendar
from lxml import etree, html

# What a browser runs or misreads where it stands unescaped; every title of `hostile` that has markup has one of them.
RAW = (b"<script>alert", b"<img src=x", b"<![CDATA[", b"</title><script")
_SCHEMES = frozenset({"", "http", "https", "mailto", "webcal", "data"})
_XML = etree.XMLParser(resolve_entities=False, no_network=True)

# Of schema.org 30.0: the types that pages use, and of their properties those that they use.
_THING = frozenset({"@type", "@id", "name", "description", "url", "identifier", "sameAs", "image", "alternateName"})
_WORK = frozenset({
    "inLanguage", "publisher", "creator", "license", "dateModified", "datePublished", "dateCreated", "isPartOf",
    "hasPart", "keywords", "about", "isAccessibleForFree", "temporalCoverage", "spatialCoverage", "isBasedOn",
    "headline", "mainEntity", "encodingFormat", "version", "creditText", "usageInfo",
})  # fmt: skip
_LIST = frozenset({"itemListElement", "numberOfItems", "itemListOrder"})
VOCABULARY: Mapping[str, frozenset[str]] = {
    "WebSite": _THING | _WORK | {"potentialAction"},
    "WebPage": _THING | _WORK | {"breadcrumb"},
    "CollectionPage": _THING | _WORK | {"breadcrumb"},
    "Report": _THING | _WORK | {"reportNumber"},
    "Dataset": _THING | _WORK | {"distribution", "includedInDataCatalog", "variableMeasured", "measurementTechnique"},
    "DataDownload": _THING | _WORK | {"contentUrl", "contentSize"},
    "DataCatalog": _THING | _WORK | {"dataset"},
    "GovernmentOrganization": _THING | {"email", "areaServed", "contactPoint", "seeks"},
    "Organization": _THING | {"email", "areaServed", "contactPoint", "seeks"},
    "ContactPoint": _THING | {"email", "contactType"},
    "BreadcrumbList": _THING | _LIST,
    "ItemList": _THING | _LIST,
    "ListItem": _THING | {"position", "item"},
    "Demand": _THING
    | {"businessFunction", "availabilityStarts", "availabilityEnds", "validFrom", "validThrough", "areaServed"}
    | {"itemOffered", "eligibleRegion"},
    "Service": _THING | {"category", "serviceType", "areaServed", "provider", "offers"},
    "Offer": _THING | {"validFrom", "validThrough"},
    "Thing": _THING,
    "Product": _THING | {"category"},
    "CategoryCode": _THING | {"codeValue", "inCodeSet"},
    "CategoryCodeSet": _THING | _WORK,
    "AdministrativeArea": _THING,
    "Place": _THING,
    "PropertyValue": _THING | {"propertyID", "value", "unitCode", "unitText"},
    "SearchAction": _THING | {"target", "query-input"},
    "EntryPoint": _THING | {"urlTemplate"},
}


@dataclass(frozen=True, slots=True)
class Site:
    """A folder with a site that is published at `base`, without a slash at the end."""

    folder: Path
    base: str

    def files(self) -> list[Path]:
        """Every file that readers can ask for."""
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return sorted(path for path in found if not path.relative_to(self.folder).as_posix().startswith("."))

    def pages(self) -> list[Path]:
        """Every page."""
        return [path for path in self.files() if path.suffix == ".html"]

    def name(self, path: Path) -> str:
        """A file's path below the site's folder."""
        return path.relative_to(self.folder).as_posix()

    def address(self, path: Path) -> str:
        """Where a file is found on the web."""
        return f"{self.base}/{self.name(path).removesuffix('index.html')}"

    def file(self, address: str) -> Path | None:
        """The file at an address; None where it is not one of the site's."""
        bare = address.partition("#")[0].partition("?")[0]
        if bare != self.base and not bare.startswith(f"{self.base}/"):
            return None
        name = unquote(bare.removeprefix(self.base).lstrip("/"))
        return self.folder / (f"{name}index.html" if not name or name.endswith("/") else name)


def tree(path: Path) -> html.HtmlElement:
    """A page as its elements."""
    return html.document_fromstring(path.read_bytes(), parser=html.HTMLParser(encoding="utf-8"))


def vocabulary(site: Site) -> frozenset[tuple[str, str]]:
    """Every element, and every element with an attribute, that stands in the pages of a site."""
    return frozenset(pair for path in site.pages() for pair in _written(tree(path)))


def _written(root: html.HtmlElement) -> Iterator[tuple[str, str]]:
    for element in root.iter(etree.Element):
        yield (str(element.tag), "")
        yield from ((str(element.tag), name) for name in _attributes(element))


def _attributes(element: etree._Element) -> list[str]:
    return [name if isinstance(name, str) else name.decode() for name in element.attrib]


def wrong(site: Site, path: Path, known: frozenset[tuple[str, str]] | None = None) -> list[str]:
    """What is wrong with a file. Pages may hold what is `known` alone, where that is given."""
    look = _KINDS.get(path.suffix)
    if look is None:
        return [f"{site.name(path)}: nobody looks at such files: say how in {Path(__file__).name}"]
    try:
        found = list(look(path.read_bytes()))
        if path.suffix == ".html" and known is not None:
            found += [f"has {pair}" for pair in sorted(set(_written(tree(path))) - known) if pair[1] != "lang"]
    except (ValueError, etree.LxmlError, csv.Error, OSError) as error:
        found = [f"cannot be read: {error!r}"]
    return [f"{site.name(path)}: {one}" for one in found]


def _text(content: bytes) -> Iterator[str]:
    content.decode("utf-8")
    yield from ()


def _page(content: bytes) -> Iterator[str]:
    root = html.document_fromstring(content.decode("utf-8"))
    yield from (f"has {raw!r} unescaped" for raw in RAW if raw in content)
    for element in root.iter(etree.Element):
        yield from (f"runs {name}" for name in _attributes(element) if name.startswith("on"))
        for name in ("href", "src", "action", "formaction"):
            if (given := element.get(name)) is not None and urlsplit(given).scheme not in _SCHEMES:
                yield f"{name} leads to {given[:60]!r}"
    for script in root.iter("script"):
        yield from _script(script)


def _script(script: html.HtmlElement) -> Iterator[str]:
    if script.get("src"):
        if (script.text or "").strip() or urlsplit(str(script.get("src"))).netloc:
            yield "has a script that is not its own file"
    elif script.get("type") != "application/ld+json":
        yield "has a script in it"
    else:
        yield from foreign_terms(json.loads(script.text or ""))


def linked(path: Path) -> list[dict[str, object]]:
    """What a page says in words of schema.org: the things on top."""
    scripts = (script.text or "" for script in tree(path).iter("script") if script.get("type") == "application/ld+json")
    found: list[dict[str, object]] = []
    for said in map(json.loads, scripts):
        assert said["@context"] == "https://schema.org"
        found += said.get("@graph") or [said]
    return found


def foreign_terms(said: object, *, top: bool = True) -> Iterator[str]:
    """Types and properties that schema.org does not have, or that no page has used so far."""
    if isinstance(said, list):
        for one in said:
            yield from foreign_terms(one, top=top)
    if not isinstance(said, dict):
        return
    if top and "@graph" in said:
        if said.keys() != {"@context", "@graph"}:
            yield "says something beside its graph"
        yield from foreign_terms(said["@graph"], top=True)
        return
    if said.keys() != {"@id"}:
        kind = str(said.get("@type"))
        if kind not in VOCABULARY:
            yield f"speaks of a {kind}: is it one of schema.org's types?"
        for name in said.keys() - VOCABULARY.get(kind, frozenset()) - {"@context"}:
            yield f"gives a {kind} the property {name}"
    for value in said.values():
        yield from foreign_terms(value, top=False)


def _xml(content: bytes) -> Iterator[str]:
    etree.fromstring(content, _XML)
    yield from (f"has {raw!r} unescaped" for raw in RAW if raw in content)


def _json(content: bytes) -> Iterator[str]:
    _no_nan(content)
    yield from ()


def _lines(content: bytes) -> Iterator[str]:
    for line in content.decode("utf-8").split("\n"):
        if line:
            _no_nan(line.encode())
    if content and not content.endswith(b"\n"):
        yield "has a last line without its end"


def _no_nan(content: bytes) -> object:
    def refuse(name: str) -> object:
        raise ValueError(f"{name} is no JSON")

    return json.loads(content.decode("utf-8"), parse_constant=refuse)


def _calendar(content: bytes) -> Iterator[str]:
    for line in content.split(b"\r\n"):
        if len(line) > 75 or b"\n" in line or b"\r" in line:
            yield f"has a line that RFC 5545 does not allow: {line[:60]!r}"
    calendar = Calendar.from_ical(content)
    if [one.errors for one in calendar.walk() if one.errors]:
        yield "has properties that icalendar cannot read"
    if Calendar.from_ical(calendar.to_ical()).to_ical() != calendar.to_ical():
        yield "reads differently when it is written again"


def _table(content: bytes) -> Iterator[str]:
    lines = content.decode("utf-8-sig").splitlines(keepends=True)
    # Tables for spreadsheets part their cells as a Danish one does.
    rows = list(csv.reader(lines, strict=True, delimiter=";" if lines and '";"' in lines[0] else ","))
    if len({len(row) for row in rows}) > 1:
        yield "has rows of different lengths"
    if [cell for row in rows for cell in row if re.match(r"[=+@\t\r]|-(?![\d.,]+$)", cell)]:
        yield "has a cell that a spreadsheet would run"


def _picture(content: bytes) -> Iterator[str]:
    if not content.startswith(b"\x89PNG\r\n\x1a\n") or not content.endswith(b"IEND\xaeB`\x82"):
        yield "is no whole PNG"


def _zipped(content: bytes) -> Iterator[str]:
    gzip.decompress(content)
    yield from ()


_KINDS: Mapping[str, Callable[[bytes], Iterator[str]]] = {
    ".html": _page, ".xml": _xml, ".svg": _xml, ".xsl": _xml, ".json": _json, ".geojson": _json, ".jsonl": _lines,
    ".ics": _calendar, ".csv": _table, ".gz": _zipped, ".css": _text, ".js": _text, ".txt": _text, ".md": _text,
    ".png": _picture,
}  # fmt: skip


def dead_links(site: Site) -> list[str]:
    """Links of pages, Atom feeds and the sitemap into the site that lead to no file, or to no place on a page."""
    found, places = [], dict[Path, frozenset[str]]()
    for path in site.files():
        for address in _links(site, path):
            target = site.file(address)
            if target is None:
                continue
            anchor = unquote(urlsplit(address).fragment)
            if not target.is_file():
                found.append(f"{site.name(path)}: {address}")
            elif anchor and target.suffix == ".html":
                if target not in places:
                    places[target] = frozenset(str(one) for one in tree(target).xpath("//@id"))
                if anchor not in places[target]:
                    found.append(f"{site.name(path)}: {address} has no such place")
    return found


def _links(site: Site, path: Path) -> Iterator[str]:
    base = site.address(path)
    if path.suffix == ".html":
        for element in tree(path).iter(etree.Element):
            yield from (urljoin(base, given) for name in ("href", "src") if (given := element.get(name)) is not None)
    elif path.suffix == ".xml":
        for element in etree.fromstring(path.read_bytes(), _XML).iter(etree.Element):
            yield from (urljoin(base, given) for name in ("href", "src") if (given := element.get(name)) is not None)
            if etree.QName(element).localname == "loc":
                yield element.text or ""
