"""Drawing on a picture: panels, boxes and text in sizes that follow the picture's own.

OpenCV 5's built-in fonts cover Latin, Greek, Cyrillic, Arabic, Chinese, Japanese and Korean.
"""

import functools

import bidi
import cv2

from app.arrays import Image

Colour = tuple[int, int, int]  # BGR

PANEL_SHADE = 0.32  # how much of the picture shows through a panel
REFERENCE_PX = 720  # the shorter side at which the lengths below are what they say


class Canvas:
    """A picture and the primitives on it; all clipped to the picture."""

    def __init__(self, image: Image) -> None:
        self.image = image
        self.height, self.width = image.shape[:2]
        self._scale: float = min(self.width, self.height) / REFERENCE_PX

    def px(self, at_reference: float, at_least: int = 4) -> int:
        """A length given for a 720p picture, scaled to this one."""
        return max(at_least, round(at_reference * self._scale))

    def fit(self, text: str, size: int, width: int) -> int:
        """`size`, or as much smaller as `text` needs to stay within `width` px."""
        needed = self.text_width(text, size)
        return size if needed <= width else max(8, size * width // needed)

    def cut(self, text: str, size: int, width: int) -> str:
        """`text`, or as much of its beginning as stays within `width` px: `fit` ends where nobody could read on."""
        whole = text
        while text and self.text_width(text, size) > width:
            whole = whole[:-1]
            text = f"{whole}…" if whole else ""
        return text

    def text_width(self, text: str, size: int, weight: int = 700) -> int:
        box = cv2.getTextSize((self.width, self.height), _visual(text), (0, 0), _font(), size, weight)
        return int(box[0] + box[2])

    def text(self, text: str, x: int, y: int, size: int, colour: Colour, weight: int) -> int:
        """Writes with the baseline at `y`; returns where the text ends."""
        end, _ = cv2.putText(self.image, _visual(text), (x, y), colour, _font(), size, weight)
        return int(end[0])

    def panel(self, left: int, top: int, width: int, height: int) -> None:
        area = self.image[max(0, top) : top + height, max(0, left) : left + width]
        if area.size:
            cv2.convertScaleAbs(area, area, PANEL_SHADE, 8)

    def box(self, left: int, top: int, width: int, height: int, colour: Colour) -> None:
        if width > 0 and height > 0:
            cv2.rectangle(self.image, (left, top), (left + width - 1, top + height - 1), colour, -1)


@functools.cache
def _font() -> cv2.FontFace:
    return cv2.FontFace("sans")


@functools.lru_cache(maxsize=512)
def _visual(text: str) -> str:
    """`text` in the order in which its letters stand from left to right; OpenCV draws Hebrew and Arabic backwards."""
    return str(bidi.get_display(text))
