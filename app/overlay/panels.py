"""Dark panels with rows of light text: the rate, a note, a list beside the image, the help."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2

from app.arrays import Image
from app.images.lettering import Colour, cut_text, fitting_size, text_width, wrapped
from app.overlay.canvas import Canvas
from app.overlay.colours import GREY, RED, TRACK, WHITE

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
LIST_ROW, HELP_ROW = 1.5, 1.6  # of the text's height: from one row to the next
THUMBNAIL_ROWS = 3  # rows of a list that small images take
_LEAST = 8  # px, of the text of a list


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """A list beside the image.

    Attributes:
        title: the first line.
        rows: a key, a name and a number each.
        hints: lines below that say what can be done.
        notes: sentences between the two, broken into lines where they are long.
        progress: of what is going on, 0..1, a bar below the title; None: nothing is.
        active: the row that is being worked on, counted from 0; None: none is.
        pulse: whether the mark of that row is bright; it blinks when this changes.
        images: small uint8 RGB (S, S, 3), shown in a row.
    """

    title: str
    rows: tuple[tuple[str, str, str], ...] = ()
    hints: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    progress: float | None = None
    active: int | None = None
    pulse: bool = False
    images: tuple[Image, ...] = ()


def draw_rate(canvas: Canvas, rate: str, *, recording: bool) -> None:
    """Draws the rate in the upper right corner, with a red dot before it while recording."""
    size, pad = canvas.px(24, 11), canvas.px(18)
    dot = int(size * 1.3) if recording else 0
    left = canvas.width - text_width(rate, size) - size - dot - pad
    _draw_line(canvas, rate, left, pad, size, indent=dot)
    if recording:
        canvas.dot(left + size, pad + int(size * LINE) // 2, size // 2, RED)


def draw_note(canvas: Canvas, note: str) -> None:
    """Draws a line of news above the strip; a long one is smaller, and cut where it could not be read any more."""
    room = int(canvas.width * 0.9)
    size = fitting_size(note, canvas.px(26, 11), room)
    note = cut_text(note, size, room)
    left = (canvas.width - text_width(note, size) - size) // 2
    top = canvas.height - canvas.px(*STRIP_PX) - int(size * LINE) - canvas.px(12)
    _draw_line(canvas, note, left, top, size)


def draw_panel(canvas: Canvas, panel: Panel) -> None:
    """Draws a list on the right: small enough for all its rows, and at most half as wide as the image."""
    pad, top = canvas.px(18, 8), canvas.px(74, 30)
    space = canvas.height - top - canvas.px(60, 24) - 2 * pad
    size = _panel_size(canvas, panel, space)
    room = _panel_room(canvas, panel, size, pad)
    notes = [line for note in panel.notes for line in wrapped(note, size, room)]
    while notes and (1 + len(panel.rows) + len(notes) + len(panel.hints)) * size * LIST_ROW > space and size > _LEAST:
        size -= 1
        notes = [line for note in panel.notes for line in wrapped(note, size, room)]
    pictures = THUMBNAIL_ROWS if panel.images else 0
    count = 1 + len(panel.rows) + len(notes) + pictures + len(panel.hints)
    left = canvas.width - room - 2 * pad  # of the text
    step = int(size * LIST_ROW)
    canvas.panel(left - pad, top, room + 2 * pad, int(count * size * LIST_ROW) + 2 * pad)
    if panel.progress is not None:
        _draw_progress(canvas, panel.progress, (left, top + pad + int(size * 1.25)), room, size)
    if panel.active is not None:
        _draw_active(canvas, (left - pad, top + pad + step * (1 + panel.active)), room + 2 * pad, step, panel.pulse)
    rows = [[_Text(cut_text(panel.title, size, room), left, WHITE, 700)], *_list_rows(panel, left, room, size, pad)]
    rows += [[_Text(line, left)] for line in notes]
    _write(canvas, rows, itertools.count(top + pad + size, step), size)
    below = top + pad + len(rows) * step
    if panel.images:
        _draw_images(canvas, panel.images, (left, below), room, pictures * step - size // 2)
    hints = [[_Text(cut_text(hint, size, room), left, GREY)] for hint in panel.hints]
    _write(canvas, hints, itertools.count(below + pictures * step + size, step), size)


def _panel_size(canvas: Canvas, panel: Panel, space: int) -> int:
    """The height of a panel's text, px."""
    count = 1 + len(panel.rows) + len(panel.hints) + (THUMBNAIL_ROWS if panel.images else 0)
    return max(_LEAST, min(canvas.px(24, 11), int(space / count / LIST_ROW)))


