"""The commands that need no network, in this process."""

from __future__ import annotations

import csv
import fcntl
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from notifier.cli import main
from notifier.cli.steps import chosen
from notifier.config import load
from notifier.keys import Purpose, key_of
from notifier.lots import Assessment, Verdict
from notifier.resources import resource
from notifier.store import Assessed, Store
from tests.notifier import examples

NOW = "2026-11-23T07:00"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "config"
    shutil.copytree(resource("config"), target)
    return target


def run(folder: Path, *words: str) -> int:
    return main(["--config", str(folder), "--now", NOW, *words])


def hold_one_notice(folder: Path) -> None:
    database = folder.parent / "var" / "notifier.db"
    database.parent.mkdir(exist_ok=True)
    with Store.open(database, create=True, marker=folder / ".database") as store:
        store.notices.hold(examples.notice(lots=(examples.lot(title="=HYPERLINK(1)"),)), examples.NOW)


def test_init_writes_a_folder_that_check_finds_no_mistake_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(tmp_path / "new")]) == 0
    assert main(["--config", str(tmp_path / "new"), "check"]) == 0
    assert "no mistakes" in capsys.readouterr().out


def test_init_overwrites_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert main(["init", str(tmp_path)]) == 2
    assert "no empty folder" in capsys.readouterr().err


def test_a_wrong_configuration_ends_with_2_and_names_the_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "notifier.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("base_url", "base_ulr"), encoding="utf-8")
    assert run(folder, "run") == 2
    said = capsys.readouterr().err
    assert "notifier.toml:" in said
    assert "did you mean 'base_url'?" in said


@pytest.mark.parametrize(
    "words",
    [
        ("fly",),
        ("crawl", "nowhere"),
        ("export", "boats"),
        ("subscribers", "add", "a@b.example", "--area", "Copenhagen"),
    ],
)
def test_what_cannot_be_asked_for_ends_with_2(folder: Path, words: tuple[str, ...]) -> None:
    assert run(folder, *words) == 2


def test_a_moment_that_is_none_ends_with_2(folder: Path) -> None:
    assert main(["--config", str(folder), "--now", "yesterday", "check"]) == 2


def test_without_a_word_the_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--help"])
    said = capsys.readouterr().out
    commands = "crawl assess digest deliver publish run demo check export subscribers init".split()
    assert all(f"\n  {command} " in said for command in commands)


@pytest.mark.parametrize("step", ["run", "crawl", "assess", "publish", "digest", "deliver"])
def test_a_second_run_says_who_holds_the_lock_and_ends_with_75(
    folder: Path, capsys: pytest.CaptureFixture[str], step: str
) -> None:
    lock = folder.parent / "var" / "notifier.db.lock"
    lock.parent.mkdir()
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        handle.write("process 4711 since 2026-11-23T06:00:00+01:00")
        handle.flush()
        assert run(folder, step) == 75
    assert "process 4711 since 2026-11-23T06:00:00+01:00" in capsys.readouterr().err


def test_a_missing_database_is_not_replaced_by_an_empty_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hold_one_notice(folder)
    database = folder.parent / "var" / "notifier.db"
    for file in database.parent.glob("notifier.db*"):
        file.unlink()
    assert run(folder, "subscribers", "add", "post@rengoering.example") == 1
    assert str(database) in capsys.readouterr().err
    assert not database.exists()


