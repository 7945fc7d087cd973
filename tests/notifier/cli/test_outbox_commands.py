"""Leaving, what comes back, and a restored backup, as an operator meets them: by the commands alone."""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default as modern
from pathlib import Path

import pytest
import waitress

from notifier.cli import main, steps
from notifier.clock import COPENHAGEN
from notifier.intake import Intake
from notifier.journal import Journal, Left
from notifier.keys import Purpose, key_of
from notifier.lots import RunStatus
from notifier.profiles import Cadence, SubscriberStatus
from notifier.resources import resource
from notifier.store import Store
from notifier.store.outbox import MailStatus, OutboxRow
from notifier.store.settings import PAUSED
from notifier.transport import Handover, Letter, MaildirTransport
from tests.notifier import examples

SCHOOLS, HALLS, OFFICES, DEPOTS, STATIONS = (
    f"Rengøring af {place}" for place in ("skoler", "haller", "kontorer", "remiser", "stationer")
)
TITLES = (SCHOOLS, HALLS, OFFICES, DEPOTS, STATIONS)
ANNE, BO, CAI, DAN = (f"{name}@rengoering.example" for name in ("anne", "bo", "cai", "dan"))


@dataclass
class Town:
    """A configuration with its database, on a day of November 2026; one TED notice for each lot."""

    folder: Path
    day: int = 23
    hour: int = 7
    listed: list[str] = field(default_factory=list)

    @property
    def database(self) -> Path:
        return self.folder.parent / "var" / "notifier.db"

    @property
    def journal(self) -> Journal:
        return Journal(self.folder.parent / "var" / "left.jsonl")

    @property
    def now(self) -> dt.datetime:
        return dt.datetime(2026, 11, self.day, self.hour, tzinfo=COPENHAGEN)

    def say(self, *words: str) -> int:
        return main(["--config", str(self.folder), "--now", self.now.isoformat(), *words])

    def open(self) -> Store:
        return Store.open(self.database, create=True, marker=self.folder / ".database")

    def crawl(self, *titles: str) -> None:
        """TED lists these too from now on; they are assessed and published."""
        self.listed += titles
        with self.open() as store:
            sink = Intake(store, lambda: self.now)
            sink.since("ted")
            sink.listed("ted", self.listed)
            for title in self.listed:
                lot, procedure = examples.lot(title=title), f"{title} 2026"
                sink.notice(
                    "ted",
                    examples.notice(
                        key=title, title=title, publication_number=title, procedure_id=procedure, lots=(lot,)
                    ),
                )
            sink.finished("ted", RunStatus.GOOD, "")
        assert (self.say("assess"), self.say("publish")) == (0, 0)

    def mail(self) -> tuple[int, int]:
        """The exit statuses of building and delivering."""
        return self.say("digest"), self.say("deliver")

    def told(self) -> Counter[tuple[str, str]]:
        """Who was told of which lot, how often, by all mails that ever left."""
        found: Counter[tuple[str, str]] = Counter()
        for path in (self.folder.parent / "var" / "outbox" / "new").glob("*"):
            message = message_from_bytes(path.read_bytes(), policy=modern)
            body = message.get_body(("plain",))
            assert body is not None
            text = body.get_content()
            (to,) = message["To"].addresses
            found.update((to.addr_spec, title) for title in TITLES if title in text)
        return found

    def subscriber(self, address: str) -> SubscriberStatus | None:
        with self.open() as store:
            found = store.subscribers.by_address(address)
        return found.status if found else None


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """TED was read for the first time the day before; four cleaners want their mail on each working day."""
    shutil.copytree(resource("config"), tmp_path / "config")
    made = Town(tmp_path / "config", day=20)
    made.crawl()
    for address in (ANNE, BO, CAI, DAN):
        assert made.say("subscribers", "add", address, "--trade", "cleaning", "--cadence", "daily") == 0
    made.day = 23
    return made


