"""Rows of text on a panel."""

from collections.abc import Iterable
from typing import NamedTuple

from app.images.lettering import Colour, text_width
from app.overlay.canvas import Canvas
from app.overlay.colours import WHITE


class Text(NamedTuple):
    """A piece of a row, and the x at which it begins."""

    text: str
    x: int
    colour: Colour = WHITE
    weight: int = 500


def write_rows(canvas: Canvas, rows: Iterable[Iterable[Text]], baselines: Iterable[int], size: int) -> None:
    """Writes rows of text of `size` px, each on its baseline; there may be more baselines than rows."""
    for row, y in zip(rows, baselines, strict=False):
        for piece in row:
            canvas.text(piece.text, piece.x, y, size, piece.colour, piece.weight)


def widest(texts: Iterable[str], size: int) -> int:
    """Returns the width of the longest text, px; 0 without any."""
    return max((text_width(text, size) for text in texts), default=0)
