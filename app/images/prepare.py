"""THE preprocessing: what a model's input looks like, and the one function that makes it of an image.

Training and the app call the same `prepare`, so that an image looks the same to the model live as in training.
Everything numerical (scaling, network, temperature, softmax) is inside the ONNX graph; here is geometry and
BGR-to-RGB, nothing else.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from app.arrays import Image
from app.errors import ModelError

RESIZE_RULES = ("crop", "squeeze", "stretch")
SQUEEZE_ASPECT = 4 / 3  # the longer side over the shorter that "squeeze" leaves
MIN_SIZE, MAX_SIZE = 32, 1024  # the backbones need 32; above 1024 a laptop is no longer live


@dataclass(frozen=True)
class InputSpec:
    """The square that a model sees.

    Attributes:
        size: S, the side of the square in px.
        resize: "crop" keeps the proportions and cuts the centre square, "stretch" keeps the whole image, "squeeze" cuts
            what is longer than 4:3 and fits the rest into the square: of a 16:9 image three quarters are seen.

    Raises:
        ModelError: a size out of range or an unknown rule.
    """

    size: int
    resize: str

    def __post_init__(self) -> None:
        if isinstance(self.size, bool) or not isinstance(self.size, int) or not MIN_SIZE <= self.size <= MAX_SIZE:
            raise ModelError(f"input_size must be a whole number from {MIN_SIZE} to {MAX_SIZE}, got {self.size!r}")
        if self.resize not in RESIZE_RULES:
            raise ModelError(f"resize must be one of {', '.join(RESIZE_RULES)}, got {self.resize!r}")


def prepare(image: Image, spec: InputSpec) -> Image:
    """Makes the model's input of an image; the image stays as it is.

    Args:
        image: uint8 BGR (H, W, 3).
        spec: what the model expects.

    Returns:
        A new uint8 RGB (S, S, 3).

    Raises:
        ValueError: another shape or dtype.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
        raise ValueError(f"expected a uint8 BGR image (H, W, 3), got {image.dtype} {image.shape}")
    return cv2.cvtColor(fit(image, spec), cv2.COLOR_BGR2RGB)  # type: ignore[return-value]


def fit(image: Image, spec: InputSpec) -> Image:
    """Applies the geometry alone, whatever the channels mean.

    Shrinks by 2x2 means while the image is at least twice too large, then bilinearly: close to area averaging (no
    aliasing of a 720p frame at 224 px) at an eighth of its cost.

    Args:
        image: uint8 (H, W) or (H, W, 3).
        spec: what the model expects.

    Returns:
        A new uint8 (S, S) or (S, S, 3).
    """
    if spec.resize != "stretch":
        image = _cut_centre(image, 1.0 if spec.resize == "crop" else SQUEEZE_ASPECT)
    size = spec.size
    while min(image.shape[:2]) >= 2 * size:
        half = (image.shape[1] // 2, image.shape[0] // 2)
        image = cv2.resize(image, half, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    return cv2.resize(image, (size, size), interpolation=cv2.INTER_LINEAR)  # type: ignore[return-value]


def _cut_centre(image: Image, aspect: float) -> Image:
    """The middle of an image whose longer side is more than `aspect` times the shorter one."""
    height, width = image.shape[:2]
    longest = round(min(height, width) * aspect)
    top, left = max(0, height - longest) // 2, max(0, width - longest) // 2
    return image[top : top + longest, left : left + longest]
