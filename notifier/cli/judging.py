"""Which rules and which model judge: those that were promoted last, whatever stands in the file meanwhile.

The first rules are in use at once. A file that was changed since waits for `notifier promote`; until then the text that
is in use is taken from the database. Where the program is another and the file the same, there is nothing to compare:
that is noted and used.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from notifier.config import Config
from notifier.errors import ConfigError
from notifier.learning.examples import Judges
from notifier.learning.model import Model
from notifier.shelf import shelf_of, take
from notifier.store import Store
from notifier.store.promotions import Grounds
from notifier.suitability import Rules, load_rules


@dataclass(frozen=True, slots=True)
class InUse:
    """What judges now. `rules.version` names the model too; `note` is for people, "" where all is as it should be."""

    rules: Rules
    model: Model | None = None
    held_out: Mapping[str, float] = field(default_factory=dict)
    note: str = ""

    @property
    def judges(self) -> Judges:
        """As learning and measuring take it."""
        return Judges(self.rules, self.model)


def in_use(store: Store, loaded: Config, now: dt.datetime) -> InUse:
    """The rules and the model that judge. Raises ConfigError for mistakes in the file, ModelError for a lost model."""
    from_file, text = load_rules(loaded.rules), loaded.rules.read_bytes()
    latest = store.promotions.latest()
    if latest is None:
        store.promotions.promote(from_file.version, text, "", grounds=Grounds.FIRST, now=now)
        return InUse(from_file)
    if from_file.version == latest.rules_version:
        return candidate(from_file, latest.model_version, loaded)
    kept = store.promotions.rules_text(latest.rules_version)
    rules = from_file if kept == text else _from_text(kept)
    if rules is None:
        note = "the rules in use cannot be read by this program: those in the file are used from now on"
        rules, kept = from_file, text
    else:
        note = "" if kept == text else f"{loaded.rules.name} was changed and is not in use yet: 'notifier promote'"
    if rules.version != latest.rules_version:  # the program judges otherwise by the same file
        store.promotions.promote(rules.version, kept, latest.model_version, grounds=Grounds.CODE, report=note, now=now)
    return replace(candidate(rules, latest.model_version, loaded), note=note)


def candidate(rules: Rules, model_version: str, loaded: Config) -> InUse:
    """These rules with that model, "" for none."""
    if not model_version:
        return InUse(rules)
    model, card = take(shelf_of(loaded.database), model_version)
    return InUse(replace(rules, version=f"{rules.version}+{model.version[:8]}"), model, card.held_out)


def _from_text(text: bytes) -> Rules | None:
    """The rules as they were; None where this program cannot read them any more."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "suitability.toml"
        path.write_bytes(text)
        try:
            return load_rules(path)
        except ConfigError:
            return None
