"""What of a source that is no page of tenders was caught: its list, each field, doubts, what was not read."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from notifier import clock
from notifier.cli.paper import Advice, Page
from notifier.config import Source
from notifier.errors import SourceError
from notifier.lots import Agreement, Document, DocumentRole, Lot, Notice, RunStatus

if TYPE_CHECKING:
    from spiders.parsers.catch_tables import TableCatch, TablesCatch
    from spiders.trial import Tried

_MOST_SHOWN = 3
_MOST_LEFT = 12
_MOST_DOUBTS = 8


def listed(source: Source, tried: Tried, lists: list[Document], page: Page, advice: Advice) -> None:
    """The first list page or file, and what [filter] leaves out of it."""
    page.heading("The list")
    if not lists:
        page.say("No page came. See below for why.")
        return
    first = lists[0]
    page.say(first.url)
    page.fact("came as", f"{first.content_type or 'no type'}, {len(first.body):,} bytes")
    if source.kind in ("ted", "udbud") and not source.filter.get("query"):
        names = [buyer.name for buyer in source.buyers]
        more = f" and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else ""
        page.fact("buyers", "; ".join(names[:_MOST_SHOWN]) + more if names else "none in buyers.csv: every buyer's")
    page.fact("listed", f"{len(tried.listed_keys)}" + (f" of {tried.total} in all" if tried.total is not None else ""))
    for key in tried.listed_keys[:_MOST_SHOWN]:
        page.fact("", key)
    left_out = _left_out(source, first)
    if left_out:
        page.fact("not wanted", f"{sum(left_out.values())}, by what [filter] says, such as")
        for name, count in left_out.most_common(_MOST_SHOWN):
            page.fact("", f"{shortened(name, 100)}{f'  ({count} times)' if count > 1 else ''}")
    onward = [url for role, url in tried.left_out if role is DocumentRole.LIST]
    beyond = sum(role is DocumentRole.NOTICE for role, _ in tried.left_out)
    page.fact("next page", onward[0] if onward else "none")
    if beyond:
        page.fact("not read here", f"{beyond} more that a crawl would read")
    if tried.listed_keys or tried.status is not RunStatus.GOOD:
        return
    if left_out:
        advice.look.append(
            f"All {sum(left_out.values())} are left out by [filter]. If one of those above is meant, mend [filter]: "
            f"{_FILTERS.get(source.kind, 'its words')} must stand there as the source writes it."
        )
    else:
        page.say("The list is empty, and was proven to be. That is all right if the page shows nothing either.", 2)


_FILTERS = {"feed": "one of words", "eusupply": "the beginning of a buyer's name", "ocds": "a buyer's name or number"}


def _left_out(source: Source, document: Document) -> Counter[str]:
    """What stands in the list and is not wanted, by what it is known by: title or buyer."""
    from spiders.parsers import eusupply, feed, ocds, ocds_notice
    from spiders.parsers.ocds_notice import is_of

    body, url, named = document.body, document.url, charset(document)
    try:
        if source.kind == "feed":
            wanted = feed.read_selectors(source.selectors, source.filter)
            return Counter(one.title for one in feed.parse_feed(body, url, named).entries if not wanted.wants(one))
        if source.kind == "eusupply":
            settings = eusupply.read_settings(source.filter)
            if document.reader == "read_feed":
                buyers = [tender.authority for tender in eusupply.parse_feed(body, url, named)[0]]
            else:
                found, _ = eusupply.parse_list(body, settings, url, named)
                buyers = [row.values.get("buyer", "") for row in found.rows]
            return Counter(buyer or "no buyer" for buyer in buyers if not settings.wants(buyer))
        if source.kind == "ocds" and source.filter.get("buyers"):
            read = [
                ocds_notice.read(one, source=source.id, language=source.language, url=url)
                for one in ocds.parse_package(body, url).publications
            ]
            notices = [notice for reading in read for notice in reading.notices]
            return Counter(
                " ".join(filter(None, (notice.buyer.name, notice.buyer.identifier))) or "no buyer"
                for notice in notices
                if not is_of(notice, source.filter["buyers"])
            )
    except SourceError:
        return Counter()  # it is told among the troubles
    return Counter()


# -- feeds -----------------------------------------------------------------------------------------------------


def labels(source: Source, lists: list[Document], page: Page, advice: Advice) -> None:
    """Labels in the texts of a feed's entries that no field reads."""
    from spiders.parsers import catch, feed

    if not lists:
        return
    wanted = feed.read_selectors(source.selectors, source.filter)
    try:
        found = feed.parse_feed(lists[0].body, lists[0].url, charset(lists[0]))
    except SourceError:
        return
    left = catch.labels_left([one.markup for one in found.entries if wanted.wants(one)], wanted.page.list.fields)
    if not left:
        return
    page.say("")
    page.say("Labels in the entries' texts that no field reads:", 2)
    for label, said in left[:_MOST_LEFT]:
        meant = catch.meaning(label)
        page.fact(f'"{label}"', shortened(said, 80) + (f"  (perhaps {meant}?)" if meant else ""), 4)
    likely: dict[str, str] = {}
    for label, _ in left:
        if (meant := catch.meaning(label)) and meant not in wanted.page.list.fields:
            likely.setdefault(meant, label)
    if likely:
        lines = "\n".join(f'{name} = {{ label = "{label}" }}' for name, label in likely.items())
        advice.look.append(
            "The entries' texts hold values that no field reads. Where this is right write it so (capitals do not "
            f"matter):\n[selectors.fields]\n{lines}"
        )


