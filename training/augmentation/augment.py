"""Augmentation: named presets, one or several in order, that change a training image after `prepare`.

All geometry is one warp, whatever the presets, so that an image is resampled once. Each image draws from a generator of
its own, so that neither threads nor the order of images change anything.

OpenCV rather than Keras's layers, for its speed; processor time for an image at 224 px: `light` takes 0.3 ms, the six
layers of its kind 4.8; `strong` takes 0.3 ms, RandomColorJitter alone 1.7 and RandomErasing 2.5; `webcam` takes 0.9 ms.
RandAugment (Cubuk et al. 2020) takes 26 ms, almost what the training step itself takes, and is left out; `strong` has
the milder ones of its changes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np

from app.arrays import Float64s, Image
from training.augmentation.webcam import LUMA, Rng, webcam

Augment = Callable[[Image, Rng], Image]
_MID_GREY = 127.5


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One way of changing an image.

    Attributes:
        geometry: draws where the points of the new image come from: a 3 x 3 matrix from the new image to the old one,
            both in units of the side with the origin in the centre; None leaves the geometry.
        pixels: change the colours afterwards, in this order.
    """

    geometry: Callable[[Rng], Float64s] | None = None
    pixels: Sequence[Augment] = ()


def make_augment(presets: Sequence[str], size: int) -> Augment:
    """Makes a function that augments one image.

    Args:
        presets: applied in this order. none: changes nothing. light (recipe R1): mirror, small rotation, zoom and
            shift, mild brightness and contrast. strong: a random resized crop (Szegedy et al. 2015), mirror, rotation,
            colour, and a patch erased from every fourth image (Zhong et al. 2020). webcam: what a laptop's camera
            does to an image.
        size: side of the new images, px.

    Returns:
        A pure function from an RGB uint8 image (S, S, 3) and its generator to a new one (size, size, 3).

    Raises:
        KeyError: an unknown preset.
    """
    chosen = [PRESETS[name] for name in presets if name != "none"]
    geometry = [preset.geometry for preset in chosen if preset.geometry is not None]
    pixels = [change for preset in chosen for change in preset.pixels]

    def augment(image: Image, rng: Rng) -> Image:
        matrix = np.eye(3)
        for draw in geometry:
            matrix = matrix @ draw(rng)
        changed = _warp(image, matrix, size) if geometry or image.shape[0] != size else image.copy()
        for change in pixels:
            changed = change(changed, rng)
        return changed

    return augment


def _warp(image: Image, matrix: Float64s, size: int) -> Image:
    """Resamples once; what is outside the image is mirrored in, as black corners would be something to learn."""
    side = image.shape[0]
    to_units = np.array([[1 / size, 0, 0.5 / size - 0.5], [0, 1 / size, 0.5 / size - 0.5], [0, 0, 1]])
    to_pixels = np.array([[side, 0, side / 2 - 0.5], [0, side, side / 2 - 0.5], [0, 0, 1.0]])
    backward = (to_pixels @ matrix @ to_units)[:2]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cast(Image, cv2.warpAffine(image, backward, (size, size), flags=flags, borderMode=cv2.BORDER_REFLECT_101))


def _light_geometry(rng: Rng) -> Float64s:
    """Turns up to 10 degrees, scales by 0.95 to 1.25, shifts up to a twentieth of the side, mirrors half."""
    turn = np.deg2rad(rng.uniform(-10, 10))
    zoom = rng.uniform(0.95, 1.25)
    shift = rng.uniform(-0.05, 0.05, 2)
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    linear = np.diag([mirror, 1.0]) @ _rotation(turn) / zoom
    return _affine(linear, -linear @ shift)


def _strong_geometry(rng: Rng) -> Float64s:
    """Crops 0.35 to 1 of the area at an aspect of 3/4 to 4/3, mirrors half, turns half up to 10 degrees."""
    area, aspect = rng.uniform(0.35, 1), np.exp(rng.uniform(np.log(3 / 4), np.log(4 / 3)))
    width, height = min(1.0, np.sqrt(area * aspect)), min(1.0, np.sqrt(area / aspect))
    centre = np.array([rng.uniform(0, 1 - width) + width / 2 - 0.5, rng.uniform(0, 1 - height) + height / 2 - 0.5])
    turn = np.deg2rad(rng.uniform(-10, 10)) if rng.random() < 0.5 else 0.0
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    return _affine(np.diag([width, height]) @ _rotation(turn) @ np.diag([mirror, 1.0]), centre)


def _light_colour(image: Image, rng: Rng) -> Image:
    """Changes contrast by up to a fifth about mid-grey, so that it does not brighten; brightness by 0.12 of 255."""
    contrast = 1 + rng.uniform(-0.2, 0.2)
    brightness = 255 * rng.uniform(-0.12, 0.12)
    levels = np.arange(256) * contrast + _MID_GREY * (1 - contrast) + brightness
    return cast(Image, cv2.LUT(image, np.clip(np.round(levels), 0, 255).astype(np.uint8)))


def _strong_colour(image: Image, rng: Rng) -> Image:
    """Changes brightness and contrast by up to 0.3, saturation 0.4, white balance 0.08; leaves one image in five."""
    if rng.random() >= 0.8:
        return image
    brightness, contrast = 1 + rng.uniform(-0.3, 0.3), 1 + rng.uniform(-0.3, 0.3)
    saturation = 1 + rng.uniform(-0.4, 0.4)
    balance = 1 + rng.uniform(-0.08, 0.08, 3)
    colours = saturation * np.eye(3) + (1 - saturation) * LUMA
    colours = brightness * contrast * colours * balance
    return cast(Image, cv2.transform(image, np.column_stack([colours, np.full(3, 128 * (1 - contrast))])))


def _erase(image: Image, rng: Rng) -> Image:
    """In one image of four, a rectangle of 0.02 to 0.2 of the area takes one random colour."""
    if rng.random() >= 0.25:
        return image
    side = image.shape[0]
    area, aspect = rng.uniform(0.02, 0.2) * side * side, np.exp(rng.uniform(np.log(0.4), np.log(2.5)))
    width, height = (max(1, min(side - 1, int(length))) for length in (np.sqrt(area * aspect), np.sqrt(area / aspect)))
    x, y = rng.integers(0, side - width), rng.integers(0, side - height)
    image[y : y + height, x : x + width] = rng.integers(0, 256, 3)
    return image


def _rotation(turn: float) -> Float64s:
    return np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])


def _affine(linear: Float64s, offset: Float64s) -> Float64s:
    matrix = np.eye(3)
    matrix[:2, :2], matrix[:2, 2] = linear, offset
    return matrix


PRESETS = {
    "light": Preset(geometry=_light_geometry, pixels=(_light_colour,)),
    "strong": Preset(geometry=_strong_geometry, pixels=(_strong_colour, _erase)),
    "webcam": Preset(pixels=(webcam,)),
}
