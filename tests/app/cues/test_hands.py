import numpy as np

from app.cues.finder import CueFinder, CueNetworks
from app.cues.region import Region
from tests import toy
from tests.app.cues.conftest import Reference


def test_points_are_where_mediapipe_finds_them(networks: CueNetworks, references: list[Reference]) -> None:
    """MediaPipe's holistic pipeline seeks hands at the body's wrists, this one seeks palms: some differ."""
    errors, there = [], 0
    for one in references:
        found = CueFinder(networks).look(one.image).hands
        for wanted in one.hands:
            there += 1
            size = np.linalg.norm(wanted[0] - wanted[9])
            errors += (
                [min(np.linalg.norm(hand.points[:, :2] - wanted, axis=1).mean() / size for hand in found)]
                if found
                else []
            )
    near = np.array(errors)[np.array(errors) < 1]
    assert there >= 15 and len(near) > 0.7 * there
    assert np.median(near) < 0.12


def test_a_plain_image_has_no_hand(networks: CueNetworks) -> None:
    assert networks.hands.detect(toy.plain(toy.GREY, 320, 240)) == []
    assert networks.hands.look(toy.plain(toy.GREY, 320, 240), Region(160, 120, 100)) is None
