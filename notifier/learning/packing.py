"""A model as two files' bytes: `weights.npz`, numbers alone, and `model.json`, its card with the hashes of the numbers.

Nothing in them is ever run: arrays are read with allow_pickle=False. What is cut off, altered, or made for other
features is refused with what to do about it, never half used.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import msgspec
import numpy as np

from notifier.errors import ModelError
from notifier.learning import features
from notifier.learning.features import Floats
from notifier.learning.model import Model

WEIGHTS, CARD = "weights.npz", "model.json"
FORMAT = 1
_SHAPES = {"text": (features.BUCKETS,), "criteria": (len(features.NAMES),), "line": (3,)}
_LARGEST = 4_000_000  # bytes; ours have half a million
_REMEDY = "put both files back from a backup, or run 'notifier train' for a new model and 'notifier promote' it"


@dataclass(frozen=True, slots=True)
class Card:
    """What a model is: of what it was made, when, how well it did on what it had not seen. For people, and to check.

    `held_out` has, for each lot that it learned from, the probability by a model that had seen neither that lot nor
    another one of the same notice or buyer.
    """

    version: str
    made: str  # ISO 8601
    rules_version: str  # whose evidence it learned from
    data: Mapping[str, int]  # how many lots of which verdict, groups, tags, labels
    figures: Mapping[str, float]
    settings: Mapping[str, float]
    features: str = features.VERSION
    format: int = FORMAT
    hashes: Mapping[str, str] = field(default_factory=dict)
    held_out: Mapping[str, float] = field(default_factory=dict)


def pack(model: Model, card: Card) -> dict[str, bytes]:
    """The bytes of both files by name; the same model and card give the same bytes."""
    arrays = _arrays(model)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    hashes = {name: _hash(array) for name, array in arrays.items()}
    told = msgspec.json.encode(replace(card, version=model.version, hashes=hashes), order="deterministic")
    return {WEIGHTS: buffer.getvalue(), CARD: msgspec.json.format(told, indent=1) + b"\n"}


def unpack(weights: bytes, card: bytes, where: str) -> tuple[Model, Card]:
    """The model and its card. Raises ModelError, with `where` it lies, for whatever is not exactly as it was made."""
    read = _card(card, where)
    arrays = _read_arrays(weights, where)
    for name, shape in _SHAPES.items():
        _check(name, arrays[name], shape, read.hashes.get(name, ""), where)
    bias, slope, offset = (float(number) for number in arrays["line"])
    model = Model(arrays["text"], arrays["criteria"], bias, slope, offset)
    if model.version != read.version:
        raise ModelError(
            f"the card is of model {read.version}, the weights are {model.version}", where=where, remedy=_REMEDY
        )
    return model, read


def _arrays(model: Model) -> dict[str, Floats]:
    line = np.array([model.bias, model.slope, model.offset])
    return {"text": model.text, "criteria": model.criteria, "line": line}


def _hash(array: Floats) -> str:
    return hashlib.sha256(array.tobytes()).hexdigest()


def _card(content: bytes, where: str) -> Card:
    try:
        card = msgspec.json.decode(content, type=Card)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{CARD} cannot be read: {error}", where=where, remedy=_REMEDY) from error
    if (card.format, card.features) != (FORMAT, features.VERSION):
        raise ModelError(
            f"the model was made for format {card.format} and features {card.features}, "
            f"this program has {FORMAT} and {features.VERSION}",
            where=where,
            remedy="run 'notifier train' for a new model and 'notifier promote' it",
        )
    return card


def _read_arrays(content: bytes, where: str) -> dict[str, Floats]:
    """The arrays by name. A zip tells how large they will be before one is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > _LARGEST:
            raise ModelError(f"{WEIGHTS} would unpack to {size:,} bytes", where=where, remedy=_REMEDY)
        with np.load(io.BytesIO(content), allow_pickle=False) as loaded:
            return {name: loaded[name] for name in _SHAPES}
    except (zipfile.BadZipFile, zlib.error, ValueError, KeyError, OSError, EOFError) as error:
        raise ModelError(f"{WEIGHTS} is damaged or is no file of weights", where=where, remedy=_REMEDY) from error


def _check(name: str, array: Floats, shape: tuple[int, ...], known: str, where: str) -> None:
    if array.shape != shape or array.dtype != np.float64:
        what = f"'{name}' is {array.dtype} of shape {array.shape}, not float64 of {shape}"
    elif _hash(array) != known:
        what = f"'{name}' was altered: its hash is not the one on the card"
    elif not np.isfinite(array).all():
        what = f"'{name}' holds something that is no number"
    else:
        return
    raise ModelError(f"{WEIGHTS}: {what}", where=where, remedy=_REMEDY)
