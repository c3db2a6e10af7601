"""What the networks see in captures: the model's own and the general one beside it."""

import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from google.protobuf.message import DecodeError

from app.errors import ModelError
from app.model.classifier import Classifier, Prediction
from app.teach.augment import VIEWS, views
from app.teach.captures import Capture
from app.teach.general_network import with_general
from app.teach.head import Floats, spread

OWN_SHARE = 1 / 3  # of the general features' power; on other draws 89.7 % against 88.2 at 1 and 88.5 without
_SEED = 42


@dataclass(frozen=True, eq=False)
class Seen:
    """Of every capture: embedding float32 (N, VIEWS, D), and the old model's probs (N, K) of the picture itself.

    emphasis: (D,), what the features of the embedding are multiplied by, so that the general network's count most.
    """

    def features(self, embedding: npt.NDArray[np.float32]) -> Floats:
        return spread(embedding) * self.emphasis

    embedding: npt.NDArray[np.float32]
    probs: npt.NDArray[np.float32]
    emphasis: Floats


def with_eyes(model: Path, general: Path | None) -> tuple[onnx.ModelProto, Classifier]:
    """The model with the general network beside its own, and what runs it. Raises ModelError."""
    base = onnx.load(model)
    if general is not None:
        base = with_general(base, _load_general(general))
    with tempfile.TemporaryDirectory(prefix="teach-") as folder:
        path = Path(folder) / "base.onnx"
        path.write_bytes(base.SerializeToString())
        return base, Classifier(path)


def _load_general(path: Path) -> onnx.ModelProto:
    try:
        return onnx.load(path)
    except (OSError, DecodeError):
        raise ModelError(f"{path}: expected the general network that comes with the program; get it again") from None


def look(captures: Sequence[Capture], classifier: Classifier, general: int, threads: int) -> Seen:
    """general: how many columns of the embedding are the general network's."""

    def seen(numbered: tuple[int, Capture]) -> Prediction:
        number, capture = numbered
        return classifier.predict(views(capture.picture, np.random.default_rng((_SEED, number))))

    with ThreadPoolExecutor(threads) as pool:  # a picture a thread is a quarter faster than a batch on all threads
        found = list(pool.map(seen, enumerate(captures)))
    embedding = np.concatenate([prediction.embedding for prediction in found])
    probs = np.stack([prediction.probs[0] for prediction in found])
    return Seen(embedding.reshape(len(captures), VIEWS, -1), probs, _emphasis(embedding, general))


def _emphasis(embedding: npt.NDArray[np.float32], general: int) -> Floats:
    found = np.ones(embedding.shape[1])
    if 0 < general < embedding.shape[1]:
        power = np.maximum(embedding, 0).mean(axis=0, dtype=np.float64)  # of the square root, the mean square
        found[general:] = np.sqrt(OWN_SHARE * power[:general].sum() / max(power[general:].sum(), 1e-9))
    return found
