"""Kept documents, read again without the network: how history is repaired after a parser was mended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from notifier.config import Source
from notifier.coverage import FieldCoverage
from notifier.lots import Agreement, Document, Known, Notice, RunStatus
from spiders.base import KINDS
from spiders.crawl import KIND_MODULES
from spiders.run import Run

assert KIND_MODULES  # importing them has filled KINDS


@dataclass(frozen=True, slots=True)
class Reread:
    """What came of one document: what it holds, and what could not be read of it, as sentences for people."""

    document: Document
    items: tuple[Notice | Agreement, ...]
    problems: tuple[str, ...]


def reread(source: Source, documents: Iterable[Document], now: datetime) -> Iterator[Reread]:
    """Read each document by the reader that it names, with the facts that were kept with it.

    Nothing is fetched: requests that a list's reader yields are dropped, for the notices that they lead to are
    documents of their own. Each document is read by a spider that has seen no other, so that the same list of two
    days is read twice. KeyError where the kind of the source is not known.
    """
    for document in documents:
        caught = _Caught()
        run = Run(source, caught)
        spider = KINDS[source.kind](run, now, "reparse")
        run.proven = False  # there is no run here to be proven; whoever asks for this judges what comes of it
        spider.read_again(document)
        troubles = [message for status, message in run.troubles if status is not RunStatus.GOOD]
        yield Reread(document, tuple(caught.items), (*troubles, *caught.problems))


@dataclass(slots=True)
class _Caught:
    """A sink that keeps what it is handed, and knows nothing."""

    items: list[Notice | Agreement] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def since(self, source: str, asked: str = "") -> date | None:  # noqa: ARG002
        return None

    def known(self, source: str, place: str) -> Known | None:  # noqa: ARG002
        return None

    def kept(self, source: str, place: str) -> Document | None:  # noqa: ARG002
        return None

    def coverage(self, source: str) -> Sequence[FieldCoverage]:  # noqa: ARG002
        return ()

    def listed(self, source: str, keys: Sequence[str], total: int | None = None) -> None:
        """Of no interest here."""

    def document(self, source: str, document: Document) -> None:
        """It is kept already."""

    def notice(self, source: str, notice: Notice, document: Document | None = None) -> None:  # noqa: ARG002
        self.items.append(notice)

    def agreement(self, source: str, agreement: Agreement, document: Document | None = None) -> None:  # noqa: ARG002
        self.items.append(agreement)

    def unchanged(self, source: str, key: str) -> None:
        """Never told here."""

    def problem(self, source: str, message: str) -> None:  # noqa: ARG002
        self.problems.append(message)

    def finished(
        self,
        source: str,
        status: RunStatus,
        message: str,
        coverage: FieldCoverage = FieldCoverage(),  # noqa: B008
        complete: bool = False,
    ) -> None:
        """Nothing ends here."""
