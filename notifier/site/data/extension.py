"""Our mark as an extension of the Open Contracting Data Standard: what packages that name it are validated by."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from notifier.cells import csv_row, text_cell
from notifier.lots import Verdict
from notifier.site.data.telling import Teller, fit
from notifier.site.documents import Edition
from notifier.site.rendering import address
from notifier.words import words

FOLDER = "data/ocds/extension/"
VERDICTS, CRITERIA, DEMANDS, TRADES = (
    "guidingMarkVerdict.csv",
    "guidingMarkCriterion.csv",
    "guidingMarkDemand.csv",
    "guidingMarkTrade.csv",
)
Schema = dict[str, Any]


def files(edition: Edition, teller: Teller) -> Iterator[tuple[str, bytes]]:
    """The extension's files, each with its path."""
    yield f"{FOLDER}extension.json", _json(_about(teller))
    yield f"{FOLDER}release-schema.json", _json(SCHEMA)
    yield f"{FOLDER}README.md", _readme(teller).encode("utf-8")
    for name, rows in _codelists(edition).items():
        yield f"{FOLDER}codelists/{name}", _codelist(rows)


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def _about(teller: Teller) -> Schema:
    town = teller.town
    return {
        "name": {"en": "Guiding mark"},
        "description": {
            "en": "Says of a lot whether it may suit a social enterprise, why, and what it demands of bidders; "
            "and where the facts of a release come from."
        },
        "documentationUrl": {"en": address(town, "en/data.html")},
        "contactPoint": {"name": fit(town.name), "email": fit(town.contact)},
        "compatibility": ["1.1"],
        "schemas": ["release-schema.json"],
        "codelists": [VERDICTS, CRITERIA, DEMANDS, TRADES],
    }


def _field(title: str, description: str, kind: str, **more: object) -> Schema:
    return {"title": title, "description": description, "type": [kind, "null"], **more}


def _list_of(title: str, description: str, definition: str) -> Schema:
    items = {"$ref": f"#/definitions/{definition}"}
    return {"title": title, "description": description, "type": "array", "items": items, "wholeListMerge": True}


def _codes(title: str, description: str, codelist: str) -> Schema:
    items = {"type": "string", "minLength": 1}
    return _field(title, description, "array", items=items, codelist=codelist, openCodelist=True, uniqueItems=True)


def _reference(title: str, description: str, definition: str) -> Schema:
    return {"title": title, "description": description, "$ref": f"#/definitions/{definition}"}


def _object(title: str, description: str, properties: Schema) -> Schema:
    return {"title": title, "description": description, "type": "object", "properties": properties, "minProperties": 1}


_VERDICT_CODES = [verdict.value for verdict in Verdict if verdict is not Verdict.UNSUITABLE]
_QUOTE = _field(
    "Quote", "The words or the code, as they stand in the notice; persons and addresses are left out.", "string"
)
_PLACE = _field("Field", "The field of the lot or notice in which it was found.", "string")

