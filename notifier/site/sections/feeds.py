"""Feeds of all lots, per trade and per mark, as Atom and as JSON Feed. `feedplan.py` says what is in each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from notifier.phrases import Foreign
from notifier.site.documents import Document, Edition, Part
from notifier.site.feed import Entry, entry_id, lot_entry, rfc3339, tag_uri
from notifier.site.feedplan import (
    ALL,
    MARKS,
    MEMORY,
    Channel,
    Item,
    Kind,
    atom_path,
    json_path,
    mark_place,
    plan,
    trade_place,
)
from notifier.site.feedtext import (
    ATOM_END,
    JSON_BETWEEN,
    JSON_END,
    About,
    atom_entry,
    atom_head,
    json_head,
    json_item,
)
from notifier.site.lotpage import public_title
from notifier.site.reader import Reader
from notifier.site.rendering import FRONT, address, in_language
from notifier.site.sections.section import Section

_HEAD, _BETWEEN, _END = "head", "between", "end"  # no lot is called so: a lot's uid has a stroke in it
_KEPT = 1000  # entries that are held: the same stand in several feeds


def _documents(edition: Edition) -> Iterator[Document]:
    channels = edition.once(plan).channels
    for one in edition.readers:
        entries = _Entries(edition, one)
        for channel in channels:
            yield _atom(entries, channel)
            yield _json(entries, channel)


def _atom(entries: _Entries, channel: Channel) -> Document:
    edition, language = entries.edition, entries.reader.language
    parts = [_part(edition, item, language, "atom") for item in channel.items]
    head = edition.key("atom", language, channel.place, channel.updated)
    return Document(
        in_language(atom_path(channel.place), language),
        (Part(_HEAD, head), *parts, Part(_END, edition.key("atom-end"))),
        _AtomFeed(entries, channel).make,
    )


def _json(entries: _Entries, channel: Channel) -> Document:
    edition, language = entries.edition, entries.reader.language
    between = Part(_BETWEEN, edition.key("json-between"))
    parts = [part for item in channel.items for part in (between, _part(edition, item, language, "json"))]
    head = edition.key("json", language, channel.place)
    return Document(
        in_language(json_path(channel.place), language),
        (Part(_HEAD, head), *parts[1:], Part(_END, edition.key("json-end"))),
        _JsonFeed(entries, channel).make,
    )


def _part(edition: Edition, item: Item, language: str, form: str) -> Part:
    said = (item.uid, item.kind, item.updated, item.published, item.mark)
    return Part(item.uid, edition.key("entry", form, language, *said))


@dataclass(frozen=True, eq=False)
class _Entries:
    """Entries for one reader. The newest that were made are kept, for the feeds that follow."""

    edition: Edition
    reader: Reader
    _made: dict[tuple[str, Kind], Entry] = field(default_factory=dict)

    def of(self, items: Sequence[Item]) -> Mapping[str, Entry]:
        """The entries of these by their lots, which are read in one go."""
        missing = [item for item in items if (item.uid, item.kind) not in self._made]
        if len(self._made) + len(missing) > _KEPT:
            self._made.clear()
            missing = list(items)
        wanted = dict.fromkeys(item.goal or item.uid for item in missing if item.mark)
        views = {view.uid: view for view in self.edition.views([*wanted])}
        for item in missing:
            view = views.get(item.goal or item.uid)
            if view is None or item.goal:
                title = public_title(view, self.reader) if view else Foreign("")
                made = self._withdrawn(item, title, view.slug if view else "")
            else:
                made = lot_entry(view, _at(item.updated), _at(item.published), self.edition.town, self.reader)
            self._made[item.uid, item.kind] = made
        return {item.uid: self._made[item.uid, item.kind] for item in items}

    def _withdrawn(self, item: Item, goal: Foreign, slug: str) -> Entry:
        """Of what has no page of its own any more: not a word of it, only that it is so, and where to go instead."""
        w = self.reader.w
        return Entry(
            id=entry_id(item.uid, self.edition.town, self.reader.language),
            title=Foreign(w(f"feeds.{item.kind}_title", title=goal.words), goal.language),
            slug=slug,
            updated=rfc3339(_at(item.updated)),
            published=rfc3339(_at(item.published)),
            verdict="",
            mark="",
            summary=w(f"feeds.{item.kind}_text"),
        )


def _at(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


@dataclass(frozen=True, eq=False)
class _AtomFeed:
    """One Atom feed for one reader."""

    entries: _Entries
    channel: Channel

    def make(self, names: Sequence[str]) -> Iterator[bytes]:
        edition, reader, made = self.entries.edition, self.entries.reader, _entries(self.entries, self.channel, names)
        for name in names:
            if name == _HEAD:
                about = _about(edition, reader, self.channel.place, atom_path(self.channel.place))
                yield atom_head(about, rfc3339(_at(self.channel.updated)), edition.town, reader)
            else:
                yield ATOM_END if name == _END else atom_entry(made[name], edition.town, reader)


@dataclass(frozen=True, eq=False)
class _JsonFeed:
    """One JSON feed for one reader."""

    entries: _Entries
    channel: Channel

    def make(self, names: Sequence[str]) -> Iterator[bytes]:
        edition, reader, made = self.entries.edition, self.entries.reader, _entries(self.entries, self.channel, names)
        fixed = {_BETWEEN: JSON_BETWEEN, _END: JSON_END}
        for name in names:
            if name == _HEAD:
                about = _about(edition, reader, self.channel.place, json_path(self.channel.place))
                yield json_head(about, edition.town, reader)
            else:
                yield fixed[name] if name in fixed else json_item(made[name], edition.town, reader)


def _entries(entries: _Entries, channel: Channel, names: Sequence[str]) -> Mapping[str, Entry]:
    asked = set(names)
    return entries.of([item for item in channel.items if item.uid in asked])


def _about(edition: Edition, reader: Reader, place: str, path: str) -> About:
    w, town = reader.w, edition.town
    title, subtitle = feed_name(place, town.name, reader)
    home = f"{place}.html" if place.startswith("fag/") else FRONT
    return About(
        id=tag_uri(town, reader.language, f"feed/{place}" if place else "feed"),
        title=title,
        subtitle=f"{subtitle} {w('common.guiding')}",
        own=address(town, in_language(path, reader.language)),
        home=address(town, in_language(home, reader.language)),
    )


def feed_name(place: str, town: str, reader: Reader) -> tuple[str, str]:
    """What a feed is called, and what is in it."""
    w = reader.w
    if place == ALL:
        return w("site.feed_title", town=town), w("site.feed_subtitle")
    for verdict in MARKS:
        if place == mark_place(verdict):
            return w(f"feeds.{verdict}_title", town=town), w(f"site.mark_{verdict}")
    trade = next(name for key, name in reader.trades.items() if place == trade_place(key))
    return w("feeds.trade_title", town=town, trade=trade), w("feeds.trade_subtitle", trade=trade)


def _remember(edition: Edition) -> Mapping[str, bytes]:
    return {MEMORY: edition.once(plan).memory}


SECTION = Section(
    r"atom\.xml|feed\.json|(?:fag|maerker)/[a-z0-9_-]{1,80}\.(?:xml|json)",
    _documents,
    remember=_remember,
    promised=True,
)
