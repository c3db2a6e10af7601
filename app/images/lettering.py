"""Text on images: how wide it is, as much of it as fits, and right-to-left scripts.

OpenCV 5's built-in font covers Latin, Greek, Cyrillic, Arabic, Chinese, Japanese and Korean.
"""

import functools

import bidi
import cv2

from app.arrays import Image

Colour = tuple[int, int, int]  # in the order of the image's channels
_ANY = (1, 1)  # the size of the image, which the width of a text does not depend on


def text_width(text: str, size: int, weight: int = 700) -> int:
    """The width in px of a line of text, `size` px high."""
    box = cv2.getTextSize(_ANY, visual(text), (0, 0), font(), size, weight)
    return int(box[0] + box[2])


def cut_text(text: str, size: int, width: int, weight: int = 700) -> str:
    """The text, or as much of its beginning as stays within `width` px, with an ellipsis."""
    whole = text
    while text and text_width(text, size, weight) > width:
        whole = whole[:-1]
        text = f"{whole}…" if whole else ""
    return text


def put_text(image: Image, text: str, at: tuple[int, int], size: int, colour: Colour, weight: int) -> int:
    """Writes a line of text into the image.

    Args:
        image: uint8 (H, W, 3), changed in place.
        text: the line.
        at: x and y of the left end of its baseline, px.
        size: its height, px.
        colour: in the order of the image's channels.
        weight: 100 (thin) to 900 (bold).

    Returns:
        The x at which the text ends.
    """
    end, _ = cv2.putText(image, visual(text), at, colour, font(), size, weight)
    return int(end[0])


@functools.cache
def font() -> cv2.FontFace:
    """OpenCV's built-in font."""
    return cv2.FontFace("sans")


@functools.lru_cache(maxsize=512)
def visual(text: str) -> str:
    """The text in the order in which its letters stand from left to right; OpenCV draws Hebrew and Arabic backwards."""
    return str(bidi.get_display(text))
