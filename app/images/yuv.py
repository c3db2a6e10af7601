"""Video images as their codec leaves them: planes of luma and chroma, converted to BGR only where that is asked for."""

from collections.abc import Iterator
from functools import cached_property

import cv2
import numpy as np
from av.video.frame import VideoFrame

from app.arrays import Float64s, Image
from app.images.prepare import InputSpec, fit
from app.images.upright import AS_STORED, Turn

PLANAR = frozenset(f"yuv{full}{chroma}p" for full in ("", "j") for chroma in ("420", "422", "444"))  # 8 bits each
# Shares of red and blue in the luma (ITU-R BT.601-7, BT.709-6) by FFmpeg's AVColorSpace; 2 is unknown: read as BT.601.
_LUMA = {1: (0.2126, 0.0722), 2: (0.299, 0.114), 5: (0.299, 0.114), 6: (0.299, 0.114)}
_FULL_RANGE = 2  # FFmpeg's AVCOL_RANGE_JPEG


class YuvImage:
    """A decoded image that shrinks its planes to the model's size first, and converts the colours of what is left.

    At 1280x720 that takes a tenth of the time of converting the whole image, and differs from it by rounding only.
    """

    def __init__(self, decoded: VideoFrame, turn: Turn = AS_STORED) -> None:
        """Takes over a decoded image.

        Args:
            decoded: an image for which `can_hold` is true.
            turn: what makes it upright.
        """
        self._decoded, self._turn = decoded, turn

    @staticmethod
    def can_hold(decoded: VideoFrame) -> bool:
        """Returns whether this class knows the image's pixel format and colour space, and its rows go downwards."""
        known = decoded.format.name in PLANAR and int(decoded.colorspace) in _LUMA
        return known and all(plane.line_size >= plane.width for plane in decoded.planes)  # negative: stored upside down

    @cached_property
    def image(self) -> Image:
        """The whole image, uint8 BGR (H, W, 3), upright; converted once."""
        return self.to_bgr()

    def to_bgr(self) -> Image:
        """Converts the whole image.

        Returns:
            A new uint8 BGR (H, W, 3), upright.
        """
        return self._upright(np.asarray(self._decoded.to_ndarray(format="bgr24"), np.uint8))

    def prepare(self, spec: InputSpec) -> Image:
        """Turns the image into a model's input, as `app.images.prepare.prepare` does with `image`.

        Args:
            spec: the input that the model expects.

        Returns:
            A new uint8 RGB (S, S, 3), upright.
        """
        small = cv2.merge([fit(plane, spec) for plane in self._planes()])
        return self._upright(np.asarray(cv2.transform(small, self._to_rgb()), np.uint8))

    def _planes(self) -> Iterator[Image]:
        """Luma and chroma, each uint8 (h, w), all of the image's proportions."""
        for plane in self._decoded.planes:
            stored = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
            image = stored[:, : plane.width]
            if plane.width < self._decoded.width and plane.height == self._decoded.height:  # 4:2:2, half as wide only
                half = (plane.width, (plane.height + 1) // 2)
                image = np.asarray(cv2.resize(image, half, interpolation=cv2.INTER_AREA), np.uint8)
            yield image

    def _to_rgb(self) -> Float64s:
        full = int(self._decoded.color_range) == _FULL_RANGE or self._decoded.format.name.startswith("yuvj")
        return _matrix(*_LUMA[int(self._decoded.colorspace)], full=full)

    def _upright(self, image: Image) -> Image:
        return self._turn.upright(image)


def _matrix(red: float, blue: float, *, full: bool) -> Float64s:
    """What turns YUV into RGB, both 0..255: (3, 4), its last column to be added (ITU-R BT.601-7).

    Args:
        red: the share of red in the luma.
        blue: the share of blue.
        full: whether luma is 0..255, not 16..235.
    """
    green = 1 - red - blue
    luma, chroma, black = (1.0, 1.0, 0.0) if full else (255 / 219, 255 / 224, 16.0)
    by_v, by_u = 2 * (1 - red) * chroma, 2 * (1 - blue) * chroma
    weights = np.array([[luma, 0, by_v], [luma, -by_u * blue / green, -by_v * red / green], [luma, by_u, 0]])
    return np.column_stack([weights, -weights @ [black, 128.0, 128.0]])
