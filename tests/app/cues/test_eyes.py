import numpy as np
import pytest

from app.cues.eyes import Eye
from app.cues.finder import CueNetworks
from tests.app.cues.conftest import Reference
from tests.app.cues.test_face import to_rgb


def eye(apart: float) -> Eye:
    """An eye 30 px wide whose lids are `apart` px apart."""
    x = np.linspace(0, 30, 9)
    lower = np.stack([x, np.full(9, apart)], axis=1)
    upper = np.stack([x[1:8], np.zeros(7)], axis=1)
    lower[[0, 8], 1] = 0
    return Eye(np.concatenate([lower, upper]).astype(np.float32), np.zeros((5, 2), np.float32))


def test_openness_is_a_share_of_the_width() -> None:
    assert eye(9).openness == pytest.approx(0.3) and eye(0).openness == 0


def test_lids_and_iris_lie_within_the_eye(networks: CueNetworks, references: list[Reference]) -> None:
    looked = 0
    for one in references:
        image = to_rgb(one.image)
        regions = networks.face.detect(image)
        if one.face is None or not regions:
            continue
        face = networks.face.look(image, regions[0])
        if face.score < 0.9:
            continue
        looked += 1
        for found, corners in zip(networks.eyes.look(image, face), ((33, 133), (263, 362)), strict=True):
            outer, inner = face.points[list(corners), :2]
            width = np.linalg.norm(outer - inner)
            assert np.linalg.norm(found.lids.mean(axis=0) - (outer + inner) / 2) < 0.5 * width
            assert np.linalg.norm(found.iris[0] - (outer + inner) / 2) < 0.7 * width
    assert looked >= 15


def test_eyes_of_a_mirror_image_are_as_open(networks: CueNetworks, references: list[Reference]) -> None:
    differences = []
    for one in references[:20]:
        sums = []
        for image in (to_rgb(one.image), np.ascontiguousarray(to_rgb(one.image)[:, ::-1])):
            regions = networks.face.detect(image)
            if regions:
                face = networks.face.look(image, regions[0])
                sums.append(sum(found.openness for found in networks.eyes.look(image, face)))
        if len(sums) == 2:
            differences.append(abs(sums[0] - sums[1]) / 2)
    assert np.median(differences) < 0.03
