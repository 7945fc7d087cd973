"""The desk's style sheets are served as one: what one of them says of a class must not reach another's pages."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

from notifier.resources import resource

_BARE = re.compile(r"\.([a-z][a-z0-9-]*)(?![.\[#\w-])")  # a class that stands alone, also with a pseudo-class
_FRAME = "00-frame.css"  # it is there for every page, and says `.desk` where it changes what the site says
_SITE = tuple(resource(f"templates/{name}/style.css") for name in ("site", "web"))


def _selectors(file: Path) -> list[str]:
    style = re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    rules = [one.strip() for one in re.findall(r"([^{}]+)\{", style)]
    parts = (one.strip() for rule in rules if not rule.startswith("@") for one in re.split(r",(?![^(]*\))", rule))
    return [one for one in parts if file.name != _FRAME or not one.startswith(".desk ")]


def _bare(file: Path) -> set[str]:
    """Classes with which a selector begins, and that nothing narrows to a page."""
    found = (_BARE.match(one.removeprefix(".desk ")) for one in _selectors(file))
    return {match[1] for match in found if match and not match[1].endswith("-page")}


def _own() -> list[Path]:
    return sorted(Path(resource("templates/desk")).glob("*.css"))


def test_no_class_alone_is_described_by_two_style_sheets() -> None:
    """`.number` of the lot's page took the columns from the tables of the effects."""
    places: dict[str, list[str]] = defaultdict(list)
    for file in (*_own(), *_SITE):
        for name in _bare(file):
            places[name].append(f"{file.parent.name}/{file.name}")
    of_the_site = ["site/style.css", "web/style.css"]
    assert {name: where for name, where in places.items() if len(where) > 1 and where != of_the_site} == {}


def test_no_class_alone_reaches_what_another_style_sheet_means() -> None:
    """`.look` of a posting framed the words "look at it" on the page of corrections."""
    pages = [file for file in _own() if file.name != _FRAME]
    mentioned = {file: set(re.findall(r"\.([a-z][a-z0-9-]*)", " ".join(_selectors(file)))) for file in pages}
    both = {
        (name, file.name, other.name)
        for file in pages
        for name in _bare(file)
        for other in pages
        if other != file and name in mentioned[other]
    }
    assert both == set()


def test_elements_are_described_once() -> None:
    """`kbd` of the keys and of a lot were two, and the later one won on both."""
    plain = re.compile(r"[a-z]+(\[[^\]]*\])?")
    files = Counter(one for file in _own() for one in set(_selectors(file)) if plain.fullmatch(one))
    assert [name for name, times in files.items() if times > 1] == []