# -- purchasing agreements -------------------------------------------------------------------------------------


def tables(source: Source, lists: list[Document], page: Page, advice: Advice) -> None:
    """The tables of a list of purchasing agreements, heading by heading."""
    from spiders.parsers.agreements import read_selectors

    selectors = read_selectors(source.selectors)
    for document in lists:
        try:
            seen = _tables_of(source, document)
        except SourceError:
            continue  # it is told among the troubles
        leads_on = bool(selectors.file) and document.reader == "read_table"
        if not seen.landmark:
            there = f" On the page there are: {', '.join(seen.landmarks)}." if seen.landmarks else ""
            advice.mend.append(
                f'landmark = "{selectors.landmark}" under [selectors] is not on the page. It is to be an element that '
                f"is always there, and on no other page of the site.{there}"
            )
        if leads_on:
            page.fact("files", f"{selectors.file}  leads to {len(lists) - 1}")
        if seen.links and not seen.tables and not (leads_on and len(lists) > 1):
            advice.mend.append(f"The list may be in a file. file is to lead to it; links: {', '.join(seen.links)}.")
        if not leads_on:
            _tables(seen, page, advice)


def _tables_of(source: Source, document: Document) -> TablesCatch:
    from spiders import confined
    from spiders.parsers import agreement_files, catch_tables, sheets
    from spiders.parsers.agreement_files import Form
    from spiders.parsers.agreements import read_selectors

    selectors, body = read_selectors(source.selectors), document.body
    form = agreement_files.form(body, document.content_type, document.url)
    if form is Form.HTML:
        return catch_tables.in_page(body, selectors, document.url, charset(document))
    if form is Form.CSV:
        known = agreement_files.known_headings(selectors)
        return catch_tables.in_sheets([sheets.read_csv(body, selectors.charset or charset(document), known)], selectors)
    return catch_tables.in_sheets(confined.sheets(form.value, body, document.url), selectors)


def _tables(seen: TablesCatch, page: Page, advice: Advice) -> None:
    for table in seen.tables:
        if not table.of_agreements and not table.rows:
            continue  # a menu
        page.say("")
        of = "agreements, by its headings" if table.of_agreements else "NO TABLE OF AGREEMENTS by its headings"
        page.say(f"{table.place}: {of}. Rows beneath them: {table.rows}", 2)
        proposals = dict(table.proposals)
        for heading, column in table.columns:
            meant = f"not read  (perhaps {proposals[heading]}?)" if heading in proposals else "not read"
            page.fact(f'"{heading}"', column or meant, 4)
    bare = [table for table in seen.tables if not table.of_agreements and table.rows]
    if bare and not any(table.of_agreements for table in seen.tables):
        _about_headings(bare[0], advice)
    if not seen.tables and seen.elsewhere:
        advice.mend.append(
            f"No table is read. On the page there are: {', '.join(seen.elsewhere)}. Write the right one as table under "
            "[selectors], or take table out to read every one inside the landmark."
        )
    if seen.wall == "script":
        advice.mend.append(
            "The page has next to no words of its own: its list is probably put in by a script in the browser, and "
            "cannot be read like this. Ask for the list as a file."
        )


