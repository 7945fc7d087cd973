"""What every command is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from notifier import clock, config
from notifier.config import Config
from notifier.journal import Journal
from notifier.membership import notice_restored
from notifier.progress import Show
from notifier.store import Store
from notifier.store.settings import PAUSED

DONE, FAILED, SOURCE_FAILED = 0, 1, 3


@dataclass(frozen=True, slots=True)
class Context:
    """Where the configuration lies, which database is meant, and how to show what happens."""

    folder: Path
    database: Path | None
    show: Show

    def load(self) -> Config:
        """The checked configuration. Raises ConfigError with every mistake."""
        return config.load(self.folder, database=self.database)


def open_store(loaded: Config, *, create: bool = True) -> Store:
    """The database. Made only where `create`, and where nothing beside the configuration records an earlier one."""
    return Store.open(loaded.database, create=create, marker=loaded.marker)


def open_watched(context: Context, loaded: Config, *, create: bool = False) -> Store:
    """The same, having looked whether a backup was restored: who joins, and what is decided, before that is noticed
    would be taken for what the backup knew."""
    store = open_store(loaded, create=create)
    try:
        tell_restored(context.show, loaded, store)
    except BaseException:
        store.close()
        raise
    return store


def tell_restored(show: Show, loaded: Config, store: Store) -> Journal:
    """Whoever left since the database was last saved leaves again; a restored backup is noticed, and told."""
    journal = Journal(loaded.journal)
    restored = notice_restored(store, journal, clock.now())
    if restored.left:
        show.step(
            "journal", f"said stop or were erased since this database was saved, and are so again: {restored.left}"
        )
    if restored.noticed:
        show.step(
            "journal", f"no mail leaves, and those that waited are held ({restored.held}): {store.settings.get(PAUSED)}"
        )
    return journal
