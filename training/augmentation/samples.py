"""A sheet of images as the model is shown them: the quickest check of an augmentation is to look at it."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import msgspec
import numpy as np

from app.arrays import Float32s, Image
from app.images.lettering import cut_text, put_text
from app.outputs import written_whole
from training.augmentation.batches import Part, train_batches
from training.recipe import Recipe

COLUMNS, ROWS = 8, 5
_BATCH = 4  # small ones, as whole batches are mixed one way or the other and the sheet should show each
_PANEL, _LINE, _GAP, _TEXT, _WEIGHT = 168, 18, 10, 13, 400  # px, but for the last: how bold the font is
_PAPER, _INK = (250, 250, 248), (40, 40, 40)
_LONGEST = 80  # characters of a label; no panel is wide enough for more
_NAMED = 0.02  # share of a target below which the second class is not worth naming


def draw_samples(part: Part, recipe: Recipe, labels: Sequence[str], path: Path) -> None:
    """Draws up to 40 training images as the recipe's first epoch may show them, their classes below.

    Args:
        part: the training part.
        recipe: how images are augmented and mixed.
        labels: K classes, in the order of the targets.
        path: the PNG; one that is there is replaced.

    Raises:
        OutputError: it cannot be written.
    """
    few = msgspec.structs.replace(recipe, batch_size=_BATCH)
    batches = train_batches(part, few, 0).take(COLUMNS * ROWS // _BATCH)
    shown = [
        (image, _lines(target, labels))
        for images, targets in batches
        for image, target in zip(images.numpy(), targets.numpy(), strict=True)
    ]
    png = cv2.imencode(".png", cv2.cvtColor(_sheet(shown), cv2.COLOR_RGB2BGR))[1].tobytes()
    with written_whole(path) as draft:
        draft.write_bytes(png)


def _sheet(shown: Sequence[tuple[Image, Sequence[str]]]) -> Image:
    """RGB uint8: the images in rows, each with its lines of text below."""
    width, height = _PANEL + _GAP, _PANEL + _GAP + _LINE * max(len(lines) for _, lines in shown)
    sheet = np.full((-(-len(shown) // COLUMNS) * height + _GAP, COLUMNS * width + _GAP, 3), _PAPER, np.uint8)
    for number, (image, lines) in enumerate(shown):
        row, column = divmod(number, COLUMNS)
        _place(sheet, image, lines, _GAP + column * width, _GAP + row * height)
    return sheet


def _lines(target: Float32s, labels: Sequence[str]) -> list[str]:
    """The class of a one-hot target (K,); the two largest of a soft one, with their shares."""
    first, *others = (int(index) for index in np.argsort(-target, kind="stable")[:2] if target[index] > 0)
    named = [index for index in others if target[index] >= _NAMED]
    return [f"{target[index]:.0%} {labels[index]}" for index in (first, *named)] if named else [labels[first]]


def _place(sheet: Image, image: Image, lines: Sequence[str], left: int, top: int) -> None:
    shrinks = len(image) > _PANEL
    panel = cv2.resize(image, (_PANEL, _PANEL), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    sheet[top : top + _PANEL, left : left + _PANEL] = panel
    for number, line in enumerate(lines, 1):
        text = line[:_LONGEST].encode("utf-8", "replace").decode()  # a folder's name may be any bytes
        text = cut_text(" ".join(text.split()), _TEXT, _PANEL, _WEIGHT)
        put_text(sheet, text, (left, top + number * _LINE + _PANEL - 3), _TEXT, _INK, _WEIGHT)
