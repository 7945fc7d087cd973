"""The effects report: a page per quarter, with its figures as files, and a note per year.

    effekt.html                 what this is, and all that is told
    effekt/2026-4.html, .json   a quarter, and its figures for programs
    effekt/2026-4/steps.csv     each of its tables
    effekt/2026-aar.html        the note on a year for the political committee, with its table beside it

What is told was counted once and is kept (telling.py); its files are made of that alone, and remain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import msgspec

from notifier.effects.counting import Step, month_of
from notifier.effects.quarters import Figures, Quarter, Year, quarter_of, years
from notifier.effects.speech import Speech
from notifier.effects.tables import as_csv
from notifier.effects.told import TABLES, YEAR_TABLES, note, quarter_sections, quarter_table, year_table
from notifier.phrases import local_day
from notifier.site.documents import Document, Edition, whole
from notifier.site.reader import Reader
from notifier.site.rendering import Head, in_language, render_page
from notifier.site.sections.section import Section
from notifier.words import LANGUAGES

PAGE, FOLDER = "effekt.html", "effekt"
_AHEAD = 8  # quarters


def _documents(edition: Edition) -> Iterator[Document]:
    marks = [edition.key(one) for one in edition.told]
    for told, mark in zip(edition.told, marks, strict=True):
        key = edition.key("report.json", mark)
        yield whole(_path(told.quarter.key, ".json"), key, partial(_json, told))
    for one in edition.readers:
        for number, (told, mark) in enumerate(zip(edition.told, marks, strict=True)):
            before = edition.told[number - 1].quarter if number else None
            yield from _quarter(edition, one, told, mark, before)
        for year in years(edition.told):
            yield from _year(edition, one, year, edition.key(year))
        yield _index(edition, one, marks)


def _path(key: str, ending: str) -> str:
    return f"{FOLDER}/{key}{ending}"


def _json(told: Figures) -> bytes:
    return msgspec.json.format(msgspec.json.encode(told, order="deterministic"), indent=1)


# -- a quarter ---------------------------------------------------------------------------------------------------------


def _quarter(edition: Edition, one: Reader, told: Figures, mark: bytes, before: Quarter | None) -> Iterator[Document]:
    name = told.quarter.key
    for table in TABLES:
        path = in_language(_path(name, f"/{table}.csv"), one.language)
        key = edition.key("report.csv", one.language, table, mark)
        yield whole(path, key, partial(_quarter_file, told, table, one))
    path = in_language(_path(name, ".html"), one.language)
    key = edition.key("report.quarter", one.language, mark, before.key if before else "")
    yield whole(path, key, partial(_quarter_page, edition, one, told, before))


def _quarter_file(told: Figures, table: str, one: Reader) -> bytes:
    return as_csv(quarter_table(told, table, one.w))


def _quarter_page(edition: Edition, one: Reader, told: Figures, before: Quarter | None) -> bytes:
    w, quarter, speech = one.w, told.quarter, Speech(one.w)
    description = w(
        "report.quarter_description",
        count=told.total(Step.FOUND),
        marked=speech.number(told.total(Step.MARKED)),
        mailed=speech.number(told.total(Step.MAILED)),
        span=speech.span_words(quarter.span),
    )
    head = Head(f"{_name(quarter, one)} – {edition.town.name}", description, here=PAGE)
    return render_page(
        "report_quarter",
        _path(quarter.key, ".html"),
        head,
        edition.town,
        one,
        edition.door,
        title=_name(quarter, one),
        key=quarter.key,
        span=speech.span_words(quarter.span),
        told_on=w("report.told_on", day=one.day(local_day(told.told_at))),
        before=(before.key, _name(before, one)) if before else None,
        sections=quarter_sections(told, w),
    )


def _name(quarter: Quarter, one: Reader) -> str:
    return one.w("report.quarter_title", number=quarter.number, year=quarter.year)


# -- a year ------------------------------------------------------------------------------------------------------------


def _year(edition: Edition, one: Reader, year: Year, mark: bytes) -> Iterator[Document]:
    for table in YEAR_TABLES:
        path = in_language(_path(year.key, f"/{table}.csv"), one.language)
        key = edition.key("report.csv", one.language, table, mark)
        yield whole(path, key, partial(_year_file, year, table, one))
    path = in_language(_path(year.key, ".html"), one.language)
    yield whole(path, edition.key("report.year", one.language, mark), partial(_year_page, edition, one, year))


def _year_file(year: Year, table: str, one: Reader) -> bytes:
    return as_csv(year_table(year, table, one.w))


def _year_page(edition: Edition, one: Reader, year: Year) -> bytes:
    title = one.w("report.year_title", year=year.year)
    head = Head(f"{title} – {edition.town.name}", one.w("report.note_about"), here=PAGE, kind="article")
    quarters = [(told.quarter.key, one.w("report.quarter_short", number=told.quarter.number, year=year.year))
                for told in year.quarters]  # fmt: skip
    return render_page(
        "report_year",
        _path(year.key, ".html"),
        head,
        edition.town,
        one,
        edition.door,
        title=title,
        key=year.key,
        note=note(year, one.w),
        quarters=quarters,
    )


# -- all of them -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    """A quarter in the list of all."""

    path: str
    name: str
    span: str
    counts: str


def _index(edition: Edition, one: Reader, marks: list[bytes]) -> Document:
    coming = edition.told[-1].quarter.following if edition.told else quarter_of(month_of(edition.now))
    key = edition.key("report", one.language, marks, coming.key)
    return whole(in_language(PAGE, one.language), key, partial(_page, edition, one, coming))


def _page(edition: Edition, one: Reader, coming: Quarter) -> bytes:
    w, speech = one.w, Speech(one.w)
    head = Head(
        f"{w('report.title')} – {edition.town.name}", w("report.description", town=edition.town.name), here=PAGE
    )
    next_one = w(
        "report.coming" if edition.told else "report.first_coming",
        span=speech.span_words(coming.span),
        day=one.day(coming.last_day),
    )
    return render_page(
        "report",
        PAGE,
        head,
        edition.town,
        one,
        edition.door,
        coming=next_one,
        years=[
            (_path(year.key, ".html"), w("report.note_link", year=year.year)) for year in reversed(years(edition.told))
        ],
        rows=[_row(told, one, speech) for told in reversed(edition.told)],
    )


def _row(told: Figures, one: Reader, speech: Speech) -> _Row:
    counts = one.w(
        "report.row_counts",
        count=told.total(Step.FOUND),
        marked=speech.number(told.total(Step.MARKED)),
        mailed=speech.number(told.total(Step.MAILED)),
    )
    quarter = told.quarter
    return _Row(_path(quarter.key, ".html"), _name(quarter, one), speech.span_words(quarter.span), counts)


# -- what is not told --------------------------------------------------------------------------------------------------


def _gone(edition: Edition) -> Iterator[str]:
    """Files of the quarter that runs and of some after it: only a clock that went wrong can have written them."""
    quarter = quarter_of(month_of(edition.now))
    for _ in range(_AHEAD):
        yield _path(quarter.key, ".json")
        for language in LANGUAGES:
            for key, tables in ((quarter.key, TABLES), (f"{quarter.year}-aar", YEAR_TABLES)):
                yield in_language(_path(key, ".html"), language)
                yield from (in_language(_path(key, f"/{table}.csv"), language) for table in tables)
        quarter = quarter.following


SECTION = Section(
    r"effekt(?:\.html|/\d{4}-(?:[1-4]|aar)(?:\.html|\.json|/[a-z-]{1,40}\.csv))",
    _documents,
    permanent=True,
    gone=_gone,
)
