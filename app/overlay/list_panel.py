"""A list beside the image: rows with keys, sentences, small images, and what can be done."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import cv2

from app.arrays import Image
from app.images.lettering import cut_text, text_width, wrapped
from app.overlay.canvas import Canvas
from app.overlay.colours import GREY, RED, TRACK, WHITE
from app.overlay.rows import Text, widest, write_rows

ROW = 1.5  # of the text's height: from one row to the next
THUMBNAIL_ROWS = 3  # rows that small images take
_LEAST = 8  # px, of the text


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """What a list shows.

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


def draw_panel(canvas: Canvas, panel: Panel) -> None:
    """Draws a list on the right: small enough for all its rows, and at most half as wide as the image."""
    layout = _fitted(canvas, panel)
    canvas.panel(layout.left - layout.pad, layout.top, layout.room + 2 * layout.pad, layout.height)
    if panel.progress is not None:
        _draw_progress(canvas, layout, panel.progress)
    if panel.active is not None:
        _draw_active(canvas, layout, panel.active, panel.pulse)
    rows = [[Text(layout.cut(panel.title), layout.left, WHITE, 700)], *layout.list_rows()]
    rows += [[Text(line, layout.left)] for line in layout.notes]
    write_rows(canvas, rows, layout.baselines(0), layout.size)
    if panel.images:
        _draw_images(canvas, layout, panel.images, layout.row_top(len(rows)))
    hints = [[Text(layout.cut(hint), layout.left, GREY)] for hint in panel.hints]
    write_rows(canvas, hints, layout.baselines(len(rows) + layout.image_rows), layout.size)


@dataclass(frozen=True, eq=False)
class _Layout:
    """Where everything of a panel is, px.

    Attributes:
        panel: what is shown.
        size: the height of the text.
        room: the width of what is written.
        left: the x at which it begins.
        top: of the panel.
        pad: between the panel's edge and what is in it.
    """

    panel: Panel
    size: int
    room: int
    left: int
    top: int
    pad: int

    @property
    def notes(self) -> list[str]:
        return [line for note in self.panel.notes for line in wrapped(note, self.size, self.room)]

    @property
    def image_rows(self) -> int:
        return THUMBNAIL_ROWS if self.panel.images else 0

    @property
    def height(self) -> int:
        panel = self.panel
        count = 1 + len(panel.rows) + len(self.notes) + self.image_rows + len(panel.hints)
        return int(count * self.size * ROW) + 2 * self.pad

    @property
    def step(self) -> int:
        return int(self.size * ROW)

    def row_top(self, row: int) -> int:
        return self.top + self.pad + row * self.step

    def baselines(self, first_row: int) -> Iterator[int]:
        return itertools.count(self.row_top(first_row) + self.size, self.step)

    def cut(self, text: str) -> str:
        return cut_text(text, self.size, self.room)

    def list_rows(self) -> Iterator[list[Text]]:
        keys, numbers = (widest([row[column] for row in self.panel.rows], self.size) for column in (0, 2))
        for key, name, number in self.panel.rows:
            name = cut_text(name, self.size, self.room - keys - numbers - 2 * self.pad)
            beside = self.left + self.room - text_width(number, self.size)
            at = self.left + keys + self.pad
            yield [Text(key, self.left, WHITE, 700), Text(name, at), Text(number, beside, GREY)]


def _fitted(canvas: Canvas, panel: Panel) -> _Layout:
    """The layout with the largest text with which the panel fits the image."""
    pad, top = canvas.px(18, 8), canvas.px(74, 30)
    lowest = canvas.height - canvas.px(60, 24)
    for size in range(canvas.px(24, 11), _LEAST, -1):
        layout = _layout(canvas, panel, size, pad, top)
        if top + layout.height <= lowest:
            return layout
    return _layout(canvas, panel, _LEAST, pad, top)


def _layout(canvas: Canvas, panel: Panel, size: int, pad: int, top: int) -> _Layout:
    keys, names, numbers = (widest([row[column] for row in panel.rows], size) for column in range(3))
    room = max(widest((panel.title, *panel.hints), size), keys + names + numbers + 2 * pad)
    if panel.notes:
        room = max(room, canvas.width // 3)
    room = int(min(room, canvas.width // 2))
    return _Layout(panel, size, room, canvas.width - room - 2 * pad, top, pad)


def _draw_progress(canvas: Canvas, layout: _Layout, share: float) -> None:
    height = max(2, layout.size // 6)
    at = layout.left, layout.top + layout.pad + int(layout.size * 1.25)
    canvas.box(*at, layout.room, height, TRACK)
    canvas.box(*at, round(layout.room * min(max(share, 0.0), 1.0)), height, WHITE)


def _draw_active(canvas: Canvas, layout: _Layout, row: int, pulse: bool) -> None:
    """A lighter ground for a row, and a mark at its left edge that is red or grey."""
    left, top = layout.left - layout.pad, layout.row_top(1 + row)
    canvas.box(left, top, layout.room + 2 * layout.pad, layout.step, TRACK)
    canvas.box(left, top, max(3, layout.step // 5), layout.step, RED if pulse else GREY)


def _draw_images(canvas: Canvas, layout: _Layout, images: tuple[Image, ...], top: int) -> None:
    height = layout.image_rows * layout.step - layout.size // 2
    gap = max(2, height // 12)
    side = min(height, (layout.room - gap * (len(images) - 1)) // len(images))
    for number, image in enumerate(images):
        x = layout.left + number * (side + gap)
        area = canvas.image[top : top + side, x : x + side]
        if side > 0 and area.shape[:2] == (side, side):
            area[:] = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)[..., ::-1]
