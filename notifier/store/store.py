"""The store: one narrow door to all that is kept. Nobody outside this package knows what stands behind it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from notifier.store.accounts import Accounts
from notifier.store.actions import Actions
from notifier.store.agreements import Agreements
from notifier.store.assessments import Assessments
from notifier.store.catalogue import Catalogue
from notifier.store.corrections import Corrections
from notifier.store.database import Database
from notifier.store.digests import Digests
from notifier.store.documents import Documents
from notifier.store.draws import Draws
from notifier.store.effects import Effects
from notifier.store.feedback import Answers
from notifier.store.lots import Lots
from notifier.store.notes import Notes
from notifier.store.notices import Notices
from notifier.store.opening import open_database
from notifier.store.outbox import Outbox
from notifier.store.pairs import Pairs
from notifier.store.partners import Partners
from notifier.store.plans import Plans
from notifier.store.postings import Postings
from notifier.store.promotions import Promotions
from notifier.store.publications import Publications
from notifier.store.queue import Queue
from notifier.store.reports import Reports
from notifier.store.runs import Runs
from notifier.store.settings import Settings
from notifier.store.subscribers import Subscribers
from notifier.store.tags import Tags
from notifier.store.tries import Tries
from notifier.store.withheld import WithheldItems

T = TypeVar("T")


class Store:
    """All groups of tables over one connection, for one thread. Whatever goes wrong in it is a StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.path = database.path
        self.runs = Runs(database)
        self.documents = Documents(database)
        self.notices = Notices(database)
        self.lots = Lots(database)
        self.pairs = Pairs(database)
        self.assessments = Assessments(database)
        self.agreements = Agreements(database)
        self.subscribers = Subscribers(database)
        self.digests = Digests(database)
        self.outbox = Outbox(database)
        self.publications = Publications(database)
        self.tags = Tags(database)
        self.draws = Draws(database)
        self.promotions = Promotions(database)
        self.settings = Settings(database)
        self.withheld = WithheldItems(database)
        self.answers = Answers(database)
        self.partners = Partners(database)
        self.catalogue = Catalogue(database)
        self.queue = Queue(database)
        self.effects = Effects(database)
        self.reports = Reports(database)
        self.accounts = Accounts(database)
        self.actions = Actions(database)
        self.tries = Tries(database)
        self.notes = Notes(database)
        self.plans = Plans(database)
        self.corrections = Corrections(database)
        self.postings = Postings(database)

    @classmethod
    def open(cls, path: Path, *, create: bool = False, marker: Path | None = None) -> Self:
        """Open the store at `path`, brought up to date.

        `marker` is the small file beside the configuration that records that there is a database. A missing
        database is created only with `create`, and only where the marker does not say that there was one. Raises
        StoreError where it is missing, lost, damaged, another program's, written by a newer version, or locked.
        """
        return cls(open_database(path, create=create, marker=marker))

    def transaction(self) -> AbstractContextManager[None]:
        """All writes inside are kept together, or none. Inside another one it joins that."""
        return self._database.transaction()

    def still(self) -> AbstractContextManager[None]:
        """All that is read inside is of one moment. Nothing is written inside."""
        return self._database.still()

    def remembered(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` answered for a key, as long as nobody has written since; the key names all else that counts."""
        return self._database.remembered(key, make)

    def close(self) -> None:
        """Give the database back."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
