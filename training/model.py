"""MobileNetV2 with a new head, scaling included: uint8 pictures in, logits out."""

import warnings
from pathlib import Path
from typing import Any

import keras

from app.contract import EMBEDDING_NAME, INPUT_NAME
from app.errors import ConfigError

BACKBONE = "MobileNetV2"
IMAGENET_ALPHAS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)
LOGITS_NAME = "logits"
SCRATCH_MOMENTUM = 0.9  # Keras's 0.999 for this network needs thousands of steps to learn the statistics of new data


def build_model(size: int, classes: int, alpha: float, dropout: float, weights: str = "none") -> Any:
    """A keras.Model from uint8 RGB (N, S, S, 3) named `frames` to float32 logits (N, K).

    Its layer `embedding` gives the pooled features (N, D). weights: "imagenet" (downloaded), "none", or the path of a
    MobileNetV2 weights file without top. Raises ConfigError when they cannot be had or do not fit.

    Everything is trainable but, on a pre-trained base, batch norm: it stays in inference mode, or the first epochs
    would destroy its statistics, and keeps its scale and offset, which trains 1.5 times faster on a CPU (their
    gradients sum over every activation).
    """
    base = load_base(size, alpha, weights)
    pretrained = weights != "none"
    for layer in _batch_norms(base):
        layer.trainable = not pretrained
        layer.momentum = SCRATCH_MOMENTUM
    frames = keras.Input((size, size, 3), dtype="uint8", name=INPUT_NAME)
    scaled = keras.layers.Rescaling(1 / 127.5, offset=-1, name="scale")(frames)
    embedding = keras.layers.GlobalAveragePooling2D(name=EMBEDDING_NAME)(
        base(scaled, training=False if pretrained else None)
    )
    dropped = keras.layers.Dropout(dropout, name="dropout")(embedding)
    logits = keras.layers.Dense(classes, name=LOGITS_NAME)(dropped)
    return without_xla(keras.Model(frames, logits, name="activity"))


def without_xla(model: Any) -> Any:
    """The same model; Keras would pick XLA, which is several times slower than oneDNN on a CPU."""
    model.jit_compile = False
    return model


def split_model(model: Any) -> tuple[Any, Any]:
    """Two models that share the layers of `model`: frames -> embedding, and embedding -> logits."""
    embedding = model.get_layer(EMBEDDING_NAME).output
    features = without_xla(keras.Model(model.input, embedding, name="features"))
    pooled = keras.Input(embedding.shape[1:], name="pooled")
    head = keras.Model(pooled, model.get_layer(LOGITS_NAME)(model.get_layer("dropout")(pooled)), name="head")
    return features, head


def load_exactly(model: Any, path: Path, what: str) -> None:
    """Loads a weights file that fits every layer. Raises ConfigError that it is not `what` otherwise."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # Keras only warns of layers that it leaves untrained
            model.load_weights(path)
    except (ValueError, OSError, KeyError, UserWarning) as error:
        raise ConfigError(f"{path}: not {what}") from error


def load_base(size: int, alpha: float, weights: str) -> Any:
    """MobileNetV2 without its top; see `build_model` for the arguments and errors."""
    if weights == "imagenet":
        return _download(size, alpha)
    base = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(size, size, 3), alpha=alpha)
    if weights != "none":
        _load(base, Path(weights), alpha)
    return base


def _batch_norms(base: Any) -> list[Any]:
    return [layer for layer in base.layers if isinstance(layer, keras.layers.BatchNormalization)]


def _download(size: int, alpha: float) -> Any:
    if alpha not in IMAGENET_ALPHAS:
        widths = ", ".join(map(str, IMAGENET_ALPHAS))
        raise ConfigError(f"--weights imagenet exists for alpha {widths}, not {alpha}; use one or --weights none")
    try:
        return keras.applications.MobileNetV2(
            weights="imagenet", include_top=False, input_shape=(size, size, 3), alpha=alpha
        )
    except Exception as error:  # Keras raises a plain Exception when a download fails
        if "URL fetch failure" not in str(error):
            raise
        raise ConfigError(
            "the ImageNet weights cannot be downloaded (is the network open?); pass a file with --weights PATH"
        ) from error


def _load(base: Any, path: Path, alpha: float) -> None:
    if not path.is_file():
        raise ConfigError(f"{path}: no such weights file; --weights takes imagenet, none or a path")
    load_exactly(base, path, f"the weights of {BACKBONE} without top at alpha {alpha}")
