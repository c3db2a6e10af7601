from pathlib import Path

import numpy as np
import onnx
import pytest

from app.errors import ModelError
from app.model.classifier import Classifier
from tests.training.small_networks import noise, write_network
from training.onnx_files import compress
from training.onnx_files.compress import to_fp16


def test_half_precision_keeps_the_contract_and_says_how_far_probabilities_move(tmp_path: Path) -> None:
    fp32 = write_network(tmp_path / "fp32.onnx")
    said = to_fp16(fp32, tmp_path / "fp16.onnx", noise(16))
    assert "half precision" in said
    half = onnx.load(tmp_path / "fp16.onnx")
    assert any(tensor.data_type == onnx.TensorProto.FLOAT16 for tensor in half.graph.initializer)
    assert Classifier(tmp_path / "fp16.onnx").contract == Classifier(fp32).contract


def test_half_precision_that_moves_a_probability_too_far_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(model: onnx.ModelProto) -> onnx.ModelProto:
        for tensor in model.graph.initializer:
            if tensor.name == "kernel_out":
                tensor.CopyFrom(onnx.numpy_helper.from_array(np.zeros((6, 3), np.float32), tensor.name))
        return model

    monkeypatch.setattr(compress, "halve_weights", spoil)
    fp32 = write_network(tmp_path / "fp32.onnx")
    with pytest.raises(ModelError, match="--fp16"):
        to_fp16(fp32, tmp_path / "fp16.onnx", noise(16))
