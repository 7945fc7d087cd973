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
from tests.notifier.examples import NOW, lot_view

LOTS = 1000
MOST_FROM_NOTHING = 6.0  # seconds for 1,000 lots: a tenth of what 10,000 may take


def figures() -> Sequence[Figure]:
    """A thousand lots from nothing, and the same again."""
    town = Town("Prøvekøbing Kommune", "indkoeb@proevekoebing.example", "https://udbud.example")
    views = [_numbered(number) for number in range(LOTS)]
    with tempfile.TemporaryDirectory() as folder:
        first = seconds(lambda: publish(views, (), (), town, Path(folder), NOW))
        again = [seconds(lambda: publish(views, (), (), town, Path(folder), NOW + dt.timedelta(hours=1)))]
    return [
        Figure(f"publishing {LOTS:,} lots from nothing", first, "one round", at_most=MOST_FROM_NOTHING, unit="s"),
        Figure("publishing them again, unchanged", min(again), "one round", unit="s"),
    ]


def _numbered(number: int) -> LotView:
    view = lot_view()
    return dataclasses.replace(view, uid=f"proc-{number}/LOT-0001", slug=f"opgave-{number}")
