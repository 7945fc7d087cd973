"""Where learned models lie: a folder each, named by version, beside the database."""

from __future__ import annotations

from pathlib import Path

from notifier.errors import ModelError, NotifierError
from notifier.files import write_whole
from notifier.learning.model import Model
from notifier.learning.packing import CARD, WEIGHTS, Card, pack, unpack


def shelf_of(database: Path) -> Path:
    """The folder of all models that belong to a database."""
    return database.parent / "models"


def put(shelf: Path, model: Model, card: Card) -> Path:
    """Write a model, the card last; its folder. Raises ModelError where that cannot be done."""
    folder = shelf / model.version
    try:
        for name, content in pack(model, card).items():
            write_whole(folder / name, content)
    except NotifierError as error:
        remedy = "give this user the right to write there, and make room"
        raise ModelError("the model cannot be written", where=error.where or str(folder), remedy=remedy) from error
    return folder


def take(shelf: Path, version: str) -> tuple[Model, Card]:
    """The model with that version and its card. Raises ModelError where it is not there whole."""
    folder = shelf / version
    if version not in versions(shelf):
        known = ", ".join(versions(shelf)) or "none yet"
        raise ModelError(
            f"there is no model '{version}'",
            where=str(shelf),
            remedy=f"there are: {known}; 'notifier train' makes one, 'notifier promote --without-model' does without",
        )
    try:
        weights, card = (folder / WEIGHTS).read_bytes(), (folder / CARD).read_bytes()
    except OSError as error:
        remedy = "put it back from a backup, or run 'notifier train' for a new model"
        raise ModelError(f"it cannot be read: {error.strerror}", where=str(error.filename), remedy=remedy) from error
    return unpack(weights, card, str(folder))


def versions(shelf: Path) -> tuple[str, ...]:
    """The models that are there, whether whole or not."""
    return tuple(sorted(path.name for path in shelf.iterdir() if path.is_dir())) if shelf.is_dir() else ()
