"""What a look for cues found, drawn where it is: points of face, eyes and hands, boxes of objects."""

from collections.abc import Iterable

import cv2
import numpy as np

from app.arrays import Float32s
from app.cues.findings import Findings
from app.images.lettering import Colour, text_width
from app.overlay.canvas import Canvas

FACE, EYES, HANDS, THINGS = (220, 200, 120), (120, 230, 250), (140, 220, 120), (90, 170, 250)
LEAST_SHOWN = 0.25  # score of an object; the model hears of less sure ones too
_BONES = (  # from the wrist along each finger, and across the palm
    *((0, 1), (1, 2), (2, 3), (3, 4), (0, 5), (5, 6), (6, 7), (7, 8), (5, 9), (9, 10), (10, 11), (11, 12)),
    *((9, 13), (13, 14), (14, 15), (15, 16), (13, 17), (17, 18), (18, 19), (19, 20), (0, 17)),
)


def draw_findings(canvas: Canvas, findings: Findings, *, mirrored: bool) -> None:
    """Draws what was found.

    Args:
        canvas: of the image in which it was found, or of its mirror image.
        findings: in px of the image.
        mirrored: whether the canvas shows the mirror image.
    """

    def shown(points: Float32s) -> Float32s:
        flat = points[:, :2].copy()
        if mirrored:
            flat[:, 0] = canvas.width - 1 - flat[:, 0]
        return flat

    for thing in findings.things:
        if thing.score >= LEAST_SHOWN and thing.name != "person":
            _draw_thing(canvas, thing.name, shown(thing.box.reshape(2, 2)))
    if findings.face is not None:
        _draw_points(canvas, shown(findings.face.points), canvas.px(1.5, 1), FACE)
    for eye in findings.eyes:
        _draw_points(canvas, shown(np.concatenate([eye.lids, eye.iris[:1]])), canvas.px(2, 1), EYES)
    for hand in findings.hands:
        points = shown(hand.points)
        for start, end in _BONES:
            cv2.line(canvas.image, _at(points[start]), _at(points[end]), HANDS, canvas.px(2, 1), cv2.LINE_AA)
        _draw_points(canvas, points, canvas.px(4, 2), HANDS)


def _draw_points(canvas: Canvas, points: Iterable[Float32s], radius: int, colour: Colour) -> None:
    for point in points:
        canvas.dot(*_at(point), radius, colour)


def _draw_thing(canvas: Canvas, name: str, corners: Float32s) -> None:
    """A box with its name in its upper left corner; the corners may be in any order."""
    (left, top), (right, bottom) = _at(corners.min(axis=0)), _at(corners.max(axis=0))
    cv2.rectangle(canvas.image, (left, top), (right, bottom), THINGS, canvas.px(2, 1), cv2.LINE_AA)
    size = canvas.px(20, 10)
    canvas.panel(left, top, text_width(name, size) + size, int(size * 1.5))
    canvas.text(name, left + size // 2, top + int(size * 1.1), size, THINGS)


def _at(point: Float32s) -> tuple[int, int]:
    x, y = np.clip(np.nan_to_num(point), -1e5, 1e5)
    return round(float(x)), round(float(y))
