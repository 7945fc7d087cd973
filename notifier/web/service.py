"""What pages work with, the public ones and the desk's: a store for each thread, the time, and a way to send."""

from __future__ import annotations

import datetime as dt
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import flask

from notifier import clock
from notifier.catalogue import followed, refresh
from notifier.config import Config
from notifier.errors import NotifierError
from notifier.journal import Journal
from notifier.keys import Purpose
from notifier.membership import opened
from notifier.outbox import deliver_now, manner_of
from notifier.profiles import Subscriber
from notifier.store import Store
from notifier.suitability import Rules
from notifier.transport import transport_for

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Service:
    """What the pages work with. `send` hands a mail over that somebody waits for, beside the request."""

    config: Config
    rules: Rules
    now: Callable[[], dt.datetime]
    send: Callable[[int], None]
    _stores: threading.local = field(default_factory=threading.local)

    @property
    def store(self) -> Store:
        """The store of this thread."""
        if not hasattr(self._stores, "store"):
            self._stores.store = Store.open(self.config.database, marker=self.config.marker)
        store: Store = self._stores.store
        return store

    def refresh(self, *uids: str) -> None:
        """Bring the rows of these lots in lists up to date, in the transaction that changed them."""
        refresh(self.store, self.rules.trades, self.now(), uids, followed(self.config))

    @property
    def journal(self) -> Journal:
        """Where it is written down who left."""
        return Journal(self.config.journal)

    def visitor(self, key: str, purpose: Purpose) -> Subscriber:
        """Whose link this is; 404 where it opens nothing."""
        found = opened(self.store, key, purpose)
        if found is None:
            flask.abort(404)
        return found


class Courier:
    """Hands mails over that somebody waits for, one after the other, while the request is answered already.

    So the answer takes as long for an address that is known as for one that is not. What fails, or is cut off, waits
    in the outbox for the next run.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._waiting: queue.Queue[int] = queue.Queue(maxsize=1000)
        self._started = threading.Lock()

    def send(self, number: int) -> None:
        """Take mail `number` along. A full bag is left for the next run."""
        if self._started.acquire(blocking=False):
            threading.Thread(target=self._work, name="courier", daemon=True).start()
        try:
            self._waiting.put_nowait(number)
        except queue.Full:
            log.warning("mail %d waits for the next run: too many at once", number)

    def _work(self) -> None:
        while True:
            number = self._waiting.get()
            try:
                with Store.open(self._config.database, marker=self._config.marker) as store:
                    transport, journal = (
                        transport_for(self._config.mail, self._config.outbox),
                        Journal(self._config.journal),
                    )
                    deliver_now(store, transport, number, clock.now(), manner_of(self._config.mail, journal))
            except NotifierError as error:
                log.warning("mail %d waits for the next run: %s", number, error)
            except Exception:  # the next letter must not wait for whatever this was
                log.exception("mail %d waits for the next run", number)