def _panel_room(canvas: Canvas, panel: Panel, size: int, pad: int) -> int:
    """The width of what is written in a panel, px."""
    keys, names, numbers = (_widest([row[column] for row in panel.rows], size) for column in range(3))
    room = max(_widest((panel.title, *panel.hints), size), keys + names + numbers + 2 * pad)
    if panel.notes:
        room = max(room, canvas.width // 3)
    return int(min(room, canvas.width // 2))


def _list_rows(panel: Panel, left: int, room: int, size: int, pad: int) -> Iterator[list["_Text"]]:
    keys, numbers = (_widest([row[column] for row in panel.rows], size) for column in (0, 2))
    for key, name, number in panel.rows:
        name = cut_text(name, size, room - keys - numbers - 2 * pad)
        beside = left + room - text_width(number, size)
        yield [_Text(key, left, WHITE, 700), _Text(name, left + keys + pad), _Text(number, beside, GREY)]


def _draw_progress(canvas: Canvas, share: float, at: tuple[int, int], width: int, size: int) -> None:
    height = max(2, size // 6)
    canvas.box(*at, width, height, TRACK)
    canvas.box(*at, round(width * min(max(share, 0.0), 1.0)), height, WHITE)


def _draw_active(canvas: Canvas, at: tuple[int, int], width: int, height: int, pulse: bool) -> None:
    """A lighter ground for a row, and a mark at its left edge that is red or dark."""
    left, top = at
    canvas.box(left, top, width, height, TRACK)
    canvas.box(left, top, max(3, height // 5), height, RED if pulse else GREY)


def _draw_images(canvas: Canvas, images: Sequence[Image], at: tuple[int, int], width: int, height: int) -> None:
    left, top = at
    gap = max(2, height // 12)
    side = min(height, (width - gap * (len(images) - 1)) // len(images))
    for number, image in enumerate(images):
        x = left + number * (side + gap)
        area = canvas.image[top : top + side, x : x + side]
        if area.shape[:2] == (side, side) and side > 0:
            area[:] = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)[..., ::-1]


def draw_help(canvas: Canvas) -> None:
    """Draws the list of keys in the middle."""
    size, pad = canvas.px(28, 11), canvas.px(24, 8)
    keys = _widest([key for key, _ in HELP], size) + pad
    width = keys + _widest([action for _, action in HELP], size) + 2 * pad
    height = int(len(HELP) * size * HELP_ROW) + 2 * pad
    left, top = (canvas.width - width) // 2, (canvas.height - height) // 2
    canvas.panel(left, top, width, height)
    left, top = left + pad, top + pad  # of the text
    rows = [[_Text(key, left, WHITE, 700), _Text(action, left + keys, GREY)] for key, action in HELP]
    _write(canvas, rows, (top + int((row + 0.75) * size * HELP_ROW) for row in itertools.count()), size)


class _Text(NamedTuple):
    """A piece of a row, and the x at which it begins."""

    text: str
    x: int
    colour: Colour = WHITE
    weight: int = 500


def _draw_line(canvas: Canvas, text: str, left: int, top: int, size: int, indent: int = 0) -> None:
    """A panel of one row, half a letter wider than the text on each side, and by `indent` px more before it."""
    canvas.panel(left, top, text_width(text, size) + size + indent, int(size * LINE))
    _write(canvas, [[_Text(text, left + size // 2 + indent)]], [top + int(size * BASELINE)], size)


def _write(canvas: Canvas, rows: Iterable[Iterable[_Text]], baselines: Iterable[int], size: int) -> None:
    """Writes rows of text, each on its baseline."""
    for row, y in zip(rows, baselines, strict=False):  # baselines may be endless
        for piece in row:
            canvas.text(piece.text, piece.x, y, size, piece.colour, piece.weight)


def _widest(texts: Iterable[str], size: int) -> int:
    return max((text_width(text, size) for text in texts), default=0)
