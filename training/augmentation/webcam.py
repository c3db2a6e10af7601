"""What a laptop's camera does to an image, in the order in which it happens: lens, light, sensor, compression.

Strengths are for images of 224 px and scale with the side.
"""

from functools import cache
from typing import cast

import cv2
import numpy as np

from app.arrays import Float32s, Image

Rng = np.random.Generator
_REFERENCE_PX = 224
_DARKEST = 35.0  # mean grey level
LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601


def webcam(image: Image, rng: Rng) -> Image:
    """Makes an image look as if a laptop's camera had taken it.

    Defocus, motion blur, lower resolution, low light, exposure and white balance, noise and JPEG; each but exposure
    and white balance in a share of the images.

    Args:
        image: RGB uint8 (S, S, 3).
        rng: draws all of it.

    Returns:
        A new RGB uint8 (S, S, 3).
    """
    side = image.shape[0]
    scale = side / _REFERENCE_PX
    if rng.random() < 0.3:
        image = _defocus(image, rng.uniform(0.4, 1.1) * scale)
    if rng.random() < 0.25:
        image = _motion_blur(image, rng.uniform(3, 8) * scale, rng.uniform(0, np.pi))
    if rng.random() < 0.3:
        small = max(8, round(side * rng.uniform(0.45, 0.9)))
        image = cast(Image, cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA))
    is_dark = rng.random() < 0.2
    image = _expose(_mute(image, rng.uniform(0.5, 0.9)) if is_dark else image, rng, is_dark)
    if is_dark or rng.random() < 0.5:
        image = _add_noise(image, rng.uniform(2.5, 7) if is_dark else rng.uniform(1, 4), rng, _grain(2 * side))
    if rng.random() < 0.5:
        image = _compress(image, int(rng.integers(25, 86)))
    return image if image.shape[0] == side else cast(Image, cv2.resize(image, (side, side)))


def _defocus(image: Image, sigma_px: float) -> Image:
    return cast(Image, cv2.GaussianBlur(image, (0, 0), sigma_px))


def _motion_blur(image: Image, length_px: float, angle: float) -> Image:
    """Smears along a straight line, as a hand or the camera moves during the exposure."""
    reach = int(np.ceil(length_px / 2))
    steps = np.linspace(-length_px / 2, length_px / 2, 8 * reach + 1)
    columns, rows = np.rint(steps * np.cos(angle)).astype(int), np.rint(steps * np.sin(angle)).astype(int)
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    np.add.at(kernel, (rows + reach, columns + reach), np.float32(1 / len(steps)))
    return cast(Image, cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REFLECT_101))


def _mute(image: Image, saturation: float) -> Image:
    """Pales colours, as in little light, where the camera smooths them away with its noise."""
    colours = saturation * np.eye(3) + (1 - saturation) * LUMA
    return cast(Image, cv2.transform(image, colours))


def _expose(image: Image, rng: Rng, is_dark: bool) -> Image:
    """Applies gain, tone curve and white balance as one table a channel; over-exposed values clip, as on a sensor.

    Automatic exposure leaves even the image of a dark room a mean of 35 or more, if it had that in the first place.
    """
    gain = np.exp(rng.uniform(np.log(0.7), np.log(1.4)))
    if is_dark:
        gain = max(rng.uniform(0.4, 0.7), min(1.0, _DARKEST / max(1.0, float(image.mean()))))
    gamma = np.exp(rng.uniform(-0.2, 0.2))
    warmth, tint = rng.uniform(-0.12, 0.12), rng.uniform(-0.04, 0.04)  # red against blue; green
    balance = np.array([1 + warmth, 1 + tint, 1 - warmth])
    levels = (np.arange(256)[:, None] / 255) ** gamma * gain * balance * 255
    return cast(Image, cv2.LUT(image, np.clip(np.round(levels), 0, 255).astype(np.uint8)[None]))


def _add_noise(image: Image, sigma: float, rng: Rng, sheet: Float32s) -> Image:
    """Adds grain of standard deviation `sigma` in grey levels: a piece of a larger sheet, as drawing it is slow."""
    side = image.shape[0]
    x, y = (int(value) for value in rng.integers(0, len(sheet) - side, 2))
    part = sheet[y : y + side, x : x + side]
    return cast(Image, cv2.addWeighted(image, 1.0, part, sigma, 0.0, dtype=cv2.CV_8U))


@cache
def _grain(side: int) -> Float32s:
    """Unit noise (side, side, 3), mostly in brightness and a pixel or two wide, as demosaicing leaves it."""
    rng = np.random.default_rng(0)
    luma = rng.standard_normal((side, side, 1), np.float32)
    chroma = rng.standard_normal((side, side, 3), np.float32)
    noise = cv2.GaussianBlur(luma + 0.6 * chroma, (0, 0), 0.6)
    return np.asarray(noise / noise.std(), np.float32)


def _compress(image: Image, quality: int) -> Image:
    # OpenCV takes RGB for BGR here: the codec's colour transform is a little off, its artefacts are not
    done, data = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, quality))
    if not done:
        raise RuntimeError(f"OpenCV cannot write JPEG: {image.shape} {image.dtype}")
    return cast(Image, cv2.imdecode(data, cv2.IMREAD_COLOR))
