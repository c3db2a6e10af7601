import cv2
import numpy as np
import pytest

from app.config.settings import DisplaySettings
from app.cues.eyes import Eye
from app.cues.face import Face
from app.cues.findings import Findings
from app.cues.hands import Hand
from app.cues.objects import Thing
from app.entities import Activity, Frame
from app.overlay.findings import FACE, HANDS, THINGS
from app.overlay.overlay import Overlay
from tests import toy


def at(x: float, y: float, count: int, depth: bool = True) -> np.ndarray:
    return np.tile(np.array([x, y, 0] if depth else [x, y], np.float32), (count, 1))


def drawn(findings: Findings | None, *, mirrored: bool = False, shown: bool = True, size: tuple[int, int] = (640, 360)):  # type: ignore[no-untyped-def]
    overlay, image = Overlay(("a", "b"), DisplaySettings()), toy.plain((0, 0, 0), *size)
    overlay.update(Frame(image, 0, 0.0, "cam"), Activity(None, 0.5, 0.0, findings=findings))
    return overlay.draw(image, "cam", cues_shown=shown, mirrored=mirrored)


def places(image: np.ndarray, colour: tuple[int, int, int]) -> tuple[float, float] | None:
    """The middle of what has a colour."""
    rows, columns = np.nonzero(np.abs(image.astype(int) - colour).max(axis=2) < 12)
    return (float(columns.mean()), float(rows.mean())) if len(rows) else None


@pytest.mark.parametrize(
    ("findings", "colour"),
    [
        (Findings(face=Face(at(500, 200, 468), 0.9), faces=1), FACE),
        (Findings(hands=(Hand(at(500, 200, 21), 0.9),)), HANDS),
        (Findings(things=(Thing("cup", 0.9, np.array([480, 180, 520, 220], np.float32)),)), THINGS),
    ],
)
def test_what_was_found_is_drawn_where_it_is_also_in_a_mirror(findings: Findings, colour: tuple[int, int, int]) -> None:
    x, y = places(drawn(findings), colour) or (0, 0)
    assert (x, y) == (pytest.approx(500, abs=12), pytest.approx(200, abs=12))
    x, _ = places(drawn(findings, mirrored=True), colour) or (0, 0)
    assert x == pytest.approx(140, abs=12)


def test_nothing_is_drawn_until_it_is_asked_for() -> None:
    found = Findings(hands=(Hand(at(500, 200, 21), 0.9),))
    assert np.array_equal(drawn(found, shown=False), drawn(None)) and not np.array_equal(drawn(found), drawn(None))


def test_people_and_doubtful_objects_get_no_box() -> None:
    box = np.array([400, 100, 520, 220], np.float32)
    found = Findings(things=(Thing("person", 0.9, box), Thing("cup", 0.15, box)))
    assert np.array_equal(drawn(found), drawn(None))


@pytest.mark.parametrize("size", [(1, 1), (64, 48), (3840, 2160)])
def test_any_size_and_any_place_can_be_drawn(size: tuple[int, int]) -> None:
    far = at(1e7, float("nan"), 21)
    eye = Eye(at(3, 4, 16, depth=False), at(3, 4, 5, depth=False))
    box = np.array([-1e6, -5, 1e6, 1e6], np.float32)
    found = Findings(Face(at(5, 5, 468), 0.9), (eye, eye), 1, (Hand(far, 0.5),), (Thing("cell phone", 0.9, box),))
    assert drawn(found, size=size).shape == (size[1], size[0], 3)


def test_the_name_of_a_thing_stands_in_its_box() -> None:
    box = np.array([300, 100, 600, 300], np.float32)
    with_name = drawn(Findings(things=(Thing("cell phone", 0.9, box),)))
    assert cv2.countNonZero(with_name[105:130, 305:420, 1]) > 200
