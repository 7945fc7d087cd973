"""Content-Encoding taken off: only what was asked for, only whole, and never more than a body may have.

Scrapy's own middleware returns as much as it could unpack, so that a packed page that was cut off would be read as a
short one, and it takes packing within packing. Here either is an error.
"""

from __future__ import annotations

import io
import zlib

ACCEPTED = "gzip, deflate"  # what requests ask for; every server has one of the two
_PIECE = 64 * 1024
_GZIP, _ZLIB, _RAW = 31, 15, -15  # zlib's wbits


class EncodingError(ValueError):
    """A body that is not packed as its header says, or was cut off."""


class TooLarge(EncodingError):
    """A body that unpacks to more than a body may have."""


def unpacked(body: bytes, encodings: str, most: int) -> bytes:
    """The body as it was before its one encoding. `encodings` is the header, `most` the cap in bytes.

    >>> import gzip
    >>> unpacked(gzip.compress(b"Udbud"), "gzip", 100), unpacked(b"Udbud", "", 100)
    (b'Udbud', b'Udbud')
    >>> unpacked(gzip.compress(b"Udbud" * 100), "gzip", 100)
    Traceback (most recent call last):
    spiders.encodings.TooLarge: it unpacks to more than 100 bytes
    """
    names = [name for part in encodings.lower().split(",") if (name := part.strip()) not in ("", "identity")]
    if not names:
        return body
    if len(names) > 1 or names[0] not in ("gzip", "x-gzip", "deflate"):
        raise EncodingError(f"it is packed as '{encodings[:60]}', which was not asked for")
    if names[0] != "deflate":
        return _members(body, _GZIP, most)
    # "deflate" means zlib's format (RFC 9110 section 8.4.1.2); some servers leave out its frame.
    return _members(body, _ZLIB if _has_frame(body) else _RAW, most)


def _has_frame(body: bytes) -> bool:
    """Whether a body begins as zlib's format does (RFC 1950 section 2.2)."""
    return len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0


def _members(body: bytes, wbits: int, most: int) -> bytes:
    """Every member of the packed body, one after another (gzip may have several)."""
    plain = io.BytesIO()  # its value is taken out without a copy; pieces would be joined into one
    rest = body
    while rest:
        unpacking = zlib.decompressobj(wbits)
        while not unpacking.eof:
            try:
                piece = unpacking.decompress(rest, _PIECE)
            except zlib.error as error:
                raise EncodingError(f"it cannot be unpacked ({error})") from error
            if not piece and not unpacking.unconsumed_tail and not unpacking.eof:
                raise EncodingError("it was cut off while it was packed")
            plain.write(piece)
            if plain.tell() > most:
                raise TooLarge(f"it unpacks to more than {most:,} bytes")
            rest = unpacking.unconsumed_tail
        rest = unpacking.unused_data
        if wbits != _GZIP or not rest.startswith(b"\x1f\x8b"):
            break  # what follows the last member is no part of the body; servers pad with zeros
    return plain.getvalue()
