from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from app.errors import ConfigError, OutputError
from tests.conftest import SHARED
from tests.training.onnx_files.test_general_network import write_noise
from training.__main__ import main
from training.commands.export_general import GeneralOptions, export_general

WEIGHTS = SHARED / "weights" / "mobilenet_v2_imagenet_notop.weights.h5"


@pytest.mark.skipif(not WEIGHTS.exists(), reason="../shared/weights is not here")
def test_one_file_takes_images_of_every_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    noise, target = write_noise(tmp_path / "noise", 60), tmp_path / "models" / "general.onnx"
    target.parent.mkdir()
    target.write_text("older")
    arguments = ["--output", str(target), "--data", str(noise), "--weights", str(WEIGHTS), "--overwrite"]
    assert main(["general", *arguments]) == 0
    assert "cosine to Keras" in capsys.readouterr().out
    session = ort.InferenceSession(str(target), providers=["CPUExecutionProvider"])
    for size in (32, 97, 240):
        (embedding,) = session.run(["embedding"], {"frames": np.zeros((2, size, size, 3), np.uint8)})
        assert embedding.shape == (2, 1280) and embedding.dtype == np.float32
    assert [path.name for path in target.parent.iterdir()] == ["general.onnx"]


def test_mistakes_leave_no_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="nowhere"):
        export_general(GeneralOptions(output=tmp_path / "nowhere" / "g.onnx", data=tmp_path))
    (tmp_path / "junk.h5").write_bytes(b"junk")
    with pytest.raises(ConfigError, match="--weights"):
        export_general(GeneralOptions(output=tmp_path / "g.onnx", data=tmp_path, weights=str(tmp_path / "junk.h5")))
    assert [path.name for path in tmp_path.iterdir()] == ["junk.h5"]
