"""The account of one run, without a network."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from notifier.config import Expect, Source
from notifier.coverage import FieldCoverage
from notifier.errors import Blocked, LandmarkMissing, ParseError, SourceError, Unreachable
from notifier.lots import Agreement, Document, DocumentRole, Known, Notice, RunStatus, Stage
from spiders.run import Run


class Heard:
    """A sink that remembers."""

    def __init__(self) -> None:
        self.ends: list[tuple[RunStatus, str]] = []
        self.keys: list[str] = []
        self.problems: list[str] = []
        self.items: list[tuple[Notice | Agreement, Document | None]] = []
        self.untouched: list[str] = []
        self.before: Sequence[FieldCoverage] = ()
        self.covered, self.complete = FieldCoverage(), False

    def since(self, source: str, asked: str = "") -> date | None:
        return None

    def listed(self, source: str, keys: Sequence[str], total: int | None = None) -> None:
        self.keys += keys

    def known(self, source: str, place: str) -> Known | None:
        return None

    def kept(self, source: str, place: str) -> Document | None:
        return None

    def coverage(self, source: str) -> Sequence[FieldCoverage]:
        return self.before

    def document(self, source: str, document: Document) -> None:
        """Kept elsewhere."""

    def notice(self, source: str, notice: Notice, document: Document | None = None) -> None:
        self.items.append((notice, document))

    def agreement(self, source: str, agreement: Agreement, document: Document | None = None) -> None:
        self.items.append((agreement, document))

    def unchanged(self, source: str, key: str) -> None:
        self.untouched.append(key)

    def problem(self, source: str, message: str) -> None:
        self.problems.append(message)

    def finished(
        self,
        source: str,
        status: RunStatus,
        message: str,
        coverage: FieldCoverage = FieldCoverage(),  # noqa: B008
        complete: bool = False,
    ) -> None:
        self.ends.append((status, message))
        self.covered, self.complete = coverage, complete


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


DOCUMENT = Document("by", "GET https://by.example/1", "https://by.example/1", DocumentRole.NOTICE, "read", b"<html>")


def test_findings_are_handed_over_as_they_come_with_what_they_were_read_from() -> None:
    run, heard = start()
    run.listed(["k"])
    run.found(NOTICE, DOCUMENT)
    assert heard.items == [(NOTICE, DOCUMENT)]


def test_findings_of_a_proven_kind_wait_for_the_end_without_their_bodies() -> None:
    run, heard = start()
    run.proven = True
    run.listed(["k"])
    run.found(NOTICE, DOCUMENT)
    assert heard.items == []
    run.finish()
    [(notice, document)] = heard.items
    assert (notice, document and (document.place, document.body)) == (NOTICE, (DOCUMENT.place, b""))


@pytest.mark.parametrize("error", [LandmarkMissing("a login page"), Blocked("robots.txt forbids it")])
def test_in_an_alarm_nothing_of_a_proven_kind_is_handed_over_whatever_else_went_wrong(error: SourceError) -> None:
    run, heard = start()
    run.proven = True
    run.listed(["k"])
    run.found(NOTICE, DOCUMENT)
    run.trouble(error)
    run.trouble(Unreachable("and page 2 did not answer"))
    run.finish()
    assert heard.items == []
    assert heard.ends[0][0] in (RunStatus.BLOCKED, RunStatus.FAILED)


def test_a_proven_kind_whose_second_page_did_not_answer_hands_over_the_first() -> None:
    run, heard = start()
    run.proven = True
    run.listed(["k"])
    run.found(NOTICE)
    run.trouble(Unreachable("page 2 did not answer"))
    run.finish()
    assert heard.items == [(NOTICE, None)]


def test_a_list_is_complete_only_where_its_kind_lists_everything_and_nothing_went_wrong_with_it() -> None:
    run, heard = start()
    run.listed(["k"])
    run.found(NOTICE)
    run.finish()
    assert not heard.complete  # the kind promises nothing
    for trouble in (None, Unreachable("page 2 did not answer")):
        run, heard = start()
        run.lists_everything = True
        run.listed(["k"])
        run.found(NOTICE)
        if trouble:
            run.trouble(trouble)
        run.finish()
        assert heard.complete is (trouble is None)


def test_what_was_read_and_what_was_not_is_counted_per_item() -> None:
    run, heard = start()
    run.listed(["k", "l"])
    run.found(NOTICE)
    run.found(NOTICE)
    run.unread(["Sagsnr.", "Sagsnr.", "div.bilag"])
    run.unread(["Sagsnr."])
    run.finish()
    assert heard.covered.items == 2
    assert heard.covered.fields["title"] == 2
    assert heard.covered.unread == {"Sagsnr.": 2, "div.bilag": 1}


def test_a_page_that_makes_up_names_does_not_fill_the_memory() -> None:
    run, _ = start()
    for number in range(2000):
        run.unread([f"{number} {'x' * 10_000}"])
    assert len(run.coverage.unread) == 500
    assert max(map(len, run.coverage.unread)) == 200


def test_what_did_not_have_to_be_read_again_counts_as_neither_read_nor_missing() -> None:
    run, heard = start()
    run.listed(["k"])
    run.unchanged("k")
    run.finish()
    assert (heard.untouched, heard.ends, heard.covered.items) == (["k"], [(RunStatus.GOOD, "")], 0)
