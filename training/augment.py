"""What training pictures go through, batch by batch, after `prepare` and outside the exported graph.

OpenCV does it in one warp of about a millisecond a picture; Keras's layers take ten, which slows training on two
cores by a third.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from app.contract import Image

Batch = npt.NDArray[np.uint8]
Augment = Callable[[Batch], Batch]


@dataclass(frozen=True, kw_only=True)
class Preset:
    """Each picture draws its own values, evenly from -x to x (zoom: from its first to its second value).

    mirror: chance of a horizontal flip. rotation: degrees. zoom: factor, above 1 enlarges. shift: share of the side.
    brightness: share of the range 0..255. contrast: share of the factor 1.
    """

    mirror: float
    rotation: float
    zoom: tuple[float, float]
    shift: float
    brightness: float
    contrast: float


PRESETS = {
    "light": Preset(mirror=0.5, rotation=10, zoom=(0.95, 1.25), shift=0.05, brightness=0.12, contrast=0.2),
}


def make_augment(preset: str, seed: int) -> Augment:
    """A function from an RGB uint8 batch (N, S, S, 3) to a new one, the same for the same seed and order of calls.

    "none" changes nothing. "light" (recipe R1): mirror, small rotation and zoom, mild brightness and contrast.
    """
    if preset == "none":
        return lambda batch: batch
    chosen = PRESETS[preset]
    rng = np.random.default_rng(seed)

    def augment(batch: Batch) -> Batch:
        return np.stack([_change(image, chosen, rng) for image in batch])

    return augment


def _change(image: Image, preset: Preset, rng: np.random.Generator) -> Image:
    side = image.shape[0]
    centre = ((side - 1) / 2, (side - 1) / 2)
    degrees = float(rng.uniform(-preset.rotation, preset.rotation))
    matrix = cv2.getRotationMatrix2D(centre, degrees, float(rng.uniform(*preset.zoom)))
    matrix[:, 2] += rng.uniform(-preset.shift, preset.shift, 2) * side
    if rng.random() < preset.mirror:
        matrix = matrix @ np.array([[-1, 0, side - 1], [0, 1, 0], [0, 0, 1]])
    warped = cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    contrast = 1 + float(rng.uniform(-preset.contrast, preset.contrast))
    brightness = 255 * float(rng.uniform(-preset.brightness, preset.brightness))
    # contrast turns about mid-grey, so that it does not also brighten
    levels = np.arange(256) * contrast + 127.5 * (1 - contrast) + brightness
    return cv2.LUT(warped, np.clip(np.round(levels), 0, 255).astype(np.uint8))  # type: ignore[return-value]
