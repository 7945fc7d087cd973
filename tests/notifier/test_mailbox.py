"""Every mail that came is read once and marked; what is not understood stays for people."""

from __future__ import annotations

import mailbox
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from notifier.config import Mail
from notifier.errors import DeliveryError
from notifier.mailbox import read_mailbox
from tests.certificates import write_certificate
from tests.imap_inbox import Inbox, imap_inbox

SENDER = "opgaver@kommune.example"


class Reader:
    """Understands what says "unsubscribe"."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    def __call__(self, raw: bytes) -> bool:
        self.taken.append(raw)
        return b"unsubscribe" in raw


def test_where_no_mailbox_is_configured_none_is_read() -> None:
    assert read_mailbox(Mail(SENDER), Reader()) == 0


# -- Maildir -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As a relay makes it: with the first mail."""
    (tmp_path / "bounces" / "new").mkdir(parents=True)
    return tmp_path / "bounces"


def put(folder: Path, name: str, mail: bytes) -> None:
    (folder / "new" / name).write_bytes(mail)


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_what_is_understood_is_marked_as_seen_and_the_rest_stays_unread(folder: Path) -> None:
    put(folder, "2.b.host", b"Subject: hello\n\n")
    put(folder, "1.a.host", b"Subject: unsubscribe\n\n")
    reader = Reader()
    assert read_mailbox(Mail(SENDER, bounces=folder), reader) == 2
    assert reader.taken == [b"Subject: unsubscribe\n\n", b"Subject: hello\n\n"]
    assert names(folder) == ["cur/1.a.host:2,S", "cur/2.b.host:2,"]
    assert [key.get_flags() for key in mailbox.Maildir(folder, create=False)] in (["S", ""], ["", "S"])
    assert read_mailbox(Mail(SENDER, bounces=folder), reader) == 0


def test_what_people_have_in_cur_is_left_alone(folder: Path) -> None:
    (folder / "cur").mkdir()
    (folder / "cur" / "1.a.host:2,").write_bytes(b"Subject: unsubscribe\n\n")
    assert read_mailbox(Mail(SENDER, bounces=folder), Reader()) == 0
    assert names(folder) == ["cur/1.a.host:2,"]


def test_what_is_no_mail_is_left_where_it_lies(folder: Path) -> None:
    put(folder, ".nfs0001", b"unsubscribe")
    (folder / "new" / "folder").mkdir()
    assert read_mailbox(Mail(SENDER, bounces=folder), Reader()) == 0
    assert names(folder) == ["new/.nfs0001"]


def test_a_mail_with_flags_in_new_is_read_as_any_other(folder: Path) -> None:
    put(folder, "1.a.host:2,F", b"Subject: unsubscribe\n\n")
    assert read_mailbox(Mail(SENDER, bounces=folder), Reader()) == 1
    assert names(folder) == ["cur/1.a.host:2,S"]


def test_a_mail_that_cannot_be_marked_is_done_again(folder: Path) -> None:
    put(folder, "1.a.host", b"Subject: unsubscribe\n\n")
    (folder / "cur" / "1.a.host:2,S").mkdir(parents=True)
    reader = Reader()
    with pytest.raises(DeliveryError, match=r"cannot be read: .*give this user the right to read and write it"):
        read_mailbox(Mail(SENDER, bounces=folder), reader)
    (folder / "cur" / "1.a.host:2,S").rmdir()
    assert read_mailbox(Mail(SENDER, bounces=folder), reader) == 1
    assert reader.taken == [b"Subject: unsubscribe\n\n"] * 2


def test_a_mail_that_could_not_be_done_stays_new(folder: Path) -> None:
    put(folder, "1.a.host", b"Subject: unsubscribe\n\n")

    def fail(raw: bytes) -> bool:
        raise RuntimeError("the journal is full")

    with pytest.raises(RuntimeError):
        read_mailbox(Mail(SENDER, bounces=folder), fail)
    assert names(folder) == ["new/1.a.host"]


def test_a_mail_program_that_is_faster_keeps_no_other_mail_from_being_read(folder: Path) -> None:
    """One mail is gone before it is marked, another before it is read."""
    for name in ("1.a.host", "2.b.host", "3.c.host"):
        put(folder, name, b"Subject: unsubscribe\n\n")
    taken: list[bytes] = []

    def take(raw: bytes) -> bool:
        taken.append(raw)
        for name in ("1.a.host", "2.b.host"):
            (folder / "new" / name).unlink(missing_ok=True)
        return True

    assert read_mailbox(Mail(SENDER, bounces=folder), take) == 2
    assert names(folder) == ["cur/3.c.host:2,S"]


def test_only_the_beginning_of_an_endless_mail_is_read(folder: Path) -> None:
    put(folder, "1.a.host", b"x" * 5_000_000)
    reader = Reader()
    read_mailbox(Mail(SENDER, bounces=folder), reader)
    assert [len(raw) for raw in reader.taken] == [2_000_000]


def test_a_folder_that_is_none_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError) as error:
        read_mailbox(Mail(SENDER, bounces=tmp_path / "bounces"), Reader())
    assert (error.value.where, error.value.remedy) == (
        str(tmp_path / "bounces"),
        "make it, or mend bounces in [mail]",
    )


