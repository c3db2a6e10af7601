"""The network that new classes are taught on: MobileNetV2 as ImageNet left it, pictures in, embedding out.

One that was fine-tuned looks at what tells its own classes apart; for others the general network is the better ground.
"""

import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime as ort
import tensorflow as tf
import tf2onnx

from app.contract import EMBEDDING_NAME, INPUT_NAME
from app.errors import ConfigError, ModelError
from training.export import OPSET
from training.networks.model import without_xla
from training.onnxfile.half import halve_weights

TOLERANCE = 0.03  # of the largest value; half precision moves the embedding by less
_SIZES = (96, 240)  # px, at which the two are compared


@dataclass(frozen=True, kw_only=True)
class GeneralOptions:
    """What the command line asks for. weights: "imagenet", which Keras downloads, or a file of them."""

    output: Path
    weights: str = "imagenet"


def write_general(options: GeneralOptions) -> None:
    """uint8 RGB (N, S, S, 3), any S from 32 up -> float32 (N, 1280), as ONNX with weights in half precision.

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
    half = halve_weights(graph)
    _verify(model, half)
    try:
        with tempfile.TemporaryDirectory(prefix=".general-", dir=options.output.parent) as folder:
            draft = Path(folder) / "general.onnx"
            onnx.save(half, draft)
            draft.chmod(0o644)
            draft.replace(options.output)
    except OSError as error:
        raise ConfigError(f"{options.output}: cannot be written ({error.strerror}); disk full?") from None
    print(f"{options.output}: {options.output.stat().st_size / 1e6:.1f} MB")


def _network(weights: str) -> keras.Model:
    frames = keras.Input((None, None, 3), dtype="uint8", name=INPUT_NAME)
    scaled = keras.layers.Rescaling(1 / 127.5, offset=-1)(frames)
    named = weights if weights == "imagenet" else None
    trunk = keras.applications.MobileNetV2(input_shape=(None, None, 3), include_top=False, pooling="avg", weights=named)
    if named is None:
        try:
            trunk.load_weights(weights)
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise ConfigError(f"--weights {weights}: not those of MobileNetV2 without its top ({reason})") from None
    return keras.Model(frames, trunk(scaled))


def _verify(model: keras.Model, graph: onnx.ModelProto) -> None:
    session = ort.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(0)
    for size in _SIZES:
        pictures = rng.integers(0, 256, (3, size, size, 3), np.uint8)
        expected = model(pictures).numpy()
        got = session.run([EMBEDDING_NAME], {INPUT_NAME: pictures})[0]
        difference = float(np.abs(got - expected).max() / np.abs(expected).max())
        if not difference <= TOLERANCE:
            raise ModelError(f"not written: Keras and ONNX Runtime differ by {difference:.2g} at {size} px")
