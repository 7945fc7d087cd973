"""`notifier draft` as an officer uses it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from notifier.cli import main

Draft = Callable[..., tuple[int, str]]


@pytest.fixture
def draft(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Draft:
    """Draft a text: the exit status, and all that was said."""

    def drafted(text: str, *options: str) -> tuple[int, str]:
        main(["init", str(tmp_path / "town")])
        file = tmp_path / "draft.txt"
        file.write_text(text, encoding="utf-8")
        capsys.readouterr()
        status = main(["--config", str(tmp_path / "town"), "draft", str(file), *options])
        said = capsys.readouterr()
        return status, " ".join((said.out + said.err).split())

    return drafted


def test_a_draft_is_told_what_shuts_out_and_leaves_nothing(draft: Draft, tmp_path: Path) -> None:
    text = "Rengøring af skoler\nTilbudsgiver skal have en omsætning på 300 mio. kr."
    status, said = draft(text, "--value", "100 mio. kr.", "--months", "48", "--cpv", "90911200-9")
    assert status == 0
    assert "300.000.000 kr. er mere end det dobbelte af kontraktens værdi" in said
    assert "»Tilbudsgiver skal have en omsætning på 300 mio. kr.«" in said
    assert not list(tmp_path.rglob("*.db"))


@pytest.mark.parametrize(
    ("text", "options", "complaint"),
    [("", (), "the draft is empty"), ("X", ("--value", "mange"), "is no amount"), ("X", ("--cpv", "9"), "no CPV code")],
)
def test_a_mistake_is_told_with_its_remedy(draft: Draft, text: str, options: tuple[str, ...], complaint: str) -> None:
    status, said = draft(text, *options)
    assert status != 0
    assert complaint in said
