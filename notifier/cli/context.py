"""What every command is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from notifier import config
from notifier.config import Config
from notifier.progress import Show
from notifier.store import Store

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
