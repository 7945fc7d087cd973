"""`notifier reparse` and `notifier sources`: what a mended parser changes, and what staff are told of each source."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
import shutil
import tracemalloc
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from notifier import clock
from notifier.cli import main
from notifier.clock import write_day
from notifier.config import load
from notifier.coverage import FieldCoverage
from notifier.intake import Intake
from notifier.lots import Agreement, Document, DocumentRole, Lot, LotView, Notice, RunPurpose, RunStatus
from notifier.profiles import Cadence, Profile, SubscriberStatus
from notifier.receipts import receipt
from notifier.repair import Repair, Repaired
from notifier.resources import resource
from notifier.store import Store
from spiders.reparse import reread
from tests.demos import Demo
from tests.notifier.store.samples import until

PAGES = Path(__file__).parents[2] / "pages" / "ted"
MONDAY = dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC)
NOW = "2026-11-24T07:00"
KEY = "734512-2026"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "config"
    shutil.copytree(resource("config"), target)
    with opened(target, create=True):
        pass
    return target


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("COLUMNS", "80")
    yield
    clock.pretend(None)


def opened(folder: Path, *, create: bool = False) -> Store:
    database = folder.parent / "var" / "notifier.db"
    database.parent.mkdir(exist_ok=True)
    return Store.open(database, create=create, marker=folder / ".database")


def run(folder: Path, *words: str) -> int:
    return main(["--config", str(folder), "--now", NOW, *words])


def answer(case: str = "eforms-call", key: str = KEY) -> Document:
    """A notice of TED as the spider keeps it."""
    hit = {"publication_number": key, "xml_url": f"https://ted.example/{key}.xml", "html_url": "", "published": None}
    return Document(
        source="ted",
        place=f"GET https://ted.example/{key}.xml",
        url=f"https://ted.example/{key}.xml",
        role=DocumentRole.NOTICE,
        reader="read_notice",
        body=(PAGES / case / "page.xml").read_bytes(),
        key=key,
        facts=json.dumps({"hit": hit}).encode(),
        content_type="application/xml",
    )


def read_well(folder: Path) -> Notice:
    """What the parser of today reads of that answer, as a crawl holds it."""
    run(folder, "reparse", "ted")
    with opened(folder) as store:
        held = store.notices.latest("ted", KEY)
    assert held is not None
    return held


def crawled(folder: Path, *notices: Notice, document: Document | None = None, at: dt.datetime = MONDAY) -> None:
    """A crawl that archived the answer and read these notices from it."""
    with opened(folder) as store:
        sink = Intake(store, lambda: at)
        sink.listed("ted", [notice.key for notice in notices])
        sink.document("ted", document or answer())
        for notice in notices:
            sink.notice("ted", notice, document or answer())
        sink.finished("ted", RunStatus.GOOD)


def views(folder: Path) -> list[LotView]:
    with opened(folder) as store:
        return list(store.lots.views(MONDAY))


@pytest.fixture
def good(tmp_path: Path) -> Notice:
    """What today's parser reads."""
    aside = tmp_path / "aside"
    aside.mkdir()
    shutil.copytree(resource("config"), aside / "config")
    with opened(aside / "config", create=True):
        pass
    crawled(aside / "config")
    return read_well(aside / "config")


def worse(notice: Notice, **changed: object) -> Notice:
    """The same notice as a parser with a fault read its first lot."""
    first, *rest = notice.lots
    wrong: Lot = replace(first, **changed)  # type: ignore[arg-type]
    return replace(notice, lots=(wrong, *rest))


# -- reparse -----------------------------------------------------------------------------------------------------------


