"""Dark panels with light text: the rate, a note, the help. A list beside the image is in list_panel.py."""

import itertools
from collections.abc import Sequence

from app.images.lettering import cut_text, fitting_size, text_width
from app.overlay.canvas import Canvas
from app.overlay.colours import GREY, RED, WHITE
from app.overlay.rows import Text, widest, write_rows

HELP = (
    ("q  Esc", "quit"),
    ("space", "pause, go on"),
    ("r", "record, stop recording"),
    ("s", "snapshot"),
    ("m", "mirror"),
    ("l", "show what the label rests on"),
    ("t", "teach your own activities"),
    ("c", "correct the label"),
    ("h", "this help"),
)
STRIP_PX = (14, 5)  # height of the strip along the bottom, at 720p and at least; notes stand above it
LINE, BASELINE = 1.6, 1.15  # of the text's height: a panel of one line, and where the text stands in it
HELP_ROW = 1.6  # of the text's height: from one row to the next


def draw_rate(canvas: Canvas, rate: str, *, recording: bool) -> int:
    """Draws the rate in the upper right corner, with a red dot before it while recording; returns its left edge, px."""
    size, pad = canvas.px(24, 11), canvas.px(18)
    dot = int(size * 1.3) if recording else 0
    left: int = canvas.width - text_width(rate, size) - size - dot - pad
    _draw_line(canvas, rate, left, pad, size, indent=dot)
    if recording:
        canvas.dot(left + size, pad + int(size * LINE) // 2, size // 2, RED)
    return left


def draw_mark(canvas: Canvas, mark: str, right: int) -> None:
    """Draws a few words left of the rate, which begins at `right` px."""
    size, pad = canvas.px(24, 11), canvas.px(18)
    mark = cut_text(mark, size, canvas.width // 3)
    _draw_line(canvas, mark, right - text_width(mark, size) - size - pad // 2, pad, size)


def draw_note(canvas: Canvas, note: str) -> None:
    """Draws a line of news above the strip; a long one is smaller, and cut where it could not be read any more."""
    room = int(canvas.width * 0.9)
    size = fitting_size(note, canvas.px(26, 11), room)
    note = cut_text(note, size, room)
    left = (canvas.width - text_width(note, size) - size) // 2
    top = canvas.height - canvas.px(*STRIP_PX) - int(size * LINE) - canvas.px(12)
    _draw_line(canvas, note, left, top, size)


def draw_help(canvas: Canvas, more: Sequence[tuple[str, str]] = ()) -> None:
    """Draws the list of keys in the middle, with `more` rows below the usual ones."""
    help_rows = [*HELP, *more]
    size, pad = canvas.px(28, 11), canvas.px(24, 8)
    keys = widest([key for key, _ in help_rows], size) + pad
    width = keys + widest([action for _, action in help_rows], size) + 2 * pad
    height = int(len(help_rows) * size * HELP_ROW) + 2 * pad
    left, top = (canvas.width - width) // 2, (canvas.height - height) // 2
    canvas.panel(left, top, width, height)
    left, top = left + pad, top + pad  # of the text
    rows = [[Text(key, left, WHITE, 700), Text(action, left + keys, GREY)] for key, action in help_rows]
    write_rows(canvas, rows, (top + int((row + 0.75) * size * HELP_ROW) for row in itertools.count()), size)


def _draw_line(canvas: Canvas, text: str, left: int, top: int, size: int, indent: int = 0) -> None:
    """A panel of one row, half a letter wider than the text on each side, and by `indent` px more before it."""
    canvas.panel(left, top, text_width(text, size) + size + indent, int(size * LINE))
    write_rows(canvas, [[Text(text, left + size // 2 + indent)]], [top + int(size * BASELINE)], size)
