"""What waits to be asked for. A list may lead to thousands of notices, and each waits here as little as it can."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.core.scheduler import BaseScheduler

if TYPE_CHECKING:
    from scrapy import Spider

    from spiders.base import Folded, SourceSpider


class Waiting(BaseScheduler):
    """Scrapy's SCHEDULER: lists first, so that paging meets one state of them, and what is tried again; then notices.

    A request takes some four kilobytes, most of it headers that all have in common. So a notice waits folded, and the
    memory of a crawl does not follow the length of the list.
    """

    def __init__(self) -> None:
        self._first: deque[Request] = deque()
        self._notices: deque[Folded] = deque()
        self._spider: SourceSpider | None = None

    def open(self, spider: Spider) -> None:
        """As Scrapy tells whose requests these are."""
        from spiders.base import SourceSpider

        assert isinstance(spider, SourceSpider)
        self._spider = spider

    def has_pending_requests(self) -> bool:
        """Whether anything waits."""
        return bool(self._first or self._notices)

    def enqueue_request(self, request: Request) -> bool:
        """Take a request; none is ever refused, for spiders know what they asked for."""
        assert self._spider is not None
        if folded := self._spider.folded(request):
            self._notices.append(folded)
        else:
            self._first.append(request)
        return True

    def next_request(self) -> Request | None:
        """The next one, None where nothing waits."""
        if self._first:
            return self._first.popleft()
        if not self._notices:
            return None
        assert self._spider is not None
        return self._spider.unfolded(self._notices.popleft())
