"""The documents are true: what they link to is there, what they name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from notifier.cli import cli
from tests.bench.__main__ import BENCHES
from tests.prove.__main__ import PROOFS

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/desk/*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file_that_is_there(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert missing == []


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in cli.commands if f"`{name}" not in readme] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_module_that_is_named_exists(document: Path) -> None:
    named = re.findall(
        r"`((?:notifier|spiders|tests|templates|config)/[\w./<>*-]*)`", document.read_text(encoding="utf-8")
    )
    missing = [name for name in named if "<" not in name and "*" not in name and not (ROOT / name).exists()]
    assert missing == []


def test_the_run_script_lists_the_measurements_and_proofs_that_there_are() -> None:
    script = (ROOT / "run").read_text(encoding="utf-8")
    assert f"#: measure: {' '.join(BENCHES)}" in script
    assert f"#: prove what is hard to get right: {' '.join(PROOFS)}" in script
