"""Values through templates/site into the bytes of a file, and the addresses of all pages.

Danish pages stand at the root, English ones under en/. Links between pages are relative, so the site can be read from
a folder; canonical links, hreflang and the feed name the public address.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from markupsafe import Markup

from notifier.config import Town
from notifier.door import Door
from notifier.errors import PublishError
from notifier.phrases import Foreign, shorten
from notifier.render import environment
from notifier.resources import resource
from notifier.site.frontpage import Front
from notifier.site.lotpage import LotPage, Ways
from notifier.site.reader import Reader

FRONT, LOTS, AGREEMENTS, FEED, STYLE = "index.html", "opgaver.html", "aftaler.html", "atom.xml", "style.css"
SEARCH = "soeg.js"
IMAGE, ICON = "deling.png", "ikon.png"
LOT_FOLDER, AGREEMENT_FOLDER, TRADE_FOLDER = "opgaver", "aftaler", "fag"
Data = Mapping[str, object] | None  # what a page is about, in words of schema.org
_SLUG = re.compile(r"[a-z0-9-]{1,200}")
_AROUND_LINES = re.compile(rb"\s*\n\s*")
_COMMENT = re.compile(rb"/\*.*?\*/\n*", re.DOTALL)  # of CSS: for those who work on it, and a kilobyte to readers
_DESCRIPTION = 155  # characters that search engines show
# What neither HTML nor XML 1.0 may hold (XML 1.0, section 2.2), and half surrogate pairs, which UTF-8 cannot write.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class File:
    """A file of the site: its path below the site's folder, with slashes, and what is in it."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed that programs find by themselves: its path from the folder of its language, its type, its name."""

    path: str
    type: str
    title: str


@dataclass(frozen=True, slots=True)
class Head:
    """What a page says of itself. `here` is the file whose entry in the navigation it belongs to, the page itself
    where it is ""; `data` is what it is about in words of schema.org (linked.py). `goal` is the page that stands for
    this one, for programs too, where it only leads there. One that is `lost` is shown at addresses where there is no
    page, however deep: it has no address of its own, and its links begin at the site's root."""

    title: str
    description: str
    here: str = ""
    feeds: tuple[FeedLink, ...] = ()
    data: Data = None
    scripts: tuple[str, ...] = ()
    kind: str = "website"
    goal: str = ""
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds every page: its title, where it stands, and the same page in the other language."""

    title: str
    description: str
    town: Town
    root: str  # from this page to the folder of the site: "", "../" or "../../"
    home: str  # from this page to the front page's folder in its language
    other: str  # from this page to the other language's
    here: str  # name of the page in the navigation
    danish: str  # public addresses
    english: str
    canonical: str
    image: str  # what stands beside a link to the page, where others show one: a public address
    search: str = ""  # where one searches and signs up, where pages of ours answer
    sign_up: str = ""
    feeds: tuple[FeedLink, ...] = ()  # of what the page is about
    data: Markup | None = None  # what the page is about, for programs: JSON-LD of schema.org
    scripts: tuple[str, ...] = ()  # files at the root of the site; without one no script runs
    kind: str = "website"  # og:type
    lost: bool = False


def in_language(path: str, language: str) -> str:
    """Where the page `path` stands for readers of `language`."""
    return path if language == "da" else f"{language}/{path}"


def lot_path(slug: str) -> str:
    """Path of a lot's page. Raises PublishError for a slug that is no safe file name."""
    return f"{LOT_FOLDER}/{_safe(slug)}.html"


def agreement_path(slug: str) -> str:
    """Path of an agreement's page. Raises PublishError for a slug that is no safe file name."""
    return f"{AGREEMENT_FOLDER}/{_safe(slug)}.html"


def trade_path(key: str, ending: str = "html") -> str:
    """Path of a trade's page, feeds (xml, json) or calendar (ics)."""
    return f"{TRADE_FOLDER}/{key}.{ending}"


def _safe(slug: str) -> str:
    if not _SLUG.fullmatch(slug):
        raise PublishError(
            "a page's name may hold the letters a-z, digits and hyphens only",
            where=ascii(slug[:80]),
            remedy="this is a mistake of the program: report it with the lot's number",
        )
    return slug


def address(town: Town, path: str) -> str:
    """The public address of a page; a front page goes by its folder's."""
    return f"{town.base_url.rstrip('/')}/{path.removesuffix(FRONT)}"


def render_front(page: Front, town: Town, reader: Reader, door: Door | None = None, data: Data = None) -> File:
    """index.html, which leads to the sign-up where there is a `door`."""
    w = reader.w
    title, lead = f"{w('site.name')} – {town.name}", w("site.front_description", town=town.name)
    sign_up = door.sign_up(reader.language) if door else ""
    head = Head(title, lead, data=data, scripts=(SEARCH,))
    return _file("front", FRONT, head, town, reader, door, page=page, sign_up=sign_up)


