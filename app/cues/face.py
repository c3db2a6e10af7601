"""Faces: where they are, and 468 points of one.

Source: MediaPipe's graphs `face_detection_short_range`, `face_detection_front_detection_to_roi` and
`face_landmark_landmarks_to_roi` (Apache-2.0).
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from app.arrays import Float32s, Image
from app.cues.anchors import Detection, decode
from app.cues.network import HelperNetwork, to_unit
from app.cues.region import Region, around, letterbox
from app.model.probabilities import sigmoid

POINTS = 468
_DETECTOR_PX, _POINTS_PX = 128, 192
LEAST_FOUND, SURE_FOUND = 0.3, 0.5
LEAST_THERE = 0.5  # below it, a face that was followed is lost
_WIDER = 1.5  # the region's side, as a multiple of the face's
_EYE_KEYS = (0, 1)  # key points of a detection
_EYE_CORNERS = (33, 263)  # outer ones, of the 468 points


@dataclass(frozen=True, eq=False)
class Face:
    """A face, seen closely.

    Attributes:
        points: float32 (468, 3): x and y in px of the image, depth in px, smaller when nearer to the camera.
        score: how surely there is a face, 0..1.
    """

    points: Float32s
    score: float

    @property
    def region(self) -> Region:
        """Where to look for it in the next image."""
        flat = self.points[:, :2]
        return around(flat, _WIDER, _angle(flat[_EYE_CORNERS[0]], flat[_EYE_CORNERS[1]]))


class FaceFinder:
    """Finds faces with two networks."""

    def __init__(self) -> None:
        """Opens the networks.

        Raises:
            ModelError: one is missing or damaged.
        """
        self._detector, self._pointer = HelperNetwork("face_detection"), HelperNetwork("face_points")

    def detect(self, image: Image, where: Region | None = None, least: float = LEAST_FOUND) -> list[Region]:
        """Finds the faces of an image that fill a tenth of it or more.

        Args:
            image: uint8 RGB (H, W, 3).
            where: the part of the image to search; None: all of it.
            least: the lowest score that counts.

        Returns:
            A region for each, the one that matters most first: sure, large and near the middle.
        """
        if where is None:
            square, where = letterbox(image, _DETECTOR_PX)
        else:
            square = where.cut(image, _DETECTOR_PX)
        regressors, logits = self._detector.run(square.astype(np.float32) / 127.5 - 1)
        found = decode(regressors, logits, _DETECTOR_PX, least)
        regions = [(_region(detection, where), detection.score) for detection in found]
        return [region for region, score in sorted(regions, key=lambda one: -one[1] * prominence(one[0], image))]

    def look(self, image: Image, region: Region) -> Face:
        """Finds the points of a face.

        Args:
            image: uint8 RGB (H, W, 3).
            region: where the face is.

        Returns:
            The face; its score is low when it is covered, or there is none.
        """
        points, logit = self._pointer.run(to_unit(region.cut(image, _POINTS_PX)))
        points = region.to_image(points.reshape(POINTS, 3) / np.float32(_POINTS_PX))
        return Face(points, float(sigmoid(logit).item()))


def prominence(region: Region, image: Image) -> float:
    """Says how much a person matters: by size, less so toward the edge of the image.

    Args:
        region: of the face.
        image: uint8 (H, W, 3).
    """
    height, width = image.shape[:2]
    off = math.hypot(region.x - width / 2, region.y - height / 2) / math.hypot(width / 2, height / 2)
    return region.side * (1 - 0.5 * min(off, 1.0))


def _region(found: Detection, whole: Region) -> Region:
    """The region around a detection: centred on its box, turned by its eyes."""
    eyes, corners = whole.to_image(found.points)[list(_EYE_KEYS)], whole.to_image(found.box.reshape(2, 2))
    box = around(corners, _WIDER, 0.0)
    return replace(box, angle=_angle(*eyes))


def _angle(left: Float32s, right: Float32s) -> float:
    return math.atan2(float(right[1] - left[1]), float(right[0] - left[0]))
