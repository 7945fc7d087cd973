"""Where a document came from: what a parser is told besides the document itself."""

from __future__ import annotations

from dataclasses import dataclass

from spiders.parsers import values


@dataclass(frozen=True, slots=True)
class Origin:
    """`source` and `key` identify the notice in the store; `url` is for people; the number is the search's."""

    source: str
    key: str
    url: str = ""
    publication_number: str = ""

    @property
    def where(self) -> str:
        """The place that an error names."""
        return self.url or f"{self.source} {self.key}"

    def number(self, printed: str) -> str:
        """The publication number: the search's, else the one `printed` in the document, else the key if it is one."""
        candidates = (self.publication_number, printed, self.key)
        return next((number for raw in candidates if (number := values.publication_number(raw))), "")