def test_export_writes_a_line_for_each_lot_with_every_promised_key(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hold_one_notice(folder)
    assert run(folder, "export", "lots", "--format", "jsonl") == 0
    line = json.loads(capsys.readouterr().out)
    promised = """
        source notice_id notice_version publication_number procedure_id notice_type language buyer buyer_id lot_id kind
        title description cpv_main cpv_additional value currency nuts duration start end deadline
        participation_deadline reserved reserved_execution social_objectives strategic framework sme_suitable url
        verdict trades score evidence
    """.split()
    assert set(promised) <= set(line)
    assert line["verdict"] in ("reserved", "suitable", "possible", "unsuitable")
    assert line["deadline"] == "2026-12-08T12:00:00+01:00"
    assert (line["value"], line["currency"], line["reserved"]) == (2_500_000, "DKK", [])


def test_the_csv_has_a_heading_and_no_formula(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hold_one_notice(folder)
    assert run(folder, "export", "lots", "--format", "csv") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert rows[0]["title"] == "'=HYPERLINK(1)"
    assert rows[0]["cpv_main"] == "90911200"


def test_subscribers_are_listed_by_number_and_never_by_address(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    added = run(folder, "subscribers", "add", "Post@Rengoering.example", "--trade", "cleaning", "--cadence", "daily")
    assert added == 0
    assert run(folder, "subscribers", "list") == 0
    assert run(folder, "subscribers", "remove", "1") == 0
    assert run(folder, "subscribers", "remove", "1") == 2
    said = capsys.readouterr()
    assert "confirmed, daily, da; cleaning" in said.out
    assert "rengoering.example" not in (said.out + said.err).lower()


def test_who_writes_stop_is_removed_by_address_or_by_the_key_of_their_mail(folder: Path) -> None:
    for address in ("post@rengoering.example", "hej@kantine.example"):
        assert run(folder, "subscribers", "add", address) == 0
    with Store.open(folder.parent / "var" / "notifier.db") as store:
        second = store.subscribers.by_address("hej@kantine.example")
        assert second is not None
    assert run(folder, "subscribers", "remove", "Post@Rengoering.example") == 0
    assert run(folder, "subscribers", "remove", second.token) == 2
    assert run(folder, "subscribers", "remove", key_of(second, Purpose.STOP)) == 0
    with Store.open(folder.parent / "var" / "notifier.db") as store:
        assert store.subscribers.all() == ()


def test_what_a_subscriber_asked_for_is_told_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wishes = ("--area", "dk011", "--word", "vinduer", "--max-value", "500000", "--name", "Rene Ruder")
    assert run(folder, "subscribers", "add", "post@ruder.example", *wishes) == 0
    said = capsys.readouterr().out
    assert "Rene Ruder: confirmed, weekly, da; all trades; in DK011; with the words vinduer; up to DKK 500,000" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("post@rengoering.example", "--word", ""), "too short"),
        (("post@rengoering.example", "--trade", "cleanin"), "there is no trade 'cleanin'"),
        (("a@b.example, c@d.example",), "address"),
        (("post@rengoering.example", "--cadence", "hourly"), "hourly"),
    ],
)
def test_a_subscriber_who_cannot_be_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert run(folder, "subscribers", "add", *words) == 2
    assert said in capsys.readouterr().err


def test_an_address_is_added_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "subscribers", "add", "post@rengoering.example") == 0
    assert run(folder, "subscribers", "add", "POST@rengoering.example") != 0
    assert "rengoering.example" not in capsys.readouterr().err.lower()


@pytest.mark.parametrize("step", ["assess", "publish", "digest", "deliver"])
def test_a_step_that_finds_no_database_makes_none(folder: Path, capsys: pytest.CaptureFixture[str], step: str) -> None:
    assert run(folder, step) == 1
    assert "there is no database yet" in capsys.readouterr().err
    assert not (folder.parent / "var" / "notifier.db").exists()


