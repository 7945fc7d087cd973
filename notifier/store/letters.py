"""What `outbox` and `partners` both do with mails that shall not leave."""

from __future__ import annotations

from notifier.store.database import Database, Value


def give_up(database: Database, why: str, which: str, *values: Value) -> None:
    """Mails that are never to leave, by hand neither: their bodies go. `which` counts its `values` from ?1 on."""
    database.write(
        f"DELETE FROM mail_bodies WHERE mail IN (SELECT id FROM outbox WHERE {which})",  # noqa: S608
        values,
    )
    error = f"?{len(values) + 1}"
    sql = f"UPDATE outbox SET status = 'failed', error = {error} WHERE status <> 'failed' AND ({which})"  # noqa: S608
    database.write(sql, (*values, why))
