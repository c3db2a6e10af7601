"""The preprocessing: the shape of a model's input, and the one function that turns an image into it.

Training and the app call the same `prepare`, so that the model sees the same live as in training. Everything numerical
(scaling, network, temperature, softmax) is inside the ONNX graph; here are geometry and BGR-to-RGB, nothing else.
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
    """The square image that a model takes, and how an image of another shape becomes square.

    Attributes:
        size: S, the side of the square in px, `MIN_SIZE` to `MAX_SIZE`.
        resize: one of `RESIZE_RULES`. "crop" cuts out the centre square; "stretch" scales the whole image, out of
            proportion; "squeeze" cuts what is longer than 4:3 and scales the rest, so that three quarters of a 16:9
            image are seen.

    Raises:
        ModelError: a size out of range or an unknown rule.

    Example:
        >>> from app import InputSpec
        >>> InputSpec(size=224, resize="squeeze")
        InputSpec(size=224, resize='squeeze')
    """

    size: int
    resize: str

    def __post_init__(self) -> None:
        if isinstance(self.size, bool) or not isinstance(self.size, int) or not MIN_SIZE <= self.size <= MAX_SIZE:
            raise ModelError(f"input_size must be a whole number from {MIN_SIZE} to {MAX_SIZE}, got {self.size!r}")
        if self.resize not in RESIZE_RULES:
            raise ModelError(f"resize must be one of {', '.join(RESIZE_RULES)}, got {self.resize!r}")


def prepare(image: Image, spec: InputSpec) -> Image:
    """Turns an image into a model's input.

    Args:
        image: uint8 BGR (H, W, 3); it stays as it is.
        spec: the input that the model expects.

    Returns:
        A new uint8 RGB (S, S, 3).

    Raises:
        ValueError: another shape or dtype.

    Example:
        >>> import cv2
        >>> from app import InputSpec, prepare
        >>> prepare(cv2.imread("photo.jpg"), InputSpec(224, "squeeze")).shape
        (224, 224, 3)
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
        raise ValueError(f"expected a uint8 BGR image (H, W, 3), got {image.dtype} {image.shape}")
    return cv2.cvtColor(fit(image, spec), cv2.COLOR_BGR2RGB)  # type: ignore[return-value]


def fit(image: Image, spec: InputSpec) -> Image:
    """Cuts and scales an image to a model's input, whatever its channels mean.

    It is halved by 2x2 means while it is at least twice too large, and then scaled bilinearly: close to area averaging
    (no aliasing of a 720p frame at 224 px) at an eighth of its cost.

    Args:
        image: uint8 (H, W) or (H, W, 3); it stays as it is.
        spec: the input that the model expects.

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