def _about_headings(table: TableCatch, advice: Advice) -> None:
    proposals = table.proposals or tuple((heading, "…") for heading, column in table.columns if not column)
    lines = "\n".join(f'"{heading}" = "{column}"' for heading, column in proposals)
    advice.mend.append(
        f"The headings of {table.place} are not known. A column area is needed, and supplier or end. Say what each "
        f"heading means. Where this is right write it so, else mend the words on the right:\n"
        f"[selectors.columns]\n{lines}"
    )


# Fields that say nothing of the source.
_OURS = frozenset({"url", "language", "cancelled", "version", "lot.lot_id", "lot.kind", "lot.translations"})


# -- what was read ---------------------------------------------------------------------------------------------


def items(tried: Tried, page: Page, advice: Advice) -> None:
    """How often each field was read, the first items as they would be kept, and every doubt."""
    if tried.read.items and tried.read.fields:
        page.heading("What each field catches")
        counts = {name: count for name, count in tried.read.fields.items() if name not in _OURS and "lots." not in name}
        always = sorted(name for name, count in counts.items() if count == tried.read.items)
        page.fact(f"in all {tried.read.items}", ", ".join(always) or "nothing")
        for name, count in sorted(counts.items(), key=lambda at: (-at[1], at[0])):
            if name not in always:
                page.fact(name, f"in {count} of {tried.read.items}")
    if tried.agreements:
        page.heading(f"The agreements, as they would be kept ({len(tried.agreements)} read)")
        _first([(_of_agreement(one), one.flags) for one in tried.agreements[:_MOST_SHOWN]], page)
    if tried.notices:
        page.heading(f"The notices, as they would be kept ({len(tried.notices)} read)")
        _first([(_of_notice(one), one.flags) for one in tried.notices[:_MOST_SHOWN]], page)
    rest: list[Agreement | Notice] = [*tried.agreements[_MOST_SHOWN:], *tried.notices[_MOST_SHOWN:]]
    later = [(one.title or one.key, flag) for one in rest for flag in one.flags]
    if later:
        page.heading("Doubts in the others")
        for title, flag in later[:_MOST_DOUBTS]:
            page.fact(shortened(title, 60), flag)
        if len(later) > _MOST_DOUBTS:
            page.say(f"and {len(later) - _MOST_DOUBTS} more", 2)
    if any(one.flags for one in tried.agreements) or any(one.flags for one in tried.notices):
        advice.look.append(
            "Where there is a doubt the value is left unknown, and readers are told so. Nothing is guessed. If the "
            "source can be written plainer, tell its publisher."
        )


def _first(shown: Iterable[tuple[Mapping[str, str], tuple[str, ...]]], page: Page) -> None:
    for number, (facts, flags) in enumerate(shown):
        if number:
            page.say("")
        for name, said in facts.items():
            page.fact(name, shortened(said) if said else "unknown")
        for flag in flags:
            page.fact("doubt", flag)


