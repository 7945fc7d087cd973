"""Pages with long lists: the page around them is one piece or a few, and each row is a part of its own.

A template writes GAP where a list's rows go. Where one row of a thousand changed, that row alone is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from notifier.site.documents import Document, Edition, Part

GAP = Markup("<!--rows-->")  # what scraped text cannot write, for it is escaped


@dataclass(frozen=True, eq=False)
class _Page:
    """Makes what is missing of one page."""

    around: Callable[[], bytes]
    rows: Callable[[Sequence[str]], Iterable[bytes]]
    pieces: Sequence[str]  # names of what stands around the rows, in its order

    def make(self, names: Sequence[str]) -> Iterator[bytes]:
        """Raises ValueError where the page has not as many places for rows as it has lists."""
        around: dict[str, bytes] = {}
        if any(name in self.pieces for name in names):
            cut = self.around().split(GAP.encode())
            around = dict(zip(self.pieces, cut, strict=True))
        made = iter(self.rows([name for name in names if name not in around]))
        for name in names:
            yield around[name] if name in around else next(made)


def page_of_rows(
    edition: Edition,
    path: str,
    key: bytes,
    lists: Sequence[Sequence[Part]],
    around: Callable[[], bytes],
    rows: Callable[[Sequence[str]], Iterable[bytes]],
) -> Document:
    """The page `path`: `around` makes it with a GAP for each of `lists`, `key` is the key of all that is around them,
    and `rows` makes the rows of these names, in any order of lists."""
    pieces = [f"around {number}" for number in range(len(lists) + 1)]
    parts = [Part(name, edition.key(key, name)) for name in pieces]
    inside = [part for one, before in zip(lists, parts, strict=False) for part in (before, *one)]
    return Document(path, (*inside, parts[-1]), _Page(around, rows, pieces).make)