def test_an_answer_that_nobody_could_read_is_held_as_new(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    crawled(folder)
    assert views(folder) == []
    assert run(folder, "reparse", "ted") == 0
    said = capsys.readouterr().out
    assert "ted: 1 document read again: 0 corrected, 1 new, 0 as before" in said
    assert f"{KEY}, new: Pleje af grønne områder" in said
    assert len(views(folder)) > 0


def test_what_is_read_as_before_changes_nothing(folder: Path, good: Notice, capsys: pytest.CaptureFixture[str]) -> None:
    crawled(folder, good)
    before = views(folder)
    assert run(folder, "reparse") == 0
    assert "0 corrected, 0 new, 1 as before" in capsys.readouterr().out
    assert views(folder) == before


def test_a_deadline_that_was_read_wrong_is_put_right_in_place_and_told_as_a_change(
    folder: Path, good: Notice, capsys: pytest.CaptureFixture[str]
) -> None:
    crawled(folder, worse(good, deadline=until(24)))
    assert run(folder, "reparse", "ted") == 0
    said = capsys.readouterr().out
    assert "1 corrected, 0 new" in said
    assert f"{KEY}, corrected: Pleje af grønne områder" in said
    assert f"    {good.lots[0].lot_id}, deadline: 2026-12-24T12:00:00+01:00 -> " in said
    assert "To do that: notifier run" in said
    lot = next(view for view in views(folder) if view.lot.lot_id == good.lots[0].lot_id)
    assert lot.lot == good.lots[0]
    assert [[change.field for change in told.fields] for told in lot.changes] == [["deadline"]]
    with opened(folder) as store:
        assert [version.notice for version in store.notices.versions()] == [good]


def test_whoever_was_mailed_a_wrong_deadline_is_mailed_the_right_one_once_that_is_released(
    folder: Path, good: Notice
) -> None:
    def told(now: str) -> list[str]:
        for step in ("assess", "publish", "digest", "deliver"):
            assert main(["--config", str(folder), "--now", now, step]) == 0
        return Demo("", folder.parent / "var").texts()

    with opened(folder) as store:
        store.subscribers.add(
            "post@firma.example",
            language="da",
            cadence=Cadence.DAILY,
            status=SubscriberStatus.CONFIRMED,
            profile=Profile(words=("pleje",)),
            now=MONDAY,
        )
    crawled(folder, worse(good, deadline=until(24)))
    assert run(folder, "withheld", "release", "first_run:ted") == 0
    (first,) = told("2026-11-23T08:00")
    assert "24. december 2026" in first
    assert run(folder, "reparse", "ted") == 0
    assert len(told("2026-11-24T08:00")) == 1, "not by itself"
    assert run(folder, "withheld", "release", "reparse") == 0
    second = " ".join(told("2026-11-24T09:00")[-1].split())
    right = good.lots[0].deadline
    assert right
    assert re.search(
        rf"Frist for tilbud flyttet fra 24\. december 2026.* til .*{write_day(right.at.date(), 'da')}", second
    )
    assert len(told("2026-11-25T08:00")) == 2, "once"


def test_a_dry_run_says_the_same_and_writes_nothing(
    folder: Path, good: Notice, capsys: pytest.CaptureFixture[str]
) -> None:
    crawled(folder, worse(good, deadline=until(24)))
    before = (folder.parent / "var" / "notifier.db").read_bytes()
    assert run(folder, "reparse", "--dry-run") == 0
    said = capsys.readouterr().out
    assert f"{good.lots[0].lot_id}, deadline: 2026-12-24T12:00:00+01:00 -> " in said
    assert "Nothing was written" in said
    assert (folder.parent / "var" / "notifier.db").read_bytes() == before


def test_every_earlier_version_is_repaired_from_its_own_document(folder: Path, good: Notice) -> None:
    """Two contents, each with an answer of its own; the faulty parser lost the value of both."""
    newer = replace(answer(), body=answer().body.replace(b"Pleje af gr", b"Drift af gr"))
    faulty = worse(good, value=None, description="")
    crawled(folder, faulty)
    crawled(folder, replace(faulty, title="Drift af grønne områder"), document=newer, at=MONDAY + dt.timedelta(hours=1))
    assert run(folder, "reparse", "ted") == 0
    with opened(folder) as store:
        versions = [version.notice for version in store.notices.versions()]
    assert [notice.title for notice in versions] == ["Pleje af grønne områder", "Drift af grønne områder"]
    assert versions[0] == good
    assert [notice.lots[0].value for notice in versions] == [good.lots[0].value] * 2


def test_what_is_held_from_a_newer_answer_stays(folder: Path, good: Notice) -> None:
    newer = replace(answer(), body=answer().body.replace(b"Pleje af gr", b"Drift af gr"))
    crawled(folder)  # the old one could not be read then
    crawled(folder, replace(good, title="Drift af grønne områder"), document=newer, at=MONDAY + dt.timedelta(hours=1))
    run(folder, "reparse", "ted")
    with opened(folder) as store:
        latest = store.notices.latest("ted", KEY)
    assert latest is not None
    assert latest.title == "Drift af grønne områder"


def test_what_cannot_be_read_any_more_stays_as_it_is_held_and_is_told(
    folder: Path, good: Notice, capsys: pytest.CaptureFixture[str]
) -> None:
    crawled(folder, good, document=replace(answer(), body=b"<cut"))
    assert run(folder, "reparse", "ted") == 3
    said = capsys.readouterr().out
    assert "could not be read: " in said
    assert f"was read once and cannot be read now, and stays as it is held: {KEY}" in said
    with opened(folder) as store:
        assert store.notices.latest("ted", KEY) == good
        (row,) = store.runs.of("ted", purpose=RunPurpose.REPARSE)
    assert (row.status, row.listed, row.held, row.missing) == (RunStatus.PARTIAL, 1, 0, (KEY,))


def test_a_second_reparse_finds_nothing_to_do(folder: Path, good: Notice, capsys: pytest.CaptureFixture[str]) -> None:
    crawled(folder, worse(good, deadline=until(24), description="x"))
    run(folder, "reparse", "ted")
    capsys.readouterr()
    run(folder, "reparse", "ted")
    assert "0 corrected, 0 new, 1 as before" in capsys.readouterr().out


def test_a_reparse_leaves_where_the_next_crawl_begins_and_what_readers_are_told_was_read(
    folder: Path, good: Notice
) -> None:
    crawled(folder, good)
    with opened(folder) as store:
        before = store.runs.recent(("ted", "udbud")), store.runs.last_good_day("ted")
    run(folder, "reparse")
    with opened(folder) as store:
        assert (store.runs.recent(("ted", "udbud")), store.runs.last_good_day("ted")) == before


def test_long_texts_are_shown_from_where_they_part_within_80_columns(
    folder: Path, good: Notice, capsys: pytest.CaptureFixture[str]
) -> None:
    crawled(folder, worse(good, description=good.lots[0].description + " Ordet." + " Mere" * 400))
    run(folder, "reparse", "ted")
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= 80 for line in lines), lines
    assert any("Ordet." in line for line in lines)


