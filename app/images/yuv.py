"""A decoded video picture as its codec leaves it: planes of luma and chroma, made BGR only for those who ask."""

from collections.abc import Iterator
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

from app.arrays import Image
from app.images.prepare import InputSpec, fit

PLANAR = frozenset(f"yuv{full}{chroma}p" for full in ("", "j") for chroma in ("420", "422", "444"))  # 8 bits each
# Shares of red and blue in the luma (ITU-R BT.601-7, BT.709-6) by FFmpeg's AVColorSpace; 2: not said, read as BT.601.
_LUMA = {1: (0.2126, 0.0722), 2: (0.299, 0.114), 5: (0.299, 0.114), 6: (0.299, 0.114)}
_FULL_RANGE = 2  # FFmpeg's AVCOL_RANGE_JPEG


class YuvPicture:
    """Shrinks each plane to the model's size first and converts the colours of what is left.

    At 1280x720 that takes a tenth of what conversion of the whole picture takes, and differs from it by rounding only.
    """

    def __init__(self, decoded: VideoFrame, turn: int | None) -> None:
        """turn: what `cv2.rotate` takes to show it upright; None when it is."""
        self._decoded, self._turn = decoded, turn

    @staticmethod
    def can_hold(decoded: VideoFrame) -> bool:
        """Whether the pixel format and the colour space are among those that are read here, and rows go downwards."""
        known = decoded.format.name in PLANAR and int(decoded.colorspace) in _LUMA
        return known and all(plane.line_size >= plane.width for plane in decoded.planes)  # negative: stored upside down

    @cached_property
    def image(self) -> Image:
        """uint8 BGR (H, W, 3), upright; made once."""
        return self.to_bgr()

    def to_bgr(self) -> Image:
        """A new one each time."""
        return self._upright(np.asarray(self._decoded.to_ndarray(format="bgr24"), np.uint8))

    def prepare(self, spec: InputSpec) -> Image:
        """As `app.model.contract.prepare` of `image`: uint8 RGB (S, S, 3)."""
        small = cv2.merge([fit(plane, spec) for plane in self._planes()])
        return self._upright(np.asarray(cv2.transform(small, self._to_rgb()), np.uint8))

    def _planes(self) -> Iterator[Image]:
        """Luma and chroma, each uint8 (h, w), all of the picture's proportions."""
        for plane in self._decoded.planes:
            stored = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
            image = stored[:, : plane.width]
            if plane.width < self._decoded.width and plane.height == self._decoded.height:  # 4:2:2, half as wide only
                half = (plane.width, (plane.height + 1) // 2)
                image = np.asarray(cv2.resize(image, half, interpolation=cv2.INTER_AREA), np.uint8)
            yield image

    def _to_rgb(self) -> npt.NDArray[np.float64]:
        full = int(self._decoded.color_range) == _FULL_RANGE or self._decoded.format.name.startswith("yuvj")
        return _matrix(*_LUMA[int(self._decoded.colorspace)], full=full)

    def _upright(self, image: Image) -> Image:
        upright = image if self._turn is None else cv2.rotate(image, self._turn)
        return np.asarray(upright, np.uint8)


def _matrix(red: float, blue: float, *, full: bool) -> npt.NDArray[np.float64]:
    """YUV 0..255 to RGB 0..255, float64 (3, 4), its last column added. full: luma is 0..255, not 16..235."""
    green = 1 - red - blue
    luma, chroma, black = (1.0, 1.0, 0.0) if full else (255 / 219, 255 / 224, 16.0)
    by_v, by_u = 2 * (1 - red) * chroma, 2 * (1 - blue) * chroma
    weights = np.array([[luma, 0, by_v], [luma, -by_u * blue / green, -by_v * red / green], [luma, by_u, 0]])
    return np.column_stack([weights, -weights @ [black, 128.0, 128.0]])