def test_wrong_rules_are_told_before_anything_is_fetched(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = folder / "suitability.toml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("[thresholds]", "[thresholdz]"), encoding="utf-8")
    assert run(folder, "run") == 2
    assert "suitability.toml" in capsys.readouterr().err
    assert not (folder.parent / "var" / "notifier.db").exists()


def test_check_names_mistakes_of_the_source_and_of_its_kind_together_each_with_its_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (folder / "sources/kommunens-udbud.toml.example").read_text(encoding="utf-8")
    page = page.replace("landmark =", "landmrk =", 1).replace("expect = { min = 0", 'expect = { min = "none"', 1)
    (folder / "sources/by.toml").write_text(page, encoding="utf-8")
    assert run(folder, "check") == 2
    said = capsys.readouterr().err
    lines = page.splitlines()
    for key, start in (("expect.min", "expect ="), ("selectors.list.landmrk", "landmrk =")):
        number = 1 + next(index for index, line in enumerate(lines) if line.startswith(start))
        assert f"by.toml:{number}: {key}" in said


def test_what_staff_post_themselves_is_no_source_to_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It neither waits to be read for the first time, nor is it in alarm: no list of what was read has it."""
    assert run(folder, "check") == 0
    assert "opslag" in capsys.readouterr().out
    assert [source.id for source in chosen(load(folder), ())] == ["ted", "udbud"]
    for command in (("crawl", "opslag"), ("sources", "opslag"), ("reparse", "opslag")):
        assert run(folder, *command) == 2
        assert "'opslag' is what staff post at the desk" in capsys.readouterr().err
    hold_one_notice(folder)
    assert run(folder, "sources") == 0
    assert "opslag" not in capsys.readouterr().out
    assert run(folder, "export", "lots", "--source", "opslag") == 0


def test_a_threshold_that_is_none_is_a_mistake(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "sources/opslag.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("threshold = 500000", 'threshold = "lots"'), "utf-8")
    assert run(folder, "check") == 2
    assert "filter.threshold" in capsys.readouterr().err


def test_check_says_what_is_hardly_meant(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ted = folder / "sources/ted.toml"
    text = ted.read_text(encoding="utf-8").replace("https://api.ted.europa.eu", "http://127.0.0.1:8765")
    ted.write_text(text, encoding="utf-8")
    assert run(folder, "check") == 0
    said = capsys.readouterr().out
    assert "note: ted: 127.0.0.1 will be refused unless allow_private_address = true" in said
    assert "note: notifier.toml still has the addresses that it came with" in said


def test_a_lot_that_is_no_longer_public_is_no_longer_recorded_as_published(folder: Path) -> None:
    hold_one_notice(folder)
    assert run(folder, "assess") == 0
    assert run(folder, "publish") == 0
    database = folder.parent / "var" / "notifier.db"
    with Store.open(database) as store:
        assert store.publications.fingerprints().keys() == {
            *(view.uid for view in store.lots.views(examples.NOW)),
            "coverage",
        }
        waiting = list(store.assessments.waiting("another"))
        unsuitable = Assessment(Verdict.UNSUITABLE, 0.0)
        store.assessments.save([Assessed(item.number, unsuitable) for item in waiting], examples.NOW)
    assert run(folder, "publish") == 0
    with Store.open(database) as store:
        assert store.publications.fingerprints().keys() == {"coverage"}


def test_init_refuses_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    assert main(["init", str(tmp_path / "file")]) == 2
    assert "no empty folder" in capsys.readouterr().err


def test_an_output_that_takes_no_more_is_told_in_one_line(folder: Path) -> None:
    hold_one_notice(folder)
    command = [sys.executable, "-m", "notifier", "--config", str(folder), "export", "lots"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_held_mail_is_listed_without_its_address_and_sent_again_by_hand(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "subscribers", "add", "post@rengoering.example") == 0
    with Store.open(folder.parent / "var" / "notifier.db") as store:
        number = store.outbox.add(
            digest_id=None,
            subscriber_id=1,
            message_id="<a@kommune.example>",
            recipient="post@rengoering.example",
            body=b"Subject: x\r\n\r\n",
            now=examples.NOW,
        )
        store.outbox.claim(number, examples.NOW)
        store.outbox.begin_body(number)
    assert run(folder, "deliver") == 1  # what a dead run left in doubt is held, and that is an error until looked at
    assert run(folder, "outbox", "list") == 0
    assert "held, for subscriber 1" in capsys.readouterr().out
    assert run(folder, "outbox", "resend", "1") == 0
    assert run(folder, "outbox", "resend", "1") == 2
    assert run(folder, "deliver") == 0
    assert run(folder, "outbox", "list") == 0
    said = capsys.readouterr()
    assert "nothing is held" in said.out
    assert "rengoering.example" not in said.out + said.err
