"""Text on images: its width, the part of it that fits, and right-to-left scripts.

OpenCV 5's built-in font covers Latin, Greek, Cyrillic, Arabic, Chinese, Japanese and Korean.
"""

import functools

import bidi
import cv2

from app.arrays import Image

Colour = tuple[int, int, int]  # in the order of the image's channels
_ANY_SIZE = (1, 1)  # of the image; the width of a text does not depend on it


def text_width(text: str, size: int, weight: int = 700) -> int:
    """Measures a line of text.

    Args:
        text: the line.
        size: its height in px.
        weight: 100 (thin) to 900 (bold).

    Returns:
        Its width in px.
    """
    left, _, width, _ = cv2.getTextSize(_ANY_SIZE, _visual(text), (0, 0), _font(), size, weight)
    return int(left + width)


def fitting_size(text: str, size: int, width: int, weight: int = 700, least: int = 8) -> int:
    """Finds the size at which a line of text fits.

    Args:
        text: the line.
        size: the height wanted, px.
        width: the room, px.
        weight: 100 (thin) to 900 (bold).
        least: the smallest height that can be read, px.

    Returns:
        `size`, or as much less as the text needs to stay within `width`, but `least` at least.
    """
    needed = text_width(text, size, weight)
    return size if needed <= width else max(least, size * width // needed)


def cut_text(text: str, size: int, width: int, weight: int = 700) -> str:
    """Cuts a line of text to the room that it has.

    Args:
        text: the line.
        size: its height, px.
        width: the room, px.
        weight: 100 (thin) to 900 (bold).

    Returns:
        The text; where it is wider than `width`, the part of its beginning that fits, with an ellipsis; "" where not
        even one letter does.
    """
    whole = text
    while text and text_width(text, size, weight) > width:
        whole = whole[:-1]
        text = f"{whole}…" if whole else ""
    return text


def wrapped(text: str, size: int, width: int, weight: int = 700) -> list[str]:
    """Breaks a text between words into lines that fit; a word that is too long is cut.

    Args:
        text: one sentence.
        size: the height of the letters, px.
        width: the room, px.
        weight: how bold the font is, 100 to 900.
    """
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, weight) <= width:
            lines[-1] = longer
        else:
            lines.append(cut_text(word, size, width, weight))
    return lines


def put_text(image: Image, text: str, at: tuple[int, int], size: int, colour: Colour, weight: int) -> int:
    """Writes a line of text into an image; what lies outside is cut off.

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
    end, _ = cv2.putText(image, _visual(text), at, colour, _font(), size, weight)
    return int(end[0])


@functools.cache
def _font() -> cv2.FontFace:
    return cv2.FontFace("sans")


@functools.lru_cache(maxsize=512)
def _visual(text: str) -> str:
    """The text with its letters in the order from left to right: OpenCV alone draws Hebrew and Arabic backwards."""
    return str(bidi.get_display(text))
