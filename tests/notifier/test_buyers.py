"""The file of buyers, as clerks and spreadsheets write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifier.buyers import Buyer, BuyerKind, notes, numbers, plain_cvr, read_buyers
from notifier.errors import Mistake
from notifier.resources import resource

HEAD = "name;cvr;kind\n"


def read(tmp_path: Path, content: str | bytes) -> tuple[tuple[Buyer, ...], list[str]]:
    file, mistakes = tmp_path / "buyers.csv", list[Mistake]()
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_buyers(file, mistakes), [str(mistake).replace(str(tmp_path), "") for mistake in mistakes]


def test_no_file_is_no_buyer_and_no_mistake(tmp_path: Path) -> None:
    mistakes: list[Mistake] = []
    assert (read_buyers(tmp_path / "buyers.csv", mistakes), mistakes) == ((), [])


def test_the_shipped_file_follows_copenhagen() -> None:
    mistakes: list[Mistake] = []
    found = read_buyers(resource("config") / "buyers.csv", mistakes)
    assert found == (Buyer("Københavns Kommune", "64942212", BuyerKind.ADMINISTRATION),)
    assert (mistakes, list(notes(found)), numbers(found)) == ([], [], ("64942212",))


@pytest.mark.parametrize(
    "content",
    [
        "# remark\n\nname;cvr;kind\nBoligselskabet Ø;12345674;housing\n;;\n",
        "kind,cvr,name,remark\nhousing,DK 12 34 56 74,Boligselskabet Ø,x\n",
        '\ufeffName\tCVR\tKind\r\n"Boligselskabet Ø"\t12345674\tHousing\r\n',
        "name;cvr;kind\r\nBoligselskabet Ø;12345674;housing\r\n".encode("cp1252"),
    ],
    ids=["semicolons", "commas", "tabs", "windows"],
)
def test_a_table_is_read_however_a_spreadsheet_saves_it(tmp_path: Path, content: str | bytes) -> None:
    assert read(tmp_path, content) == ((Buyer("Boligselskabet Ø", "12345674", BuyerKind.HOUSING),), [])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("navn;cvr\nBy;12345674\n", "/buyers.csv:1: has no column name; let its first line be name;cvr;kind"),
        (
            HEAD + "By;1234567;region\n",
            "/buyers.csv:2: cvr: is '1234567'; give eight digits, as datacvr.virk.dk has them",
        ),
        (HEAD + "By;12345674;regoin\n", "/buyers.csv:2: kind: is 'regoin'; did you mean 'region'?"),
        (HEAD + "#\n;12345674;region\n", "/buyers.csv:3: name: is empty; give the buyer's name"),
        (
            HEAD + "By;12345674;region\nEn by;12345674;other\n",
            "/buyers.csv:3: cvr: 12345674 stands here twice; remove one; it is By's already",
        ),
    ],
)
def test_a_mistake_names_line_column_and_remedy(tmp_path: Path, content: str, said: str) -> None:
    assert read(tmp_path, content)[1] == [said]


def test_a_wrong_check_digit_is_noted_and_is_no_mistake(tmp_path: Path) -> None:
    found, mistakes = read(tmp_path, HEAD + "By;12345675;region\n")
    assert (len(found), mistakes) == (1, [])
    assert "12345675 (By) has a wrong check digit" in next(notes(found))


@pytest.mark.parametrize(
    "written",
    [
        "12345674", "DK12345674", "dk 12 34 56 74", "DK-12345674", "12.34.56.74", "CVR 12345674", "CVR: 12345674",
        "cvr.nr.: 12345674", "CVR-nr. 12345674", "CVR-nummer 12345674", "DK CVR 12345674", "CVR DK12345674",
        "12345674\N{NO-BREAK SPACE}", "12\N{NARROW NO-BREAK SPACE}34 56 74", "１２３４５６７４",
    ],
)  # fmt: skip
def test_a_number_is_read_however_it_is_written(written: str) -> None:
    assert plain_cvr(written) == "12345674"


@pytest.mark.parametrize(
    "written", ["", "1234567", "12345674;87654321", "12345674 / 87654321", "12345674-1", "SE12345674", "CVRX12345674"]
)
def test_what_is_no_number_or_two_is_none(written: str) -> None:
    assert plain_cvr(written) == ""