def copy(source: Path, target: Path) -> None:
    for name in ("", "-wal", "-shm"):
        target.with_name(target.name + name).unlink(missing_ok=True)
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def everyone(title: str, *addresses: str) -> dict[tuple[str, str], int]:
    return {(address, title): 1 for address in addresses}


# -- a restored backup -------------------------------------------------------------------------------------------------


def come_back(town: Town, address: str) -> None:
    """They sign up again and say yes."""
    with town.open() as store:
        token = store.subscribers.ask(address, now=town.now, cadence=Cadence.DAILY).token
    assert town.say("subscribers", "confirm", token) == 0


def test_a_restored_backup_tells_nobody_twice_and_writes_to_nobody_who_left(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    town.crawl(SCHOOLS)
    assert town.mail() == (0, 0)
    town.hour = 9
    assert town.say("subscribers", "stop", DAN) == 0
    town.hour = 10
    come_back(town, DAN)

    # Tuesday: the backup is made when the mails are written, and have not left.
    town.day, town.hour = 24, 7
    town.crawl(HALLS)
    assert town.say("digest") == 0
    copy(town.database, town.folder.parent / "backup.db")
    assert town.say("deliver") == 0
    assert town.say("subscribers", "stop", BO) == 0
    assert town.say("subscribers", "remove", CAI) == 0
    town.day = 25
    town.crawl(OFFICES)
    assert town.mail() == (0, 0)
    before = town.told()
    expected = (
        everyone(SCHOOLS, ANNE, BO, CAI, DAN) | everyone(HALLS, ANNE, BO, CAI, DAN) | everyone(OFFICES, ANNE, DAN)
    )
    assert before == expected

    # Thursday: the disk is gone, the backup is put back, and the timer starts a run as if nothing had happened.
    copy(town.folder.parent / "backup.db", town.database)
    town.day = 26
    capsys.readouterr()
    assert town.mail() == (1, 1)
    said = capsys.readouterr().out
    assert "said stop or were erased since this database was saved, and are so again: 2" in said
    assert "no mail leaves, and those that waited are held (3): a backup was restored" in said
    assert "no digest is built: a backup was restored" in said
    assert "0 sent, 0 failed, 3 held in doubt" in said
    assert (town.subscriber(BO), town.subscriber(CAI)) == (SubscriberStatus.UNSUBSCRIBED, None)
    assert (town.subscriber(ANNE), town.subscriber(DAN)) == (SubscriberStatus.CONFIRMED,) * 2
    town.crawl(DEPOTS)  # finds what came since the backup, and this
    assert town.mail() == (1, 1)
    assert town.told() == before

    # It is shown what would be sent.
    assert town.say("outbox", "list") == 0
    assert town.say("withheld", "list") == 0
    said = capsys.readouterr().out
    assert "no mail leaves: a backup was restored" in said
    assert said.count("digest held, for subscriber") == 3
    assert "restored: 2 lots, held by a restored backup" in said
    assert "restored:ted: 2 lots of ted, held by a restored backup, or found by the first reading after it" in said
    assert "rengoering.example" not in said

    # Somebody looks at it and says so. Nothing leaves that was in the backup, or was found by the first reading.
    assert town.say("outbox", "resume") == 0
    assert town.say("outbox", "resume") == 2
    assert town.mail() == (0, 1)  # held mails are an error until somebody decides on them
    with town.open() as store:
        held = [row.number for row in store.outbox.standing(MailStatus.HELD)]
    for number in held:
        assert town.say("outbox", "drop", str(number)) == 0
    assert town.mail() == (0, 0)
    town.day = 27
    town.crawl(STATIONS)
    assert town.mail() == (0, 0)
    assert town.told() == expected | everyone(STATIONS, ANNE, DAN)

    # What is really new among it goes out where an officer says so, to who is still there.
    assert town.say("withheld", "release", DEPOTS) == 0
    town.day = 30
    assert town.mail() == (0, 0)
    assert town.told() == expected | everyone(STATIONS, ANNE, DAN) | everyone(DEPOTS, ANNE, DAN)


def test_a_backup_that_was_made_while_mails_left_sends_none_of_them_again(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    backup = town.folder.parent / "backup.db"

    class Watched(MaildirTransport):
        def send(self, letter: Letter, before_body: Callable[[], bool]) -> Handover:
            if not backup.exists():
                copy(town.database, backup)
            return super().send(letter, before_body)

    town.crawl(SCHOOLS)
    with monkeypatch.context() as patched:
        patched.setattr(steps, "transport_for", lambda mail, outbox: Watched(outbox))
        assert town.mail() == (0, 0)
    copy(backup, town.database)
    capsys.readouterr()
    assert town.say("deliver") == 1
    assert "no mail leaves, and those that waited are held (4): a backup was restored" in capsys.readouterr().out


def test_a_run_notices_a_restored_backup_before_it_reads_anything(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its readings are then the first ones after it: what the next run finds is new, and is told."""
    town.crawl(SCHOOLS)
    copy(town.database, town.folder.parent / "backup.db")
    assert town.mail() == (0, 0)
    copy(town.folder.parent / "backup.db", town.database)
    seen: list[bool] = []

    def crawl(show: object, loaded: object, sources: object, store: Store) -> int:
        seen.append(bool(store.settings.get(PAUSED)))
        return 0

    monkeypatch.setattr(steps, "_crawl", crawl)
    assert town.say("run") == 1
    assert seen == [True]


def test_a_mail_held_by_a_restored_backup_leaves_by_hand_as_the_same_mail_and_to_nobody_who_left(town: Town) -> None:
    town.crawl(SCHOOLS)
    assert town.say("digest") == 0
    copy(town.database, town.folder.parent / "backup.db")
    assert town.say("deliver") == 0
    assert town.say("subscribers", "stop", BO) == 0
    before = town.told()
    copy(town.folder.parent / "backup.db", town.database)
    assert town.say("deliver") == 1
    for number in ("1", "2", "3", "4"):
        assert town.say("outbox", "resend", number) == 0
    assert town.say("deliver") == 1  # still paused
    assert town.say("outbox", "resume") == 0
    shutil.rmtree(town.folder.parent / "var" / "outbox")  # what was sent before does not hide what is sent now
    town.say("deliver")
    assert town.told() == before - Counter(everyone(SCHOOLS, BO))


def test_a_fresh_database_beside_an_old_journal_sends_nothing_until_somebody_says_so(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    town.crawl(SCHOOLS)
    assert town.mail() == (0, 0)
    for path in (*town.database.parent.glob("notifier.db*"), town.folder / ".database"):
        path.unlink()
    town.listed.clear()
    town.crawl()
    assert town.say("subscribers", "add", ANNE, "--cadence", "daily") == 0
    capsys.readouterr()
    assert town.mail() == (1, 1)
    assert "no digest is built: a backup was restored" in capsys.readouterr().out
    assert town.say("outbox", "resume") == 0
    assert town.mail() == (0, 0)


def test_nothing_is_taken_for_a_restored_backup_in_ordinary_days(town: Town) -> None:
    for title in (SCHOOLS, HALLS, OFFICES):
        town.crawl(title)
        assert town.mail() == (0, 0)
        town.day += 1
    assert set(town.told().values()) == {1}
    assert len(town.told()) == 12
    assert town.say("outbox", "resume") == 2


def test_the_pages_that_answer_notice_a_restored_backup_before_they_write_a_letter(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (town.folder / "notifier.toml").open("a", encoding="utf-8") as file:
        file.write('\n[web]\naddress = "https://abonnement.kommune.example"\n')
    copy(town.database, town.folder.parent / "backup.db")
    assert town.say("subscribers", "stop", BO) == 0
    copy(town.folder.parent / "backup.db", town.database)
    seen: list[SubscriberStatus | None] = []
    monkeypatch.setattr(waitress, "serve", lambda *_, **__: seen.append(town.subscriber(BO)))
    assert town.say("web", "--processes", "1") == 0
    assert seen == [SubscriberStatus.UNSUBSCRIBED]


# -- leaving, by hand --------------------------------------------------------------------------------------------------


def names_of(town: Town) -> Sequence[str]:
    """By what staff may know a subscriber: number, address, and the key in the subject of their mail."""
    with town.open() as store:
        anne, bo, cai, _ = store.subscribers.all()
    return str(anne.number), bo.address.upper(), key_of(cai, Purpose.STOP)


@pytest.mark.parametrize(("word", "how"), [("stop", Left.STOPPED), ("remove", Left.ERASED)])
def test_whoever_is_taken_off_by_hand_gets_nothing_that_waits(town: Town, word: str, how: Left) -> None:
    town.crawl(SCHOOLS)
    assert town.say("digest") == 0
    for who in names_of(town):
        assert town.say("subscribers", word, who) == 0
    assert town.say("deliver") == 0
    assert town.told() == everyone(SCHOOLS, DAN)
    assert [line.left for line in town.journal.lines() if line.left] == [how] * 3
    assert b"rengoering" not in town.journal.path.read_bytes()


@pytest.mark.parametrize("word", ["stop", "remove"])
@pytest.mark.parametrize("who", ["99", "9" * 30, "nobody@rengoering.example", "1-AAAAAAAAAAAAAAAAAAAAAAAA", "x", "٣"])
def test_whoever_is_not_there_is_told_so(town: Town, word: str, who: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert town.say("subscribers", word, who) == 2
    said = capsys.readouterr().err
    assert said == "notifier: there is no such subscriber: 'notifier subscribers list' shows the numbers\n"


@pytest.mark.parametrize("word", ["stop", "remove"])
def test_without_a_journal_nobody_is_taken_off(town: Town, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    town.journal.path.mkdir()
    assert town.say("subscribers", word, ANNE) == 1
    assert "the journal of who left cannot be" in capsys.readouterr().err
    assert town.subscriber(ANNE) is SubscriberStatus.CONFIRMED


def test_a_token_confirms_once_and_a_wrong_one_nobody(town: Town) -> None:
    with town.open() as store:
        token = store.subscribers.ask("eva@rengoering.example", now=town.now).token
    assert town.say("subscribers", "confirm", token[:-1]) == 2
    assert town.say("subscribers", "confirm", f" {token}\n") == 0
    assert town.subscriber("eva@rengoering.example") is SubscriberStatus.CONFIRMED
    assert town.say("subscribers", "stop", "eva@rengoering.example") == 0
    assert town.say("subscribers", "confirm", token) == 2


@pytest.mark.parametrize("token", ["-hCtyr9elEcDcglfFcuq7uU6mCq7_7ea", "--tyr9elEcDcglfFcuq7uU6mCq7_7ea-"])
def test_a_token_that_begins_with_a_hyphen_is_no_option(
    town: Town, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "token_urlsafe", lambda length: token)
    with town.open() as store:
        store.subscribers.ask("eva@rengoering.example", now=town.now)
    assert town.say("subscribers", "confirm", token) == 0
    assert town.subscriber("eva@rengoering.example") is SubscriberStatus.CONFIRMED


@pytest.mark.parametrize("word", ["resend", "drop"])
@pytest.mark.parametrize("number", ["7", "0", "x", "9" * 30])
def test_a_mail_that_is_not_there_is_told(town: Town, word: str, number: str) -> None:
    assert town.say("outbox", word, number) == 2


def test_an_outbox_with_nothing_to_decide_says_so(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert town.say("outbox", "list") == 0
    assert capsys.readouterr().out == "nothing is held, nothing has failed, nothing waits\n"


# -- what comes back ---------------------------------------------------------------------------------------------------


def with_bounces(town: Town) -> Path:
    """A Maildir for what comes back, configured."""
    file = town.folder / "notifier.toml"
    text = file.read_text(encoding="utf-8")
    ours = '[mail]\nreturn_path = "retur@kommune.example"\nbounces = "../var/back"\n'
    file.write_text(text.replace("[mail]\n", ours, 1), encoding="utf-8")
    folder = town.folder.parent / "var" / "back"
    (folder / "new").mkdir(parents=True)
    return folder


def test_a_delivery_reads_what_came_back_first_and_stops_with_it(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    back = with_bounces(town)
    town.crawl(SCHOOLS)
    assert town.say("digest") == 0
    key = names_of(town)[2]
    (back / "new" / "1.a").write_text(f"Subject: Re: unsubscribe {key}\n\n")
    (back / "new" / "2.a").write_text("Subject: hello\n\n")
    capsys.readouterr()
    assert town.say("deliver") == 0
    assert "1 unsubscription (subscriber 3); 1 unknown, left unread for people in " in capsys.readouterr().out
    assert town.told() == everyone(SCHOOLS, ANNE, BO, DAN)
    assert sorted(path.name for path in (back / "cur").iterdir()) == ["1.a:2,S", "2.a:2,"]


def bounce_of(row: OutboxRow, failed: str, status: str) -> str:
    """The report that a mail of ours did not reach somebody."""
    return (
        f"References: {row.message_id}\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; {failed}\nAction: failed\nStatus: {status}\n\n--b--\n"
    )


def test_a_delivery_says_which_mails_were_copies_and_what_is_not_told_anew(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    back = with_bounces(town)
    for found in (SCHOOLS, DEPOTS):
        town.day += 1
        town.crawl(found)
        assert town.mail() == (0, 0)
        with town.open() as store:
            sent = {row.recipient: row for row in store.outbox.standing(MailStatus.SENT)}
        (back / "new" / f"{town.day}.anne").write_text(bounce_of(sent[ANNE], ANNE, "5.2.2"))
        (back / "new" / f"{town.day}.bo").write_text(bounce_of(sent[BO], "mette@gmail.example", "5.1.1"))
        capsys.readouterr()
        assert town.say("deliver") == 0
    told = capsys.readouterr().out
    assert (
        "1 soft bounce (subscriber 1); 1 bounce of a copy that their mailbox passed on (subscriber 2); "
        "the mail before came back too (subscriber 1), so what this one told is not told anew\n"
    ) in told
    assert town.subscriber(BO) is SubscriberStatus.CONFIRMED


def test_a_mailbox_that_cannot_be_read_keeps_nobodys_mail_and_is_an_error(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(with_bounces(town))
    town.crawl(SCHOOLS)
    assert town.mail() == (0, 1)
    assert "there is no Maildir for what comes back" in capsys.readouterr().out
    assert len(town.told()) == 4


def test_a_stop_by_mail_that_cannot_be_written_down_waits_and_no_mail_leaves(town: Town) -> None:
    back = with_bounces(town)
    town.crawl(SCHOOLS)
    assert town.say("digest") == 0
    (back / "new" / "1.a").write_text(f"Subject: unsubscribe {names_of(town)[2]}\n\n")
    town.journal.path.mkdir()
    assert town.say("deliver") == 1
    assert town.told() == {}
    town.journal.path.rmdir()
    assert town.say("deliver") == 0
    assert town.told() == everyone(SCHOOLS, ANNE, BO, DAN)


def test_a_delivery_forgets_lines_of_the_desks_log_that_are_two_years_old(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    with town.open() as store:
        for days in (800, 700):
            at = town.now - dt.timedelta(days=days)
            store.actions.note("tag", f"{days}", who="Anna Lund", account=None, now=at)
    assert town.say("deliver") == 0
    assert "lines of the desk's log forgotten, two years old: 1" in capsys.readouterr().out
    with town.open() as store:
        assert [one.item for one in store.actions.latest()] == ["700"]
