"""Small PDFs and workbooks, written for the tests as municipalities' programs write them.

python -m tests.spiders.parsers.papers        # writes the stored examples under tests/pages/agreement-files
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from openpyxl import Workbook

ROW = 24.0  # points
TOP = 780.0
LEFT = 30.0


@dataclass
class Drawing:
    """One page: ruled tables and lines of text, in points from the lower left corner."""

    operations: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, words: str, size: int = 8) -> None:
        """A line of text in Helvetica."""
        escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        self.operations.append(f"BT /F1 {size} Tf {x:g} {y:g} Td ({escaped}) Tj ET")

    def rule(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """A thin line."""
        self.operations.append(f"{x0:g} {y0:g} m {x1:g} {y1:g} l S")

    def table(
        self,
        rows: Sequence[Sequence[str | None]],
        widths: Sequence[float],
        top: float = TOP,
        rules: bool = True,
        closed: bool = True,
    ) -> float:
        """A table; None goes on with the cell to its left, "^" with the one above. Answers where it ends."""
        edges = [LEFT + sum(widths[:at]) for at in range(len(widths) + 1)]
        for number, row in enumerate(rows):
            upper, lower = top - ROW * number, top - ROW * (number + 1)
            for at, cell in enumerate(row):
                if rules and cell != "^":
                    self.rule(edges[at], upper, edges[at + 1], upper)
                if rules and cell is not None:
                    self.rule(edges[at], upper, edges[at], lower)
                for line, words in enumerate((cell or "").split("\n") if cell != "^" else ()):
                    self.text(edges[at] + 2, upper - 9 - 9 * line, words)
            if rules:
                self.rule(edges[-1], upper, edges[-1], lower)
        bottom = top - ROW * len(rows)
        if rules and closed:
            self.rule(edges[0], bottom, edges[-1], bottom)
        return bottom


def pdf(*pages: Drawing, extra: str = "", trailer: str = "", streams: Sequence[bytes] = ()) -> bytes:
    """A PDF 1.4 file of these pages. `extra` goes into each page's dictionary, `trailer` into the file's."""
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(len(pages)))
    objects: list[bytes] = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for at, page in enumerate(pages):
        drawn = streams[at] if at < len(streams) else zlib.compress("\n".join(page.operations).encode("cp1252"))
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 842 842] /Contents {5 + 2 * at} 0 R "
            f"/Resources << /Font << /F1 3 0 R >> >> {extra} >>".encode()
        )
        objects.append(f"<< /Length {len(drawn)} /Filter /FlateDecode >>\nstream\n".encode() + drawn + b"\nendstream")
    return _written(objects, trailer)


def _written(objects: Sequence[bytes], trailer: str) -> bytes:
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def saved(book: Workbook) -> bytes:
    """A workbook's file."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
