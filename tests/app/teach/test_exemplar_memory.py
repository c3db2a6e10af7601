from pathlib import Path

import numpy as np
import onnx
import pytest

from app.errors import ModelError
from app.images.prepare import InputSpec
from app.model.contract import ModelContract
from app.paths import GENERAL_MODEL, MODELS
from app.teach.captures import Capture
from app.teach.embed import Embeddings, embed
from app.teach.exemplar_memory import STORED, recall_exemplars, remember_exemplars
from app.teach.exemplars import EXEMPLARS_KEY, Exemplars, pack
from app.teach.general_network import BaseModel, attach_general_network
from tests import toy

STORED_ROWS = np.repeat(np.eye(3, dtype=np.float32), 2, axis=0)


def embed_with(base: BaseModel, captures: list[Capture]) -> Embeddings:
    return embed(captures, base.classifier, base.general_columns, threads=1)


def with_exemplars(path: Path, embedding: np.ndarray) -> Path:
    stored = Exemplars(embedding, (2, 2, 2), np.full(6, 0.9, np.float32), "colours")
    metadata = ModelContract(toy.LABELS, InputSpec(32, "crop"), (0.6,) * 3).to_metadata()
    return toy.write_model(path, metadata={**metadata, EXEMPLARS_KEY: pack(stored)})


def test_stored_exemplars_are_recalled(tmp_path: Path, captures: list[Capture]) -> None:
    base = attach_general_network(with_exemplars(tmp_path / "m.onnx", STORED_ROWS), None)
    found = recall_exemplars(base, embed_with(base, captures))
    assert (found.counts, found.of) == ((2, 2, 2), "colours")
    np.testing.assert_allclose(found.embedding, STORED_ROWS, atol=0.01)


def test_without_the_general_network_the_own_columns_count(tmp_path: Path, captures: list[Capture]) -> None:
    both = np.concatenate([np.ones((6, 4), np.float32), STORED_ROWS], axis=1)
    base = attach_general_network(with_exemplars(tmp_path / "m.onnx", both), None)
    np.testing.assert_allclose(recall_exemplars(base, embed_with(base, captures)).embedding, STORED_ROWS, atol=0.01)


@pytest.mark.parametrize("general", [None, GENERAL_MODEL])
def test_others_are_derived_from_the_heads_weights(model: Path, captures: list[Capture], general: Path | None) -> None:
    base = attach_general_network(model, general)
    embeddings = embed_with(base, captures)
    found = recall_exemplars(base, embeddings)
    assert (found.counts, found.of) == ((1, 1, 1), "")
    own = found.embedding[:, base.general_columns :]
    assert own.argmax(axis=1).tolist() == [0, 1, 2], "each towards its own colour"
    assert (found.embedding[:, : base.general_columns] == found.embedding[0, : base.general_columns]).all()


def test_a_head_that_is_not_linear_has_none(model: Path, captures: list[Capture]) -> None:
    base = attach_general_network(model, None)
    embeddings = embed_with(base, captures)
    for node in base.graph.graph.node:
        if node.op_type == "MatMul":
            node.op_type = "Mul"
    with pytest.raises(ModelError, match="--only-new"):
        recall_exemplars(base, embeddings)


def embeddings_of(count: int) -> Embeddings:
    rows = np.arange(count, dtype=np.float32)[:, None, None].repeat(3, axis=2)
    return Embeddings(rows, np.ones((count, 2), np.float32), np.ones(3))


def test_the_first_captures_of_each_class_are_remembered_after_the_old_ones() -> None:
    old = Exemplars(np.full((3, 3), 100, np.float32), (1, 2), np.full(3, 0.9, np.float32), "training pictures")
    targets = np.array([1, 2] * 30)
    found = remember_exemplars(old, embeddings_of(60), targets, 3)
    assert found.counts == (1, 2 + STORED, STORED) and found.of == "training pictures; captures"
    of_one = found.embedding[found.labels == 1, 0].tolist()
    assert of_one == [100, 100, *range(0, 2 * STORED, 2)]
    assert found.confidence[found.labels == 0].tolist() == pytest.approx([0.9])


@pytest.mark.parametrize("old", [None, Exemplars(np.ones((2, 3), np.float32), (1, 1), np.ones(2, np.float32))])
def test_derived_ones_are_not_remembered(old: Exemplars | None) -> None:
    found = remember_exemplars(old, embeddings_of(4), np.array([0, 0, 1, 1]), 2)
    assert found.counts == (2, 2) and found.of == "captures"
    assert found.embedding[:, 0].tolist() == [0, 1, 2, 3]


def test_the_shipped_model_stores_exemplars() -> None:

    keys = {item.key for item in onnx.load(MODELS / "daily_activity.onnx").metadata_props}
    assert EXEMPLARS_KEY in keys
