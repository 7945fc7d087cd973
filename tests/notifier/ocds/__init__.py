"""The Open Contracting Data Standard as a JSON Schema, from the facts in fields.tsv."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from notifier.site.data.extension import SCHEMA

Schema = dict[str, Any]
_NUMBERS = {"minLength", "minItems", "minProperties", "minimum", "maximum"}


def schema(of: str = "Package") -> Schema:
    """Of a package, with the registered extensions and our own applied (RFC 7396). No other field is allowed: the
    standard would ignore one, and we would not notice that it is misspelt."""
    definitions: dict[str, Schema] = {}
    for line in (Path(__file__).parent / "fields.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, field, *rest = line.split("\t")
            _add(definitions, name, field, *[*rest, "", ""][:2])
    merged = _merged({"definitions": definitions}, SCHEMA)
    _merge_root(merged["definitions"]["Release"], SCHEMA)
    for definition in merged["definitions"].values():
        definition["additionalProperties"] = False
    return {"$schema": "http://json-schema.org/draft-04/schema#", "$ref": f"#/definitions/{of}", **merged}


def _merge_root(release: Schema, patch: Schema) -> None:
    release["properties"] = _merged(release["properties"], patch["properties"])


def _add(definitions: dict[str, Schema], of: str, field: str, required: str, said: str) -> None:
    definition = definitions.setdefault(of, {"type": "object", "properties": {}})
    if not field:
        definition.update(_constraints(said.split()))
        return
    definition["properties"][field] = _type(said)
    if required:
        definition.setdefault("required", []).append(field)


def _type(said: str) -> Schema:
    if said.startswith("@"):
        return {"$ref": f"#/definitions/{said[1:]}"}
    kind, *rest = said.split()
    return {"type": kind.split("|"), **_constraints(rest)}


def _constraints(said: list[str]) -> Schema:
    found: Schema = {}
    for word in said:
        name, _, value = word.partition("=")
        if name == "of":
            found["items"] = _type(value.replace("&", " "))
        elif name == "enum":
            found["enum"] = [*value.split("|"), None]
        else:
            found[name] = float(value) if name in _NUMBERS else value == "True" if name == "uniqueItems" else value
    return found


def _merged(target: Schema, patch: Schema) -> Schema:
    result = dict(target)
    for name, value in patch.items():
        nested = isinstance(value, dict)
        result[name] = _merged(result.get(name, {}), value) if nested else value
    return result
