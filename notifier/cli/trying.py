"""What came of trying a source, in words for somebody who has never written a program. Readable at 80 columns."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from notifier import clock, text
from notifier.config import Source
from notifier.errors import SourceError
from notifier.lots import Agreement, Document, DocumentRole, Lot, Notice, RunStatus

if TYPE_CHECKING:
    from spiders.parsers.catch import Caught, DetailCatch, ListCatch
    from spiders.trial import Tried

_LABEL = 22  # letters of the column of names
_MOST_SHOWN = 3
_MOST_LEFT = 12


class Page:
    """Lines on a page of so many columns."""

    def __init__(self, width: int, line: Callable[[str], None]) -> None:
        self.width, self._line = width, line

    def heading(self, words: str) -> None:
        """A heading with space before it."""
        self._line("")
        self._line(words)
        self._line("-" * min(len(words), self.width))

    def say(self, words: str, indent: int = 0) -> None:
        """A paragraph."""
        self._wrapped(words, " " * indent, " " * indent)

    def fact(self, name: str, words: str, indent: int = 2) -> None:
        """A name, and beside it what is to be said of it."""
        first = " " * indent + f"{name:<{_LABEL - indent}}"
        if len(first) > _LABEL:
            self._line(first.rstrip())
            first = " " * _LABEL
        self._wrapped(words, first, " " * _LABEL)

    def number(self, number: int, words: str) -> None:
        """A point of a list. Its further lines are to be copied into a file and stay as they are."""
        first, *copied = words.split("\n")
        self._wrapped(first, f"{number:>2}. ", "    ")
        for line in copied:
            self._line(f"        {line}")

    def _wrapped(self, words: str, first: str, later: str) -> None:
        # Addresses stay whole, for copying, even where they are longer than the line.
        lines = textwrap.wrap(
            words, self.width, initial_indent=first, subsequent_indent=later, break_long_words=False,
            break_on_hyphens=False,
        )  # fmt: skip
        for line in lines or [first.rstrip()]:
            self._line(line)


@dataclass
class Advice:
    """What is wrong, and what is only worth a look."""

    mend: list[str] = field(default_factory=list)
    look: list[str] = field(default_factory=list)


def report(source: Source, tried: Tried, page: Page, file: str) -> bool:
    """Tell everything, and at the end what to mend. True where there is nothing to mend."""
    advice = Advice()
    lists = [document for document in tried.documents if document.role is DocumentRole.LIST]
    details = [document for document in tried.documents if document.role is DocumentRole.NOTICE]
    if source.kind == "page":
        _pages(source, lists, details, page, advice)
    else:
        _listed(tried, lists, page)
        if source.kind == "feed" and details and "detail" in source.selectors:
            _of_feed(source, details[0], page, advice)
    _items(tried, page)
    _unread(tried, page)
    troubles = _troubles(tried, bool(advice.mend))
    remarks = [words for status, words in tried.troubles if status is RunStatus.GOOD]
    if to_mend := [*advice.mend, *(words for words in troubles if words not in remarks)]:
        page.heading("What to mend")
        for number, words in enumerate(to_mend, start=1):
            page.number(number, words)
    if to_look := [*advice.look, *remarks]:
        page.heading("What to look at")
        for number, words in enumerate(to_look, start=1):
            page.number(number, words)
    page.heading("Now" if to_mend else "Nothing has to be mended")
    if to_mend:
        page.say(f"Try again when that is done. The source's description is in {file}.")
        return False
    page.say("Compare the values above with the page in a browser. One that you see there and not here is missing.")
    page.say(f"When all is there: notifier check, then notifier crawl {source.id}")
    return True


# -- pages -----------------------------------------------------------------------------------------------------


def _pages(source: Source, lists: list[Document], details: list[Document], page: Page, advice: Advice) -> None:
    from spiders.parsers import catch
    from spiders.parsers.selectors import read_selectors

    selectors = read_selectors(source.selectors)
    if not lists:
        page.heading("The list")
        page.say("No page came. See below for why.")
        return
    try:
        found = catch.in_list(lists[0].body, selectors.list, lists[0].url, _charset(lists[0]))
    except SourceError:
        return  # it is told among the troubles
    _list(found, lists[0].url, selectors.list, page, advice)
    if selectors.detail is None or not found.rows:
        return
    page.heading("The first tender's own page")
    if not details:
        page.say("It was not read." if found.linked else "No row has a link, so no page of a tender could be read.")
        return
    page.say(details[0].url)
    try:
        seen = catch.in_detail(details[0].body, selectors.detail, details[0].url, _charset(details[0]))
    except SourceError:
        return
    _detail(seen, selectors.detail.landmark, selectors.detail.lot, page, advice)


def _list(found: ListCatch, url: str, selectors: object, page: Page, advice: Advice) -> None:
    from spiders.parsers.selectors import ListSelectors

    assert isinstance(selectors, ListSelectors)
    page.heading("The list")
    page.say(url)
    page.fact("the page's title", f'"{found.title}"' if found.title else "none")
    page.fact("landmark", f"{selectors.landmark}  {'found' if found.landmark else 'NOT FOUND'}")
    page.fact("row", f"{selectors.row}  {found.rows} found" if found.rows else f"{selectors.row}  NONE FOUND")
    if selectors.link and found.rows:
        page.fact("link", f"{selectors.link}  in {found.linked} of {found.rows} rows")
    if selectors.next:
        page.fact("next page", found.next_url or f"none found by {selectors.next}; right only on the last page")
    elif found.rows:
        page.fact("next page", "not described; right only where the list has one page")
    if found.wall:
        advice.mend.append(_WALLS[found.wall])
    if not found.landmark and found.wall != "login":
        advice.mend.append(_about_landmark("list", selectors.landmark, found.landmarks))
    if not found.rows and not found.wall:
        _about_no_row(found, selectors.row, page, advice)
    if found.rows:
        if selectors.link and found.linked < found.rows:
            advice.mend.append(
                f'{found.rows - found.linked} of {found.rows} rows have no link by link = "{selectors.link}" '
                "([selectors.list]). If these are no tenders (a heading, an advertisement), narrow row; else mend link."
            )
        _rows(found, page, advice)


_WALLS = {
    "login": "The page seems to ask for a login, or to test for robots. What needs a login is not public and is not "
    "read: use another address, or ask the site's owner for an open one.",
    "script": "The page has next to no words of its own: its list is probably put in by a script in the browser, and "
    "cannot be read like this. Look for a feed (RSS), an open address of the data, or another page with the list.",
}


def _about_landmark(table: str, landmark: str, proposals: tuple[str, ...]) -> str:
    there = f" On the page there are: {', '.join(proposals)}." if proposals else ""
    return (
        f'landmark = "{landmark}" under [selectors.{table}] is not on the page. It is to be an element that is always '
        f"there, list empty or not, and on no other page of the site.{there}"
    )


def _about_no_row(found: ListCatch, row: str, page: Page, advice: Advice) -> None:
    if found.empty:
        page.say(f'The list is empty, and "{found.empty}" proves it. That is all right.', 2)
        page.say("Whether row is right shows only when there is a tender again.", 2)
        return
    page.fact("the page says", f'"{found.says}"')
    if found.repeated:
        advice.mend.append(
            f'row = "{row}" under [selectors.list] finds nothing. What stands several times on the page, each with a '
            f"link: {'; '.join(found.repeated)}. Is one of them a tender? Then write it as row."
        )
    if not found.landmark:
        return
    advice.mend.append(
        'If the list is empty today: put the page\'s own words for that (see "the page says" above) under empty_text '
        'in [selectors.list], such as empty_text = ["Der er ingen aktuelle udbud"]. '
        "Without them an empty page is an alarm."
    )


def _rows(found: ListCatch, page: Page, advice: Advice) -> None:
    page.say("")
    page.say("What each field catches in the rows:", 2)
    for one in found.fields:
        page.fact(one.name, f"in {one.count} of {one.of} rows  ({one.where})", 4)
    _about_lost([one for one in found.fields if not one.count], "selectors.list.fields", advice)
    for number, row in enumerate(found.shown, start=1):
        page.say("")
        page.say(f"Row {number} of {found.rows}:", 2)
        _values(row, page)


def _detail(seen: DetailCatch, landmark: str, lot: str, page: Page, advice: Advice) -> None:
    from spiders.parsers import catch

    page.fact("the page's title", f'"{seen.title}"' if seen.title else "none")
    page.fact("landmark", f"{landmark}  {'found' if seen.landmark else 'NOT FOUND'}")
    if seen.wall == "login":
        advice.mend.append(_WALLS["login"])
    elif not seen.landmark:
        advice.mend.append(_about_landmark("detail", landmark, seen.landmarks))
    if lot:
        page.fact("lots", f"{lot}  {seen.lots} found" if seen.lots else f"{lot}  none: the page is its own single lot")
    if not seen.landmark:
        return
    page.say("")
    _values(seen.values, page)
    _missing(seen.fields, "selectors.detail.fields", page, advice)
    for number, values in enumerate(seen.lot_values, start=1):
        page.say("")
        page.say(f"Lot {number} of {seen.lots}:", 2)
        _values(values, page)
    if seen.lots:
        _missing(seen.lot_fields, "selectors.detail.lot_fields", page, advice)
    if seen.left:
        page.say("")
        page.say("Labels on the page that no field reads:", 2)
        for label, said in seen.left[:_MOST_LEFT]:
            perhaps = f"  (perhaps {catch.meaning(label)}?)" if catch.meaning(label) else ""
            page.fact(f'"{label}"', _short(said) + perhaps, 4)
        if len(seen.left) > _MOST_LEFT:
            page.say(f"and {len(seen.left) - _MOST_LEFT} more", 4)


def _missing(fields: Iterable[Caught], table: str, page: Page, advice: Advice) -> None:
    lost = [one for one in fields if not one.count]
    for one in lost:
        page.fact(one.name, f"NOTHING  ({one.where})", 4)
    _about_lost(lost, table, advice)


def _about_lost(lost: list[Caught], table: str, advice: Advice) -> None:
    """A field with a likely other label is to be mended; one without may well not be on this page."""
    for one in lost:
        if one.proposals:
            key = "column" if one.where.startswith("column") else "label"
            more = f" (Also there: {', '.join(one.proposals[1:])}.)" if one.proposals[1:] else ""
            advice.mend.append(
                f'{one.name} under [{table}] finds nothing by {one.where}. The page has "{one.proposals[0]}". '
                f"If that is it, write (capitals do not matter):{more}\n"
                f'{one.name} = {{ {key} = "{one.proposals[0]}" }}'
            )
        elif one.name == "title":
            advice.mend.append(f"title under [{table}] finds nothing by {one.where}: a tender without one is not read.")
    if names := [one.name for one in lost if not one.proposals and one.name != "title"]:
        advice.look.append(
            f"Nothing was found for {', '.join(names)} under [{table}]. If the page shows it, mend where it stands. If "
            "only this tender lacks it, all is well: try another one. If no tender ever has it, take the line out."
        )


def _of_feed(source: Source, document: Document, page: Page, advice: Advice) -> None:
    from spiders.parsers import catch, feed

    detail = feed.read_selectors(source.selectors, source.filter).page.detail
    if detail is None:
        return
    page.heading("The first entry's own page")
    page.say(document.url)
    try:
        seen = catch.in_detail(document.body, detail, document.url, _charset(document))
    except SourceError:
        return
    _detail(seen, detail.landmark, detail.lot, page, advice)


# -- any kind --------------------------------------------------------------------------------------------------


def _listed(tried: Tried, lists: list[Document], page: Page) -> None:
    page.heading("The list")
    if not lists:
        page.say("No page came. See below for why.")
        return
    first = lists[0]
    page.say(first.url)
    page.fact("came as", f"{first.content_type or 'no type'}, {len(first.body):,} bytes")
    page.fact("listed", f"{len(tried.listed_keys)}" + (f" of {tried.total} in all" if tried.total is not None else ""))
    for key in tried.listed_keys[:_MOST_SHOWN]:
        page.fact("", key)
    onward = [url for role, url in tried.left_out if role is DocumentRole.LIST]
    beyond = sum(role is DocumentRole.NOTICE for role, _ in tried.left_out)
    page.fact("next page", onward[0] if onward else "none")
    if beyond:
        page.fact("not read here", f"{beyond} more that a crawl would read")
    if not tried.listed_keys and tried.status is RunStatus.GOOD:
        page.say("The list is empty, and was proven to be. That is all right if the page shows nothing either.", 2)


def _items(tried: Tried, page: Page) -> None:
    if tried.agreements:
        page.heading(f"The agreements, as they would be kept ({len(tried.agreements)} read)")
        for number, agreement in enumerate(tried.agreements[:_MOST_SHOWN]):
            if number:
                page.say("")
            _facts(_of_agreement(agreement), agreement.flags, page)
    if tried.notices:
        page.heading(f"The notices, as they would be kept ({len(tried.notices)} read)")
        for number, notice in enumerate(tried.notices[:_MOST_SHOWN]):
            if number:
                page.say("")
            _facts(_of_notice(notice), notice.flags, page)


def _facts(facts: Mapping[str, str], flags: tuple[str, ...], page: Page) -> None:
    for name, said in facts.items():
        page.fact(name, _short(said) if said else "unknown")
    for flag in flags:
        page.fact("doubt", flag)


def _of_notice(notice: Notice) -> dict[str, str]:
    lot = notice.lots[0] if notice.lots else Lot("", "")
    deadline = lot.deadline or lot.participation_deadline
    said = {
        "key": notice.key,
        "title": notice.title,
        "buyer": " ".join(filter(None, (notice.buyer.name, notice.buyer.identifier))),
        "stage": notice.stage.value,
        "published": clock.write_day(notice.published, "en") if notice.published else "",
        "deadline": clock.write_deadline(deadline, "en") if deadline else "",
        "value": f"{lot.value.amount:,} {lot.value.currency}" if lot.value else "",
        "CPV": " ".join(filter(None, (lot.cpv_main, *lot.cpv_additional))),
        "reserved": ", ".join(lot.reserved),
        "lots": f"{len(notice.lots)}: " + "; ".join(one.title for one in notice.lots[:5])
        if len(notice.lots) > 1
        else "",
        "official notice": notice.publication_number or notice.notice_id,
        "withdrawn": notice.cancel_reason or "yes" if notice.cancelled else "",
        "page": notice.url,
    }
    always = ("key", "title", "buyer", "deadline")
    return {name: words for name, words in said.items() if words or name in always}


def _of_agreement(agreement: Agreement) -> dict[str, str]:
    return {
        "area": agreement.title,
        "supplier": agreement.supplier.name,
        "start": clock.write_day(agreement.start, "en") if agreement.start else "",
        "end": clock.write_day(agreement.end, "en") if agreement.end else "",
        "latest end": clock.write_day(agreement.latest_end, "en") if agreement.latest_end else "",
        "options": agreement.options,
        "contact": agreement.contact,
    }


def _unread(tried: Tried, page: Page) -> None:
    if not tried.read.unread:
        return
    from spiders.parsers import catch

    page.heading("What stands there and was not read")
    places = sorted(tried.read.unread.items(), key=lambda at: -at[1])
    for place, count in places[:_MOST_LEFT]:
        label = re.search(r'"([^"]+)"$|^entry: (.+)$', place)
        meant = catch.meaning((label[1] or label[2]).casefold()) if label else ""
        perhaps = f"  (perhaps {meant}?)" if meant else ""
        page.fact(f"{count} time{'s' if count > 1 else ''}", place + perhaps)
    if len(places) > _MOST_LEFT:
        page.say(f"and {len(places) - _MOST_LEFT} places more", 2)
    page.say(
        "Read it by a field if it says something of a tender. Else list it, so that only what is new is signalled: "
        "an element under ignore, a label (it stands in quotation marks) under ignore_labels.",
        2,
    )


def _troubles(tried: Tried, mended: bool) -> list[str]:
    """What the reading itself says went wrong, but for what was told above in more words."""
    told = [message for _, message in tried.troubles] + tried.problems
    if not told and tried.status is not RunStatus.GOOD:
        told = [tried.message or "nothing was read, and nothing says why: open the address in a browser and look"]
    return [words for words in dict.fromkeys(told) if not (mended and any(part in words for part in _TOLD_ABOVE))]


_TOLD_ABOVE = ("lacks its landmark", "the list has no row", " has no link: ")


def _values(values: Mapping[str, str], page: Page) -> None:
    for name, said in values.items():
        page.fact(name, _short(said), 4)
    if not values:
        page.say("nothing", 4)


def _short(words: str) -> str:
    line = " / ".join(part for part in words.split("\n") if part)
    return text.clean_line(line, 240)


def _charset(document: Document) -> str:
    match = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", document.content_type, re.IGNORECASE)
    return match[1] if match else ""
