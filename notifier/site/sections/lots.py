"""A page for each lot that is for the public. It remains when the lot is closed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from notifier.lots import LotAlias
from notifier.site.documents import Document, Edition, Listed, Part
from notifier.site.linked import lot_data
from notifier.site.lotpage import lot_page, public_title
from notifier.site.reader import Reader
from notifier.site.rendering import in_language, lot_path, render_lot, render_moved
from notifier.site.sections.section import Section
from notifier.site.tender import around, is_large, tender_path
from notifier.words import LANGUAGES


def _documents(edition: Edition) -> Iterator[Document]:
    keys = {lot.uid: _key(edition, lot) for lot in edition.shown}
    for one in edition.readers:
        pages, moved = _Pages(edition, one), _Moved(edition, one)
        for lot in edition.shown:
            key = keys[lot.uid]
            path = in_language(lot_path(lot.slug), one.language)
            yield Document(path, (Part(lot.uid, key),), pages.make)
        for alias, lot in _aliases(edition):
            if lot.shown:
                key = edition.key("moved", one.language, lot.mark)
                yield Document(in_language(lot_path(alias.slug), one.language), (Part(alias.slug, key),), moved.make)


def _key(edition: Edition, lot: Listed) -> bytes:
    """Of its page, the same in each language. The mark does not tell all that a notice says, as of its procedure: when
    it was last another does."""
    near = edition.once(_near)[lot.uid]
    beside = [(other.slug, other.mark, other.state) for other in near.lots]
    return edition.key("lot", lot.mark, lot.state, lot.updated, beside, near.tender)


@dataclass(frozen=True, slots=True)
class _Near:
    """What a lot's page says of its tender: the nearest other lots that have a page, and the way to all of them, ""
    where these are all."""

    lots: list[Listed]
    tender: str


def _near(edition: Edition) -> dict[str, _Near]:
    """Of every lot that has a page, by its identity."""
    found: dict[str, _Near] = {}
    for procedure, lots in edition.tenders.items():
        shown = [lot for lot in lots if lot.shown]
        tender = f"../{tender_path(procedure)}" if is_large(shown) else ""
        found |= {lot.uid: _Near(around(shown, number), tender) for number, lot in enumerate(shown)}
    return found


@dataclass(frozen=True, eq=False)
class _Pages:
    """The pages of lots for one reader."""

    edition: Edition
    reader: Reader

    def make(self, uids: Sequence[str]) -> Iterator[bytes]:
        near = self.edition.once(_near)
        beside = {uid: [other.uid for other in near[uid].lots] for uid in uids}
        others = dict.fromkeys(uid for siblings in beside.values() for uid in siblings)
        known = {view.uid: view for view in self.edition.views([*dict.fromkeys([*uids, *others])])}
        for uid in uids:
            siblings = [known[other] for other in beside[uid]]
            page = lot_page(known[uid], siblings, self.reader, self.edition.now, near[uid].tender)
            data = lot_data(known[uid], page, self.edition.town, self.reader)
            yield render_lot(known[uid].slug, page, self.edition.town, self.reader, self.edition.door, data).content


@dataclass(frozen=True, eq=False)
class _Moved:
    """Pages of lots that turned out to be another, for one reader."""

    edition: Edition
    reader: Reader

    def make(self, slugs: Sequence[str]) -> Iterator[bytes]:
        goals = {alias.slug: lot.uid for alias, lot in _aliases(self.edition)}
        for slug, view in zip(slugs, self.edition.views([goals[slug] for slug in slugs]), strict=True):
            title = public_title(view, self.reader)
            yield render_moved(slug, view.slug, title, self.edition.town, self.reader, self.edition.door).content


def _aliases(edition: Edition) -> list[tuple[LotAlias, Listed]]:
    known = edition.by_uid
    return [(alias, known[alias.lot_uid]) for alias in edition.aliases if alias.lot_uid in known]


def _gone(edition: Edition) -> Iterator[str]:
    """Pages of lots that turned out not to be for the public. One that waits for its verdict keeps its page."""
    slugs = [lot.slug for lot in edition.lots if _over(lot)]
    slugs += [alias.slug for alias, lot in _aliases(edition) if _over(lot)]
    yield from (in_language(lot_path(slug), language) for slug in slugs for language in LANGUAGES)


def _over(lot: Listed) -> bool:
    return not lot.shown and (lot.judged or not lot.told)


SECTION = Section(r"opgaver/[a-z0-9-]{1,200}\.html", _documents, permanent=True, gone=_gone)
