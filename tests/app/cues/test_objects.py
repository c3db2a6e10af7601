import cv2
import numpy as np
import pytest

from app.cues.finder import CueNetworks
from app.cues.objects import NAMES, _grid
from app.images.read import read_image
from tests import toy
from tests.conftest import SHARED


def test_a_plain_image_has_no_object(networks: CueNetworks) -> None:
    assert networks.objects.detect(toy.plain(toy.GREY, 320, 240)) == []


def test_the_grid_has_a_row_for_each_answer_of_the_network() -> None:
    cells, strides = _grid()
    assert cells.shape == (3549, 2) and strides.ravel()[[0, -1]].tolist() == [8, 32]


@pytest.mark.parametrize(
    ("folder", "name"), [("har15/using_laptop", "laptop"), ("har15/drinking", "person"), ("stanford40/reading", "book")]
)
def test_things_are_found_within_the_image(networks: CueNetworks, folder: str, name: str) -> None:
    if not (SHARED / "data" / folder).is_dir():
        pytest.skip(f"../shared/data/{folder} is not here")
    hits = 0
    for path in sorted((SHARED / "data" / folder).iterdir())[:12]:
        image = read_image(path)
        assert image is not None
        things = networks.objects.detect(np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8))
        assert [thing.score for thing in things] == sorted((thing.score for thing in things), reverse=True)
        assert {thing.name for thing in things} <= set(NAMES.values())
        sure = [(thing.box[:2] + thing.box[2:]) / 2 for thing in things if thing.score > 0.3]
        assert all(0 <= x <= image.shape[1] and 0 <= y <= image.shape[0] for x, y in sure)
        hits += any(thing.name == name and thing.score > 0.3 for thing in things)
    assert hits >= 4