def render_lot(
    slug: str,
    page: LotPage,
    town: Town,
    reader: Reader,
    door: Door | None = None,
    data: Data = None,
    ways: Ways | None = None,
) -> File:
    """opgaver/SLUG.html"""
    head = Head(lot_title(page), lot_description(page), data=data, kind="article")
    return _file("lot", lot_path(slug), head, town, reader, door, page=page, ways=ways)


def render_page(
    template: str, path: str, head: Head, town: Town, reader: Reader, door: Door | None = None, **values: object
) -> bytes:
    """The page `path` (without its language's folder) from templates/site/TEMPLATE.html.j2, which is given `values`."""
    found = environment("html", reader.language).get_template(f"site/{template}.html.j2")
    return encode(found.render(frame=_frame(path, head, town, reader, door), **values))


def _file(
    template: str, path: str, head: Head, town: Town, reader: Reader, door: Door | None, **values: object
) -> File:
    content = render_page(template, path, head, town, reader, door, **values)
    return File(in_language(path, reader.language), content)


def render_piece(template: str, reader: Reader, **values: object) -> bytes:
    """A piece of a page, such as a row of a list, from templates/site/TEMPLATE.html.j2."""
    found = environment("html", reader.language).get_template(f"site/{template}.html.j2")
    return encode(found.render(**values))


def linked_data(data: Mapping[str, object]) -> Markup:
    """JSON-LD that can stand in a page: nothing in it ends the element or begins a comment."""
    text = json.dumps({"@context": "https://schema.org", **data}, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704


def lot_title(page: LotPage) -> str:
    """What a lot's page is called in a window's title."""
    return f"{shorten(page.title.words, 100)} – {page.buyer}"


def lot_description(page: LotPage) -> str:
    """What search engines show of a lot's page."""
    parts = [page.state_words, *(f"{deadline.label}: {deadline.words}" for deadline in page.deadlines[:1]), page.mark]
    return shorten(". ".join([*parts, " ".join(page.lead[0]) if page.lead else ""]), _DESCRIPTION)


def render_moved(
    slug: str, goal_slug: str, title: Foreign, town: Town, reader: Reader, door: Door | None = None
) -> File:
    """opgaver/SLUG.html of a lot that turned out to be another: a link there, which is the page's canonical address."""
    called = f"{shorten(title.words, 100)} – {town.name}"
    head = Head(called, reader.w("site.moved_lead"), goal=lot_path(goal_slug))
    return _file("moved", lot_path(slug), head, town, reader, door, title=title, goal=f"{goal_slug}.html")


def style_sheet() -> bytes:
    """style.css: what all pages have, then what single kinds of pages add, each in a file of its own."""
    common = resource(f"templates/site/{STYLE}")
    added = sorted(path for path in common.parent.glob("*.css") if path != common)
    files = (common, resource("templates/drawing.css"), *added)
    css = _COMMENT.sub(b"", b"\n".join(path.read_bytes() for path in files))
    return _AROUND_LINES.sub(b"\n", css).lstrip()


def picture(name: str) -> bytes:
    """IMAGE or ICON."""
    return resource(f"templates/site/{name}").read_bytes()


def encode(text: str) -> bytes:
    """UTF-8 without what HTML and XML forbid: one bad letter of one title must not cost the whole file."""
    return _FORBIDDEN.sub("", text).encode("utf-8")


def _frame(path: str, head: Head, town: Town, reader: Reader, door: Door | None) -> Frame:
    own, stands = in_language(path, reader.language), head.goal or path
    other = in_language(FRONT if head.lost else path, "en" if reader.language == "da" else "da")
    root = _from_anywhere(town) if head.lost else "../" * own.count("/")
    return Frame(
        title=head.title,
        description=head.description,
        town=town,
        root=root,
        home=root if reader.language == "da" else f"{root}{reader.language}/",
        other=root + other,
        here=head.here or path,
        danish=address(town, stands),
        english=address(town, in_language(stands, "en")),
        canonical=address(town, in_language(stands, reader.language)),
        image=address(town, IMAGE),
        search=door.lots(reader.language) if door else "",
        sign_up=door.sign_up(reader.language) if door else "",
        feeds=head.feeds,
        data=linked_data(head.data) if head.data else None,
        scripts=head.scripts,
        kind=head.kind,
        lost=head.lost,
    )


def _from_anywhere(town: Town) -> str:
    """The way to the folder of the site from any address of its host."""
    return f"{urlsplit(town.base_url).path.rstrip('/')}/"
