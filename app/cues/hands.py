"""Hands: where they are, and 21 points of each.

Source: MediaPipe's graphs `palm_detection_detection_to_roi` and `hand_landmark_landmarks_to_roi` (Apache-2.0), and
Zhang et al., "MediaPipe Hands: On-device Real-time Hand Tracking", 2020.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from app.arrays import Float32s, Image
from app.cues.anchors import Detection, decode
from app.cues.network import HelperNetwork, to_unit
from app.cues.region import Region, around, letterbox

POINTS = 21
MOST = 2
WRIST, THUMB_TIP, INDEX_BASE, INDEX_TIP, MIDDLE_BASE, MIDDLE_TIP, RING_BASE, LITTLE_BASE, LITTLE_TIP = (
    *(0, 4, 5, 8, 9, 12, 13, 17, 20),
)
_DETECTOR_PX, _POINTS_PX = 192, 224
_LEAST_FOUND, _LEAST_THERE = 0.3, 0.3
_PALM_WIDER, _PALM_SHIFT = 2.6, -0.5  # from the palm to the whole hand: toward the fingers
_HAND_WIDER, _HAND_SHIFT = 2.0, -0.1
_STEADY = [0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18]  # points that move little when fingers do


@dataclass(frozen=True, eq=False)
class Hand:
    """A hand, seen closely.

    Attributes:
        points: float32 (21, 3): x and y in px of the image, depth in px from the wrist, smaller when nearer.
        score: how surely there is a hand, 0..1.
    """

    points: Float32s
    score: float

    @property
    def region(self) -> Region:
        """Where to look for it in the next image."""
        flat = self.points[:, :2]
        toward = 0.25 * (flat[INDEX_BASE] + flat[RING_BASE]) + 0.5 * flat[MIDDLE_BASE]
        return _shifted(around(flat[_STEADY], _HAND_WIDER, _angle(flat[WRIST], toward)), _HAND_SHIFT / _HAND_WIDER)


class HandFinder:
    """Finds hands with two networks."""

    def __init__(self) -> None:
        """Opens the networks.

        Raises:
            ModelError: one is missing or damaged.
        """
        self._detector, self._pointer = HelperNetwork("palm_detection"), HelperNetwork("hand_points")

    def detect(self, image: Image) -> list[Region]:
        """Finds the hands of an image.

        Args:
            image: uint8 RGB (H, W, 3).

        Returns:
            A region for each, the surest first.
        """
        square, whole = letterbox(image, _DETECTOR_PX)
        regressors, logits = self._detector.run(to_unit(square))
        return [_region(found, whole) for found in decode(regressors, logits, _DETECTOR_PX, _LEAST_FOUND)]

    def look(self, image: Image, region: Region) -> Hand | None:
        """Finds the points of a hand.

        Args:
            image: uint8 RGB (H, W, 3).
            region: where the hand is.

        Returns:
            The hand, or None when there is none.
        """
        points, score, *_ = self._pointer.run(to_unit(region.cut(image, _POINTS_PX)))
        if score.item() < _LEAST_THERE:
            return None
        return Hand(region.to_image(points.reshape(POINTS, 3) / np.float32(_POINTS_PX)), float(score.item()))


def _region(found: Detection, whole: Region) -> Region:
    keys, corners = whole.to_image(found.points), whole.to_image(found.box.reshape(2, 2))
    box = replace(around(corners, _PALM_WIDER, 0.0), angle=_angle(keys[0], keys[2]))
    return _shifted(box, _PALM_SHIFT / _PALM_WIDER)


def _shifted(region: Region, share: float) -> Region:
    """The region moved along its own upright axis by a share of its side; negative: up."""
    by = region.side * share
    return replace(region, x=region.x - by * math.sin(region.angle), y=region.y + by * math.cos(region.angle))


def _angle(wrist: Float32s, toward: Float32s) -> float:
    """How far a hand is turned clockwise; 0 when its fingers point up."""
    return math.atan2(float(toward[1] - wrist[1]), float(toward[0] - wrist[0])) + math.pi / 2