def _of_notice(notice: Notice) -> dict[str, str]:
    lot = notice.lots[0] if notice.lots else Lot("", "")
    deadlines = {
        "deadline": lot.deadline,
        "requests by": lot.participation_deadline,
        "interest by": lot.interest_deadline,
        "questions by": lot.questions_deadline,
    }
    said = {
        "key": notice.key,
        "title": notice.title,
        "buyer": " ".join(filter(None, (notice.buyer.name, notice.buyer.identifier))),
        "stage": notice.stage.value,
        "procedure": notice.procedure_type,
        "published": clock.write_day(notice.published, "en") if notice.published else "",
        **{name: clock.write_deadline(one, "en") if one else "" for name, one in deadlines.items()},
        "value": f"{lot.value.amount:,} {lot.value.currency}" if lot.value else "",
        "CPV": " ".join(filter(None, (lot.cpv_main, *lot.cpv_additional))),
        "reserved": ", ".join(lot.reserved),
        "lots": f"{len(notice.lots)}: " + "; ".join(one.title for one in notice.lots[:5])
        if len(notice.lots) > 1
        else "",
        "description": shortened(notice.description or lot.description, 120),
        "official notice": notice.publication_number or notice.notice_id,
        "withdrawn": notice.cancel_reason or "yes" if notice.cancelled else "",
        "documents": lot.documents_url if lot.documents_url != notice.url else "",
        "page": notice.url,
    }
    always = ("key", "title", "buyer", *(["deadline"] if not any(deadlines.values()) else []))
    return {name: words for name, words in said.items() if words or name in always}


def _of_agreement(agreement: Agreement) -> dict[str, str]:
    day = {name: clock.write_day(at, "en") if at else "" for name, at in _days(agreement).items()}
    value, number = agreement.value, agreement.supplier.identifier
    more = {
        "value": f"{value.amount:,} {value.currency}" if value else "",
        "CPV": " ".join(agreement.cpv),
        "buyer": agreement.buyer.name,
        "key": agreement.key,
    }
    return {
        "area": agreement.title,
        "supplier": agreement.supplier.name + (f" (CVR {number})" if number else ""),
        **day,
        "options": agreement.options,
        "contact": agreement.contact,
        **{name: said for name, said in more.items() if said},
    }


def _days(agreement: Agreement) -> dict[str, dt.date | None]:
    return {"start": agreement.start, "end": agreement.end, "latest end": agreement.latest_end}


# -- what was not read -----------------------------------------------------------------------------------------

_UNREAD = {
    "page": "Read it by a field if it says something of a tender. Else list it, so that only what is new is signalled: "
    "an element under ignore, a label (it stands in quotation marks) under ignore_labels.",
    "agreements": "A column: say what it is under [selectors.columns], or put its heading under ignore. Other places "
    "are text beside the table; look whether it says something of the agreements.",
    "feed": "An element of an entry: read it by a field whose label is its name, such as deadline = { label = "
    '"frist" } under [selectors.fields], or put its name under ignore.',
}
_UNREAD_ELSE = (
    "Nothing can be done about this in the source's file. If it says something of a tender, tell the program's keeper."
)


def unread(source: Source, tried: Tried, page: Page) -> None:
    """What stands there and nobody read."""
    if not tried.read.unread:
        return
    from spiders.parsers import catch, catch_tables

    page.heading("What stands there and was not read")
    places = sorted(tried.read.unread.items(), key=lambda at: -at[1])
    for place, count in places[:_MOST_LEFT]:
        label = re.search(r'"([^"]+)"$|^entry: (.+)$', place)
        named = (label[1] or label[2]).casefold() if label else ""
        column = place.startswith("column ") and source.kind == "agreements"
        meant = catch_tables.meaning(named) if named and column else catch.meaning(named) if named else ""
        page.fact(f"{count} time{'s' if count > 1 else ''}", place + (f"  (perhaps {meant}?)" if meant else ""))
    if len(places) > _MOST_LEFT:
        page.say(f"and {len(places) - _MOST_LEFT} places more", 2)
    page.say(_UNREAD.get(source.kind, _UNREAD_ELSE), 2)


def shortened(words: str, most: int = 240) -> str:
    """Words on one line. They were cleaned when they were read: cleaning an address again would change it."""
    line = " / ".join(part for part in words.split("\n") if part)
    return line if len(line) <= most else f"{line[: most - 1]}…"


def charset(document: Document) -> str:
    """The charset that an answer was called with, "" where it was not."""
    match = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", document.content_type, re.IGNORECASE)
    return match[1] if match else ""
