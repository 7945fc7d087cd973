"""The shapes of pages that towns are written out in, and how each is described to the program.

Every shape is one that content systems of municipalities really have: cards with pages behind them, a plain table,
prose with labels in it, a table of agreements, and the two portals whose lists the program knows by itself. The words
around the list (menu, breadcrumb, a box of contacts, a foot) are there as on real pages, and nobody reads them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from notifier.clock import MONTHS
from notifier.config import Expect, Source
from tests.prove.towns import Entry, Town

HOST = "https://by.example"


@dataclass(frozen=True)
class Shape:
    """A kind of page: its source's file, and how it is written. `pages` gives address -> HTML; the list is first."""

    name: str
    source: Source
    pages: Callable[[Town], dict[str, str]]
    agreements: bool = False


def _day(day: dt.date) -> str:
    return f"{day.day}. {MONTHS['da'][day.month - 1]} {day.year}"


def _kroner(amount: int) -> str:
    return f"{amount:,} kr.".replace(",", ".")


def _deadline(entry: Entry, time: str = "") -> str:
    """The deadline as it stands on a page, perhaps in words that nobody can read."""
    return entry.vague or (f"{_day(entry.deadline)}{time}" if entry.deadline else "")


def _frame(title: str, main: str, language: str = "da") -> str:
    """A page of the town around its content."""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{escape(title)} - Eksempel Kommune</title>"
        '<link rel="stylesheet" href="/stil.css"></head><body class="side">'
        '<header class="top"><a href="/" class="logo">Eksempel Kommune</a><nav class="menu"><ul><li><a href="/borger">'
        'Borger</a></li><li><a href="/erhverv">Erhverv</a></li></ul></nav></header>'
        f'{main}<footer class="bund"><p>Eksempel Kommune, Torvet 1</p></footer>'
        '<script src="/app.js"></script></body></html>'
    )


def _labelled(entry: Entry) -> list[tuple[str, str]]:
    """The labels and values of a tender's page, with what nobody configured among them."""
    rows: list[tuple[str, object]] = [
        ("Sagsnr.", entry.case),
        ("Tilbudsfrist", _deadline(entry, " kl. 12.00")),
        ("Frist for spørgsmål", _day(entry.questions) if entry.questions else ""),
        ("Anslået værdi", _kroner(entry.value) if entry.value else ""),
        ("Varighed", entry.duration),
        ("Sted", entry.place),
        ("CPV-kode", entry.cpv),
        ("Forbeholdt", entry.reserved),
        *entry.odd,
    ]
    return [(label, str(value)) for label, value in rows if value]


# -- cards with pages behind them --------------------------------------------------------------------------------------


def _cards(town: Town) -> dict[str, str]:
    def card(entry: Entry) -> str:
        shown = _deadline(entry)
        deadline = f'<p class="frist">Frist: <time>{shown}</time></p>' if shown else ""
        return (
            f'<article class="udbud"><h2 class="titel"><a href="/udbud/{entry.number}">{escape(entry.title)}</a></h2>'
            f'<p class="sag">Sagsnr. {entry.case}</p>{deadline}'
            f'<p class="resume">{escape(entry.description[0])}</p></article>'
        )

    def detail(entry: Entry) -> str:
        facts = "".join(f"<dt>{label}</dt><dd>{escape(value)}</dd>" for label, value in _labelled(entry)[1:])
        asides = "".join(f"<p>{escape(words)}</p>" for words in entry.asides)
        lots = "".join(
            f'<section class="delaftale"><h3>Delaftale {at}: <span class="navn">{escape(name)}</span></h3>'
            f"<dl><dt>Værdi</dt><dd>{_kroner(value)}</dd></dl></section>"
            for at, (name, value) in enumerate(entry.lots, 1)
        )
        text = "".join(f"<p>{escape(words)}</p>" for words in entry.description)
        return _frame(
            entry.title,
            f'<main class="indhold"><ol class="sti"><li>Forside</li><li>Udbud</li></ol><article class="udbudsside"><h1>'
            f'{escape(entry.title)}</h1><p class="sag">Sagsnr. {entry.case}</p><div class="tekst">{text}</div>'
            f'<dl class="fakta">{facts}</dl>{asides}{lots}<a class="materiale" href="/materiale/{entry.number}">'
            'Udbudsmateriale</a><div class="del">Del siden</div></article></main>',
            "en" if entry.foreign else "da",
        )

    found = {f"{HOST}/udbud": _list_page(town, "udbud", [card(entry) for entry in town.entries])}
    return found | {f"{HOST}/udbud/{entry.number}": detail(entry) for entry in town.entries}


