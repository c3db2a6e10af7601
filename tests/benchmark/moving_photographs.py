"""Photographs as a hand-held or badly lit camera would film them: pans, zooms, shake, exposure, focus and noise."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from app.arrays import Float32s, Image
from app.images.read import read_image

FPS = 12.0  # of a laptop's camera in a dim room
WIDTH_PX, HEIGHT_PX = 384, 288  # the photographs have 224 to 240 px at their shorter side
_NOISE_PX = 64  # by which the grain is larger than the image: each image has another piece of it


class Shot(NamedTuple):
    """A photograph that is filmed for a while.

    Attributes:
        photograph: the image file.
        seconds: until the middle of the change to the next one.
        fade_s: how long it fades in from the one before; 0: a cut.
        restless: how far camera and light move, 1: as in a hand, 0.3: as on a desk.
    """

    photograph: Path
    seconds: float
    fade_s: float
    restless: float


def film(shots: Sequence[Shot], seed: int) -> Iterator[Image]:
    """Films one shot after another, FPS images a second.

    Args:
        shots: the photographs.
        seed: decides every movement.

    Yields:
        uint8 BGR (HEIGHT_PX, WIDTH_PX, 3).
    """
    random = np.random.default_rng(seed)
    grain = random.standard_normal((HEIGHT_PX + _NOISE_PX, WIDTH_PX + _NOISE_PX, 3), np.float32)
    cameras = [_Camera(shot, random) for shot in shots]
    ends_s = np.cumsum([shot.seconds for shot in shots])
    for index in range(round(float(ends_s[-1]) * FPS)):
        now_s = index / FPS
        at = min(int(np.searchsorted(ends_s, now_s, "right")), len(shots) - 1)
        image = cameras[at].image(now_s)
        if at and (share := _faded(now_s - ends_s[at - 1], shots[at].fade_s)) < 1:
            image = cv2.addWeighted(image, share, cameras[at - 1].image(now_s), 1 - share, 0)
        elif at + 1 < len(shots) and (share := _faded(now_s - ends_s[at], shots[at + 1].fade_s)) > 0:
            image = cv2.addWeighted(cameras[at + 1].image(now_s), share, image, 1 - share, 0)
        y, x = random.integers(_NOISE_PX, size=2)
        image = cv2.scaleAdd(grain[y : y + HEIGHT_PX, x : x + WIDTH_PX], cameras[at].noise, image)
        yield np.clip(image, 0, 255).astype(np.uint8)


def _faded(after_s: float, fade_s: float) -> float:
    """How much of the next shot is seen, 0..1, so many seconds after the middle of the change."""
    if fade_s == 0:
        return float(after_s >= 0)
    return min(max(after_s / fade_s + 0.5, 0.0), 1.0)


@dataclass(frozen=True)
class _Wave:
    """A smooth random movement around 0: three sines."""

    amplitudes: Float32s
    rates_hz: Float32s
    phases: Float32s

    @classmethod
    def drawn(cls, random: np.random.Generator, size: float, slowest_hz: float, fastest_hz: float) -> "_Wave":
        rates = np.exp(random.uniform(math.log(slowest_hz), math.log(fastest_hz), 3))
        amplitudes = size * random.dirichlet((2, 2, 2))
        return cls(amplitudes.astype(np.float32), rates.astype(np.float32), random.uniform(0, math.tau, 3))

    def at(self, now_s: float) -> float:
        return float(self.amplitudes @ np.sin(math.tau * self.rates_hz * now_s + self.phases))


class _Camera:
    """One photograph, and how it is filmed."""

    def __init__(self, shot: Shot, random: np.random.Generator) -> None:
        image = read_image(shot.photograph)
        assert image is not None, shot.photograph
        self._photograph = image
        restless = shot.restless
        self._zoom = _Wave.drawn(random, 0.22 * restless, 0.03, 0.15)
        self._pan = [_Wave.drawn(random, 0.09 * restless, 0.04, 0.2) for _ in "xy"]
        self._shake = [_Wave.drawn(random, 0.015 * restless, 0.7, 5.0) for _ in "xy"]
        self._roll_deg = _Wave.drawn(random, 4.0 * restless, 0.05, 1.5)
        self._exposure = _Wave.drawn(random, 0.6 * restless, 0.03, 0.3)
        self._warmth = _Wave.drawn(random, 0.1 * restless, 0.02, 0.1)
        self._focus = _Wave.drawn(random, 2.5 * restless, 0.05, 0.4)
        self._stops = random.normal(0, 0.3)  # of light: a dim room, a window behind
        self.noise = float(random.uniform(2, 9))  # levels

    def image(self, now_s: float) -> Float32s:
        """Returns the image of a moment, float32 (HEIGHT_PX, WIDTH_PX, 3), levels 0..255 and beyond."""
        height, width = self._photograph.shape[:2]
        scale = max(WIDTH_PX / width, HEIGHT_PX / height) * (1.12 + abs(self._zoom.at(now_s)))
        x, y = (pan.at(now_s) + shake.at(now_s) for pan, shake in zip(self._pan, self._shake, strict=True))
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), self._roll_deg.at(now_s), scale)
        matrix[:, 2] += (WIDTH_PX * (0.5 + x) - width / 2, HEIGHT_PX * (0.5 + y) - height / 2)
        moved = cv2.warpAffine(
            self._photograph, matrix, (WIDTH_PX, HEIGHT_PX), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
        )
        if (sigma := self._focus.at(now_s)) > 0.3:
            moved = cv2.GaussianBlur(moved, (0, 0), sigma)
        gain = 2 ** (self._stops + self._exposure.at(now_s))
        warmth = self._warmth.at(now_s)
        return moved * np.array([gain * (1 - warmth), gain, gain * (1 + warmth)], np.float32)
