"""What a section of the site tells about itself, and what sections have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from notifier.site.documents import Document, Edition
from notifier.words import LANGUAGES


def _nothing(edition: Edition) -> Iterator[str]:
    del edition
    yield from ()


def _no_memory(edition: Edition) -> Mapping[str, bytes]:
    del edition
    return {}


@dataclass(frozen=True, slots=True)
class Section:
    """Files of one kind.

    `ours` is an expression for their paths, without the language's folder. They are `permanent` where a file that is
    not made any more remains, as the page of a lot does that the database has lost; then `gone` names those that
    readers shall not find any more. What `remember` answers, by names of its own, the next edition has as its `memory`.
    Where `promised` that is what readers are told, which must not be forgotten when a run is killed: it is asked, and
    written down, before any file is.
    """

    ours: str
    documents: Callable[[Edition], Iterable[Document]]
    permanent: bool = False
    gone: Callable[[Edition], Iterable[str]] = _nothing
    remember: Callable[[Edition], Mapping[str, bytes]] = _no_memory
    promised: bool = False

    def has(self, path: str) -> bool:
        """Whether a file of that path is one of this section."""
        folders = "|".join(f"{language}/" for language in LANGUAGES)
        return re.fullmatch(f"(?:{folders})?(?:{self.ours})", path) is not None
