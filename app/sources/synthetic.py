"""A moving test image at a camera's pace, for machines without a camera. It says that it is one."""

import threading
import time
from collections.abc import Iterator

import cv2
import numpy as np

from app.arrays import Image
from app.config.settings import SourceSettings
from app.entities import Frame
from app.sources.base import LiveClock, Source

PERIOD_S = 6.0


class SyntheticSource(Source):
    """Colour bands that drift, a ball that circles, and the words "synthetic test picture"; endless and live."""

    is_live = True
    source_id = "synthetic"

    def __init__(self, settings: SourceSettings, session_start_s: float) -> None:
        """Prepares the colour bands.

        Args:
            settings: size and rate are those asked of a camera.
            session_start_s: the `time.monotonic` that is 0 s on the frames.
        """
        self._step_s = 1 / settings.camera.fps
        self._clock = LiveClock(session_start_s)
        self._stopped = threading.Event()
        self._width, self._height = settings.camera.width_px, settings.camera.height_px
        hue = np.linspace(0, 179, self._width, dtype=np.uint8)
        hsv = np.stack([hue, np.full_like(hue, 110), np.full_like(hue, 150)], axis=1)[None]
        self._bands = np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR), np.uint8)

    def __iter__(self) -> Iterator[Frame]:
        index, start_s = 0, time.monotonic()
        while not self._stopped.wait(max(0.0, start_s + index * self._step_s - time.monotonic())):
            yield Frame(self.image(index * self._step_s), index, self._clock.now_s(), self.source_id)
            index += 1

    def image(self, time_s: float) -> Image:
        """Draws the test image of a moment.

        Args:
            time_s: seconds since the first frame.

        Returns:
            BGR uint8 (H, W, 3).
        """
        width, height = self._width, self._height
        phase = time_s / PERIOD_S
        bands = np.roll(self._bands, int(phase * width) % width, axis=1)
        image = np.repeat(bands, height, axis=0)
        angle = 2 * np.pi * phase
        centre = (int(width * (0.5 + 0.3 * np.cos(angle))), int(height * (0.45 + 0.3 * np.sin(angle))))
        cv2.circle(image, centre, max(4, height // 12), (245, 245, 245), -1, cv2.LINE_AA)
        text, size = "SYNTHETIC TEST PICTURE", max(10, width // 26)
        cv2.putText(image, text, (width // 4, height // 2), (20, 20, 20), cv2.FontFace("sans"), size, 700)
        return image

    def stop(self) -> None:
        self._stopped.set()

    def close(self) -> None:
        self._stopped.set()
