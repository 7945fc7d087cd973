"""The account of one run, without a network."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from notifier.config import Expect, Source
from notifier.errors import Blocked, LandmarkMissing, ParseError, SourceError, Unreachable
from notifier.lots import Agreement, Notice, RunStatus, Stage
from spiders.run import Run


class Heard:
    """A sink that remembers."""

    def __init__(self) -> None:
        self.ends: list[tuple[RunStatus, str]] = []
        self.keys: list[str] = []
        self.problems: list[str] = []

    def since(self, source: str) -> date | None:
        return None

    def listed(self, source: str, keys: Sequence[str], total: int | None = None) -> None:
        self.keys += keys

    def notice(self, source: str, notice: Notice) -> None:
        """Counted by the run."""

    def agreement(self, source: str, agreement: Agreement) -> None:
        """Counted by the run."""

    def problem(self, source: str, message: str) -> None:
        self.problems.append(message)

    def finished(self, source: str, status: RunStatus, message: str) -> None:
        self.ends.append((status, message))


def start(expect: Expect | None = None) -> tuple[Run, Heard]:
    source = Source("by", "page", "Eksempel Kommune", "https://by.example", expect=expect or Expect())
    heard = Heard()
    return Run(source, heard), heard


NOTICE = Notice("by", "k", Stage.CALL, "Rengøring")


def test_the_end_is_told_once() -> None:
    run, heard = start()
    run.listed(["a"])
    run.found(NOTICE)
    run.finish()
    run.finish()
    assert heard.ends == [(RunStatus.GOOD, "")]


def test_keys_are_listed_once() -> None:
    run, heard = start()
    assert run.listed(["a", "b", "a"]) == ("a", "b")
    assert run.listed(["b", "c"]) == ("c",)
    assert heard.keys == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Blocked("x"), RunStatus.BLOCKED),
        (LandmarkMissing("x"), RunStatus.ALARM),
        (Unreachable("x"), RunStatus.FAILED),
        (ParseError("x"), RunStatus.FAILED),
    ],
)
def test_a_list_that_fails_names_the_run(error: SourceError, status: RunStatus) -> None:
    run, heard = start()
    run.trouble(error)
    run.finish()
    assert heard.ends == [(status, "x")]


def test_some_unread_notices_make_a_run_partial_and_all_of_them_make_it_fail() -> None:
    run, heard = start()
    run.listed(["a", "b"])
    run.problem(Blocked("robots.txt forbids it"))
    run.found(NOTICE)
    run.finish()
    assert heard.ends[0][0] is RunStatus.PARTIAL
    run, heard = start()
    run.listed(["a", "b"])
    run.problem(Blocked("robots.txt forbids it"))
    run.finish()
    assert heard.ends[0][0] is RunStatus.BLOCKED


def test_a_run_that_listed_nothing_and_says_nothing_has_failed() -> None:
    run, heard = start()
    run.finish()
    assert heard.ends[0][0] is RunStatus.FAILED


def test_a_list_that_was_never_read_is_not_counted_as_too_short() -> None:
    run, heard = start(Expect(min=5))
    run.trouble(Unreachable("no answer"))
    run.finish()
    assert heard.ends == [(RunStatus.FAILED, "no answer")]


def test_a_remark_leaves_a_run_good() -> None:
    run, heard = start()
    run.listed([])
    run.remark("columns that were not read: Farve")
    run.finish()
    assert heard.ends == [(RunStatus.GOOD, "columns that were not read: Farve")]


def test_the_message_names_five_troubles_and_counts_the_rest() -> None:
    run, heard = start()
    run.listed(["a"])
    run.found(NOTICE)
    for number in range(9):
        run.problem(ParseError(f"broken {number}\nand more"))
    run.finish()
    assert heard.ends[0][1].count("broken") == 5
    assert heard.ends[0][1].endswith("(and 4 more)")
    assert "\n" not in heard.ends[0][1]
    assert len(heard.problems) == 9
