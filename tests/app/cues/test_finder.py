import numpy as np
import pytest

from app.arrays import Image
from app.cues.face import Face
from app.cues.finder import CueFinder, CueNetworks
from app.images.read import read_image
from tests import toy
from tests.app.cues.conftest import Reference
from tests.conftest import SHARED


class CountingNetworks(CueNetworks):
    """Counts what is sought."""

    def __init__(self) -> None:
        super().__init__()
        self.sought: list[str] = []
        for name in ("face", "hands", "objects"):
            finder = getattr(self, name)
            finder.detect = self._counted(name, finder.detect)

    def _counted(self, name, detect):  # type: ignore[no-untyped-def]
        def counted(*arguments, **options):  # type: ignore[no-untyped-def]
            self.sought.append(name)
            return detect(*arguments, **options)

        return counted


@pytest.fixture(scope="module")
def person(references: list[Reference]) -> Image:
    return next(one.image for one in references if one.face is not None and len(one.hands) == 1)


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), toy.GREY])
@pytest.mark.parametrize("size", [(1, 1), (7, 300), (640, 480)])
def test_a_plain_image_shows_nobody(networks: CueNetworks, colour: tuple[int, int, int], size: tuple[int, int]) -> None:
    found = CueFinder(networks).look(toy.plain(colour, *size))
    assert found.nobody and found.eyes == () and found.faces == 0


def test_a_face_is_followed_and_not_sought_again(person: Image) -> None:
    networks = CountingNetworks()
    finder = CueFinder(networks)
    looks = [finder.look(person) for _ in range(4)]
    assert all(found.face is not None and len(found.eyes) == 2 for found in looks)
    assert networks.sought.count("face") == 2  # in the first and in every third look
    assert networks.sought.count("objects") == 2
    first, last = (found.face for found in (looks[0], looks[-1]))
    assert first is not None and last is not None
    assert np.abs(first.points - last.points).mean() < 3


def test_after_a_reset_everything_is_sought_again(person: Image) -> None:
    networks = CountingNetworks()
    finder = CueFinder(networks)
    finder.look(person)
    finder.reset()
    assert finder.look(toy.plain(toy.GREY, 320, 240)).nobody
    assert networks.sought.count("objects") == 2


def test_who_leaves_is_gone_at_once(networks: CueNetworks, person: Image) -> None:
    finder = CueFinder(networks)
    assert finder.look(person).face is not None
    gone = finder.look(toy.plain(toy.GREY, person.shape[1], person.shape[0]))
    assert gone.face is None and gone.hands == ()


def test_an_empty_room_shows_nobody(networks: CueNetworks) -> None:
    rooms = sorted((SHARED / "data" / "webcam" / "other").glob("deepwork-empty-*"))
    if not rooms:
        pytest.skip("../shared/data/webcam is not here")
    images = [read_image(path) for path in rooms]
    assert all(CueFinder(networks).look(image).nobody for image in images if image is not None)


def test_a_face_that_slid_onto_something_else_is_dropped(networks: CueNetworks, person: Image) -> None:
    finder = CueFinder(networks)
    found = finder.look(person).face
    assert found is not None
    finder._face = Face(found.points, 0.9)
    finder._networks = networks
    noise = np.random.default_rng(0).integers(60, 120, person.shape, np.uint8)
    assert [finder.look(noise).face for _ in range(3)][-1] is None


def test_one_look_is_the_same_each_time(networks: CueNetworks, person: Image) -> None:
    one, other = (CueFinder(networks).look(person) for _ in range(2))
    assert one.face is not None and other.face is not None
    np.testing.assert_array_equal(one.face.points, other.face.points)


def test_after_a_hard_cut_the_face_is_where_the_new_one_is(networks: CueNetworks, references: list[Reference]) -> None:
    """The points of a face that was followed once slid onto the next person's chest, and stayed there."""
    person = next(one.image for one in references if one.face is not None)
    height, width = person.shape[:2]
    left, right = np.zeros((2 * height, 2 * width, 3), np.uint8), np.zeros((2 * height, 2 * width, 3), np.uint8)
    left[:height, :width] = person
    right[height:, width:] = person
    finder = CueFinder(networks)
    finder.look(left)
    face = [finder.look(right).face for _ in range(4)][-1]
    assert face is not None
    assert face.points[:, 0].mean() > width and face.points[:, 1].mean() > height
