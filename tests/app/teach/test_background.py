from pathlib import Path

import numpy as np
import pytest

from app.errors import ModelError
from app.paths import BACKGROUND, GENERAL_MODEL, MODELS
from app.teach.background import probe_frames, read_background, write_background
from app.teach.general_network import BaseModel, attach_general_network


@pytest.fixture
def base() -> BaseModel:
    return attach_general_network(MODELS / "daily_activity.onnx", GENERAL_MODEL)


def test_frames_that_show_nothing_are_of_every_brightness() -> None:
    frames = probe_frames(48)
    assert frames.shape[1:] == (48, 48, 3) and frames.dtype == np.uint8
    assert {int(frame.mean()) for frame in frames} >= {0, 128, 255}
    assert (probe_frames(48) == frames).all(), "the same each time"


def test_what_is_written_is_read(base: BaseModel, tmp_path: Path) -> None:
    frames = probe_frames(base.contract.input.size)
    embedding = base.classifier.predict(frames).embedding
    write_background(tmp_path / "b.npz", embedding, np.zeros(len(frames), int), base.general_columns)
    found = read_background(tmp_path / "b.npz", base)
    assert found is not None and found.known.all()
    roots = np.sqrt(np.maximum(embedding, 0))
    np.testing.assert_allclose(np.sqrt(found.embedding), roots, atol=roots.max() / 255)


def test_the_shipped_background_is_of_the_shipped_model(base: BaseModel) -> None:
    found = read_background(BACKGROUND, base)
    assert found is not None and found.known.all() and len(np.unique(found.groups)) > 50


def test_of_another_model_the_general_network_alone_is_known() -> None:
    base = attach_general_network(MODELS / "har15.onnx", GENERAL_MODEL)
    found = read_background(BACKGROUND, base)
    assert found is not None and found.known.sum() == base.general_columns
    assert not found.embedding[:, ~found.known].any() and found.embedding[:, found.known].any()


def test_without_a_general_network_there_is_none() -> None:
    assert read_background(BACKGROUND, attach_general_network(MODELS / "har15.onnx", None)) is None


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut"])
def test_a_damaged_file_is_named(base: BaseModel, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "b.npz").write_bytes(content)
    with pytest.raises(ModelError, match="get it again"):
        read_background(tmp_path / "b.npz", base)
