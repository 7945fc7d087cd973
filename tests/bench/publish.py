"""Lots to public pages: from nothing, and again where nothing changed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import tempfile
from collections.abc import Sequence
from pathlib import Path

from notifier.config import Town
from notifier.lots import LotView
from notifier.publish import publish
from tests.bench.measuring import Figure, seconds
from tests.notifier import examples
from tests.notifier.examples import NOW, Handed, lot_view

LOTS = 1000


def figures() -> Sequence[Figure]:
    """A thousand lots from nothing, and the same again."""
    town = Town("Prøvekøbing Kommune", "indkoeb@proevekoebing.example", "https://udbud.example")
    views = [_numbered(number) for number in range(LOTS)]
    with tempfile.TemporaryDirectory() as folder:
        first = seconds(lambda: publish(Handed(views), (), (), town, Path(folder), NOW))
        again = seconds(lambda: publish(Handed(views), (), (), town, Path(folder), NOW + dt.timedelta(hours=1)))
    return [
        Figure(f"publishing {LOTS:,} lots from nothing", first, "one round", unit="s"),
        Figure("publishing them again, unchanged", again, "one round", unit="s"),
    ]


def _numbered(number: int) -> LotView:
    """Four lots to a procedure."""
    notice = dataclasses.replace(examples.notice(), procedure_id=f"procedure-{number // 4}")
    view = lot_view(of_notice=notice)
    return dataclasses.replace(view, uid=f"{notice.procedure_id}/{number}", slug=f"opgave-{number}")