SCHEMA: Schema = {
    "properties": {
        "provenance": _list_of("Provenance", "The notices that the facts of the release come from.", "Provenance")
    },
    "definitions": {
        "Lot": {
            "properties": {
                "guidingMark": _reference(
                    "Guiding mark",
                    "The publisher's mark: whether the lot may suit a social enterprise. It guides readers; it neither "
                    "assesses a bidder nor gives an advantage. A lot without one is told beside others of its tender.",
                    "GuidingMark",
                )
            }
        },
        "Period": {
            "properties": {
                "duration": _field(
                    "Duration", "The length as published: a duration of ISO 8601, such as P24M.", "string"
                )
            }
        },
        "GuidingMark": _object(
            "Guiding mark",
            "Whether a lot may suit a social enterprise, and why.",
            {
                "verdict": _field(
                    "Verdict",
                    "What the mark says.",
                    "string",
                    codelist=VERDICTS,
                    openCodelist=False,
                    enum=[*_VERDICT_CODES, None],
                ),
                "trades": _codes("Trades", "Kinds of work that the lot is about.", TRADES),
                "evidence": _list_of("Evidence", "What the verdict stands on.", "GuidingMarkEvidence"),
                "demands": _list_of("Demands", "What the buyer asks of a bidder.", "GuidingMarkDemand"),
                "valuePerYear": _reference(
                    "Value per year", "The lot's value for one year without VAT, as the publisher reckons it.", "Value"
                ),
                "note": _field("Note", "What must be said wherever the mark is shown.", "string"),
                "note_da": _field("Note in Danish", "The same in Danish.", "string"),
                "url": _field("Page", "The lot's page.", "string", format="uri"),
                "license": _field("Licence", "The licence of the mark.", "string", format="uri"),
            },
        ),
        "GuidingMarkEvidence": _object(
            "Evidence",
            "A criterion that the lot meets, and where.",
            {
                "criterion": _field("Criterion", "Which one.", "string", codelist=CRITERIA, openCodelist=True),
                "speaksFor": _field("Speaks for", "Whether it speaks for the lot; otherwise against it.", "boolean"),
                "field": _PLACE,
                "quote": _QUOTE,
                "trade": _field(
                    "Trade", "The kind of work it points to.", "string", codelist=TRADES, openCodelist=True
                ),
            },
        ),
        "GuidingMarkDemand": _object(
            "Demand",
            "Something that the buyer asks of a bidder.",
            {
                "kind": _field("Kind", "What is asked for.", "string", codelist=DEMANDS, openCodelist=True),
                "field": _PLACE,
                "quote": _QUOTE,
                "amount": _reference("Amount", "The amount that is asked for.", "Value"),
            },
        ),
        "Provenance": _object(
            "Provenance",
            "A notice, its source, and the licence of the source.",
            {
                "source": _field("Source", "The publisher's own name of the source.", "string"),
                "name": _field("Name", "What readers call the source.", "string"),
                "notice": _field("Notice", "The notice at its source.", "string", format="uri"),
                "license": _field("Licence", "Under which the source lets its notices be used again.", "string"),
                "licenseUrl": _field("Licence URL", "Where the source says so.", "string", format="uri"),
            },
        ),
    },
}

# -- code lists ----------------------------------------------------------------------------------------------------

_VERDICT_ROWS = (
    (
        "reserved",
        "Reserved",
        "Participation or performance is reserved by law (directive 2014/24/EU, articles 20 and 77).",
    ),
    ("suitable", "Relevant", "The work is of a kind that social enterprises do, and its size and demands allow it."),
    ("possible", "Maybe", "It may suit, for example as a subcontractor."),
)
_CRITERION, _DEMAND = "site.criterion_", "common.demand_"


def _codelists(edition: Edition) -> dict[str, list[tuple[str, str, str]]]:
    w = words("en")
    criteria = [(key.removeprefix(_CRITERION), w(key)) for key in sorted(w.names()) if _plain(key, _CRITERION)]
    demands = [(key.removeprefix(_DEMAND), w(key)) for key in sorted(w.names()) if _plain(key, _DEMAND)]
    return {
        VERDICTS: list(_VERDICT_ROWS),
        CRITERIA: [(code, title, title) for code, title in criteria],
        DEMANDS: [(code, title, title) for code, title in demands],
        TRADES: [(fit(one.key), fit(one.name_en), fit(one.name_da)) for one in edition.trades],
    }


def _plain(key: str, prefix: str) -> bool:
    """A phrase of that kind in which nothing is filled in."""
    return key.startswith(prefix) and "{" not in words("en")(key)


def _codelist(rows: Iterable[tuple[str, str, str]]) -> bytes:
    lines = [("Code", "Title", "Description"), *rows]
    return "".join(csv_row(text_cell(cell) for cell in line) for line in lines).encode("utf-8")


def _readme(teller: Teller) -> str:
    lines = [
        "# Guiding mark",
        "",
        "An extension of the Open Contracting Data Standard 1.1. It adds to a lot the publisher's mark: whether the "
        "lot may suit a social enterprise, why, and what it demands of bidders; and to a release where its facts come "
        "from.",
        "",
        f"Published by {fit(teller.town.name)}: {address(teller.town, 'en/data.html')}",
        "",
        f"> {words('en')('common.guiding')}",
        "",
        "A lot without a mark is told because another lot of its tender has one. Nothing follows for it from that.",
        "",
    ]
    for name, definition in SCHEMA["definitions"].items():
        lines += [f"## {name}", ""]
        lines += [
            f"- `{field}` – {about['title']}: {about['description']}"
            for field, about in definition["properties"].items()
        ]
        lines.append("")
    lines += ["## Release", ""]
    lines += [
        f"- `{field}` – {about['title']}: {about['description']}" for field, about in SCHEMA["properties"].items()
    ]
    return "\n".join(lines) + "\n"
