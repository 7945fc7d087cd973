"""How much of what a source shows was read: counted per run, compared with earlier runs.

A redesign seldom breaks a page altogether. A class is renamed, a field moves, and every notice of the run lacks its
deadline, while the run looks well. So each run counts in how many of its items each field was read, and what stood
there that nobody read; `alarms` tells what cannot be chance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FieldCoverage:
    """What one run read. `fields` counts items with a value per field, `unread` items per place that nobody read."""

    items: int = 0
    fields: Mapping[str, int] = field(default_factory=dict)
    unread: Mapping[str, int] = field(default_factory=dict)
