"""The file of social enterprises, as clerks and spreadsheets write it."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from notifier import config
from notifier.enterprises import Enterprise, read_enterprises
from notifier.errors import ConfigError, Mistake
from notifier.resources import resource

HEAD = "cvr;name;source;checked\n"
ONE = Enterprise("12345674", "Rengørholdet Ø", "RSV", dt.date(2026, 11, 2))


def read(tmp_path: Path, content: str | bytes) -> tuple[tuple[Enterprise, ...], list[str]]:
    file, mistakes = tmp_path / "enterprises.csv", list[Mistake]()
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_enterprises(file, mistakes), [str(mistake).replace(str(tmp_path), "") for mistake in mistakes]


def test_no_file_and_the_shipped_one_have_nobody_and_no_mistake(tmp_path: Path) -> None:
    mistakes: list[Mistake] = []
    assert read_enterprises(tmp_path / "enterprises.csv", mistakes) == ()
    assert read_enterprises(resource("config") / "enterprises.csv", mistakes) == ()
    assert mistakes == []


def test_the_shipped_file_has_its_columns_ready(tmp_path: Path) -> None:
    shipped = (resource("config") / "enterprises.csv").read_text(encoding="utf-8")
    assert read(tmp_path, f"{shipped}12345674;Rengørholdet Ø;RSV;2026-11-02\n") == ((ONE,), [])


@pytest.mark.parametrize(
    "content",
    [
        HEAD + "# remark\n\n12345674;Rengørholdet Ø;RSV;2026-11-02\n;;;\n",
        "name,cvr,checked,source\nRengørholdet Ø,DK 12 34 56 74,02-11-2026,RSV\n",
        (HEAD + "12345674;Rengørholdet Ø;RSV;2026-11-02\r\n").encode("cp1252"),
    ],
    ids=["semicolons", "commas", "windows"],
)
def test_a_table_is_read_however_a_spreadsheet_saves_it(tmp_path: Path, content: str | bytes) -> None:
    assert read(tmp_path, content) == ((ONE,), [])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1234567;A;RSV;2026-11-02", "cvr: is '1234567'; give eight digits, as datacvr.virk.dk has them"),
        ("12345675;A;RSV;2026-11-02", "cvr: 12345675 has a wrong check digit; compare it with datacvr.virk.dk"),
        ("12345674;A;;2026-11-02", "source: is empty; say where it is registered as a social enterprise"),
        ("12345674;;RSV;2026-11-02", "name: is empty; give the enterprise's name"),
        ("12345674;A;RSV;i går", "checked: is 'i går'; give the day you looked, such as 2026-11-02"),
        ("12345674;A;RSV;20261102", "checked: is '20261102'; give the day you looked, such as 2026-11-02"),
    ],
)
def test_a_mistake_names_line_column_and_remedy_and_its_row_counts_for_nobody(
    tmp_path: Path, row: str, said: str
) -> None:
    assert read(tmp_path, f"{HEAD}{row}\n") == ((), [f"/enterprises.csv:2: {said}"])


def test_who_stands_there_twice_is_told(tmp_path: Path) -> None:
    row = "12345674;Rengørholdet Ø;RSV;2026-11-02\n"
    found, said = read(tmp_path, HEAD + row + row)
    assert found == (ONE,)
    assert said == ["/enterprises.csv:3: cvr: 12345674 stands here twice; remove one; it is Rengørholdet Ø's already"]


def test_the_configuration_is_refused_with_file_and_line(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    shutil.copytree(resource("config"), folder)
    (folder / "enterprises.csv").write_text(f"{HEAD}12345674;Rengørholdet Ø;RSV;2026-11-02\n", encoding="utf-8")
    assert config.load(folder, environment={}).enterprises == (ONE,)
    (folder / "enterprises.csv").write_text(f"{HEAD}12345674;Rengørholdet Ø;;2026-11-02\n", encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        config.load(folder, environment={})
    assert [(Path(one.file).name, one.line) for one in error.value.mistakes] == [("enterprises.csv", 2)]