def test_a_folder_that_may_not_be_read_is_named_with_the_remedy(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_dir", refuse)
    with pytest.raises(DeliveryError) as error:
        read_mailbox(Mail(SENDER, bounces=folder), Reader())
    assert str(error.value) == (
        "the Maildir of what comes back cannot be read: Permission denied "
        f"({folder / 'new'}): give this user the right to read and write it"
    )


# -- IMAP --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls") / "localhost.pem")


@pytest.fixture
def inbox(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    """One that is trusted, with a mail that is understood, one that is not, and two that were read before."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with imap_inbox(certificate) as opened:
        opened.put(1, b"Subject: unsubscribe\r\n\r\n")
        opened.put(2, b"Subject: hello\r\n\r\n")
        opened.put(3, b"Subject: unsubscribe\r\n\r\nread", r"\Seen")
        opened.put(4, b"Subject: unsubscribe\r\n\r\nlooked at", r"\Flagged")
        yield opened


def over_imap(inbox: Inbox, host: str = "localhost") -> Mail:
    return Mail(SENDER, imap=f"{host}:{inbox.port}", imap_user="retur", imap_password="hemmelig")


def test_what_is_understood_is_seen_and_the_rest_flagged_and_neither_is_read_twice(inbox: Inbox) -> None:
    reader = Reader()
    assert read_mailbox(over_imap(inbox), reader) == 2
    assert reader.taken == [b"Subject: unsubscribe\r\n\r\n", b"Subject: hello\r\n\r\n"]
    assert inbox.flags == {1: {r"\Seen"}, 2: {r"\Flagged"}, 3: {r"\Seen"}, 4: {r"\Flagged"}}
    assert read_mailbox(over_imap(inbox), reader) == 0
    assert inbox.commands[-1] == "LOGOUT"


def test_reading_alone_marks_nothing(inbox: Inbox) -> None:
    """A crash after it must not lose what the mail says."""

    def fail(raw: bytes) -> bool:
        raise RuntimeError("the journal is full")

    with pytest.raises(RuntimeError):
        read_mailbox(over_imap(inbox), fail)
    assert inbox.unseen() == [1, 2]
    assert "UID FETCH 1 (BODY.PEEK[]<0.2000000>)" in inbox.commands


def test_a_mail_that_the_server_does_not_mark_is_done_again(inbox: Inbox) -> None:
    inbox.answers["UID STORE"] = "NO not now"
    reader = Reader()
    assert read_mailbox(over_imap(inbox), reader) == 2
    assert read_mailbox(over_imap(inbox), reader) == 2
    assert len(reader.taken) == 4


@pytest.mark.parametrize("answer", ["NO not now", "OK it is gone"])
def test_a_mail_that_the_server_does_not_show_is_asked_for_again(inbox: Inbox, answer: str) -> None:
    inbox.answers["UID FETCH"] = answer
    reader = Reader()
    assert read_mailbox(over_imap(inbox), reader) == 2
    assert (reader.taken, inbox.unseen()) == ([], [1, 2])


def test_an_empty_inbox_is_empty(inbox: Inbox) -> None:
    inbox.mails.clear()
    inbox.flags.clear()
    assert read_mailbox(over_imap(inbox), Reader()) == 0
    inbox.answers["UID SEARCH"] = "OK not even a line"
    assert read_mailbox(over_imap(inbox), Reader()) == 0


@pytest.mark.parametrize("password", ["forkert", "hemmelig-ø"])
def test_a_refused_password_is_told_without_the_password(inbox: Inbox, password: str) -> None:
    with pytest.raises(DeliveryError) as error:
        read_mailbox(replace(over_imap(inbox), imap_password=password), Reader())
    assert str(error.value) == (
        f"the mailbox of what comes back refuses the login (localhost:{inbox.port}): "
        "check imap_user and the password in [mail]; both have to be ASCII"
    )
    assert error.value.__cause__ is None


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("SELECT", "NO no such mailbox"),
        ("UID SEARCH", "NO not now"),
        ("UID SEARCH", "BAD what?"),
        ("UID FETCH", ""),
        ("LOGIN", ""),
    ],
)
def test_a_server_that_does_not_answer_as_it_should_is_told_and_nothing_is_marked(
    inbox: Inbox, command: str, answer: str
) -> None:
    inbox.answers[command] = answer
    reader = Reader()
    with pytest.raises(DeliveryError, match="the mailbox of what comes back cannot be read"):
        read_mailbox(over_imap(inbox), reader)
    assert (reader.taken, inbox.unseen()) == ([], [1, 2])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_server_that_cannot_prove_who_it_is_gets_no_password(
    inbox: Inbox, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its name it is one that nobody trusts, by its number another one than it says."""
    if host == "localhost":
        monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(DeliveryError, match="cannot be read"):
        read_mailbox(over_imap(inbox, host), Reader())
    assert inbox.commands == []


def test_a_server_that_is_not_there_is_named(inbox: Inbox, certificate: Path) -> None:
    with imap_inbox(certificate) as closed:
        gone = over_imap(closed)
    with pytest.raises(DeliveryError, match=f"Connection refused \\(localhost:{closed.port}\\): check imap"):
        read_mailbox(gone, Reader())
