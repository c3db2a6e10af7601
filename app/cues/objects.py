"""Things of daily life, found by a detector that knows the 80 classes of COCO.

Source: Ge et al., "YOLOX: Exceeding YOLO Series in 2021" (Apache-2.0), the network `yolox_nano`.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from app.arrays import Float32s, Image
from app.cues.network import HelperNetwork
from app.cues.region import letterbox

SIZE_PX = 416
# Those of COCO's classes that say something about what a person does, by their number.
# fmt: off
NAMES = {
    0: "person", 16: "dog", 24: "backpack", 39: "bottle", 40: "wine glass", 41: "cup", 42: "fork", 43: "knife",
    44: "spoon", 45: "bowl", 46: "banana", 47: "apple", 48: "sandwich", 52: "hot dog", 53: "pizza", 54: "donut",
    55: "cake", 56: "chair", 57: "couch", 59: "bed", 60: "dining table", 62: "tv", 63: "laptop", 64: "mouse",
    65: "remote", 66: "keyboard", 67: "cell phone", 69: "oven", 71: "sink", 73: "book", 79: "toothbrush",
}
# fmt: on
_LEAST = 0.1
_OVERLAP = 0.45
_BORDER = 114
_STRIDES_PX = (8, 16, 32)


@dataclass(frozen=True, eq=False)
class Thing:
    """An object in an image.

    Attributes:
        name: one of NAMES.
        score: 0..1.
        box: float32 (4,): left, top, right, bottom, in px of the image.
    """

    name: str
    score: float
    box: Float32s


class ObjectFinder:
    """Finds objects with one network."""

    def __init__(self) -> None:
        """Opens the network.

        Raises:
            ModelError: it is missing or damaged.
        """
        self._network = HelperNetwork("objects")

    def detect(self, image: Image) -> list[Thing]:
        """Finds the objects of an image.

        Args:
            image: uint8 RGB (H, W, 3).

        Returns:
            The objects, the surest first.
        """
        square, whole = letterbox(image, SIZE_PX, _BORDER)
        bgr = square[:, :, ::-1].transpose(2, 0, 1).astype(np.float32)
        (output,) = self._network.run(np.ascontiguousarray(bgr))
        scores = output[:, 5:][:, list(NAMES)] * output[:, 4:5]
        rows = np.flatnonzero(scores.max(axis=1) >= _LEAST)
        grid, stride = _grid()
        middle = (output[rows, :2] + grid[rows]) * stride[rows]
        half = np.exp(output[rows, 2:4].clip(-20, 10)) * stride[rows] / 2
        corners = np.concatenate([middle - half, middle + half], axis=1).astype(np.float32) / np.float32(SIZE_PX)
        boxes = whole.to_image(corners.reshape(-1, 2)).reshape(-1, 4)
        return _distinct(scores[rows], boxes)


def _distinct(scores: Float32s, boxes: Float32s) -> list[Thing]:
    """Drops what overlaps with a surer object of the same class (non-maximum suppression)."""
    found = []
    names = list(NAMES.values())
    for number, name in enumerate(names):
        rows = np.flatnonzero(scores[:, number] >= _LEAST)
        if not len(rows):
            continue
        sizes = np.concatenate([boxes[rows, :2], boxes[rows, 2:] - boxes[rows, :2]], axis=1)
        kept = cv2.dnn.NMSBoxes(sizes.tolist(), scores[rows, number].tolist(), _LEAST, _OVERLAP)
        found += [Thing(name, float(scores[rows[row], number]), boxes[rows[row]]) for row in np.asarray(kept).ravel()]
    return sorted(found, key=lambda thing: -thing.score)


@cache
def _grid() -> tuple[Float32s, Float32s]:
    """The cell (x, y) and the stride of each row of the output, (3549, 2) and (3549, 1)."""
    cells, strides = [], []
    for stride in _STRIDES_PX:
        count = SIZE_PX // stride
        x, y = np.meshgrid(np.arange(count), np.arange(count))
        cells.append(np.stack([x, y], axis=-1).reshape(-1, 2))
        strides.append(np.full((count * count, 1), stride))
    return np.concatenate(cells).astype(np.float32), np.concatenate(strides).astype(np.float32)
