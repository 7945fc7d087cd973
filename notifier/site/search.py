"""What the search in the browser searches in: a row for each lot that one can act on. Pure.

`templates/site/soeg.js` reads it. A row is a list, in this order:

    slug            name of the lot's page
    title           as lists show it
    language        of the title, "" where it is the reader's own
    mark            number of the verdict in MARKS
    words of mark   "Relevant", or the paragraph of the reservation
    trades          numbers of the trades in the order of the head
    when            label, words and ISO 8601 of the deadline; the label alone where there is none
    buyer           "" where it is the town that publishes the site
    place, value
    part            title of the whole tender where the lot's own does not say it, and its language; else ""
    further         what is searched and not shown: the buyer, CPV names, and the main CPV code
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from notifier.lots import LotView, Verdict
from notifier.nomenclature import cpv_name
from notifier.phrases import apart, shorten
from notifier.site.lists import LotRow, lot_row
from notifier.site.reader import Reader
from notifier.site.rendering import encode

MARKS = (Verdict.RESERVED, Verdict.SUITABLE, Verdict.POSSIBLE)
# Characters, the first two as lists have them. What goes beyond is not searched.
_TITLE, _WHOLE, _FURTHER = 120, 100, 600


def index_path(language: str) -> str:
    """The index for readers of `language`, at the root of the site beside its script."""
    return f"soeg-{language}.js"


def index_head(reader: Reader) -> bytes:
    """The beginning of the index: a call that hands the trades by key and name over, and then rows."""
    return encode(f'soegData({{"trades":{_script(list(map(list, reader.trades.items())))},"rows":[\n')


INDEX_TAIL = b"]});\n"


def index_row(view: LotView, reader: Reader, publisher: str = "") -> bytes:
    """A lot that one can act on, on the site of `publisher`. Raises ValueError for one that was never assessed."""
    row, trades = lot_row(view, reader), {key: number for number, key in enumerate(reader.trades)}
    judged = view.assessment
    values = [
        row.slug,
        shorten(row.title.words, _TITLE),
        row.title.language,
        MARKS.index(Verdict(row.verdict)),
        row.mark,
        _numbers(judged.trades if judged else (), trades),
        _when(row),
        "" if row.buyer.casefold() == publisher.casefold() else row.buyer,
        apart(row.place, row.buyer),
        row.value,
        *_part(row),
        shorten(" ".join((row.buyer, *_further(view, reader))), _FURTHER),
    ]
    return encode(f"{_script(values)},\n")


def _numbers(keys: Iterable[str], trades: Mapping[str, int]) -> list[int]:
    return [trades[key] for key in keys if key in trades]


def _when(row: LotRow) -> list[str]:
    for deadline in row.deadlines:
        return [deadline.label, deadline.words, deadline.iso]
    return [row.without_deadline]


def _part(row: LotRow) -> list[str]:
    return [shorten(row.part_of.words, _WHOLE), row.part_of.language] if row.part_of else ["", ""]


def _further(view: LotView, reader: Reader) -> Iterable[str]:
    lot = view.lot
    codes = dict.fromkeys(code for code in (lot.cpv_main, *lot.cpv_additional) if code)
    yield reader.text(lot.cpv_main)
    yield from dict.fromkeys(cpv_name(code, reader.language) for code in codes)


def _script(value: object) -> str:
    """JSON that is JavaScript as well, wherever it stands: no end of a line and no tag can be read into it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
