"""What the detectors of MediaPipe say: boxes and key points, relative to a grid of anchors.

Source: MediaPipe's graphs `face_detection_short_range` and `palm_detection` (Apache-2.0), and Bazarevsky et al.,
"BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", 2019.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from app.arrays import Float32s, Float64s
from app.model.probabilities import sigmoid

STRIDES_PX = (8, 16, 16, 16)
_PER_CELL = 2  # and layer
_SAME = 0.3  # boxes that overlap more are one (intersection over union)


@dataclass(frozen=True, eq=False)
class Detection:
    """Something that a detector found.

    Attributes:
        score: 0..1.
        box: float32 (4,): left, top, right, bottom, as shares of the square that the detector saw.
        points: float32 (n, 2): its key points, as shares of that square.
    """

    score: float
    box: Float32s
    points: Float32s


def decode(regressors: Float32s, logits: Float32s, size: int, least: float) -> list[Detection]:
    """Turns a detector's outputs into detections; what overlaps is averaged, each box weighed by its score.

    Args:
        regressors: float32 (A, 4 + 2n): centre, width, height and key points of each anchor, in px from its centre.
        logits: float32 (A, 1).
        size: of the network's input, in px.
        least: the lowest score that counts, 0..1.

    Returns:
        The detections, the surest first.
    """
    scores = sigmoid(logits[:, 0])
    kept = np.flatnonzero(scores >= least)
    if not len(kept):
        return []
    scores, values = scores[kept], regressors[kept] / np.float32(size)
    centres = _anchors(size)[kept]
    middle, half = values[:, :2] + centres, values[:, 2:4] / 2
    points = values[:, 4:].reshape(len(kept), -1, 2) + centres[:, None]
    return _merge(scores, np.concatenate([middle - half, middle + half], axis=1), points)


def _merge(scores: Float64s, boxes: Float32s, points: Float32s) -> list[Detection]:
    found: list[Detection] = []
    left = np.argsort(-scores)
    while len(left):
        best = left[0]
        same = left[(_overlaps(boxes[best], boxes[left]) > _SAME) | (left == best)]
        weights = scores[same] / scores[same].sum()
        box = np.tensordot(weights, boxes[same], 1).astype(np.float32)
        place = np.tensordot(weights, points[same], 1).astype(np.float32)
        found.append(Detection(float(scores[best]), box, place))
        left = left[~np.isin(left, same)]
    return found


def _overlaps(box: Float32s, others: Float32s) -> Float32s:
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    common = sides.clip(0).prod(axis=1)
    areas = (others[:, 2:] - others[:, :2]).clip(0).prod(axis=1)
    total = (box[2:] - box[:2]).clip(0).prod() + areas - common
    return np.asarray(common / np.maximum(total, np.float32(1e-9)), np.float32)


@cache
def _anchors(size: int) -> Float32s:
    """The centres of all anchors, (A, 2), as shares of the square: layers of one stride share their cells."""
    layers = []
    for stride in sorted(set(STRIDES_PX)):
        cells = size // stride
        middles = (np.arange(cells, dtype=np.float32) + 0.5) / cells
        x, y = np.meshgrid(middles, middles)
        layers.append(np.stack([x, y], axis=-1).reshape(-1, 2).repeat(_PER_CELL * STRIDES_PX.count(stride), axis=0))
    return np.concatenate(layers)
