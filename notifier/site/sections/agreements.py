"""Agreements by the year in which they run out, and a page for each. It remains when the agreement is over.

An agreement's page names no lot: it is not made again when its source shows the agreement no more, and must not keep
what was taken off the lists since. It leads to the pages of its trades.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from notifier.lots import AgreementView
from notifier.phrases import local_day
from notifier.site.agreementpage import Phase, agreement_page, phase
from notifier.site.documents import Document, Edition, Part
from notifier.site.lists import agreement_row, by_end
from notifier.site.pieces import page_of_rows
from notifier.site.reader import Reader, next_end
from notifier.site.rendering import AGREEMENTS, Head, agreement_path, in_language, render_page, render_piece
from notifier.site.sections.section import Section
from notifier.words import LANGUAGES

OVER, UNKNOWN = "udloebet", "ukendt"


@dataclass(frozen=True, slots=True)
class Group:
    """Agreements that run out in the same year; `id` is its place on the page, `heading` and `caption` name it."""

    id: str
    heading: str
    caption: str
    views: tuple[AgreementView, ...]


def _documents(edition: Edition) -> Iterator[Document]:
    today = local_day(edition.now)
    for one in edition.readers:
        yield _listing(edition, one, today)
        pages = _Pages(edition, one, today)
        for view in (*edition.agreements, *edition.former):
            key = edition.key(
                "agreement",
                one.language,
                edition.agreement_marks[view.uid],
                phase(view, today),
                view.first_seen,
                view.last_seen,
            )
            yield Document(in_language(agreement_path(view.slug), one.language), (Part(view.uid, key),), pages.make)


@dataclass(frozen=True, eq=False)
class _Pages:
    """The pages of agreements for one reader."""

    edition: Edition
    reader: Reader
    today: dt.date

    def make(self, uids: Sequence[str]) -> Iterator[bytes]:
        known = {view.uid: view for view in (*self.edition.agreements, *self.edition.former)}
        edition, one = self.edition, self.reader
        for uid in uids:
            page = agreement_page(known[uid], one, self.today)
            head = Head(
                f"{page.heading} – {edition.town.name}",
                one.w("agreement.description", until=page.until, supplier=page.supplier or one.w("common.unknown")),
                here=AGREEMENTS,
                data=page.data,
            )
            path = agreement_path(known[uid].slug)
            sign_up = (
                edition.door.sign_up(one.language, trades=page.trades[0][0]) if edition.door and page.trades else ""
            )
            yield render_page("agreement", path, head, edition.town, one, edition.door, page=page, sign_up=sign_up)


# -- the list --------------------------------------------------------------------------------------------------------


def groups(agreements: Sequence[AgreementView], one: Reader, today: dt.date) -> tuple[Group, ...]:
    """By the year in which they run out or are extended, this year's first; then those without a known end, and those
    that are over, the latest first."""
    years: dict[str, list[AgreementView]] = {}
    for view in by_end(agreements, today):
        years.setdefault(_year(view, today), []).append(view)
    last = [(name, years.pop(name)) for name in (UNKNOWN, OVER) if name in years]
    return tuple(_group(name, views, one, today) for name, views in (*years.items(), *last))


def _year(view: AgreementView, today: dt.date) -> str:
    """The group that it belongs to. Where its end has passed and it may have been extended, nobody knows the year."""
    ends = next_end(view, today)
    if phase(view, today) is Phase.OVER:
        return OVER
    return str(ends.year) if ends and ends >= today else UNKNOWN


def _group(name: str, views: Sequence[AgreementView], one: Reader, today: dt.date) -> Group:
    if name in (UNKNOWN, OVER):
        key = "unknown" if name == UNKNOWN else "over"
        ordered = tuple(reversed(views)) if name == OVER else tuple(views)
        return Group(name, one.w(f"agreement.group_{key}"), one.w(f"agreement.caption_{key}"), ordered)
    this = "_this" if int(name) == today.year else ""
    heading = one.w(f"agreement.group_year{this}", year=name)
    return Group(f"aar-{name}", heading, one.w("agreement.caption_year", year=name), tuple(views))


def _listing(edition: Edition, one: Reader, today: dt.date) -> Document:
    made, marks = groups(edition.agreements, one, today), edition.agreement_marks
    key = edition.key("agreements", one.language, [(group.id, group.heading, len(group.views)) for group in made])
    lists = [
        [
            Part(view.uid, edition.key("agreement row", one.language, marks[view.uid], phase(view, today)))
            for view in group.views
        ]
        for group in made
    ]
    path = in_language(AGREEMENTS, one.language)
    return page_of_rows(
        edition, path, key, lists, partial(_around, edition, one, made), partial(_rows, edition, one, today)
    )


def _around(edition: Edition, one: Reader, made: Sequence[Group]) -> bytes:
    w, town = one.w, edition.town
    head = Head(f"{w('site.agreements_heading')} – {town.name}", w("site.agreements_lead", town=town.name))
    return render_page("agreements", AGREEMENTS, head, town, one, edition.door, groups=made)


def _rows(edition: Edition, one: Reader, today: dt.date, uids: Sequence[str]) -> Iterator[bytes]:
    known = {view.uid: view for view in edition.agreements}
    for uid in uids:
        yield render_piece("agreement_row", one, row=agreement_row(known[uid], one, today))


def _gone(edition: Edition) -> Iterator[str]:
    """Pages of agreements that turned out not to be: the award that they followed from is spoken of no more."""
    yield from (
        in_language(agreement_path(view.slug), language) for view in edition.retracted for language in LANGUAGES
    )


SECTION = Section(r"aftaler(?:/[a-z0-9-]{1,200})?\.html", _documents, permanent=True, gone=_gone)
