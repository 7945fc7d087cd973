"""Reading TOML strictly: every key is taken once or reported, and every mistake names file, line, key and remedy."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from notifier.errors import Mistake


class Table:
    """One table of a TOML file. Taking a key checks it; `finish` reports what nobody took.

    Mistakes are collected rather than raised, so that a person mends them all at once; a key with a mistake
    reads as its default.
    """

    def __init__(self, file: str, source: str, path: str, data: dict[str, Any], mistakes: list[Mistake]) -> None:
        self.file, self._source, self._path, self._mistakes = file, source, path, mistakes
        self._data = dict(data)
        self._known: list[str] = []

    def mistake(self, key: str, what: str, remedy: str) -> None:
        """Note a mistake at a key of this table."""
        dotted = f"{self._path}.{key}" if self._path and key else key or self._path
        self._mistakes.append(Mistake(self.file, line_of(self._source, self._path, key), dotted, what, remedy))

    def placed(self, mistake: Mistake) -> Mistake:
        """A mistake that another part found in this file, with its line."""
        if mistake.line is not None:
            return mistake
        table, _, key = mistake.key.rpartition(".")
        return Mistake(mistake.file, line_of(self._source, table, key), mistake.key, mistake.what, mistake.remedy)

    def _take(self, key: str, kinds: type | tuple[type, ...], wanted: str, default: Any, required: bool) -> Any:
        self._known.append(key)
        if key not in self._data:
            if required:
                self.mistake(key, "is missing", f"add it: {wanted}")
            return default
        value = self._data.pop(key)
        if (isinstance(value, bool) and kinds not in (bool, (bool,))) or not isinstance(value, kinds):
            self.mistake(key, f"is {_described(value)}", f"give {wanted}")
            return default
        return value

    def text(self, key: str, default: str = "", *, required: bool = False, wanted: str = "a text in quotes") -> str:
        """A text; one that is required must not be empty."""
        value: str = self._take(key, str, wanted, default, required)
        if required and key not in self._data and not value.strip() and value != default:
            self.mistake(key, "is empty", f"give {wanted}")
        return value.strip()

    def number(self, key: str, default: float, *, least: float = 0, most: float = 1e9) -> float:
        """A number between two bounds, both allowed."""
        value = float(self._take(key, (int, float), "a number", default, False))
        if not least <= value <= most:
            self.mistake(key, f"is {value:g}", f"give a number from {least:g} to {most:g}")
            return default
        return value

    def whole(self, key: str, default: int, *, least: int = 0, most: int = 10**9) -> int:
        """A whole number between two bounds, both allowed."""
        value: int = self._take(key, int, "a whole number", default, False)
        if not least <= value <= most:
            self.mistake(key, f"is {value}", f"give a whole number from {least} to {most}")
            return default
        return value

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        value: bool = self._take(key, bool, "true or false, without quotes", default, False)
        return value

    def choice(self, key: str, default: str, choices: Sequence[str], *, required: bool = False) -> str:
        """One of some words."""
        value = self.text(key, default, required=required, wanted=f"one of {', '.join(choices)}")
        if value and value not in choices:
            near = difflib.get_close_matches(value, choices, 1)
            advice = f"did you mean '{near[0]}'?" if near else f"choose one of {', '.join(choices)}"
            self.mistake(key, f"is '{value}'", advice)
            return default
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; none where the key is missing."""
        value: list[Any] = self._take(key, list, "a list of texts", [], False)
        if not all(isinstance(item, str) for item in value):
            self.mistake(key, "holds something that is no text", 'give a list such as ["a", "b"]')
            return ()
        return tuple(value)

    def lists(self, key: str) -> tuple[tuple[str, ...], ...]:
        """A list of lists of texts; none where the key is missing."""
        value: list[Any] = self._take(key, list, "a list of lists of texts", [], False)
        if not all(isinstance(item, list) and all(isinstance(text, str) for text in item) for item in value):
            self.mistake(key, "holds something that is no list of texts", 'give a list such as [["a", "b"], ["c"]]')
            return ()
        return tuple(tuple(item) for item in value)

    def table(self, key: str) -> Table:
        """A table inside this one; empty where the key is missing."""
        value: dict[str, Any] = self._take(key, dict, "a table", {}, False)
        path = f"{self._path}.{key}" if self._path else key
        return Table(self.file, self._source, path, value, self._mistakes)

    def raw(self, key: str) -> dict[str, Any]:
        """A table whose keys another part checks."""
        value: dict[str, Any] = self._take(key, dict, "a table", {}, False)
        return value

    def rest(self) -> dict[str, Any]:
        """All that was not taken yet, for another part to check."""
        found, self._data = self._data, {}
        return found

    def holds(self, key: str) -> bool:
        """Whether the key is there and was not taken yet."""
        return key in self._data

    def peek(self, key: str) -> str:
        """The text of a key that was not taken yet; "" where there is none."""
        value = self._data.get(key)
        return value.strip() if isinstance(value, str) else ""

    def names(self) -> tuple[str, ...]:
        """The keys that are there and were not taken yet, in the order of the file."""
        return tuple(self._data)

    def finish(self) -> None:
        """Report every key that nobody took."""
        for key in self._data:
            near = difflib.get_close_matches(key, self._known, 1)
            advice = f"did you mean '{near[0]}'?" if near else f"remove it; known here: {', '.join(self._known)}"
            self.mistake(key, "is not known", advice)


def read_table(path: Path, mistakes: list[Mistake]) -> Table | None:
    """The file's top table, or None where it cannot be read or is no TOML (noted as a mistake)."""
    try:
        source = path.read_text(encoding="utf-8")
        return Table(str(path), source, "", tomllib.loads(source), mistakes)
    except FileNotFoundError:
        mistakes.append(Mistake(str(path), None, "", "is missing", "write it, or let 'notifier init DIR' do it"))
    except (OSError, UnicodeDecodeError) as error:
        mistakes.append(Mistake(str(path), None, "", f"cannot be read ({error})", "make it a readable UTF-8 file"))
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        mistakes.append(
            Mistake(str(path), int(at[1]) if at else None, "", f"is no valid TOML ({error})", "mend that line")
        )
    return None


def line_of(source: str, table: str, key: str) -> int | None:
    """The line on which `key` of `table` stands; where it is not there, that of the table's heading, or None."""
    here, heading = "", None
    for number, line in enumerate(source.splitlines(), start=1):
        if header := re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line):
            here = header[1].replace('"', "").replace(" ", "")
            if here == table:
                heading = number
            if key and here == (f"{table}.{key}" if table else key):
                return number
        elif key and here == table and re.match(rf"\s*\"?{re.escape(key)}\"?\s*[=.]", line):
            return number
    if heading is None and table:  # an inline table: the line of its own key
        parent, _, name = table.rpartition(".")
        return line_of(source, parent, name)
    return heading


def _described(value: object) -> str:
    kinds = {
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        str: "a text",
        list: "a list",
        dict: "a table",
    }
    return kinds.get(type(value), "something else")
