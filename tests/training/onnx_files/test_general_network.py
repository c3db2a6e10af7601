from pathlib import Path

import cv2
import keras
import numpy as np
import onnx
import pytest

from app.errors import ConfigError, ModelError
from app.model.contract import EMBEDDING_NAME
from tests.training import pictures
from training.onnx_files.convert import to_onnx
from training.onnx_files.general_network import IMAGES, SIZE, calibration_images, general_network, verify_embedding


def write_noise(folder: Path, count: int) -> Path:
    """Images with something in them."""
    folder.mkdir()
    for number in range(count):
        small = np.random.default_rng(number).integers(0, 256, (9, 12, 3), np.uint8)
        cv2.imwrite(str(folder / f"{number:03}.png"), cv2.resize(small, (320, 240), interpolation=cv2.INTER_CUBIC))
    return folder


def test_images_are_spread_over_the_folder(tmp_path: Path) -> None:
    folder = write_noise(tmp_path / "noise", 60)
    (folder / "broken.png").write_bytes(b"no image")
    (folder / "deeper").mkdir()
    (folder / "000.png").rename(folder / "deeper" / "000.png")
    images = calibration_images(folder)
    assert images.shape == (60, SIZE, SIZE, 3) and images.dtype == np.uint8
    for number in range(60, 2 * IMAGES + 60):
        (folder / f"{number:03}.png").write_bytes((folder / "001.png").read_bytes())
    assert len(calibration_images(folder)) == IMAGES


def test_too_few_images_to_calibrate_on(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected 50 images or more to calibrate on, got 9"):
        calibration_images(write_noise(tmp_path / "noise", 9))


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    other = pictures.write_base_weights(tmp_path / "base.weights.h5")
    (tmp_path / "junk.h5").write_bytes(b"junk")
    for weights in (other, tmp_path / "junk.h5", tmp_path / "nowhere.h5"):
        with pytest.raises(ConfigError, match=f"--weights {weights}: not those of MobileNetV2"):
            general_network(str(weights))


def test_an_embedding_that_is_not_that_of_keras_is_refused(tmp_path: Path) -> None:
    frames = keras.Input((None, None, 3), dtype="uint8", name="frames")
    pooled = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(frames))
    one, other = (keras.Model(frames, keras.layers.Dense(8, use_bias=False)(pooled)) for _ in range(2))
    onnx.save(to_onnx(one, None, [EMBEDDING_NAME]), tmp_path / "one.onnx")
    images = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3), dtype=np.uint8)
    assert verify_embedding(one, tmp_path / "one.onnx", images) == pytest.approx(1, abs=1e-5)
    with pytest.raises(ModelError, match="not written: "):
        verify_embedding(other, tmp_path / "one.onnx", images)
