"""The general network, on which new classes are taught: MobileNetV2 as ImageNet left it, images in, embedding out.

A fine-tuned network looks for what tells its own classes apart; the general one is the better ground for others.
"""

import warnings
from pathlib import Path

import keras
import numpy as np
import onnxruntime as ort

from app.arrays import Images
from app.errors import ConfigError, ModelError
from app.images.prepare import InputSpec, prepare
from app.images.read import read_image
from app.model.contract import EMBEDDING_NAME, INPUT_NAME
from training.data import folders

ALIKE = 0.97  # cosine between the embeddings of Keras and of the int8 file, the mean over images
SIZE = 240  # px, at which it is calibrated and compared
IMAGES = 200
_LEAST = IMAGES // 4


def general_network(weights: str) -> keras.Model:
    """Builds the network.

    Args:
        weights: "imagenet", which Keras downloads, or a file of them, without top.

    Returns:
        A keras.Model: uint8 RGB (N, S, S, 3), any S from 32 up -> float32 (N, 1280).

    Raises:
        ConfigError: weights of another network.
    """
    frames = keras.Input((None, None, 3), dtype="uint8", name=INPUT_NAME)
    scaled = keras.layers.Rescaling(1 / 127.5, offset=-1)(frames)
    named = weights if weights == "imagenet" else None
    trunk = keras.applications.MobileNetV2(input_shape=(None, None, 3), include_top=False, pooling="avg", weights=named)
    if named is None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # what does not fit would be left at random
                trunk.load_weights(weights)
        except (OSError, ValueError, UserWarning) as error:
            reason = str(error).splitlines()[0]
            raise ConfigError(f"--weights {weights}: not those of MobileNetV2 without its top ({reason})") from None
    return keras.Model(frames, trunk(scaled))


def calibration_images(folder: Path) -> Images:
    """Reads up to 200 images, evenly spread over the files of a folder and its subfolders.

    Returns:
        RGB uint8 (n, SIZE, SIZE, 3).

    Raises:
        ConfigError: too few.
    """
    spec = InputSpec(SIZE, "squeeze")
    files, _ = folders.scan(folder, ())
    images = (read_image(path) for path in files[:: max(1, len(files) // IMAGES)])
    found = [prepare(image, spec) for image in images if image is not None]
    if len(found) < _LEAST:
        raise ConfigError(f"--data {folder}: expected {_LEAST} images or more to calibrate on, got {len(found)}")
    return np.stack(found[:IMAGES])


def verify_embedding(model: keras.Model, path: Path, images: Images) -> float:
    """Compares the embeddings of Keras and of the int8 file.

    Args:
        model: of `general_network`.
        path: the ONNX file.
        images: RGB uint8 (n, S, S, 3), of which every fourth is used.

    Returns:
        The mean cosine, 1 for equal ones.

    Raises:
        ModelError: it is too low.
    """
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    some = images[::4]
    one, other = model(some).numpy(), session.run([EMBEDDING_NAME], {INPUT_NAME: some})[0]
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    alike = float(((one * other).sum(axis=1) / lengths).mean())
    if not alike >= ALIKE:
        raise ModelError(f"not written: the cosine between Keras and int8 is {alike:.3f}, expected {ALIKE} or more")
    return alike
