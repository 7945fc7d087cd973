"""Every real notice of ../shared, against a second reading that shares nothing with the parsers."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import msgspec
import pytest

from notifier.lots import Notice
from spiders.parsers import ted
from tests.independent import differences
from tests.shared import SHARED, needs_shared, shared

FILES = sorted((SHARED / "corpus").rglob("*.xml")) if SHARED else []
INVALID = sorted((SHARED / "corpus-invalid").glob("*.xml")) if SHARED else []


@cache
def read(file: Path) -> Notice:
    return ted.parse_notice(file.read_bytes(), source="ted", key=file.stem, url=file.name)


@needs_shared
def test_the_corpus_is_whole() -> None:
    assert (len(FILES), len(INVALID)) == (229, 10)
    assert shared("corpus").is_dir()


@needs_shared
@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_real_notice_reads_as_the_second_reading_does(file: Path) -> None:
    assert differences(json.loads(msgspec.json.encode(read(file))), file.read_bytes()) == []


@needs_shared
def test_no_real_notice_raises_a_flag_that_was_not_looked_into() -> None:
    flagged = {f"{file.parent.name}/{file.stem}": read(file).flags for file in FILES if read(file).flags}
    assert flagged == {}


@needs_shared
def test_every_real_notice_names_its_buyer_its_language_and_its_day() -> None:
    for file in FILES:
        notice = read(file)
        assert notice.title, file.name
        assert notice.language, file.name
        assert notice.dispatched or notice.published, file.name
        assert notice.buyer.name or notice.notice_type.startswith("brin"), file.name


@needs_shared
@pytest.mark.parametrize("file", INVALID, ids=lambda file: file.stem)
def test_a_notice_that_breaks_the_schema_is_read_as_far_as_it_goes(file: Path) -> None:
    notice = read(file)
    touched = file.stem != "INVALID_change-cn_24_FRA_comments"  # its faults lie in fields that are not read
    assert bool(notice.flags) is touched


@needs_shared
def test_a_business_registration_has_no_lots() -> None:
    notice = read(shared("corpus/eforms-sdk-examples/X01_EEIG.xml"))
    assert (notice.title, notice.lots, notice.buyers) == ("ABC Grouping", (), ())
