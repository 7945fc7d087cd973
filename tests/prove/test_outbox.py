"""That the proof of the outbox judges as it should: a proof that cannot fail proves nothing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from notifier.store.outbox import MailStatus
from tests.prove.__main__ import PROOFS, main
from tests.prove.outbox import EXPECTED, FAULTS, Tally, Trial, matrix, shortcomings
from tests.smtp_sink import STAGES


def tally(state: MailStatus, arrived: int, *, kills: int = 1, shown: bool = True, held: int = 0) -> Tally:
    """One trial with one mail in that state, which arrived so often, and so many more that are held."""
    states: dict[str, MailStatus | None] = {"<a>": state, **{f"<{number}>": MailStatus.HELD for number in range(held)}}
    made = Tally("x", [Trial(1, kills, states, shown)])
    made.judge({1: Counter({"<a>": arrived})})
    return made


SENT_TWICE = tally(MailStatus.SENT, 2)
LOST = tally(MailStatus.QUEUED, 0)


@pytest.mark.parametrize(("state", "arrived"), [(MailStatus.SENT, 1), (MailStatus.HELD, 0), (MailStatus.HELD, 1)])
def test_a_mail_that_arrived_once_or_is_held_is_well(state: MailStatus, arrived: int) -> None:
    assert shortcomings([tally(state, arrived)], SENT_TWICE, LOST) == []


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (tally(MailStatus.SENT, 0), "x: 1 lost"),
        (tally(MailStatus.QUEUED, 0), "x: 1 lost"),
        (tally(MailStatus.CLAIMED, 1), "x: 1 lost"),
        (tally(MailStatus.SENT, 3), "x: 2 sent twice"),
        (tally(MailStatus.HELD, 2), "x: 1 sent twice"),
        (tally(MailStatus.HELD, 1, held=1), "x: more than one mail held after one kill"),
        (tally(MailStatus.SENT, 1, shown=False), "x: a held mail was not shown by the report"),
        (tally(MailStatus.SENT, 1, kills=0), "x: 0 kills, and 1 are wanted"),
    ],
)
def test_whatever_is_wrong_is_complained_of(wrong: Tally, complaint: str) -> None:
    assert shortcomings([wrong], SENT_TWICE, LOST) == [complaint]


def test_a_proof_that_holds_without_the_guard_is_none() -> None:
    complaints = shortcomings([], tally(MailStatus.SENT, 1), tally(MailStatus.SENT, 1))
    assert len(complaints) == 2
    assert all("cannot fail" in complaint for complaint in complaints)


@pytest.mark.long
def test_every_stage_and_fault_of_smtp_has_its_outcome(tmp_path: Path) -> None:
    assert EXPECTED.keys() == {(stage, fault) for stage in STAGES for fault in FAULTS}
    assert len(EXPECTED) == 45
    assert matrix(tmp_path) == EXPECTED


@pytest.mark.parametrize("words", [[], ["nonsense"], ["outbox", "nonsense"], ["--quick"]])
def test_an_unknown_proof_is_a_mistake_of_use_and_lists_what_there_is(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    said = capsys.readouterr().err
    assert all(name in said for name in PROOFS)


def test_help_lists_the_proofs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in PROOFS)
