"""OCDS (Open Contracting Data Standard 1.1) packages into notices: release and record packages, JSON or JSON Lines, gz.

    {"releases": [{"ocid": "ocds-x-1", "id": "1-2", "date": "2026-03-01T10:00:00Z", "tag": ["tender"], "tender": {…}}],
     "links": {"next": "https://…"}}
    {"records": [{"ocid": "ocds-x-1", "releases": […], "compiledRelease": {…}}]}

A release is a publication, and so a notice; the ocid is its procedure. Releases of one process in one document are laid
over each other in the order of their dates, because updates name only what is another than before. Of several on one
day the last one is kept. A release that calls and awards in one becomes two notices, the second named `…#award`.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import msgspec

from notifier.errors import ParseError
from notifier.text import clean_line, clean_url
from spiders.parsers.ocds_tree import merged

MOST_BYTES: Final = 16 * 1024 * 1024  # of a document when unpacked; memory holds ten times that
MOST_VALUES: Final = 1_000_000  # a document of that many bytes has half as many; each takes a hundred bytes in memory
_JSON: Final = msgspec.json.Decoder(float_hook=Decimal)
_REMEDY: Final = "look at the address: it must be a release or record package, or JSON Lines of them"
_GZIP: Final = b"\x1f\x8b"
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Publication:
    """One release, with all that the releases before it in the document said of the process."""

    ocid: str
    key: str  # by which the notice goes: the release's id; of a compiled release the ocid
    release: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Package:
    """What a document holds. `next_url` leads on; `problems` are sentences on releases that cannot be read at all."""

    publications: tuple[Publication, ...]
    next_url: str
    problems: tuple[str, ...]


def parse_package(body: bytes, where: str) -> Package:
    """Read one document. Raises ParseError for what is no JSON, no package, cut off or too large when unpacked."""
    documents = list(_documents(_unpacked(body, where), where))
    problems: list[str] = []
    chains: dict[str, dict[str, Mapping[str, Any]]] = {}
    for document in documents:
        for release in _releases(document, where, problems):
            ocid, key = _name(release.get("ocid")), _name(release.get("id"))
            if not ocid or not key:
                problems.append(f"a release has no {'id' if ocid else 'ocid'} ({where}): it is left out")
                continue
            chains.setdefault(ocid, {})[key] = release
    next_url = next((url for document in documents if (url := _next(document, where))), "")
    publications = [one for ocid, chain in chains.items() for one in _chained(ocid, list(chain.values()))]
    return Package(tuple(publications), next_url, tuple(dict.fromkeys(problems)))


def _unpacked(body: bytes, where: str) -> bytes:
    if not body.startswith(_GZIP):
        return body
    unpacker, parts, length = zlib.decompressobj(wbits=31), [], 0
    stream = io.BytesIO(body)
    try:
        while chunk := (unpacker.unconsumed_tail or stream.read(65536)):
            parts.append(unpacker.decompress(chunk, MOST_BYTES + 1 - length))
            length += len(parts[-1])
            if length > MOST_BYTES:
                raise ParseError(
                    f"it unpacks to more than {MOST_BYTES // 2**20} MiB",
                    where=where,
                    remedy="choose a file for a shorter time, or the publisher's search",
                )
            if unpacker.eof:  # several gzip members one after another are one file (RFC 1952 section 2.2)
                rest = unpacker.unused_data + stream.read()
                if not rest.startswith(_GZIP):
                    return b"".join(parts)
                unpacker, stream = zlib.decompressobj(wbits=31), io.BytesIO(rest)
    except zlib.error as error:
        raise ParseError(f"the gzip file is broken: {error}", where=where, remedy=_REMEDY) from error
    raise ParseError("the gzip file is cut off", where=where, remedy="the next run tries again")


def _documents(body: bytes, where: str) -> Iterator[Mapping[str, Any]]:
    """The objects of a document: one, a list of them, or one to a line."""
    text = body.removeprefix(b"\xef\xbb\xbf").strip()
    if text.count(b",") + text.count(b"[") + text.count(b"{") > MOST_VALUES:
        raise ParseError(f"it holds more than {MOST_VALUES:,} values", where=where, remedy=_REMEDY)
    try:
        found = _decoded(text)
    except ParseErrorOfJson as error:
        lines = text.splitlines()
        if len(lines) < 2:
            raise ParseError(f"the JSON cannot be read: {error}", where=where, remedy=_REMEDY) from error
        try:
            found = [_decoded(line) for line in lines if line.strip()]
        except ParseErrorOfJson:
            raise ParseError(f"the JSON cannot be read: {error}", where=where, remedy=_REMEDY) from error
    for item in found if isinstance(found, list) else [found]:
        if not isinstance(item, dict):
            raise ParseError("the JSON holds something that is no object", where=where, remedy=_REMEDY)
        yield item


class ParseErrorOfJson(Exception):
    """What the JSON decoder says, whichever way it says it."""


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _decoded(text: bytes) -> Any:
    try:
        return _JSON.decode(text)
    except msgspec.DecodeError as error:
        if "surrogate" not in str(error):
            raise ParseErrorOfJson(str(error)[:200]) from error
    except (UnicodeDecodeError, RecursionError, ValueError, ArithmeticError) as error:
        raise ParseErrorOfJson(str(error)[:200]) from error
    # Half a character, escaped, in one title is no reason to refuse all the others: cleaning takes it out.
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except (UnicodeDecodeError, RecursionError, ValueError, ArithmeticError) as error:
        raise ParseErrorOfJson(str(error)[:200]) from error


def _releases(document: Mapping[str, Any], where: str, problems: list[str]) -> Iterator[Mapping[str, Any]]:
    """The releases of a package, a record, a list of packages under `results`, or a release by itself."""
    held = {name: document.get(name) for name in ("releases", "records", "results")}
    if not any(isinstance(value, list) for value in held.values()):
        if isinstance(document.get("compiledRelease"), dict):
            yield {**document["compiledRelease"], "tag": ["compiled"]}
        elif "ocid" in document and "records" not in document:
            yield document
        else:
            raise ParseError("the JSON is no OCDS package, record or release", where=where, remedy=_REMEDY)
        return
    # A record's own releases tell its history; where they are only links, the compiled release tells the outcome.
    whole = _objects(held["releases"], where, problems)
    told = [release for release in whole if release.keys() - {"url", "date", "tag"}]
    if told or not isinstance(document.get("compiledRelease"), dict):
        yield from told
        if len(told) < len(whole):
            problems.append(f"a record only links to its releases ({where}): they are not followed")
    else:
        yield {**document["compiledRelease"], "tag": ["compiled"]}
    for inner in (*_objects(held["records"], where, problems), *_objects(held["results"], where, problems)):
        yield from _releases(inner, where, problems)


def _objects(value: object, where: str, problems: list[str]) -> list[dict[str, Any]]:
    items = value if isinstance(value, list) else []
    if any(not isinstance(item, dict) for item in items):
        problems.append(f"the package holds something that is no object ({where}): it is left out")
    return [item for item in items if isinstance(item, dict)]


def _name(value: object) -> str:
    return clean_line(str(value), 200) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _next(document: Mapping[str, Any], where: str) -> str:
    links = document.get("links")
    onward = links.get("next") if isinstance(links, dict) else None
    return clean_url(onward, where) if isinstance(onward, str) else ""


def _chained(ocid: str, releases: list[Mapping[str, Any]]) -> Iterator[Publication]:
    """The releases of one process, oldest first, each over those before it; of one day the last."""
    ordered = sorted(enumerate(releases), key=lambda numbered: (moment_of(numbered[1].get("date")), numbered[0]))
    state: dict[str, Any] = {}
    of_day: dict[tuple[dt.date, bool], Publication] = {}
    for _, release in ordered:
        compiled = "compiled" in (tags := tags_of(release))
        state = dict(release) if compiled else merged(state, release)
        key = ocid if compiled else _name(release.get("id"))
        # Of one day, and of one sort: a call does not stand in for the award of the same day.
        awards = any(tag.startswith(("award", "contract")) for tag in tags)
        of_day[moment_of(release.get("date")).date(), awards] = Publication(ocid, key, {**state, "ocid": ocid})
    yield from of_day.values()


def tags_of(release: Mapping[str, Any]) -> tuple[str, ...]:
    """The release's tags; the first version of the standard wrote one alone."""
    raw = release.get("tag")
    return tuple(tag for tag in (raw if isinstance(raw, list) else [raw]) if isinstance(tag, str))


_NEVER: Final = dt.datetime(1, 1, 2, tzinfo=dt.UTC)


def moment_of(raw: object) -> dt.datetime:
    """A release's date for ordering; one that cannot be read comes first, and one without an offset counts as UTC."""
    if not isinstance(raw, str) or not _DATE.fullmatch(raw.strip()):
        return _NEVER
    try:
        found = dt.datetime.fromisoformat(raw.strip())
    except ValueError:
        return _NEVER
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
