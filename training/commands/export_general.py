"""The network that new classes are taught on: MobileNetV2 as ImageNet left it, pictures in, embedding out.

One that was fine-tuned looks at what tells its own classes apart; for others the general network is the better ground.
"""

import logging
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
import tensorflow as tf
import tf2onnx

from app.errors import ConfigError, ModelError
from app.images.prepare import InputSpec, prepare
from app.images.read import read_image
from app.model.contract import EMBEDDING_NAME, INPUT_NAME
from training.commands.export import OPSET
from training.networks.model import without_xla
from training.onnx_files.quantise import Quantiser

ALIKE = 0.97  # cosine between the embeddings of Keras and of the int8 file, the mean over pictures
SIZE = 240  # px, at which it is calibrated and compared
PICTURES = 200


@dataclass(frozen=True, kw_only=True)
class GeneralOptions:
    """What the command line asks for. data: a folder of pictures to calibrate on. weights: "imagenet", which Keras
    downloads, or a file of them."""

    output: Path
    data: Path
    weights: str = "imagenet"


def write_general(options: GeneralOptions) -> None:
    """uint8 RGB (N, S, S, 3), any S from 32 up -> float32 (N, 1280), as int8 ONNX.

    Raises AppError, and writes nothing, for weights that do not fit and where Keras and ONNX Runtime disagree.
    """
    model = _network(options.weights)
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    signature = [tf.TensorSpec((None, None, None, 3), tf.uint8, name=INPUT_NAME)]
    graph, _ = tf2onnx.convert.from_keras(without_xla(model), input_signature=signature, opset=OPSET)
    made = graph.graph.output[0].name
    for node in graph.graph.node:
        node.output[:] = [EMBEDDING_NAME if name == made else name for name in node.output]
    graph.graph.output[0].name = EMBEDDING_NAME
    pictures = _pictures(options.data)
    try:
        with tempfile.TemporaryDirectory(prefix=".general-", dir=options.output.parent) as folder:
            whole, draft = Path(folder) / "fp32.onnx", Path(folder) / "general.onnx"
            onnx.save(graph, whole)
            Quantiser(whole, pictures, Path(folder)).write(draft, 0)
            alike = _verify(model, draft, pictures)
            draft.chmod(0o644)
            draft.replace(options.output)
    except OSError as error:
        raise ConfigError(f"{options.output}: cannot be written ({error.strerror}); disk full?") from None
    print(f"{options.output}: {options.output.stat().st_size / 1e6:.1f} MB; cosine to Keras {alike:.3f}")


def _network(weights: str) -> keras.Model:
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


def _pictures(data: Path) -> npt.NDArray[np.uint8]:
    """RGB uint8 (n, SIZE, SIZE, 3), evenly over the folder's files."""
    spec = InputSpec(SIZE, "squeeze")
    files = sorted(path for path in data.rglob("*") if path.is_file())
    images = (read_image(path) for path in files[:: max(1, len(files) // PICTURES)])
    found = [prepare(image, spec) for image in images if image is not None]
    if len(found) < PICTURES // 4:
        raise ConfigError(f"--data {data}: expected {PICTURES} pictures to calibrate on, got {len(found)}")
    return np.stack(found[:PICTURES])


def _verify(model: keras.Model, path: Path, pictures: npt.NDArray[np.uint8]) -> float:
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    some = pictures[::4]
    one, other = model(some).numpy(), session.run([EMBEDDING_NAME], {INPUT_NAME: some})[0]
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    alike = float(((one * other).sum(axis=1) / lengths).mean())
    if not alike >= ALIKE:
        raise ModelError(f"not written: the cosine between Keras and int8 is {alike:.3f}, expected {ALIKE} or more")
    return alike
