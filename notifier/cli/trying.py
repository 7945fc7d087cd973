"""What came of trying a source, in words for somebody who has never written a program. Readable at 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from notifier.cli import caught
from notifier.cli.caught import charset, shortened
from notifier.cli.paper import Advice, Page
from notifier.config import Source
from notifier.errors import SourceError
from notifier.lots import Document, DocumentRole, RunStatus

if TYPE_CHECKING:
    from spiders.parsers.catch import Caught, DetailCatch, ListCatch
    from spiders.trial import Tried

_MOST_LEFT = 12


def report(source: Source, tried: Tried, page: Page, file: str) -> bool:
    """Tell everything, and at the end what to mend. True where there is nothing to mend."""
    advice = Advice()
    _of_kind(source, tried, page, advice)
    caught.items(tried, page, advice)
    caught.unread(source, tried, page)
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
    path = Path(file)
    if path.suffix != ".toml":
        page.say(f"When all is there, put it into your folder of sources as {source.id}.toml. Then:")
    else:
        page.say("When all is there, and the file lies in your folder of sources:")
    page.say(f"notifier check, then notifier crawl {source.id}", 2)
    return True


def _of_kind(source: Source, tried: Tried, page: Page, advice: Advice) -> None:
    """What a description of this kind catches on the first pages."""
    lists = [document for document in tried.documents if document.role is DocumentRole.LIST]
    details = [document for document in tried.documents if document.role is DocumentRole.NOTICE]
    if source.kind == "page":
        _pages(source, lists, details, page, advice)
        return
    caught.listed(source, tried, lists, page, advice)
    if source.kind == "agreements":
        caught.tables(source, lists, page, advice)
    if source.kind == "feed":
        caught.labels(source, lists, page, advice)
        if details and "detail" in source.selectors:
            _of_feed(source, details[0], page, advice)


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
        found = catch.in_list(lists[0].body, selectors.list, lists[0].url, charset(lists[0]))
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
        seen = catch.in_detail(details[0].body, selectors.detail, details[0].url, charset(details[0]))
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
            page.fact(f'"{label}"', shortened(said) + perhaps, 4)
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
        seen = catch.in_detail(document.body, detail, document.url, charset(document))
    except SourceError:
        return
    _detail(seen, detail.landmark, detail.lot, page, advice)


# -- what is told of any kind --------------------------------------------------------------------------------


def _troubles(tried: Tried, mended: bool) -> list[str]:
    """What the reading itself says went wrong, but for what was told above in more words."""
    told = [message for _, message in tried.troubles] + tried.problems
    if not told and tried.status is not RunStatus.GOOD:
        told = [tried.message or "nothing was read, and nothing says why: open the address in a browser and look"]
    return [words for words in dict.fromkeys(told) if not (mended and any(part in words for part in _TOLD_ABOVE))]


_TOLD_ABOVE = (
    "lacks its landmark",
    "the list has no row",
    " has no link: ",
    "has no table of agreements",
    "has no link to a file",
)


def _values(values: Mapping[str, str], page: Page) -> None:
    for name, said in values.items():
        page.fact(name, shortened(said), 4)
    if not values:
        page.say("nothing", 4)
