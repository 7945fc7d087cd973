"""Staff at the command line: tag and untag, train, promote, evaluate, queue; and that a tag reaches readers once."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from notifier import clock
from notifier.cli import main, steps
from notifier.config import load
from notifier.corrections import Hidden
from notifier.desk.queueing import clear
from notifier.lots import Lot, Notice, Organisation, Stage, Verdict
from notifier.profiles import Cadence, Profile, SubscriberStatus
from notifier.resources import resource
from notifier.store import Store
from notifier.store.draws import Draw
from notifier.store.promotions import Grounds
from notifier.store.queue import Asked
from tests.notifier.learning.make import FITTING, OTHER
from tests.notifier.store.samples import until

MONDAY = dt.datetime(2026, 11, 23, 7, tzinfo=clock.COPENHAGEN)
NOW = MONDAY.isoformat()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A town as it comes."""
    target = tmp_path / "config"
    shutil.copytree(resource("config"), target)
    return target


def run(folder: Path, *words: str, at: dt.datetime = MONDAY) -> int:
    return main(["--config", str(folder), "--now", at.isoformat(), *words])


def opened(folder: Path) -> Store:
    loaded = load(folder)
    return Store.open(loaded.database, create=True, marker=loaded.marker)


def hold(folder: Path, *titles: str, start: int = 0, seen: dt.datetime = MONDAY - dt.timedelta(days=1)) -> None:
    """An open lot of each title, every one of another buyer."""
    with opened(folder) as store:
        for number, title in enumerate(titles, start=start):
            lot = Lot("LOT-0001", title, deadline=until(8))
            key = f"{number + 100:06}-2026"
            notice = Notice(
                "ted",
                key,
                Stage.CALL,
                title,
                publication_number=key,
                procedure_id=f"P{number}",
                notice_type="cn-standard",
                language="da",
                buyers=(Organisation(f"Køber {number}"),),
                lots=(lot,),
            )
            store.notices.hold(notice, seen)


def tag(folder: Path, lot: str, verdict: str = "suitable", *more: str, at: dt.datetime = MONDAY) -> int:
    return run(folder, "tag", lot, verdict, "--who", "LK", "--why", "vi kender opgaven", *more, at=at)


def verdicts(folder: Path) -> list[Verdict | None]:
    with opened(folder) as store:
        return [view.assessment.verdict if view.assessment else None for view in store.lots.views(MONDAY)]


# -- tags


