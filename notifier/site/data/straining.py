"""Files of records without some of these: lines in, lines out, none held.

Each says by itself what is in it. A line of CSV or JSON Lines begins with the name of a page; a release stands on a
line of its own, and its lots have the addresses of their pages in their marks. A file that is not written like this is
not ours, and nobody knows what is in it: ValueError.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TypeVar

import msgspec

from notifier.site.data.ocds import BETWEEN, END, HEAD_END

Told = Collection[tuple[str, str]]
T = TypeVar("T")


class _Line(msgspec.Struct):
    id: str


class _Mark(msgspec.Struct):
    url: str


class _Lot(msgspec.Struct, rename="camel"):
    id: str
    guiding_mark: _Mark | None = None


class _Tender(msgspec.Struct):
    lots: list[_Lot]


class _Release(msgspec.Struct):
    ocid: str
    tender: _Tender


_LINE, _RELEASE = msgspec.json.Decoder(_Line), msgspec.json.Decoder(_Release)


def csv_left(slugs: Collection[str], lines: Iterable[bytes]) -> Iterator[bytes]:
    """The heading, and records of all but these."""
    off = {slug.encode() for slug in slugs}
    for number, line in enumerate(lines):
        ident, comma, _ = line.partition(b",")
        if not comma or not line.endswith(b"\n") or (number == 0) != (ident == b"id"):
            raise ValueError("no line of ours")
        if number == 0 or ident not in off:
            yield line


def lines_left(slugs: Collection[str], lines: Iterable[bytes]) -> Iterator[bytes]:
    """Records of all but these."""
    return (line for line in lines if _read(_LINE, line).id not in slugs)


def package_left(slugs: Collection[str], told: Told, lines: Iterable[bytes]) -> Iterator[bytes]:
    """A package without releases that mark one of these lots, or tell of a lot by a tender and number of `told`.

    Nothing where no release is left: the standard knows no package without one.
    """
    lines = iter(lines)
    before = next(lines, b"")
    if not before.endswith(HEAD_END):
        raise ValueError("no head of ours")
    for line in lines:
        if line == END.lstrip():
            if before == BETWEEN:
                yield END
            return
        said = line.removesuffix(b"\n").removesuffix(b",")
        if not _tells(_read(_RELEASE, said), slugs, told):
            yield before
            yield said
            before = BETWEEN
    raise ValueError("no end")


def tender_of(ocid: str) -> str:
    """What stays of an identifier when the town gets another prefix: ocds-a1b2c3-TENDER."""
    return ocid.split("-", 2)[-1]


def _tells(release: _Release, slugs: Collection[str], told: Told) -> bool:
    tender = tender_of(release.ocid)
    return any(
        (tender, lot.id) in told or (lot.guiding_mark is not None and _slug(lot.guiding_mark.url) in slugs)
        for lot in release.tender.lots
    )


def _slug(url: str) -> str:
    return url.rpartition("/")[2].removesuffix(".html")


def _read(decoder: msgspec.json.Decoder[T], said: bytes) -> T:
    try:
        return decoder.decode(said)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError("no line of ours") from error
