"""One image and what speaks for a class in it, side by side, with a caption below."""

from pathlib import Path

import cv2
import numpy as np

from app.arrays import Float32s, Image
from app.errors import OutputError
from app.images.lettering import fitting_size, put_text
from app.outputs import unused_path, written_whole
from training.evaluation.gradcam import overlay

_PANEL, _BAR, _TEXT, _PAD = 320, 40, 20, 12  # px
_SMALLEST, _WEIGHT = 6, 500  # of the caption: px, and how bold
_PAPER, _INK = 24, (240, 240, 240)
_STEM = 60  # characters of an image's name that its result keeps


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
    size = fitting_size(caption, _TEXT, 2 * side - 2 * _PAD, _WEIGHT, _SMALLEST)
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


def save_explained(figure: Image, folder: Path, name: str) -> Path:
    """Saves a figure as a PNG; a file of its name, an image of the user's perhaps, stays as it is.

    Args:
        figure: RGB uint8 (H, W, 3).
        folder: for the file; made when it is missing.
        name: of the explained image, without its extension.

    Returns:
        The new file.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made ({error.strerror}); choose another folder with --output") from None
    target = unused_path(folder / f"{name[:_STEM]}.png", separator="-")
    with written_whole(target) as draft:
        draft.write_bytes(cv2.imencode(".png", cv2.cvtColor(figure, cv2.COLOR_RGB2BGR))[1].tobytes())
    return target