def _list_page(town: Town, name: str, rows: list[str], pager: str = "") -> str:
    said = f"<p>{escape(town.announcement)}</p>" if town.announcement else ""
    none = "" if rows else '<p class="tom">Der er ingen aktuelle udbud.</p>'
    return _frame(
        "Udbud",
        f'<main id="{name}" class="indhold"><h1>Aktuelle udbud</h1><p class="intro">Her kan du se kommunens udbud.</p>'
        f'{said}<div class="liste">{"".join(rows)}</div>{none}{pager}<aside class="boks"><h2>Kontakt</h2>'
        "<p>Indkøb og Udbud</p></aside></main>",
    )


_CARDS = {
    "list": {
        "landmark": "main#udbud",
        "row": "article.udbud",
        "link": "h2 a",
        "container": "div.liste",
        "empty_text": ["ingen aktuelle udbud"],
        "fields": {"case": {"css": "p.sag", "after": "Sagsnr."}, "deadline": "p.frist time"},
        "ignore": ["p.resume"],
    },
    "detail": {
        "landmark": "article.udbudsside",
        "lot": "section.delaftale",
        "fields": {
            "title": "h1",
            "description": "div.tekst",
            "deadline": {"label": "Tilbudsfrist"},
            "questions_deadline": {"label": "Frist for spørgsmål"},
            "value": {"label": "Anslået værdi"},
            "duration": {"label": "Varighed"},
            "place": {"label": "Sted"},
            "cpv": {"label": "CPV-kode"},
            "reserved": {"label": "Forbeholdt"},
            "documents_url": "a.materiale",
        },
        "lot_fields": {
            "lot_id": {"css": "h3", "pattern": "Delaftale (\\d+)"},
            "title": "h3 .navn",
            "value": {"label": "Værdi"},
        },
    },
}

# -- a plain table -----------------------------------------------------------------------------------------------------


def _table(town: Town) -> dict[str, str]:
    def row(entry: Entry) -> str:
        words = " ".join([*entry.asides, *(f"{label}: {value}" for label, value in entry.odd)])
        cells = (
            entry.case,
            f'<a href="/kommende/{entry.number}">{escape(entry.title)}</a>',
            _day(entry.published) if entry.published else "",
            _deadline(entry),
            _kroner(entry.value) if entry.value else "",
            entry.place,
            f"{entry.buyer}",
            escape(words),
        )
        return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"

    heads = ("Sag", "Opgave", "Annonceret", "Frist", "Værdi", "Sted", "Ordregiver", "Noter")
    head = f"<tr>{''.join(f'<th>{name}</th>' for name in heads)}</tr>"
    rows = "".join(row(entry) for entry in town.entries)
    table = f'<table class="udbud"><thead>{head}</thead><tbody>{rows}</tbody></table>' if rows else ""
    return {f"{HOST}/kommende": _list_page(town, "kommende", [table] if table else [])}


_TABLE = {
    "list": {
        "landmark": "main#kommende",
        "row": "table.udbud tbody tr",
        "link": "td:nth-of-type(2) a",
        "empty_text": ["ingen aktuelle udbud"],
        "fields": {
            "case": {"column": "Sag"},
            "title": {"column": "Opgave"},
            "published": {"column": "Annonceret"},
            "deadline": {"column": "Frist"},
            "value": {"column": "Værdi"},
            "place": {"column": "Sted"},
            "buyer": {"column": "Ordregiver"},
            "additional_information": {"column": "Noter"},
        },
    },
}