def test_without_kept_documents_it_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "reparse", "ted") == 0
    assert "no documents are kept" in capsys.readouterr().out


def agreements_page(folder: Path) -> Document:
    """A source of agreements beside TED, and its one page, which is a list."""
    (folder / "sources" / "aftaler.toml").write_text(
        'kind = "agreements"\npublisher = "Eksempel Kommune"\nurl = "https://by.example/aftaler"\n'
        '[selectors]\nlandmark = "main"\n',
        encoding="utf-8",
    )
    rows = "".join(f"<tr><td>{area}</td><td>Firma</td><td>31-12-{year}</td></tr>" for area, year in AREAS)
    heads = "<tr><th>Område</th><th>Leverandør</th><th>Slutdato</th></tr>"
    return Document(
        source="aftaler",
        place="GET https://by.example/aftaler",
        url="https://by.example/aftaler",
        role=DocumentRole.LIST,
        reader="read_table",
        body=f"<main><h1>Aftaler</h1><table>{heads}{rows}</table></main>".encode(),
        content_type="text/html; charset=utf-8",
    )


AREAS = (("Vask af tøj", 2027), ("Frugt og grønt", 2028), ("Kontorartikler", 2029))


def test_agreements_of_a_list_are_put_right_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = agreements_page(folder)
    right = [item for read in reread(load(folder).sources[0], [page], MONDAY) for item in read.items]
    assert [item.end.year for item in right if isinstance(item, Agreement) and item.end] == [2027, 2028, 2029]
    with opened(folder) as store:
        sink = Intake(store, lambda: MONDAY)
        sink.document("aftaler", page)
        for item in right:
            assert isinstance(item, Agreement)
            wrong = replace(item, end=None, latest_end=None) if item.title == "Frugt og grønt" else item
            sink.agreement("aftaler", wrong, page)
        sink.finished("aftaler", RunStatus.GOOD)
    assert run(folder, "reparse", "--dry-run", "aftaler") == 0
    capsys.readouterr()
    assert run(folder, "reparse", "aftaler") == 0
    said = capsys.readouterr().out
    assert "aftaler: 1 document read again: 1 corrected, 0 new, 2 as before" in said
    assert "    end: unknown -> 2028-12-31" in said
    with opened(folder) as store:
        assert [view.agreement for view in store.agreements.views()] == right
        assert [run.listed for run in store.runs.of("aftaler", purpose=RunPurpose.REPARSE)] == [1]


