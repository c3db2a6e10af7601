from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
import pytest

from app.errors import ConfigError
from tests.conftest import SHARED
from tests.training import pictures
from training.__main__ import main
from training.commands.export_general import GeneralOptions, write_general

WEIGHTS = SHARED / "weights" / "mobilenet_v2_imagenet_notop.weights.h5"


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty pictures with something in them."""
    folder = tmp_path_factory.mktemp("noise")
    for number in range(60):
        small = np.random.default_rng(number).integers(0, 256, (9, 12, 3), np.uint8)
        cv2.imwrite(str(folder / f"{number}.png"), cv2.resize(small, (320, 240), interpolation=cv2.INTER_CUBIC))
    return folder


@pytest.mark.skipif(not WEIGHTS.exists(), reason="../shared/weights is not here")
def test_one_file_takes_pictures_of_every_size(tmp_path: Path, noise: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "general.onnx"
    assert main(["general", "--output", str(target), "--data", str(noise), "--weights", str(WEIGHTS)]) == 0
    assert "cosine to Keras" in capsys.readouterr().out
    session = ort.InferenceSession(str(target), providers=["CPUExecutionProvider"])
    for size in (32, 97, 240):
        (embedding,) = session.run(["embedding"], {"frames": np.zeros((2, size, size, 3), np.uint8)})
        assert embedding.shape == (2, 1280) and embedding.dtype == np.float32
    assert [path.name for path in tmp_path.iterdir()] == ["general.onnx"]


def test_weights_of_another_network_are_refused(tmp_path: Path, noise: Path) -> None:
    other = pictures.write_base_weights(tmp_path / "base.weights.h5")
    for weights in (other, noise / "0.png", tmp_path / "nowhere.h5"):
        with pytest.raises(ConfigError, match="not those of MobileNetV2"):
            write_general(GeneralOptions(output=tmp_path / "g.onnx", data=noise, weights=str(weights)))
    assert not (tmp_path / "g.onnx").exists()


@pytest.mark.skipif(not WEIGHTS.exists(), reason="../shared/weights is not here")
def test_too_few_pictures_to_calibrate_on(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="to calibrate on, got 0"):
        write_general(GeneralOptions(output=tmp_path / "g.onnx", data=tmp_path, weights=str(WEIGHTS)))
