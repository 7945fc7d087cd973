"""A municipality's purchasing agreements: a table on its page, or a file (CSV, XLSX, PDF) there or behind a link."""

from __future__ import annotations

from functools import cached_property
from urllib.parse import urlsplit

from scrapy.http import Response

from notifier.config import Source
from notifier.errors import ConfigError, LandmarkMissing, Mistake
from spiders import checking, confined
from spiders.base import Requests, SourceSpider, charset, kind
from spiders.parsers import agreement_files, agreements, sheets
from spiders.parsers.agreement_files import Form
from spiders.parsers.agreement_rows import AgreementTable, LeftOut
from spiders.parsers.agreements import AgreementSelectors
from spiders.parsers.selectors import Imprint

FILTER = ("hosts",)
_FILES = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".pdf")
_MOST_TOLD = 5
_CLOSED_AFTER = 3  # runs; a test holds it to `notifier.changes.PROVEN_RUNS`, which spiders do not know


@kind("agreements")
class AgreementsSpider(SourceSpider):
    """[selectors]: see `spiders.parsers.agreements`."""

    proven = True
    lists_everything = True

    @classmethod
    def check(cls, source: Source, file: str) -> None:
        """ConfigError where the selectors are not understood, or a page is described by nothing."""
        if found := [*checking.unread(source, "filter", FILTER, file), *checking.hosts(source, file)]:
            raise ConfigError(tuple(found))
        selectors = agreements.read_selectors(source.selectors, file)
        if not selectors.landmark and not urlsplit(source.url).path.lower().endswith(_FILES):
            remedy = "name an element by which the page is known; only the address of a file itself needs none"
            raise ConfigError((Mistake(file, None, "selectors.landmark", "is missing", remedy),))

    @cached_property
    def selectors(self) -> AgreementSelectors:
        """The source's selectors, checked."""
        return agreements.read_selectors(self.source.selectors, f"{self.source.id}.toml")

    @cached_property
    def imprint(self) -> Imprint:
        """What every agreement has from the source."""
        return Imprint(self.source.id, self.source.publisher, self.source.language)

    def begin(self) -> Requests:
        """The first page of the table, or the file."""
        self.check(self.source, f"{self.source.id}.toml")
        return self.list_page(self.source.url, self.read_table)

    async def prepare(self, answer: Response) -> None:
        """Read a workbook or PDF in a process of its own, which may take its time."""
        form = _form(answer)
        if form not in (Form.HTML, Form.CSV):
            answer.meta["sheets"] = await confined.sheets_meanwhile(
                form.value, answer.body, answer.url, within=self.remaining
            )

    def read_table(self, response: Response) -> Requests:
        """Every agreement of the page or file; the next page unless this one brought nothing new, or the files."""
        form = _form(response)
        if form is Form.HTML and self.selectors.file:
            files = agreements.files(response.body, self.selectors, response.url, charset(response))
            for url in files:
                yield from self.list_page(url, self.read_file)
            return
        table = self.table(response, form)
        fresh = self.take(table, response)
        if fresh:
            yield from self.list_page(table.next_url, self.read_table)

    def read_file(self, response: Response) -> Requests:
        """Every agreement of a file that a page leads to."""
        form = _form(response)
        if form is Form.HTML:
            raise LandmarkMissing(
                "a web page came in place of the file",
                where=response.url,
                remedy="open the address: a login or an error page goes by itself; else mend selectors.file",
            )
        self.take(self.table(response, form), response)
        return ()

    def table(self, response: Response, form: Form) -> AgreementTable:
        """What an answer holds, by its form."""
        selectors, imprint, url = self.selectors, self.imprint, response.url
        if form is Form.HTML:
            if not selectors.landmark:
                raise LandmarkMissing(
                    "a web page came in place of the file",
                    where=url,
                    remedy="open the address: a login or an error page goes by itself; else give selectors.landmark",
                )
            return agreements.parse_table(
                response.body, selectors, imprint, url, charset(response), self.source.language
            )
        if form is Form.CSV:
            named = selectors.charset or charset(response)
            sheet = sheets.read_csv(response.body, named, agreement_files.known_headings(selectors))
            return agreement_files.read_sheets([sheet], selectors, imprint, url, selectors.empty_text, exact=True)
        found = response.meta.get("sheets")
        if found is None:  # a kept file, read again
            found = confined.sheets(form.value, response.body, url)
        return agreement_files.read_sheets(found, selectors, imprint, url, selectors.empty_text)

    def take(self, table: AgreementTable, response: Response) -> bool:
        """Hand over what is new in this run, tell what was not read; whether anything was new."""
        document = self.document_of(response)
        fresh = set(self.run.listed([agreement.key for agreement in table.agreements]))
        self.run.unread(table.unread)
        for agreement in table.agreements:
            if agreement.key in fresh:
                self.run.found(agreement, document)
                self.run.unread((f'column "{heading}"' for heading in table.unknown_headings), agreement.key)
        self.left_out += table.left_out
        for row in table.left_out:
            if not row.names:  # it may be any of those that are held, so none of them counts as gone
                self.run.problem(row.what)
        if len(table.left_out) > len(table.agreements):
            raise LandmarkMissing(
                f"more rows were left out than read: {_some(tuple(row.what for row in table.left_out))}",
                where=response.url,
                remedy="open it: its columns are not what their headings say",
            )
        self.remark_on(table, response.url)
        return bool(fresh)

    @cached_property
    def left_out(self) -> list[LeftOut]:
        """Rows of this run that could not be read."""
        return []

    def closed(self, reason: str) -> None:
        """Tell the end. What is held and may stand in a row that could not be read is listed by that row.

        So a row that stays wrong for years does not keep the others from being closed, and is not closed itself.
        """
        # What was missing in that many runs is closed already, and no row brings it back.
        known = {key for past in self.run.before[:_CLOSED_AFTER] for key in past.seen} - self.run.keys.keys()
        if kept := [key for key in sorted(known) if any(row.may_be(key) for row in self.left_out)]:
            self.run.listed(kept)
        super().closed(reason)

    def remark_on(self, table: AgreementTable, url: str) -> None:
        """Tell what was left out knowingly."""
        if table.unknown_headings:
            self.run.remark(
                f"columns that were not read: {', '.join(table.unknown_headings)} ({url}): "
                "give them under [selectors.columns], or under ignore"
            )
        if table.asides:
            self.run.remark(
                f"rows that name neither a supplier nor a day were taken for titles and notes: {_some(table.asides)} "
                f"({url})"
            )
        if named := tuple(row.what for row in table.left_out if row.names):
            self.run.remark(_some(named))
        if table.remarks:
            self.run.remark(f"{_some(table.remarks)} ({url})")


def _form(response: Response) -> Form:
    """What kind of file came, whatever was asked for."""
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
    return agreement_files.form(response.body, content_type, response.url)


def _some(said: tuple[str, ...]) -> str:
    more = f" and {len(said) - _MOST_TOLD} more" if len(said) > _MOST_TOLD else ""
    return "; ".join(said[:_MOST_TOLD]) + more
