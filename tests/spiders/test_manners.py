"""In which order and after which pauses a host is asked."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from scrapy.http import Response

from notifier.config import Source
from notifier.errors import NotifierError
from notifier.lots import Known, Notice
from spiders.base import Requests, SourceSpider
from spiders.middlewares import LONGEST_PAUSE_S, pause_before, retry_after
from spiders.reparse import _Caught
from spiders.run import Run
from spiders.waiting import Waiting


@time_machine.travel("2026-11-23T08:00:00Z", tick=False)
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("Mon, 23 Nov 2026 08:00:30 GMT", 30),
        ("Mon, 23 Nov 2026 09:00:30 +0100", 30),
        ("Monday, 23-Nov-26 08:00:30 GMT", 30),  # RFC 850, which RFC 9110 still wants understood
        ("Mon Nov 23 08:00:30 2026", 30),  # asctime, likewise, and always in GMT
        ("Mon, 23 Nov 2026 07:00:00 GMT", 0),
        ("Mon, 23 Nov 99999 07:00:00 GMT", 0),
        ("-5", 0),
        ("1.5", 0),
        ("soon", 0),
        ("", 0),
    ],
)
def test_retry_after_is_understood_as_seconds_or_as_a_date(header: str, seconds: float) -> None:
    assert retry_after(header) == seconds


def test_a_pause_is_never_longer_than_a_minute_nor_shorter_than_the_host_wants() -> None:
    assert pause_before(1, 2.0, 45.0) == 45.0
    assert pause_before(5, 2.0, 3.0) == 32.0
    assert pause_before(20, 2.0) == pause_before(1, 0.0, 10**9) == LONGEST_PAUSE_S


class Remembering(_Caught):
    """A sink that has read everything before."""

    def known(self, source: str, place: str) -> Known:
        return Known('"1"', "Mon, 16 Nov 2026 09:00:00 GMT", datetime(2026, 11, 16, tzinfo=UTC), read=True)


class Example(SourceSpider):
    """Notices first, and then another list."""

    def read_list(self, response: Response) -> Requests:
        yield self.notice_page("https://by.example/1", self.read_notice, "1", case="26/1")
        yield from self.list_page("https://by.example/liste", self.read_list)

    def read_notice(self, response: Response, case: str) -> Notice:
        """Not called here."""
        raise NotImplementedError


def _fail(error: NotifierError) -> None:
    raise AssertionError(error)


def test_lists_come_first_and_what_waits_is_asked_for_as_it_was_meant() -> None:
    spider = Example(Run(Source("by", "page", "By", "https://by.example"), Remembering()), datetime.now(UTC), "x/1")
    meant = list(spider._guarded(lambda: spider.read_list(Response("https://by.example")), _fail, ""))
    waiting = Waiting()
    waiting.open(spider)
    assert all(waiting.enqueue_request(request) for request in meant)
    assert waiting.has_pending_requests()
    listed, notice = waiting.next_request(), waiting.next_request()
    assert listed is meant[1]
    assert notice is not None
    assert notice is not meant[0]  # it waited as less than it is
    assert notice.headers["If-None-Match"] == b'"1"'
    assert notice.to_dict(spider=spider) == meant[0].to_dict(spider=spider)
    assert (waiting.next_request(), waiting.has_pending_requests()) == (None, False)