def several(folder: Path, good: Notice, count: int, padding: int = 0) -> None:
    """As many notices, each with an answer of its own that was read wrong."""
    for number in range(count):
        key = f"{700001 + number}-2026"
        body = answer().body.replace(KEY.encode(), key.encode()).rstrip() + b"\n" + b" " * padding
        ids = {one: f"{one[:-1]}{number:x}" for one in (good.procedure_id, good.notice_id)}
        for old, new in ids.items():
            body = body.replace(old.encode(), new.encode())
        notice = replace(worse(good, deadline=until(24)), key=key, publication_number=key)
        notice = replace(notice, procedure_id=ids[good.procedure_id], notice_id=ids[good.notice_id])
        crawled(folder, notice, document=replace(answer(key=key), body=body), at=MONDAY + dt.timedelta(seconds=number))


def test_a_reparse_that_was_cut_off_is_begun_again_and_loses_nothing(
    folder: Path, good: Notice, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    several(folder, good, 4)
    take, taken = Repair.take, []

    def cut_off(self: Repair, number: int, items: Iterable[Notice | Agreement]) -> Repaired:
        taken.append(number)
        if len(taken) == 3:
            raise KeyboardInterrupt
        return take(self, number, items)

    monkeypatch.setattr(Repair, "take", cut_off)
    with contextlib.suppress(KeyboardInterrupt):
        assert run(folder, "reparse", "ted") != 0
    monkeypatch.undo()
    monkeypatch.setenv("COLUMNS", "80")
    changed = [[told.fields[0].field for told in view.changes] for view in views(folder)]
    assert changed.count(["deadline"]) == 2, "what was put right before is held, and told as a change"
    capsys.readouterr()
    assert run(folder, "reparse", "ted") == 0
    assert "4 documents read again: 2 corrected, 0 new, 2 as before" in capsys.readouterr().out
    assert [len(view.changes) for view in views(folder) if view.lot.lot_id == good.lots[0].lot_id] == [1, 1, 1, 1]
    with opened(folder) as store:
        newest, cut = store.runs.of("ted", purpose=RunPurpose.REPARSE)
    assert (newest.status, newest.changed, cut.status) == (RunStatus.GOOD, 2, None)


def test_documents_are_in_memory_one_at_a_time(folder: Path, good: Notice) -> None:
    several(folder, good, 24, padding=1_000_000)
    tracemalloc.start()
    try:
        assert run(folder, "reparse", "--dry-run", "ted") == 0
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 12_000_000, "24 documents of a megabyte"


# -- sources -----------------------------------------------------------------------------------------------------------


def ended(
    store: Store,
    status: RunStatus | None,
    days_ago: int,
    listed: int = 41,
    held: int = 41,
    message: str = "",
    missing: tuple[str, ...] = (),
    purpose: RunPurpose = RunPurpose.CRAWL,
) -> None:
    at = MONDAY + dt.timedelta(days=1 - days_ago)
    number = store.runs.begin("ted", at, purpose)
    if status:
        store.runs.finish(
            number, finished=at, status=status, listed=listed, held=held, message=message, missing=missing
        )


def told(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The paragraph of the one source, its lines joined."""
    assert run(folder, "sources", "ted") == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= 80 for line in lines), lines
    return " ".join(" ".join(lines).split())


def test_a_source_that_was_never_read_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "1 source: 1 not read to the end yet ted: TED, EU’s udbudsavis last read never" in told(folder, capsys)


def test_a_good_source_has_its_receipt(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with opened(folder) as store:
        ended(store, RunStatus.GOOD, 0)
    said = told(folder, capsys)
    assert "last read 2026-11-24 07:00 result good" in said
    assert "receipt the source lists 41, we hold 41" in said
    assert "missing" not in said
    assert "read whole" not in said


def test_what_is_missing_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with opened(folder) as store:
        ended(store, RunStatus.GOOD, 3)
        ended(store, RunStatus.PARTIAL, 0, 44, 40, "2026-113 was cut off", ("2026-113", "2026-114"))
    said = told(folder, capsys)
    assert "read, but not all of it because 2026-113 was cut off" in said
    assert "read whole 2026-11-21 07:00, 3 days ago; 1 run since then" in said
    assert "the source lists 44, we hold 40 missing 2026-113, 2026-114 and 2 more" in said


def test_an_alarm_comes_with_its_reason_and_the_last_reading_that_can_be_trusted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(folder) as store:
        ended(store, RunStatus.GOOD, 3)
        for days in (2, 1):
            ended(store, RunStatus.ALARM, days, 0, 0, "no landmark (https://by.example/udbud): look at the page")
    said = told(folder, capsys)
    assert said.startswith("1 source: 1 in alarm")
    assert "2026-11-23 07:00, yesterday result ALARM" in said
    assert "no landmark (https://by.example/udbud): look at the page" in said
    assert "2 runs since then" in said
    assert "the source listed 41, we held 41 on 2026-11-21 07:00" in said


def test_a_source_that_was_never_read_whole_says_in_how_many_runs(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(folder) as store:
        ended(store, RunStatus.FAILED, 1, 0, 0, "no answer")
    assert "read whole never yet, in 1 run" in told(folder, capsys)


def test_a_run_that_was_cut_off_is_told_beside_the_one_that_ended(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(folder) as store:
        ended(store, RunStatus.GOOD, 1)
        ended(store, None, 0)
    said = told(folder, capsys)
    assert "now being read since 2026-11-24 07:00, or cut off then" in said
    assert "last read 2026-11-23 07:00, yesterday result good" in said


@pytest.mark.parametrize("purpose", [RunPurpose.BACKFILL, RunPurpose.REPARSE])
def test_a_backfill_or_reparse_without_an_end_is_told_as_such(
    folder: Path, capsys: pytest.CaptureFixture[str], purpose: RunPurpose
) -> None:
    with opened(folder) as store:
        ended(store, None, 0, purpose=purpose)
    assert f"{purpose.value} begun 2026-11-24 07:00, going on or cut off" in " ".join(told(folder, capsys).split())


def test_a_backfill_has_a_line_of_its_own(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with opened(folder) as store:
        ended(store, RunStatus.GOOD, 1)
        ended(store, RunStatus.FAILED, 0, purpose=RunPurpose.BACKFILL)
    said = told(folder, capsys)
    assert "1 source: 1 good" in said
    assert "backfill 2026-11-24 07:00; 0 new, 0 changed" in said


def test_the_sources_that_need_a_person_come_first_and_those_switched_off_last(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = folder / "sources"
    (sources / "udbud.toml").unlink()
    text = (sources / "ted.toml").read_text(encoding="utf-8")
    (sources / "ill.toml").write_text(text, encoding="utf-8")
    (sources / "off.toml").write_text("enabled = false\n" + text, encoding="utf-8")
    with opened(folder) as store:
        ended(store, RunStatus.GOOD, 0)
        number = store.runs.begin("ill", MONDAY)
        store.runs.finish(number, finished=MONDAY, status=RunStatus.BLOCKED, listed=0, held=0)
    assert run(folder, "sources") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "3 sources: 1 refused, 1 good, 1 switched off"
    assert "crawl" not in lines[-1], "what is switched off is not read by it"
    heads = [line.partition(":")[0] for line in lines[1:] if line and not line.startswith(" ")]
    assert heads == ["ill", "ted", "off (switched off)"]


def test_many_sources_with_long_names_fit_a_terminal_of_80_columns(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = folder / "sources"
    text = (sources / "ted.toml").read_text(encoding="utf-8")
    named = re.sub(r"^name = .*$", f'name = "{"Indkøb og udbud i kommunen, " * 5}"', text, flags=re.MULTILINE)
    with opened(folder) as store:
        for number, status in enumerate((*RunStatus, *RunStatus, None)):
            source = f"kilde-med-et-langt-navn-{number}"
            (sources / f"{source}.toml").write_text(named.replace('id = "ted"', ""), encoding="utf-8")
            run_number = store.runs.begin(source, MONDAY)
            if status:
                store.runs.finish(run_number, finished=MONDAY, status=status, listed=0, held=0, message="ord " * 90)
    assert run(folder, "sources") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("13 sources: 2 in alarm, 2 failed, 2 refused, 2 not read whole,")
    assert all(len(line) <= 80 for line in lines), lines


def test_hostile_words_of_a_source_do_not_reach_the_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with opened(folder) as store:
        ended(store, RunStatus.PARTIAL, 0, 2, 1, "\x1b[2Jred\nted: good", ("\x1b]0;x\x07", "a\nb"))
    said = told(folder, capsys)
    assert "\x1b" not in said
    assert "\x07" not in said


def test_doubts_about_what_is_held_are_counted_and_the_most_frequent_named(
    folder: Path, good: Notice, capsys: pytest.CaptureFixture[str]
) -> None:
    kinds = [f"Not read, because nobody knows what it means: Mærkat {number}; Farve." for number in range(7)]
    crawled(folder, replace(good, flags=tuple(kinds)))
    said = told(folder, capsys)
    assert (
        "doubts 1 of 1 that we hold were read with doubts: Not read, because nobody knows what it means: Farve" in said
    )
    assert "Mærkat 3 (1); and 3 more" in said


def test_readings_that_found_nothing_new_are_not_compared_with_those_that_did(folder: Path) -> None:
    ted = next(source for source in load(folder).sources if source.id == "ted")
    days = [("2026-11-20", 228), ("2026-11-21", 229), ("2026-11-22", 0), ("2026-11-23", 0)]
    with opened(folder) as store:
        for day, items in days:
            number, read = store.runs.begin("ted", MONDAY), FieldCoverage(items, {"title": items}, {"p": 1}, day=day)
            end = {"status": RunStatus.GOOD, "listed": 229, "held": 229, "coverage": read}
            store.runs.finish(number, finished=MONDAY, **end)  # type: ignore[arg-type]
        known = receipt(store, ted)
    assert [one.items for one in known.coverage] == [229, 228]
    assert known.quiet_since == dt.date(2026, 11, 21)
