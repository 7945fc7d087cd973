"""A model is kept as numbers and a card, and read back whole and unaltered or not at all."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from notifier.errors import ModelError
from notifier.learning import features
from notifier.learning.packing import CARD, WEIGHTS, Card, pack, unpack
from notifier.shelf import put, shelf_of, take, versions
from tests.notifier.learning.make import fitted, texts

MODEL = fitted().model
KEPT = Card(
    MODEL.version, "2026-11-23T07:00:00+01:00", "abc", {"suitable": 24}, {"f1": 0.5}, {"seed": 1.0}, held_out={"a": 0.5}
)
PACKED = pack(MODEL, KEPT)


def refused(weights: bytes = PACKED[WEIGHTS], card: bytes = PACKED[CARD]) -> str:
    with pytest.raises(ModelError) as caught:
        unpack(weights, card, "models/x")
    message = str(caught.value)
    assert "(models/x)" in message
    assert "notifier train" in message
    return message


def changed_card(**changes: object) -> bytes:
    return json.dumps(json.loads(PACKED[CARD]) | changes).encode()


def arrays(**changes: np.ndarray) -> bytes:
    kept = {"text": MODEL.text, "criteria": MODEL.criteria, "line": np.array([MODEL.bias, MODEL.slope, MODEL.offset])}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **(kept | changes))
    return buffer.getvalue()


def test_what_is_read_back_answers_the_same() -> None:
    model, card = unpack(PACKED[WEIGHTS], PACKED[CARD], "here")
    assert model.estimate(texts("Blomsterkranse"), ()) == MODEL.estimate(texts("Blomsterkranse"), ())
    assert (card.version, card.data, card.held_out) == (MODEL.version, {"suitable": 24}, {"a": 0.5})
    assert pack(MODEL, KEPT) == PACKED


def test_no_text_and_no_code_lies_in_it() -> None:
    assert b"lomster" not in PACKED[WEIGHTS] + PACKED[CARD]
    with zipfile.ZipFile(io.BytesIO(PACKED[WEIGHTS])) as archive:
        assert sorted(archive.namelist()) == ["criteria.npy", "line.npy", "text.npy"]


@pytest.mark.parametrize("cut", [0, 1, 100, 1500, len(PACKED[WEIGHTS]) - 1])
def test_weights_that_are_cut_off_are_refused(cut: int) -> None:
    assert "damaged" in refused(weights=PACKED[WEIGHTS][:cut])


@pytest.mark.parametrize("cut", [0, 1, 100, len(PACKED[CARD]) - 5])
def test_a_card_that_is_cut_off_is_refused(cut: int) -> None:
    assert "model.json cannot be read" in refused(card=PACKED[CARD][:cut])


def test_one_altered_weight_is_refused() -> None:
    altered = MODEL.text.copy()
    altered[7] += 1e-9
    assert "'text' was altered" in refused(weights=arrays(text=altered))


def test_another_shape_or_type_is_refused() -> None:
    assert "of shape (5,)" in refused(weights=arrays(criteria=np.zeros(5)))
    assert "float32" in refused(weights=arrays(criteria=MODEL.criteria.astype(np.float32)))


def test_weights_that_are_no_numbers_are_refused_even_where_the_card_agrees() -> None:
    from dataclasses import replace

    poisoned = replace(MODEL, criteria=np.full(len(features.NAMES), np.nan))
    packed = pack(poisoned, KEPT)
    assert "no number" in refused(packed[WEIGHTS], packed[CARD])


def test_a_model_of_other_features_is_refused_and_says_what_to_do() -> None:
    assert "features 0" in refused(card=changed_card(features="0"))
    assert "format 9" in refused(card=changed_card(format=9))


def test_a_card_of_another_model_is_refused() -> None:
    assert "the card is of model 123" in refused(card=changed_card(version="123"))


class _Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (pytest.fail, ("code in a model was run",))


def test_code_in_the_weights_is_never_run() -> None:
    hidden = io.BytesIO()
    with zipfile.ZipFile(hidden, "w") as archive:
        for name in ("text", "criteria", "line"):
            content = io.BytesIO()
            np.lib.format.write_array_header_1_0(content, {"descr": "|O", "fortran_order": False, "shape": (1,)})
            archive.writestr(f"{name}.npy", content.getvalue() + pickle.dumps(_Bomb()))
    assert "damaged" in refused(weights=hidden.getvalue())
    assert "damaged" in refused(weights=pickle.dumps(_Bomb()))


def test_weights_that_would_fill_the_memory_are_refused_before_they_are_unpacked() -> None:
    assert "would unpack to" in refused(weights=arrays(text=np.zeros(2_000_000)))


def test_models_lie_beside_the_database_by_their_version(tmp_path: Path) -> None:
    shelf = shelf_of(tmp_path / "notifier.db")
    assert versions(shelf) == ()
    folder = put(shelf, MODEL, KEPT)
    assert folder == tmp_path / "models" / MODEL.version
    assert versions(shelf) == (MODEL.version,)
    assert take(shelf, MODEL.version)[0].version == MODEL.version


@pytest.mark.parametrize("name", ["gone", "../../etc", ""])
def test_a_model_that_is_not_there_is_told_with_those_that_are(tmp_path: Path, name: str) -> None:
    put(tmp_path / "models", MODEL, KEPT)
    with pytest.raises(ModelError, match=MODEL.version):
        take(tmp_path / "models", name)


def test_half_a_model_is_refused(tmp_path: Path) -> None:
    (put(tmp_path, MODEL, KEPT) / CARD).unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        take(tmp_path, MODEL.version)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("in the way", encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be written"):
        put(tmp_path / "models", MODEL, KEPT)
