"""THE preprocessing contract: what a model expects of a picture, and the one function that does it.

Training and the app call the same `prepare`, so a picture looks to the model live as it did when it learned.
Everything numerical (scaling, network, temperature, softmax) is inside the ONNX graph; here is geometry and
BGR-to-RGB, nothing else. The contract travels in the model file's metadata.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from app.errors import ModelError

Image = npt.NDArray[np.uint8]

CONTRACT_VERSION = "1"
INPUT_NAME, PROBS_NAME, EMBEDDING_NAME = "frames", "probs", "embedding"
RESIZE_RULES = ("crop", "squeeze", "stretch")
SQUEEZE_ASPECT = 4 / 3  # the longer side over the shorter that "squeeze" leaves
MIN_SIZE, MAX_SIZE = 32, 1024  # the backbones need 32; above 1024 a laptop is no longer live
MAX_LABEL_CHARS = 80
_JOINERS = dict.fromkeys((0x200C, 0x200D))  # invisible, but Persian and Indic words and emoji are spelled with them


@dataclass(frozen=True)
class ModelContract:
    """What travels with the model.

    labels: K class names, in the order of the `probs` output.
    size: S, the side of the square input in px.
    resize: "crop" keeps the proportions and cuts the centre square, "stretch" keeps the whole picture, "squeeze" cuts
        what is longer than 4:3 and fits the rest into the square: three quarters of a 16:9 picture are seen, not half.
    thresholds: K values 0..1; a label whose smoothed probability is below its own is shown as unsure.
    info: what else the file says of itself (backbone, trained_at, dataset, scores), for people; JSON values.
    """

    labels: tuple[str, ...]
    size: int
    resize: str
    thresholds: tuple[float, ...]
    info: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_labels(self.labels)
        if isinstance(self.size, bool) or not isinstance(self.size, int) or not MIN_SIZE <= self.size <= MAX_SIZE:
            raise ModelError(f"input_size must be a whole number from {MIN_SIZE} to {MAX_SIZE}, got {self.size!r}")
        if self.resize not in RESIZE_RULES:
            raise ModelError(f"resize must be one of {', '.join(RESIZE_RULES)}, got {self.resize!r}")
        if len(self.thresholds) != len(self.labels):
            raise ModelError(f"{len(self.labels)} labels need as many thresholds, got {len(self.thresholds)}")
        if not all(_is_number(value) and 0 <= value <= 1 for value in self.thresholds):
            raise ModelError(f"thresholds must be numbers from 0 to 1, got {list(self.thresholds)}")

    def to_metadata(self) -> dict[str, str]:
        """The strings for the ONNX file's metadata_props; `from_metadata` reads them back."""
        return {
            "contract": CONTRACT_VERSION,
            "labels": json.dumps(list(self.labels), ensure_ascii=False),
            "input_size": str(self.size),
            "resize": self.resize,
            "thresholds": json.dumps(list(self.thresholds)),
            "info": json.dumps(dict(self.info), ensure_ascii=False),
        }

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> "ModelContract":
        """Reads what `to_metadata` wrote. A key that is missing, unreadable or out of range is a ModelError."""
        version = _require(metadata, "contract")
        if version != CONTRACT_VERSION:
            raise ModelError(f"metadata says contract {version[:20]!r}, this app reads {CONTRACT_VERSION!r}")
        labels, thresholds = _json(metadata, "labels", list), _json(metadata, "thresholds", list)
        return cls(
            labels=tuple(labels),
            size=_json(metadata, "input_size", int),
            resize=_require(metadata, "resize"),
            thresholds=tuple(thresholds),
            info=_json(metadata, "info", dict),
        )


def prepare(image: Image, contract: ModelContract) -> Image:
    """A picture as the model expects it: BGR uint8 (H, W, 3) -> new RGB uint8 (S, S, 3). Pure.

    Raises ValueError for any other shape or dtype.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
        raise ValueError(f"expected a uint8 BGR picture (H, W, 3), got {image.dtype} {image.shape}")
    return cv2.cvtColor(fit(image, contract), cv2.COLOR_BGR2RGB)  # type: ignore[return-value]


def fit(image: Image, contract: ModelContract) -> Image:
    """The geometry alone: uint8 (H, W) or (H, W, 3) -> new (S, S) or (S, S, 3), whatever its channels mean.

    Shrinks by 2x2 means while the picture is at least twice too large, then bilinearly: close to area averaging
    (no aliasing of a 720p frame at 224 px) at an eighth of its cost.
    """
    if contract.resize != "stretch":
        image = _cut_centre(image, 1.0 if contract.resize == "crop" else SQUEEZE_ASPECT)
    size = contract.size
    while min(image.shape[:2]) >= 2 * size:
        half = (image.shape[1] // 2, image.shape[0] // 2)
        image = cv2.resize(image, half, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    return cv2.resize(image, (size, size), interpolation=cv2.INTER_LINEAR)  # type: ignore[return-value]


def _cut_centre(image: Image, aspect: float) -> Image:
    """The middle of a picture whose longer side is more than `aspect` times the shorter one."""
    height, width = image.shape[:2]
    longest = round(min(height, width) * aspect)
    top, left = max(0, height - longest) // 2, max(0, width - longest) // 2
    return image[top : top + longest, left : left + longest]


def _check_labels(labels: Sequence[Any]) -> None:
    if len(labels) < 2:
        raise ModelError(f"a model needs two labels or more, got {len(labels)}")
    for label in labels:
        visible = label.translate(_JOINERS) if isinstance(label, str) else ""
        if not visible.strip() or not visible.isprintable() or len(label) > MAX_LABEL_CHARS:
            shown = repr(label)[:40]
            raise ModelError(f"labels must be printable texts of 1 to {MAX_LABEL_CHARS} characters, got {shown}")
    repeated = sorted(label for label, count in Counter(labels).items() if count > 1)
    if repeated:
        raise ModelError(f"labels must differ from one another, {repeated[0]!r} stands more than once")


def _require(metadata: Mapping[str, str], key: str) -> str:
    if key not in metadata:
        raise ModelError(f"metadata has no {key!r}; export the model with: python -m training export")
    return metadata[key]


def _json(metadata: Mapping[str, str], key: str, kind: type) -> Any:
    text = _require(metadata, key)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise ModelError(f"metadata {key!r} is not JSON: {text[:40]!r}") from None
    if not isinstance(value, kind):
        raise ModelError(f"metadata {key!r} must be a {kind.__name__}, got {text[:40]!r}")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
