from pathlib import Path

import numpy as np
import pytest

from app.cues import network
from app.cues.network import HelperNetwork
from app.errors import ModelError


def test_a_network_answers_without_the_axis_of_the_batch() -> None:
    regressors, logits = HelperNetwork("face_detection").run(np.zeros((128, 128, 3), np.float32))
    assert (regressors.shape, logits.shape, logits.dtype) == ((896, 16), (896, 1), np.float32)


@pytest.mark.parametrize("content", [None, b"", b"no network"])
def test_a_missing_or_damaged_file_is_named_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    monkeypatch.setattr(network, "HELPERS", tmp_path)
    if content is not None:
        (tmp_path / "face_points.onnx").write_bytes(content)
    with pytest.raises(ModelError, match=r"face_points\.onnx: missing or damaged; .*cues\.use"):
        HelperNetwork("face_points")