# -- prose with labels in it, over several list pages ------------------------------------------------------------------

_A_PAGE = 5


def _prose(town: Town) -> dict[str, str]:
    def row(entry: Entry) -> str:
        return (
            f'<li class="emne"><a class="emne-link" href="/opgaver/{entry.number}">{escape(entry.title)}</a>'
            f'<span class="dato">{_day(entry.published) if entry.published else ""}</span></li>'
        )

    def detail(entry: Entry) -> str:
        facts = "".join(f"<p><strong>{label}:</strong> {escape(value)}</p>" for label, value in _labelled(entry))
        text = "".join(f"<p>{escape(words)}</p>" for words in entry.description)
        asides = "".join(f"<p>{escape(words)}</p>" for words in entry.asides)
        return _frame(
            entry.title,
            f'<div class="side-indhold"><h1 class="overskrift">{escape(entry.title)}</h1>'
            f'<div class="broed">{text}</div><div class="oplysninger">{facts}</div>'
            f'{asides}<div class="deling">Del</div></div>',
            "en" if entry.foreign else "da",
        )

    batches = [town.entries[at : at + _A_PAGE] for at in range(0, len(town.entries), _A_PAGE)] or [[]]
    found = {}
    for at, batch in enumerate(batches, 1):
        address = f"{HOST}/opgaver" + (f"?side={at}" if at > 1 else "")
        onward = f'<a class="naeste" href="/opgaver?side={at + 1}">Næste</a>' if at < len(batches) else ""
        rows = [f'<ul class="emner">{"".join(row(entry) for entry in batch)}</ul>'] if batch else []
        found[address] = _list_page(town, "opgaver", rows, f'<div class="sider">{onward}</div>')
    return found | {f"{HOST}/opgaver/{entry.number}": detail(entry) for entry in town.entries}


_PROSE = {
    "list": {
        "landmark": "main#opgaver",
        "row": "li.emne",
        "link": "a.emne-link",
        "next": "a.naeste",
        "empty_text": ["ingen aktuelle udbud"],
        "fields": {"published": "span.dato"},
    },
    "detail": {
        "landmark": "div.side-indhold",
        "fields": {
            "title": "h1.overskrift",
            "description": "div.broed",
            "deadline": {"label": "Tilbudsfrist"},
            "questions_deadline": {"label": "Frist for spørgsmål"},
            "value": {"label": "Anslået værdi"},
            "duration": {"label": "Varighed"},
            "place": {"label": "Sted"},
            "cpv": {"label": "CPV-kode"},
            "reserved": {"label": "Forbeholdt"},
        },
    },
}

# -- agreements --------------------------------------------------------------------------------------------------------


def _agreements(town: Town) -> dict[str, str]:
    heads = ("Aftalenr.", "Aftaleområde", "Leverandør", "Gyldig fra", "Udløb", "Option", "Kontakt", "Bemærkninger")

    def row(entry: Entry) -> str:
        words = " ".join([*entry.asides, *(f"{label}: {value}" for label, value in entry.odd)])
        cells = (
            f"A-{entry.number}",
            escape(entry.title),
            entry.supplier,
            _day(entry.start) if entry.start else "",
            _day(entry.end) if entry.end else "",
            entry.options,
            entry.contact,
            escape(words),
        )
        return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"

    said = f"<p>{escape(town.announcement)}</p>" if town.announcement else ""
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    rows = "".join(row(entry) for entry in town.entries)
    table = f'<table class="aftaler"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    body = table if rows else "<p>Ingen aftaler</p>"
    main = f'<main id="aftaler"><h1>Indkøbsaftaler</h1><p class="intro">Kommunens aftaler.</p>{said}{body}</main>'
    return {f"{HOST}/aftaler": _frame("Indkøbsaftaler", main)}


