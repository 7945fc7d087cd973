"""Few values of the program itself, by name: why nothing is sent, how often was sent, the key of the journal."""

from __future__ import annotations

from notifier.store.database import Database

RESTORED_AT = "restored_at"  # when a restored backup was noticed, in ISO 8601
PAUSED = "paused"  # why no mail leaves, for people; while it is set, none does
GENERATION = "generation"  # how often a delivery began or ended (journal.py)
JOURNAL_READ = "journal_read"  # how many lines of the journal this database has heeded
BUILT_AT = "built_at"  # when digests were built last on a weekday, in ISO 8601
CATALOGUE_WORDS = "catalogue_words"  # a mark of the words that the rows of lists were made with
DESK_KEY = "desk_key"  # signs the cookies of the desk; made when it is first served
SIGN_UP_ALARM = "sign_up_alarm"  # when sign-ups were last turned away because there were too many, in ISO 8601
FIRST_MAIL = "first_mail"  # when the first digest was made, in ISO 8601; a trigger writes it
JOURNAL_KEY = "journal_key"  # addresses stand in the journal hashed with it; made with the table


class Settings:
    """The table `settings`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> str:
        """The value, "" where there is none."""
        return next(iter(self._database.column(str, "SELECT value FROM settings WHERE name = ?", (name,))), "")

    def put(self, name: str, value: str) -> None:
        """Keep a value; "" forgets it."""
        if not value:
            self._database.write("DELETE FROM settings WHERE name = ?", (name,))
            return
        self._database.write(
            "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value),
        )
