"""Eyes, seen closely: how far they are open, and where they look.

Source: MediaPipe's graph `iris_landmark_left_and_right` (Apache-2.0), and Ablavatski et al., "Real-time Pupil Tracking
from Monocular Video for Digital Puppetry", 2020.
"""

import math
from dataclasses import dataclass

import numpy as np

from app.arrays import Float32s, Image
from app.cues.face import Face
from app.cues.network import HelperNetwork, to_unit
from app.cues.region import Region

_SIZE_PX = 64
_WIDER = 2.3  # the region's side, as a multiple of the eye's width
_CORNERS = ((33, 133), (263, 362))  # outer and inner, of the face's points, for each eye
_LIDS = 16  # points: nine of the lower lid from the outer corner to the inner one, then seven of the upper one
_LOWER, _UPPER, _OUTER, _INNER = slice(1, 8), slice(9, 16), 0, 8


@dataclass(frozen=True, eq=False)
class Eye:
    """An eye.

    Attributes:
        lids: float32 (16, 2), in px of the image.
        iris: float32 (5, 2), in px of the image: its middle, and four points of its edge.
    """

    lids: Float32s
    iris: Float32s

    @property
    def openness(self) -> float:
        """The eye aspect ratio: how far the lids are apart, as a share of the eye's width (Soukupova and Cech 2016)."""
        apart = np.linalg.norm(self.lids[_LOWER] - self.lids[_UPPER], axis=1).mean()
        return float(apart) / max(float(np.linalg.norm(self.lids[_OUTER] - self.lids[_INNER])), 1e-3)


class EyeFinder:
    """Finds the lids and the iris of both eyes of a face, with one network."""

    def __init__(self) -> None:
        """Opens the network.

        Raises:
            ModelError: it is missing or damaged.
        """
        self._network = HelperNetwork("eye_points")

    def look(self, image: Image, face: Face) -> tuple[Eye, Eye]:
        """Looks at both eyes.

        Args:
            image: uint8 RGB (H, W, 3).
            face: where they are.
        """
        one, other = (self._eye(image, face.points[list(corners), :2]) for corners in _CORNERS)
        return one, other

    def _eye(self, image: Image, corners: Float32s) -> Eye:
        """The network knows eyes whose outer corner is at the left; others are mirrored for it."""
        mirrored = corners[0, 0] > corners[1, 0]
        left, right = corners[::-1] if mirrored else corners
        x, y = (left + right) / 2
        along = right - left
        side = max(float(np.linalg.norm(along)), 1.0) * _WIDER
        region = Region(float(x), float(y), side, math.atan2(float(along[1]), float(along[0])))
        cut = region.cut(image, _SIZE_PX)
        cut = np.ascontiguousarray(cut[:, ::-1]) if mirrored else cut
        lids, iris = (output.reshape(-1, 3)[:, :2] / np.float32(_SIZE_PX) for output in self._network.run(to_unit(cut)))
        points = np.concatenate([lids[:_LIDS], iris]).astype(np.float32)
        if mirrored:
            points[:, 0] = 1 - points[:, 0]
        points = region.to_image(points)
        return Eye(points[:_LIDS], points[_LIDS:])