def test_a_lot_is_tagged_listed_and_untagged(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hold(folder, "Blomsterkranse til hele byen")
    assert run(folder, "assess") == 0
    assert tag(folder, "000100-2026") == 0
    assert "suitable (was unsuitable)" in capsys.readouterr().out
    assert run(folder, "assess") == 0
    assert verdicts(folder) == [Verdict.SUITABLE]
    run(folder, "tags", "list")
    assert "2026-11-23  suitable    LK: blomsterkranse-til-hele-byen" in capsys.readouterr().out
    assert run(folder, "untag", "000100-2026", "--who", "MB") == 0
    assert "unsuitable, as the machine says" in capsys.readouterr().out
    assert verdicts(folder) == [Verdict.UNSUITABLE]
    run(folder, "tags", "list")
    assert "no tags yet" in capsys.readouterr().out
    run(folder, "tags", "list", "--all")
    assert "taken back 2026-11-23 by MB" in capsys.readouterr().out


@pytest.mark.parametrize(("words", "said"), [
    (("tag", "nowhere", "suitable", "--who", "LK", "--why", "x"), "no lot goes by 'nowhere'"),
    (("tag", "LOT-0001", "suitable", "--who", "LK", "--why", "x"), "2 lots go by 'LOT-0001'"),
    (("tag", "000100-2026", "egnet", "--who", "LK", "--why", "x"), "'egnet' is not one of"),
    (("tag", "000100-2026", "suitable", "--who", " ", "--why", "x"), "--who is empty"),
    (("tag", "000100-2026", "suitable", "--who", "LK", "--why", "x" * 501), "--why has 501 characters"),
    (("tag", "000100-2026", "suitable", "--who", "LK"), "Missing option '--why'"),
    (("tag", "000100-2026", "possible", "--who", "L", "--why", "x", "--trade", "mining"), "there is no trade 'mining'"),
    (("untag", "000100-2026", "--who", "LK"), "has no tag"),
])  # fmt: skip
def test_what_cannot_be_tagged_is_refused_with_a_reason(
    folder: Path, capsys: pytest.CaptureFixture[str], words: Sequence[str], said: str
) -> None:
    hold(folder, "Blomsterkranse", "Radarantenner")
    assert run(folder, *words) == 2
    assert said in capsys.readouterr().err
    with opened(folder) as store:
        assert store.tags.all() == ()


def test_a_lot_that_is_tagged_after_the_digest_went_out_goes_into_the_next_one_once(folder: Path) -> None:
    hold(folder, "Rengøring af skoler i hele byen", "Blomsterkranse til hele byen")
    with opened(folder) as store:
        store.subscribers.add(
            "a@by.example",
            cadence=Cadence.DAILY,
            status=SubscriberStatus.CONFIRMED,
            profile=Profile(),
            now=MONDAY - dt.timedelta(days=3),
        )

    def day(number: int) -> list[str]:
        """Everything but crawling, on a day; the mails that were written on it, without their transfer encoding."""
        at = MONDAY + dt.timedelta(days=number)
        for step in ("assess", "publish", "digest", "deliver"):
            assert run(folder, step, at=at) == 0
        mails = sorted((load(folder).outbox / "new").iterdir())
        texts = [mail.read_text(encoding="utf-8") for mail in mails]
        for mail in mails:
            mail.unlink()
        return texts

    def again(number: int, *words: str) -> None:
        assert run(folder, *words, "--who", "LK", at=MONDAY + dt.timedelta(days=number, hours=4)) == 0

    assert len(first := day(0)) == 1
    assert "lomsterkranse" not in first[0]
    tagging = ("tag", "000101-2026", "suitable", "--why", "HEMMELIG GRUND")
    again(0, *tagging)
    assert len(second := day(1)) == 1
    assert "lomsterkranse" in second[0]
    assert "HEMMELIG" not in second[0]
    again(1, "untag", "000101-2026")
    assert day(2) == []
    again(2, *tagging)
    assert day(3) == []  # told once is told
    site = load(folder).site
    assert any("lomsterkranse" in page.read_text(encoding="utf-8") for page in site.rglob("*.html"))
    assert not [page for page in site.rglob("*") if page.is_file() and b"HEMMELIG" in page.read_bytes()]


def test_an_export_has_staffs_verdict_and_neither_who_nor_why(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hold(folder, "Blomsterkranse til hele byen")
    assert run(folder, "assess") == 0
    run(folder, "tag", "000100-2026", "possible", "--who", "Lone Kjær", "--why", "HEMMELIG GRUND")
    capsys.readouterr()
    for form in ("jsonl", "csv"):
        assert run(folder, "export", "lots", "--format", form) == 0
        said = capsys.readouterr().out
        assert "possible" in said
        assert "Lone" not in said
        assert "HEMMELIG" not in said


# -- learning


def tagged_town(folder: Path, each: int = 12) -> None:
    """As many tagged lots of work that fits as of work that does not, none of which the rules know."""
    titles = [f"{words[n % 6]} til byen, parti {n}" for n in range(each) for words in (FITTING, OTHER)]
    hold(folder, *titles)
    assert run(folder, "assess") == 0
    with opened(folder) as store:
        for number, view in enumerate(store.lots.views(MONDAY)):
            fits = view.lot.title.startswith(FITTING)
            said = Verdict.SUITABLE if fits else Verdict.UNSUITABLE
            store.tags.add(view.uid, said, who="LK", why="kendt", now=MONDAY + dt.timedelta(seconds=number))


def models(folder: Path) -> list[str]:
    shelf = load(folder).database.parent / "models"
    return [path.name for path in shelf.iterdir()] if shelf.exists() else []


def test_a_model_is_learned_and_judges_only_after_it_was_promoted(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tagged_town(folder)
    hold(folder, "Blomsterkranse og kurve til hele byen", start=900)
    assert run(folder, "train") == 0
    assert "it judges nothing yet" in capsys.readouterr().out
    (model,) = models(folder)
    card = json.loads((load(folder).database.parent / "models" / model / "model.json").read_text(encoding="utf-8"))
    assert (card["data"]["tags"], card["data"]["suitable"], card["made"][:10]) == (24, 12, "2026-11-23")
    assert card["figures"]["f1_with_model"] > card["figures"]["f1_in_use"]
    assert run(folder, "assess") == 0
    assert verdicts(folder)[-1] is Verdict.UNSUITABLE
    monkeypatch.setattr("click.confirm", lambda _: False)
    assert run(folder, "promote", model, "--who", "LK") == 1
    said = capsys.readouterr().out
    assert "24 tags held out, fewer than 100" in said
    assert "unsuitable → possible  blomsterkranse-og-kurve" in said
    assert run(folder, "assess") == 0
    assert verdicts(folder)[-1] is Verdict.UNSUITABLE
    assert run(folder, "promote", model, "--who", "LK", "--yes") == 0
    assert run(folder, "assess") == 0
    assert verdicts(folder)[-1] is Verdict.POSSIBLE
    with opened(folder) as store:
        latest = store.promotions.latest()
        assert latest is not None
        assert (latest.model_version, latest.grounds, latest.who) == (model, Grounds.CONFIRMED, "LK")
        assert "blomsterkranse" in latest.report
    assert run(folder, "promote", "--without-model", "--who", "LK", "--yes") == 0
    assert run(folder, "assess") == 0
    assert verdicts(folder)[-1] is Verdict.UNSUITABLE


def test_with_a_hundred_tags_it_is_measured_and_nobody_is_asked(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tagged_town(folder, 60)
    assert run(folder, "train") == 0
    (model,) = models(folder)
    capsys.readouterr()
    assert run(folder, "promote", model, "--who", "LK") == 0
    assert "120 tags held out" in (said := capsys.readouterr().out)
    assert "not worse" in said
    with opened(folder) as store:
        assert store.promotions.all()[-1].grounds is Grounds.NOT_WORSE
    assert run(folder, "promote", "--without-model", "--who", "LK", "--yes") == 1
    assert "refused: it may be worse" in capsys.readouterr().out
    with opened(folder) as store:
        assert store.promotions.all()[-1].model_version == model


def test_a_change_of_rules_waits_until_it_is_promoted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hold(folder, "Rengøring af skoler i hele byen")
    assert run(folder, "assess") == 0
    before = verdicts(folder)
    rules = folder / "suitability.toml"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text.replace("possible_from = 1.0", "possible_from = 1.9"), encoding="utf-8")
    capsys.readouterr()
    assert run(folder, "assess") == 0
    assert "suitability.toml was changed and is not in use yet: 'notifier promote'" in capsys.readouterr().out
    assert verdicts(folder) == before != [Verdict.UNSUITABLE]
    assert run(folder, "promote", "--who", "LK", "--yes") == 0
    assert "possible → unsuitable  rengoering-af-skoler" in capsys.readouterr().out
    assert run(folder, "assess") == 0
    assert verdicts(folder) == [Verdict.UNSUITABLE]
    assert run(folder, "promote", "--who", "LK") == 0
    assert "these judge already" in capsys.readouterr().out


def test_another_program_with_the_same_rules_is_used_at_once_and_noted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(folder, "Rengøring")
    assert run(folder, "assess") == 0
    monkeypatch.setattr("notifier.suitability.loading.CODE_VERSION", "another")
    assert run(folder, "assess") == 0
    with opened(folder) as store:
        assert [one.grounds for one in store.promotions.all()] == [Grounds.FIRST, Grounds.CODE]


def test_a_lost_model_is_told_and_nothing_is_judged_by_something_else(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tagged_town(folder)
    assert run(folder, "train") == 0
    (model,) = models(folder)
    assert run(folder, "promote", model, "--who", "LK", "--yes") == 0
    shutil.rmtree(load(folder).database.parent / "models")
    capsys.readouterr()
    assert run(folder, "assess") == 1
    assert f"there is no model '{model}'" in capsys.readouterr().err


def test_too_few_tags_are_told_with_what_to_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hold(folder, "Blomsterkranse")
    assert run(folder, "train") == 1
    assert "'notifier queue' proposes some" in capsys.readouterr().err


# -- labels and measuring


def test_what_judges_is_measured_against_tags(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tagged_town(folder)
    capsys.readouterr()
    assert run(folder, "evaluate") == 0
    said = capsys.readouterr().out
    assert "against staff's tags, 2026-11-23" in said
    assert "24 lots of 24 groups" in said
    assert max(len(line) for line in said.splitlines()) <= 80


def labels_of(tmp_path: Path, *lines: object) -> tuple[str, ...]:
    notices = tmp_path / "notices"
    notices.mkdir(exist_ok=True)
    page = Path(__file__).parents[2] / "pages/ted/eforms-call/page.xml"
    source = page if page.exists() else next((Path(__file__).parents[2] / "pages/ted").glob("*call*/page.xml"))
    shutil.copy(source, notices / "one.xml")
    labels = tmp_path / "labels.jsonl"
    labels.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return ("--labels", str(labels), "--notices", str(notices))


def test_labels_are_measured_without_any_database(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    label = {"file": "one.xml", "lot_id": "LOT-0001", "verdict": "suitable"}
    assert run(folder, "evaluate", *labels_of(tmp_path, label)) == 0
    assert "1 lots of 1 groups" in capsys.readouterr().out
    assert not load(folder).database.exists()


@pytest.mark.parametrize("label", [
    {"file": "one.xml", "lot_id": "LOT-0099", "verdict": "suitable"},
    {"file": "none.xml", "lot_id": "LOT-0001", "verdict": "suitable"},
    {"file": "one.xml", "lot_id": "LOT-0001", "verdict": "egnet"},
    {"file": "one.xml"},
    [],
])  # fmt: skip
def test_a_label_that_cannot_be_used_is_named_with_its_line(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], label: object
) -> None:
    good = {"file": "one.xml", "lot_id": "LOT-0001", "verdict": "suitable"}
    assert run(folder, "evaluate", *labels_of(tmp_path, good, label)) == 2
    assert "labels.jsonl:2" in capsys.readouterr().err


def test_labels_need_their_notices(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "evaluate", *labels_of(tmp_path)[:2]) == 2
    assert "--labels needs --notices" in capsys.readouterr().err


# -- the queue


def test_the_queue_asks_and_answers_become_an_estimate(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hold(folder, *(f"Rengøring af skole {n}" for n in range(6)), *(f"Radarantenne nummer {n}" for n in range(30)))
    assert run(folder, "assess") == 0
    capsys.readouterr()
    assert run(folder, "queue", "draw", "--uncertain", "2", "--random", "12") == 0
    said = capsys.readouterr().out
    kinds = [line.split()[0] for line in said.splitlines() if line.startswith(("random", "uncertain"))]
    assert (kinds.count("random"), kinds.count("uncertain")) == (12, 2)
    assert "recall is not known yet" in said
    with opened(folder) as store:
        asked = store.draws.all()
        titles = {view.uid: view.lot.title for view in store.lots.views(MONDAY)}
        assert all(one.probability == pytest.approx(7 / 30) for one in asked if (one.frame, one.kind) == (30, "random"))
        for one in asked:
            answer = Verdict.SUITABLE if "Rengøring" in titles[one.lot_uid] else Verdict.UNSUITABLE
            store.tags.add(one.lot_uid, answer, who="LK", why="set", now=MONDAY + dt.timedelta(hours=1))
    assert run(folder, "queue") == 0
    said = capsys.readouterr().out
    assert "nothing to answer" in said
    assert "recall about 1.00" in said
    assert "12 answers to 12 random questions" in said
    assert "2 answers on uncertain lots were not used" in said


def quiet_run(folder: Path, monkeypatch: pytest.MonkeyPatch, at: dt.datetime = MONDAY) -> int:
    """A run that reads nothing new."""
    monkeypatch.setattr(steps, "_crawl", lambda *_: 0)
    return run(folder, "run", at=at)


def drawn(folder: Path) -> list[Draw]:
    with opened(folder) as store:
        return list(store.draws.all())


def test_a_run_draws_the_weeks_sample_before_anybody_can_confirm_rejections(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hold(folder, *(f"Rengøring af skole {n}" for n in range(6)), *(f"Radarantenne nummer {n}" for n in range(30)))
    assert quiet_run(folder, monkeypatch) == 0
    assert "5 of 36 lots drawn by chance, this week's sample" in capsys.readouterr().out
    asked = drawn(folder)
    assert {(one.stratum, one.frame, one.probability) for one in asked} == {
        ("rejected_far", 30, 3 / 30),
        ("accepted", 6, 2 / 6),
    }
    with opened(folder) as store:
        clearly = {found.uid for _, found in store.queue.page(Asked(), (clear(MONDAY),), "da", limit=99)}
        assert len(clearly) == 27
        assert not clearly & {one.lot_uid for one in asked}
    assert run(folder, "queue") == 0
    assert sum(line.startswith("random") for line in capsys.readouterr().out.splitlines()) == 5


def test_a_week_has_one_sample_and_the_next_is_of_lots_that_no_other_could_have_drawn(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hold(folder, *(f"Radarantenne nummer {n}" for n in range(30)))
    quiet_run(folder, monkeypatch)
    hold(folder, *(f"Ubåd nummer {n}" for n in range(7)), start=30, seen=MONDAY + dt.timedelta(days=1))
    quiet_run(folder, monkeypatch, MONDAY + dt.timedelta(days=6, hours=16))  # Sunday at 23
    assert len(drawn(folder)) == 5
    quiet_run(folder, monkeypatch, MONDAY + dt.timedelta(days=6, hours=17))  # Monday at midnight in Copenhagen
    new = [one for one in drawn(folder) if one.round == 2]
    assert {(one.frame, one.probability) for one in new} == {(7, 5 / 7)}
    assert len({one.lot_uid for one in drawn(folder)}) == 10
    capsys.readouterr()
    run(folder, "queue", at=MONDAY + dt.timedelta(days=7))
    assert sum(line.startswith("random") for line in capsys.readouterr().out.splitlines()) == 10


def test_what_was_answered_or_taken_off_or_is_over_is_not_drawn(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(folder, "Radarantenner", "Ubåde", "Torpedoer")
    run(folder, "assess")
    tag(folder, "000100-2026", "unsuitable")
    with opened(folder) as store:
        (submarines,) = store.lots.find("000101-2026", MONDAY)
        store.corrections.hide(submarines.uid, Hidden.ELSEWHERE, MONDAY)
    quiet_run(folder, monkeypatch)
    with opened(folder) as store:
        (torpedoes,) = store.lots.find("000102-2026", MONDAY)
    assert [one.lot_uid for one in drawn(folder)] == [torpedoes.uid]
    hold(folder, "Kampfly", start=3, seen=MONDAY + dt.timedelta(days=1))
    quiet_run(folder, monkeypatch, MONDAY + dt.timedelta(days=60))
    assert len(drawn(folder)) == 1


def test_what_was_tagged_is_not_asked_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tagged_town(folder)
    capsys.readouterr()
    assert run(folder, "queue", "draw") == 0
    assert "no open lot without a tag" in capsys.readouterr().out


def test_a_dry_run_names_what_the_files_rules_would_change_and_keeps_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hold(folder, "Rengøring af skoler")
    assert run(folder, "assess") == 0
    rules = folder / "suitability.toml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("possible_from = 1.0", "possible_from = 2.0"), "utf-8")
    capsys.readouterr()
    assert run(folder, "assess", "--dry-run", "--diff") == 0
    said = capsys.readouterr().out
    assert "possible -> unsuitable  rengoering-af-skoler" in said
    assert "1 lots judged, 1 would change; nothing was kept" in said
    assert run(folder, "assess", "--diff") == 2
