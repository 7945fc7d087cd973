"""OCDS as a tree: releases of one process merged into one, and read so that what nobody asked for is known.

Merging follows the standard's rules (https://standard.open-contracting.org/latest/en/schema/merging/): later values
replace earlier ones, objects are merged key by key, lists of objects by their `id`, other lists are replaced whole, and
null takes a value away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from spiders.parsers.values import Doubts

# Lists of objects that the standard replaces as a whole, though their objects have ids.
_WHOLE: Final = frozenset({"additionalClassifications", "additionalIdentifiers", "changes", "tag"})
_DEEPEST: Final = 40  # levels; the standard knows nine
_LONGEST: Final = 30  # digits of a number before or behind its point


def merged(before: Mapping[str, Any], after: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """A release with the one that follows it laid over it.

    >>> merged({"lots": [{"id": "1", "title": "A"}]}, {"lots": [{"id": "1", "status": "active"}]})
    {'lots': [{'id': '1', 'title': 'A', 'status': 'active'}]}
    """
    found = dict(before)
    for key, value in after.items():
        if value is None:
            found.pop(key, None)
        elif isinstance(value, dict) and isinstance(found.get(key), dict) and depth < _DEEPEST:
            found[key] = merged(found[key], value, depth + 1)
        elif key not in _WHOLE and _by_id(value) and _by_id(found.get(key)) and depth < _DEEPEST:
            found[key] = _merged_lists(found[key], value, depth + 1)
        else:
            found[key] = value
    return found


def _by_id(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, dict) and isinstance(item.get("id"), str | int) for item in value
    )


def _merged_lists(before: list[dict[str, Any]], after: list[dict[str, Any]], depth: int) -> list[dict[str, Any]]:
    found = {str(item["id"]): item for item in before}
    for item in after:
        name = str(item["id"])
        found[name] = merged(found[name], item, depth) if name in found else item
    return list(found.values())


class Trail:
    """Which places of a release were asked for, and what was not of the kind that was asked for."""

    def __init__(self, doubts: Doubts) -> None:
        self.doubts = doubts
        self.taken: set[str] = set()

    def unread(self, release: Mapping[str, Any], ignored: frozenset[str]) -> tuple[str, ...]:
        """Places of a release that nobody asked for and that are not ignored, in order; lists have no numbers.

        A place is ignored with all below it: by its whole path, or by its last names behind "*.", as in
        "*.frameworkAgreement.period".
        """
        return tuple(dict.fromkeys(self._left(release, "", ignored, 0)))

    def _left(self, value: object, path: str, ignored: frozenset[str], depth: int) -> Iterator[str]:
        if isinstance(value, list):
            for item in value:
                yield from self._left(item, path, ignored, depth)
        elif isinstance(value, dict) and depth < _DEEPEST:
            for name, item in value.items():
                place = f"{path}.{name}" if path else str(name)
                if item in (None, "", [], {}) or _is_ignored(place, ignored):
                    continue
                if place in self.taken:
                    yield from self._left(item, place, ignored, depth + 1)
                else:
                    yield place


def _is_ignored(place: str, ignored: frozenset[str]) -> bool:
    names = place.split(".")
    return place in ignored or any("*." + ".".join(names[-count:]) in ignored for count in (1, 2, 3))


class Node:
    """One object of a release. Asking marks the place as read; a missing one answers as empty."""

    __slots__ = ("data", "path", "trail")

    def __init__(self, data: Mapping[str, Any], path: str, trail: Trail) -> None:
        self.data, self.path, self.trail = data, path, trail

    def __bool__(self) -> bool:
        return bool(self.data)

    def _take(self, key: str, wanted: type | tuple[type, ...], named: str) -> Any:
        place = f"{self.path}.{key}" if self.path else key
        self.trail.taken.add(place)
        value = self.data.get(key)
        if value is None or (isinstance(value, wanted) and (not isinstance(value, bool) or wanted is bool)):
            return value
        self.trail.doubts.add(f"{place} is not {named}.")
        return None

    def text(self, key: str) -> str:
        """A text, or a number as text; "" where there is none. Not yet cleaned."""
        value = self._take(key, (str, int, Decimal), "a text")
        return "" if value is None else str(value)

    def truth(self, key: str) -> bool | None:
        """true or false, None where nothing is said."""
        value: bool | None = self._take(key, bool, "true or false")
        return value

    def number(self, key: str) -> str:
        """A number as it is printed, "" where there is none; publishers put it in quotes as well."""
        value = self._take(key, (int, Decimal, str), "a number")
        if isinstance(value, Decimal):
            return format(value, "f") if abs(value.adjusted()) < _LONGEST else str(value)  # 1E+999999999 is a bomb
        return "" if value is None else str(value).strip()

    def node(self, key: str) -> Node:
        """An object inside."""
        value = self._take(key, dict, "an object")
        return Node(value or {}, f"{self.path}.{key}" if self.path else key, self.trail)

    def nodes(self, key: str) -> list[Node]:
        """A list of objects; what is no object in it is noted and left out."""
        place = f"{self.path}.{key}" if self.path else key
        items = self._take(key, list, "a list") or []
        if any(not isinstance(item, dict) for item in items):
            self.trail.doubts.add(f"{place} holds something that is no object.")
        return [Node(item, place, self.trail) for item in items if isinstance(item, dict)]

    def texts(self, key: str) -> list[str]:
        """A list of texts; a text alone stands for a list of one."""
        if isinstance(self.data.get(key), str):
            return [self.text(key)]
        items = self._take(key, list, "a list") or []
        if any(not isinstance(item, str | int) for item in items):
            self.trail.doubts.add(f"{self.path}.{key} holds something that is no text.")
        return [str(item) for item in items if isinstance(item, str | int) and str(item).strip()]

    def starting(self, prefix: str) -> list[str]:
        """The keys that begin so: `title_fr`, `title_en` for "title_"."""
        return [key for key in self.data if isinstance(key, str) and key.startswith(prefix)]
