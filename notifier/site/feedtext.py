"""Feeds as bytes: Atom (RFC 4287) and JSON Feed 1.1. The site's are put together from a head, entries and an end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from notifier.config import Town
from notifier.render import environment
from notifier.site.feed import Entry, Feed, tag_uri
from notifier.site.reader import Reader
from notifier.site.rendering import FRONT, address, encode, in_language, lot_path

JSON_FEED = "https://jsonfeed.org/version/1.1"
ATOM_END, JSON_BETWEEN, JSON_END = b"</feed>\n", b",\n", b"\n]}\n"


@dataclass(frozen=True, slots=True)
class About:
    """What a feed says of itself. `own` and `home` are public addresses: its own, and that of the page it is of."""

    id: str
    title: str
    subtitle: str
    own: str
    home: str


def feed_text(feed: Feed, town: Town, reader: Reader, *, own: str, ident: str = "", called: str = "site.feed") -> bytes:
    """A feed that is found at `own`; its identifier is `ident` where that is given. `called` is the key of its name."""
    about = About(
        id=ident or feed.id,
        title=reader.w(f"{called}_title", town=town.name),
        subtitle=reader.w(f"{called}_subtitle"),
        own=own,
        home=address(town, in_language(FRONT, reader.language)),
    )
    head = atom_head(about, feed.updated, town, reader)
    return b"".join([head, *(atom_entry(entry, town, reader) for entry in feed.entries), ATOM_END])


def entry_link(entry: Entry, town: Town, language: str) -> str:
    """The public address of the page that an entry leads to; "" where it leads nowhere."""
    return address(town, in_language(lot_path(entry.slug), language)) if entry.slug else ""


def atom_head(about: About, updated: str, town: Town, reader: Reader) -> bytes:
    """All that stands before the first entry."""
    template = environment("xml", reader.language).get_template("site/atom_head.xml.j2")
    return encode(template.render(about=about, updated=updated, town=town))


def atom_entry(entry: Entry, town: Town, reader: Reader) -> bytes:
    """One entry."""
    template = environment("xml", reader.language).get_template("site/atom_entry.xml.j2")
    link = entry_link(entry, town, reader.language)
    return encode(template.render(entry=entry, link=link, schemes=tag_uri(town, "scheme", "")))


def json_head(about: About, town: Town, reader: Reader) -> bytes:
    """All that stands before the first item."""
    told = {
        "version": JSON_FEED,
        "title": about.title,
        "home_page_url": about.home,
        "feed_url": about.own,
        "description": about.subtitle,
        "authors": [{"name": town.name, "url": address(town, in_language(FRONT, reader.language))}],
        "language": reader.language,
    }
    return _json(told).removesuffix(b"}") + b',"items":[\n'


def json_item(entry: Entry, town: Town, reader: Reader) -> bytes:
    """One item. `url` is its page, `external_url` the notice at its source."""
    told = {
        "id": entry.id,
        "url": entry_link(entry, town, reader.language),
        "external_url": entry.source,
        "title": entry.title.words,
        "content_text": entry.summary,
        "date_published": entry.published,
        "date_modified": entry.updated,
        "tags": [tag for tag in (entry.mark, *(name for _, name in entry.trades)) if tag],
        "language": reader.language,
    }
    return _json({name: value for name, value in told.items() if value})


def _json(value: Mapping[str, object]) -> bytes:
    """Without what no text may hold: an escaped one would come out again in the reader's program."""
    return json.dumps(_cleaned(value), ensure_ascii=False, separators=(",", ":")).encode()


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return encode(value).decode()
    if isinstance(value, Mapping):
        return {name: _cleaned(one) for name, one in value.items()}
    return [_cleaned(one) for one in value] if isinstance(value, list) else value
