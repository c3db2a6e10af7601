"""One image and what speaks for a class in it, side by side, with a caption below."""

import cv2
import numpy as np

from app.arrays import Float32s, Image
from app.images.lettering import put_text, text_width
from training.evaluation.gradcam import overlay

_PANEL, _BAR, _TEXT, _PAD = 320, 40, 20, 12  # px
_SMALLEST, _WEIGHT = 6, 500  # of the caption: px, and how bold
_PAPER, _INK = 24, (240, 240, 240)


def draw_explained(image: Image, heatmap: Float32s, caption: str) -> Image:
    """Draws an explanation.

    Args:
        image: RGB uint8 (S, S, 3), what the model saw.
        heatmap: (S, S) in 0..1, see `GradCam`.
        caption: one line; its letters shrink until it fits.

    Returns:
        RGB uint8, twice as wide as an image.
    """
    side = max(_PANEL, len(image))
    panels = [
        cv2.resize(panel, (side, side), interpolation=cv2.INTER_LINEAR) for panel in (image, overlay(image, heatmap))
    ]
    figure = np.full((side + _BAR, 2 * side, 3), _PAPER, np.uint8)
    figure[:side] = np.hstack(panels)
    room = 2 * side - 2 * _PAD
    size = min(_TEXT, max(_SMALLEST, _TEXT * room // max(1, text_width(caption, _TEXT, _WEIGHT))))
    put_text(figure, caption, (_PAD, side + _BAR - _PAD), size, _INK, _WEIGHT)
    return figure


def caption_of(labels: tuple[str, ...], probs: Float32s, label: str | None) -> str:
    """Says what the model answers.

    Args:
        labels: the classes.
        probs: (K,).
        label: the class that is explained; None: the answer.
    """
    answer = int(probs.argmax())
    told = f"{labels[answer]} {probs[answer]:.0%}"
    if label is None or label == labels[answer]:
        return told
    return f"{label} {probs[labels.index(label)]:.0%} (answer: {told})"
