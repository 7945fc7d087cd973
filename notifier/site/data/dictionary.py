"""What every column means: for people in their language, and for programs as a Data Package (Frictionless)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from notifier.site.data.columns import AGREEMENT_COLUMNS, DAY, LIST, LOT_COLUMNS, MOMENT, STRING, TABLE, Column
from notifier.site.data.records import as_json
from notifier.site.data.telling import Teller, fit
from notifier.site.rendering import address
from notifier.site.signs import PACKAGE
from notifier.words import words


@dataclass(frozen=True, slots=True)
class Entry:
    """A column as the page has it."""

    name: str
    meaning: str
    type: str
    unit: str
    bt: str
    example: str


@dataclass(frozen=True, slots=True)
class File:
    """A file to fetch; `name` is a key of the texts (opendata.file_NAME)."""

    name: str
    path: str  # below data/
    media: str

    @property
    def kind(self) -> str:
        """What it holds: lots, or agreements."""
        return self.path.partition(".")[0]

    @property
    def form(self) -> str:
        """csv or jsonl."""
        return self.path.partition(".")[2]


FILES = (
    File("lots_csv", "lots.csv", "text/csv"),
    File("lots_jsonl", "lots.jsonl", "application/jsonl"),
    File("agreements_csv", "agreements.csv", "text/csv"),
    File("agreements_jsonl", "agreements.jsonl", "application/jsonl"),
)
COLUMNS: Mapping[str, Sequence[Column[Any]]] = {"lots": LOT_COLUMNS, "agreements": AGREEMENT_COLUMNS}


def meaning(kind: str, column: Column[Any], language: str) -> str:
    """What a column of lots or agreements means."""
    w, own = words(language), f"opendata.{kind}_{column.name}"
    return w(own if own in w else f"opendata.field_{column.name}")


def entries(kind: str, language: str) -> tuple[Entry, ...]:
    """The dictionary of `lots` or `agreements` for readers of a language."""
    w = words(language)
    return tuple(
        Entry(
            name=column.name,
            meaning=meaning(kind, column, language),
            type=w(f"opendata.type_{column.type}"),
            unit=w(f"opendata.unit_{column.unit}") if column.unit else "",
            bt=column.bt,
            example=column.example if isinstance(column.example, str) else as_json(column.example),
        )
        for column in COLUMNS[kind]
    )


def data_package(teller: Teller, created: str = "") -> bytes:
    """datapackage.json beside the files; `created` is the moment of a snapshot.

    No licence holds for all of it: its place is taken by the page that says which one holds for what. Where programs
    read a source from may be no address for people, so sources have none here; each record leads to its own.
    """
    town, w, page = teller.town, words("en"), address(teller.town, "en/data.html")
    package = {
        "profile": "data-package",
        "name": PACKAGE,
        "title": fit(w("opendata.dataset", town=town.name)),
        "description": w("opendata.dataset_description"),
        "homepage": page,
        "created": created or None,
        "licenses": [{"title": w("opendata.licence_each"), "path": f"{page}#licens"}],
        "sources": [{"title": teller.source_name(key)} for key in teller.sources] or None,
        "contributors": [{"title": fit(town.name), "role": "publisher"}],
        "resources": [_resource(file) for file in FILES],
    }
    return (as_json({name: value for name, value in package.items() if value is not None}) + "\n").encode("utf-8")


def _resource(file: File) -> dict[str, Any]:
    fields = [_field(file.kind, column, flat=file.form == "csv") for column in COLUMNS[file.kind]]
    return {
        "name": f"{file.kind}-{file.form}",
        "path": file.path,
        "format": file.form,
        "mediatype": file.media,
        "encoding": "utf-8",
        "schema": {"fields": fields, "missingValues": [""], "primaryKey": "id"},
    }


def _field(kind: str, column: Column[Any], *, flat: bool) -> dict[str, Any]:
    """A field of Table Schema; lists and tables are text in CSV. Unit and term are properties of our own."""
    type_ = "array" if column.type == TABLE else column.type
    made: dict[str, Any] = {
        "name": column.name,
        "type": STRING if flat and type_ == LIST else type_,
        "description": meaning(kind, column, "en"),
    }
    if column.type in (DAY, MOMENT):
        made["format"] = "any" if column.type == MOMENT else "default"
    if column.required:
        made["constraints"] = {"required": True}
    if column.bt:
        made["eforms"] = column.bt
    if column.unit:
        made["unit"] = words("en")(f"opendata.unit_{column.unit}")
    if column.type not in (LIST, TABLE):
        made["example"] = column.example
    return made
