"""Examples to learn from and to measure on: lots that staff tagged, or a file of labels with its notices."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from notifier.errors import NotifierError, UsageError
from notifier.learning.examples import Example
from notifier.lots import Notice, Verdict
from notifier.store import Store


def from_tags(store: Store, now: dt.datetime) -> tuple[Example, ...]:
    """Every lot with a tag that counts, as it stands now, in the order of tags."""
    tags = {tag.lot_uid: tag for tag in store.tags.standing()}
    views = {view.uid: view for view in store.lots.views(now, uids=tags.keys())}
    return tuple(
        Example(uid, views[uid].lot, views[uid].notice, tag.verdict) for uid, tag in tags.items() if uid in views
    )


def from_file(labels: Path, notices: Path) -> tuple[Example, ...]:
    """Labelled lots: a line of JSON each, with `file` (and `corpus`, a folder) below `notices`, `lot_id`, `verdict`.

    Raises UsageError with file and line for what cannot be used.
    """
    try:
        lines = labels.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the labels cannot be read: {error}", where=str(labels)) from error
    return tuple(_examples(lines, labels, notices))


def _examples(lines: list[str], labels: Path, notices: Path) -> Iterator[Example]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield _example(json.loads(line), notices)
            except (ValueError, KeyError, TypeError, AttributeError, NotifierError, OSError) as error:
                raise UsageError(
                    f"this label cannot be used: {error or type(error).__name__}",
                    where=f"{labels}:{number}",
                    remedy='a line is {"corpus": FOLDER, "file": NAME, "lot_id": ID, "verdict": VERDICT}',
                ) from error


def _example(label: dict[str, Any], notices: Path) -> Example:
    path = notices / label.get("corpus", "") / label["file"]
    notice = _notice(path)
    lot = next((one for one in notice.lots if one.lot_id == label["lot_id"]), None)
    if lot is None:
        raise ValueError(f"{path.name} has no lot '{label['lot_id']}'")
    return Example(f"{path.stem}/{lot.lot_id}", lot, notice, Verdict(label["verdict"]))


@cache
def _notice(path: Path) -> Notice:
    from spiders.parsers import ted  # lxml's parsers are needed by labels alone

    return ted.parse_notice(path.read_bytes(), source="ted", key=path.stem)