_AGREEMENTS = {
    "landmark": "main#aftaler",
    "table": "table.aftaler",
    "empty_text": ["Ingen aftaler"],
    "ignore": ["Bemærkninger"],
}

# -- portals -----------------------------------------------------------------------------------------------------------


def _eusupply(town: Town) -> dict[str, str]:
    heads = ("Quote/tender ID", "Reference", "Name", "Date of publication", "Response deadline", "Process", "Buyers")

    def row(entry: Entry) -> str:
        link = f"/app/rfq/publicpurchase_frameset.asp?PID={entry.number}&amp;B=EKSEMPEL"
        deadline = f"{entry.deadline:%d-%m-%Y} 12:00" if entry.deadline else ""
        cells = (
            str(entry.number),
            entry.case,
            f'<a href="{link}">{escape(entry.title)}</a>',
            f"{entry.published:%d-%m-%Y}",
            f'<div data-original-title="{deadline}">{deadline}</div>',
            "Open procedure" if entry.number % 3 else "Restricted procedure",
            entry.buyer,
            "Denmark",
        )
        return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"

    head = "".join(f"<th>{name}</th>" for name in (*heads, "Countries"))
    rows = "".join(row(entry) for entry in town.entries)
    empty = '<tr><td colspan="8">No tenders found</td></tr>'
    table = f'<table class="list"><thead><tr>{head}</tr></thead><tbody>{rows or empty}</tbody></table>'
    return {f"{HOST}/ctm/supplier/publictenders?B=EKSEMPEL": _frame("Tenders", f'<div id="main">{table}</div>')}


def _comdia(town: Town) -> dict[str, str]:
    found = {}
    rows = []
    for at, entry in enumerate(town.entries, 1):
        link = f"tenderinformationshow.aspx?Id={entry.number}&amp;List=0"
        rows.append(f'<tr><td>{at}</td><td><a href="{link}">{escape(entry.title)}</a></td></tr>')
        asides = "".join(f"<p>{escape(words)}</p>" for words in entry.asides)
        found[f"{HOST}/eksempel/tenderinformationshow.aspx?Id={entry.number}&List=0"] = _frame(
            entry.title,
            f'<div id="main"><h1>{escape(entry.title)}</h1><p>Log in to see the documents.</p>{asides}</div>',
        )
    body = f'<table class="grid"><tr><th>Nr.</th><th>Titel</th></tr>{"".join(rows)}</table>' if rows else ""
    words = body or "<p>Ingen aktuelle udbud</p>"
    listed = _frame("Udbud", f'<div id="main"><h1>Aktuelle udbud</h1>{words}</div>')
    return {f"{HOST}/eksempel/aktuelleudbud.aspx": listed} | found


# -- all of them -------------------------------------------------------------------------------------------------------


def _source(id: str, kind: str, path: str, **more: Any) -> Source:
    return Source(id, kind, "Eksempel Kommune", HOST + path, expect=Expect(0, 5000), **more)


def _fresh(raw: Mapping[str, Any]) -> dict[str, Any]:
    copied: dict[str, Any] = json.loads(json.dumps(raw))
    return copied


SHAPES = (
    Shape("page: cards", _source("cards", "page", "/udbud", selectors=_fresh(_CARDS)), _cards),
    Shape("page: table", _source("table", "page", "/kommende", selectors=_fresh(_TABLE)), _table),
    Shape("page: prose", _source("prose", "page", "/opgaver", selectors=_fresh(_PROSE)), _prose),
    Shape(
        "agreements", _source("aftaler", "agreements", "/aftaler", selectors=_AGREEMENTS), _agreements, agreements=True
    ),
    Shape(
        "eusupply",
        _source(
            "eusupply",
            "eusupply",
            "/ctm/supplier/publictenders?B=EKSEMPEL",
            filter={"form": "html", "brand": "EKSEMPEL"},
        ),
        _eusupply,
    ),
    Shape("comdia", _source("comdia", "comdia", "/eksempel/aktuelleudbud.aspx", max_pages=5000), _comdia),
)
