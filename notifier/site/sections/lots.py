"""A page for each lot that is for the public. It remains when the lot is closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from notifier.lots import LotAlias
from notifier.site.documents import Document, Edition, Listed, Part
from notifier.site.linked import lot_data
from notifier.site.lotpage import Ways, lot_page, public_title
from notifier.site.reader import Reader
from notifier.site.rendering import in_language, lot_path, render_lot, render_moved
from notifier.site.sections.lists import month_path, write_month
from notifier.site.sections.section import Section
from notifier.site.tender import around, is_large, tender_path
from notifier.weeks import Week, week_of, week_path
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
    """Of its page, the same in each language. The mark does not tell the notice's procedure, which stands there too."""
    near = edition.once(_near)[lot.uid]
    beside = [(other.slug, other.mark, other.state) for other in near.lots]
    return edition.key("lot", lot.mark, lot.state, lot.procedure_type, beside, near.tender, _week(lot), _month(lot))


def _week(lot: Listed) -> Week | None:
    """The week in which it was found, where it stands on the page of that week: not if it was over by then."""
    found = week_of(lot.first_seen)
    return found if any(news.week == found for news in lot.news) else None


def _month(lot: Listed) -> dt.date | None:
    """The first day of the month of its deadline, while one can bid: the page of that month has it on its list."""
    return lot.day.replace(day=1) if lot.open and lot.day else None


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
            ways = self._ways(self.edition.by_uid[uid])
            yield render_lot(
                known[uid].slug, page, self.edition.town, self.reader, self.edition.door, data, ways
            ).content

    def _ways(self, lot: Listed) -> Ways:
        w, week, month = self.reader.w, _week(lot), _month(lot)
        return Ways(
            week=f"../{week_path(week)}" if week else "",
            week_words=w("site.found_week", number=week.number) if week else "",
            month=f"../{month_path(month)}" if month else "",
            month_words=w("site.same_month", month=write_month(month, self.reader)) if month else "",
            trades=tuple((key, self.reader.trades[key]) for key in lot.trades if key in self.reader.trades),
        )


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
