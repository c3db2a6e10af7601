import cv2
import numpy as np

from app.arrays import Float32s, Image
from app.cues.finder import CueNetworks
from app.cues.region import Region
from tests import toy
from tests.app.cues.conftest import Reference

EYE_CORNERS = (33, 263)


def to_rgb(image: Image) -> Image:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


def error(points: Float32s, wanted: Float32s) -> float:
    """Mean distance, as a share of the distance between the outer corners of the eyes."""
    eyes = np.linalg.norm(wanted[EYE_CORNERS[0]] - wanted[EYE_CORNERS[1]])
    return float(np.linalg.norm(points[:, :2] - wanted, axis=1).mean() / eyes)


def test_points_are_where_mediapipe_finds_them(networks: CueNetworks, references: list[Reference]) -> None:
    """Of pictures in which both found one; of several faces the nearest, since each may choose another."""
    errors = []
    for one in references:
        regions = networks.face.detect(to_rgb(one.image))
        if one.face is None or not regions:
            continue
        first = [networks.face.look(to_rgb(one.image), region) for region in regions]
        second = [networks.face.look(to_rgb(one.image), face.region) for face in first]
        errors.append(min(error(face.points, one.face) for face in second))
    assert len(errors) >= 20
    assert np.median(errors) < 0.03
    assert np.mean(np.array(errors) < 0.1) >= 0.75


def test_a_plain_image_has_no_face(networks: CueNetworks) -> None:
    for colour in ((0, 0, 0), (255, 255, 255), toy.GREY):
        assert networks.face.detect(toy.plain(colour, 320, 240)) == []


def test_what_is_no_face_gets_a_low_score(networks: CueNetworks) -> None:
    assert networks.face.look(toy.plain(toy.GREY, 320, 240), Region(160, 120, 100)).score < 0.3


def test_a_far_face_is_found_where_one_knows_to_look(networks: CueNetworks, references: list[Reference]) -> None:
    near = next(one for one in references if one.face is not None and networks.face.detect(to_rgb(one.image)))
    far = np.zeros((720, 1280, 3), np.uint8)
    small = cv2.resize(to_rgb(near.image), (120, 90))
    far[300:390, 600:720] = small
    assert networks.face.detect(far) == []
    (region, *_) = networks.face.detect(far, Region(660, 345, 140))
    assert 600 < region.x < 720 and 300 < region.y < 390
