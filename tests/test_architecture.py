"""The directions of imports, who may ask the time, and who may speak SQL."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted([*(ROOT / "notifier").rglob("*.py"), *(ROOT / "spiders").rglob("*.py")])

# Rooms from the ground up. A module may import from its own room and from those before it.
ROOMS = (
    ("errors", "lots", "profiles", "resources", "coverage", "answers", "keys"),
    (
        "clock",
        "text",
        "people",
        "cells",
        "amounts",
        "toml",
        "words",
        "grammar",
        "periods",
        "nomenclature",
        "door",
        "withheld",
        "weeks",
    ),
    ("config", "buyers", "enterprises", "phrases", "occasions", "wishes"),
    (
        "merging",
        "changes",
        "typed",
        "corrections",
        "postings",
        "awards",
        "likeness",
        "suitability",
        "matching",
        "scope",
    ),
    ("digest", "learning", "explaining", "drafting"),
    ("effects",),
    ("store", "letter", "files", "lock", "progress", "journal"),
    ("render",),
    (
        "intake",
        "repair",
        "receipts",
        "site",
        "signing",
        "mail",
        "mailbox",
        "transport",
        "sampletown",
        "shelf",
        "membership",
    ),
    ("ledger", "press", "publish", "staff", "outbox", "dispatch", "export", "post", "returns", "releasing", "telling"),
    ("catalogue",),
    ("web",),
    ("desk",),
    ("cli",),
)
RANK = {name: rank for rank, room in enumerate(ROOMS) for name in room}
SQL = re.compile(
    r"\b(?:SELECT\s.+\sFROM|INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+TABLE)\b"
)
TIME = re.compile(
    r"(?:datetime|dt\.datetime|date|dt\.date)\.(?:now|today|utcnow)\("
    r"|\btime\.(?:time|monotonic|perf_counter)(?:_ns)?\("
)
PARSERS_KNOW = {"lots", "text", "amounts", "clock", "periods", "toml", "errors"}


def module_name(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively: write the module's whole name"
            assert node.module
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {
        name for name in names if name.split(".")[0] in ("notifier", "spiders", "scrapy", "sqlite3", "sqlite_utils")
    }


def room(name: str) -> str:
    parts = name.split(".")
    name = parts[1] if parts[0] == "notifier" and len(parts) > 1 else ""
    return name if not name.startswith("__") else ""


@pytest.mark.parametrize("file", FILES, ids=module_name)
def test_imports_point_one_way(file: Path) -> None:
    own = module_name(file)
    for name in imports(file):
        if own.startswith("spiders.parsers"):
            assert name.startswith("spiders.parsers") or room(name) in PARSERS_KNOW, f"a parser knows {name}"
        elif own.startswith("spiders"):
            assert room(name) in {"", *PARSERS_KNOW, "config", "coverage", "buyers"}, f"a spider knows {name}"
        elif own != "notifier.cli" and not own.startswith("notifier.cli."):
            assert not name.startswith(("spiders", "scrapy")), f"only cli knows spiders, not {own}"
        if room(name) and room(own):
            assert RANK[room(name)] <= RANK[room(own)], f"{own} imports {name}, which stands above it"


@pytest.mark.parametrize("file", FILES, ids=module_name)
def test_only_the_clock_asks_the_time(file: Path) -> None:
    if module_name(file) == "notifier.clock":
        return
    assert not {name for name in imports(file) if re.match(r"time(\.(time|monotonic|perf_counter))", name)}
    asked = TIME.findall(file.read_text(encoding="utf-8"))
    assert not asked


@pytest.mark.parametrize("file", FILES, ids=module_name)
def test_only_the_store_speaks_sql(file: Path) -> None:
    if module_name(file).startswith("notifier.store"):
        return
    assert not imports(file) & {"sqlite3", "sqlite_utils"}
    tree = ast.parse(file.read_text(encoding="utf-8"))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert not [text for text in texts if SQL.search(text)]


# What reads, writes or sends. Only the ends may: store, files, transport, the spiders and those who call them.
SHELL = {
    "socket",
    "ssl",
    "smtplib",
    "subprocess",
    "urllib.request",
    "http",
    "scrapy",
    "twisted",
    "sqlite3",
    "importlib",
}
PURE = (
    "errors",
    "lots",
    "profiles",
    "text",
    "cells",
    "amounts",
    "changes",
    "merging",
    "awards",
    "likeness",
    "periods",
    "weeks",
    "suitability",
    "matching",
    "scope",
    "digest",
    "drafting",
    "explaining",
    "letter",
    "site",
    "phrases",
    "export",
    "learning",
    "effects",
    "nomenclature",
    "answers",
    "keys",
    "door",
    "occasions",
    "withheld",
    "wishes",
    "typed",
    "corrections",
    "postings",
)


@pytest.mark.parametrize(
    "file", [f for f in FILES if room(module_name(f)) in PURE or "parsers" in f.parts], ids=module_name
)
def test_what_is_pure_reads_and_sends_nothing(file: Path) -> None:
    touched = {name for name in imports(file) if any(name == shell or name.startswith(f"{shell}.") for shell in SHELL)}
    assert touched == set()


def test_every_module_says_what_it_is_for() -> None:
    silent = [module_name(file) for file in FILES if not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))]
    assert silent == []
