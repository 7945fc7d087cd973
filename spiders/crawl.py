"""One crawl of many sources: one process, one reactor, each source with its own manners.

Scrapy's reactor cannot be started twice, so a process crawls once. Sources on the same host and port are read one
after another, so that together they ask no faster than one of them may.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings

from notifier.config import Source
from notifier.errors import ConfigError, NotifierError, SourceError, StoreError, UsageError
from notifier.lots import RunStatus
from spiders.addresses import Door, door
from spiders.base import KINDS, Progress, Run, Sink, SourceSpider, Window, mistakes

log = logging.getLogger("spiders")

KIND_MODULES = ("udbud", "ted", "page", "agreements", "eusupply", "comdia", "feed", "ocds")

for _module in KIND_MODULES:
    import_module(f"spiders.{_module}")

# What Scrapy would do by itself and this program must not (its docs/topics/security.rst), and quiet.
SETTINGS: dict[str, object] = {
    # No door into this process: the telnet console and the remote control run code for whoever connects.
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "EXTENSIONS_BASE": {},
    "ADDONS": {},
    # http and https only: no local files, no FTP, no buckets.
    "DOWNLOAD_HANDLERS": {
        **dict.fromkeys(("data", "file", "ftp", "s3")),
        **dict.fromkeys(("http", "https"), "spiders.connections.Handler"),
    },
    "DOWNLOAD_VERIFY_CERTIFICATES": True,
    "DOWNLOADER_CLIENT_TLS_CIPHERS": None,  # Twisted's own list, without the weak ones
    "DOWNLOAD_MAXSIZE": SourceSpider.most_bytes,
    "DOWNLOAD_WARNSIZE": 0,
    "DOWNLOAD_FAIL_ON_DATALOSS": True,
    "DOWNLOAD_DELAY_JITTER": 0,  # never faster than the source's delay_s
    "TWISTED_DNS_RESOLVER": "spiders.resolver.GuardedResolver",
    "DOWNLOADER_MIDDLEWARES": {
        "spiders.middlewares.Guard": 50,
        "spiders.middlewares.Robots": 100,
        "spiders.middlewares.Retry": 550,
        "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
        "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
        "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
        "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": None,
        "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
        "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
        "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,  # takes half of a cut body
        "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
        "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": None,  # reads the environment
        "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": None,
    },
    # Of those between Scrapy's engine and the spider only the one that tells an error's answer from others: pages have
    # a budget here, no referrer is sent, and an address that is too long is told instead of dropped.
    "SPIDER_MIDDLEWARES_BASE": {"scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": 50},
    "SCHEDULER": "spiders.waiting.Waiting",
    "STATS_CLASS": "scrapy.statscollectors.DummyStatsCollector",
    "DOWNLOADER_STATS": False,
    "HTTPPROXY_ENABLED": False,
    "METAREFRESH_ENABLED": False,
    "COOKIES_ENABLED": False,
    "REDIRECT_MAX_TIMES": 5,
    "REFERRER_POLICY": "no-referrer",
    "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",  # spiders know what they asked for
    "WARN_ON_GENERATOR_RETURN_VALUE": False,
    "CONCURRENT_ITEMS": 1,  # tasks per answer; spiders hand over themselves, so there is nothing to do side by side
    "LOG_ENABLED": False,
    "LOG_INSTALL_ROOT_HANDLER": False,
    "STATS_DUMP": False,
}


def crawl(
    sources: Sequence[Source],
    sink: Sink,
    *,
    user_agent: str,
    now: datetime,
    on_progress: Progress | None = None,
    window: Window | None = None,
    proxy: str = "",
) -> None:
    """Read every source once and hand what is found to the sink. Blocks until all have ended.

    `window` asks for the notices of those days instead of what is new. `proxy` is the address of an outbound proxy
    (http://host:port) for all but sources on one's own network; proxy variables of the environment count for nothing.
    A proxy resolves names itself, so it is the proxy that has to refuse names that lead inside.

    One source's failure ends in its `sink.finished`, never in an exception. Raises StoreError where the sink
    failed, KeyboardInterrupt where a signal stopped the crawl, and UsageError on a second crawl in one process.
    """
    runs = [Run(source, sink, on_progress) for source in sources]
    startable = [run for run in runs if _startable(run)]
    try:
        if startable:
            _Crawl(startable, user_agent, now, window, proxy).start()
    finally:
        broken = _finish(runs)
    if broken:
        raise broken


def _startable(run: Run) -> bool:
    """Whether the configuration lets a source begin; if not, its run says why."""
    try:
        door(run.source.url)
        if found := mistakes(run.source, f"{run.source.id}.toml"):
            raise ConfigError(found)
    except (ConfigError, SourceError) as error:
        run.trouble(error, RunStatus.FAILED)
        return False
    return True


def _finish(runs: Sequence[Run]) -> NotifierError | None:
    """Tell the end of each run that was not told yet; the first failure of the sink, where there was one."""
    for run in runs:
        try:
            run.finish()
        except StoreError as error:
            run.broken = run.broken or error
    return next((run.broken for run in runs if run.broken), None)


class _Crawl:
    """The one Scrapy process."""

    started = False

    def __init__(self, runs: Sequence[Run], user_agent: str, now: datetime, window: Window | None, proxy: str) -> None:
        if _Crawl.started:
            raise UsageError("this process has crawled already", remedy="start another one: the reactor runs once")
        _Crawl.started = True
        self.runs = runs
        self.facts = {"now": now, "user_agent": user_agent, "window": window}
        doors = [door(run.source.url) for run in runs if run.source.allow_private_address]
        doors += [door(proxy)] if proxy else []
        self.settings = {
            **SETTINGS,
            "USER_AGENT": user_agent,
            "PROXY": proxy,
            "PRIVATE_DOORS": [f"{private.host}:{private.port}" for private in doors],
        }
        self.queues: dict[tuple[str, int], list[Run]] = {}
        for run in runs:
            to: Door = door(run.source.url)
            self.queues.setdefault((to.host, to.port), []).append(run)

    def start(self) -> None:
        """Run the reactor until every source has ended."""
        main = threading.current_thread() is threading.main_thread()
        with _signals_kept(main), _quiet():
            process = AsyncCrawlerProcess(Settings(self.settings))
            logging.getLogger("scrapy").setLevel(logging.ERROR)
            for queue in self.queues.values():
                self._next(process, queue)
            process.start(install_signal_handlers=main)
        if any(run.interrupted for run in self.runs):
            raise KeyboardInterrupt

    def _next(self, process: AsyncCrawlerProcess, queue: list[Run]) -> None:
        """Start the next source of a host; when it has ended, the one after it."""
        if not queue or any(run.interrupted or run.broken for run in self.runs):
            return
        run = queue.pop(0)
        crawler = Crawler(KINDS[run.source.kind], Settings({**self.settings, **_manners(run.source)}))
        task = process.crawl(crawler, run=run, **self.facts)

        def ended(done: asyncio.Task[None]) -> None:
            if not done.cancelled() and (error := done.exception()):
                run.trouble(f"the program failed: {type(error).__name__}: {error}", RunStatus.FAILED)
            self._next(process, queue)

        task.add_done_callback(ended)


def _manners(source: Source) -> dict[str, object]:
    return {
        "CONCURRENT_REQUESTS": source.concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": source.concurrency,
        "DOWNLOAD_DELAY": source.delay_s,
    }


@contextmanager
def _quiet() -> Iterator[None]:
    """Undo what Scrapy does to the process's logging and warnings."""
    try:
        yield
    finally:
        logging.captureWarnings(False)


@contextmanager
def _signals_kept(main: bool) -> Iterator[None]:
    """While crawling, an interrupt lets sources end in order; afterwards it does what it did before."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)} if main else {}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
