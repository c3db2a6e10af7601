from dataclasses import replace

import numpy as np
import pytest

from app.arrays import Float32s
from app.cues.eyes import Eye
from app.cues.face import Face
from app.cues.findings import Findings
from app.cues.hands import Hand
from app.cues.objects import Thing
from app.cues.vector import LOOKED, NAMED, NAMES, SPEC, check_spec, vector
from app.errors import ModelError
from app.model.contract import CueSpec

WIDTH = 640


def scene() -> Findings:
    """A person like nobody, but with everything that is measured: face, eyes, two hands, a phone in one of them."""
    rng = np.random.default_rng(5)
    face = np.zeros((468, 3), np.float32)
    face[:] = (300, 200, 0)
    face += rng.normal(0, 20, face.shape).astype(np.float32)
    at = {10: (300, 150), 152: (300, 270), 1: (302, 215), 13: (300, 240), 14: (300, 248), 61: (280, 244)}
    at |= {291: (320, 244), 234: (255, 205), 454: (345, 205), 33: (270, 190), 133: (290, 190), 263: (330, 192)}
    at |= {362: (310, 191), 105: (280, 175), 334: (322, 176)}
    for number, place in at.items():
        face[number, :2] = place
    eyes = tuple(_eye(x, 190, 7) for x in (270, 310))
    hands = tuple(Hand(_hand(x, 260, rng), 0.9) for x in (350, 220))
    phone = Thing("cell phone", 0.8, np.array([340, 200, 370, 260], np.float32))
    return Findings(Face(face, 0.95), eyes, 1, hands, (Thing("person", 0.9, np.zeros(4, np.float32)), phone))


def _eye(left: float, y: float, apart: float) -> Eye:
    x = np.linspace(left, left + 20, 9)
    lids = np.concatenate([np.stack([x, np.full(9, y + apart)], 1), np.stack([x[1:8], np.full(7, y)], 1)])
    iris = np.tile([left + 11, y + 3], (5, 1))
    return Eye(lids.astype(np.float32), iris.astype(np.float32))


def _hand(x: float, y: float, rng: np.random.Generator) -> Float32s:
    points = rng.normal((x, y, 0), 12, (21, 3))
    points[0], points[9] = (x, y + 30, 0), (x, y, 0)
    return points.astype(np.float32)


def moved(findings: Findings, scale: float, x: float, y: float, mirrored: bool = False) -> Findings:
    """The same scene nearer, elsewhere, or in a mirror."""

    def move(points: Float32s) -> Float32s:
        new = points.copy()
        if mirrored:
            new[:, 0] = WIDTH - new[:, 0]
        new *= scale
        new[:, :2] += (x, y)
        return new

    def box(corners: Float32s) -> Float32s:
        ends = move(corners.reshape(2, 2))
        return np.concatenate([ends.min(axis=0), ends.max(axis=0)])

    assert findings.face is not None
    return Findings(
        replace(
            findings.face, points=_mirrored_face(move(findings.face.points)) if mirrored else move(findings.face.points)
        ),
        tuple(Eye(move(eye.lids), move(eye.iris)) for eye in findings.eyes),
        findings.faces,
        tuple(replace(hand, points=move(hand.points)) for hand in findings.hands),
        tuple(replace(thing, box=box(thing.box)) for thing in findings.things),
    )


def _mirrored_face(points: Float32s) -> Float32s:
    """In a mirror the left eye is the right one."""
    new = points.copy()
    for one, other in ((61, 291), (234, 454), (33, 263), (133, 362), (105, 334)):
        new[[one, other]] = points[[other, one]]
    return new


def test_names_are_of_this_version_and_each_once() -> None:
    assert len(set(NAMES)) == len(NAMES) == len(vector(Findings())) and NAMES[0] == LOOKED


def test_an_empty_image_was_looked_at_and_shows_nothing() -> None:
    assert vector(Findings()).tolist() == [1.0] + [0.0] * (len(NAMES) - 1) and NAMES[NAMED] == "scene 0"


@pytest.mark.parametrize(("scale", "x", "y"), [(1.0, 50, -20), (0.5, 0, 0), (2.5, -100, 40)])
def test_distance_and_place_change_nothing(scale: float, x: float, y: float) -> None:
    np.testing.assert_allclose(vector(moved(scene(), scale, x, y)), vector(scene()), atol=2e-3)


def test_a_mirror_changes_nothing() -> None:
    np.testing.assert_allclose(vector(moved(scene(), 1.0, 0, 0, mirrored=True)), vector(scene()), atol=2e-3)


def test_cues_say_what_they_are_named_for() -> None:
    seen = dict(zip(NAMES, vector(scene()).tolist(), strict=True))
    assert seen["eyes open"] == pytest.approx(7 / 20, abs=0.01)
    assert seen["cell phone seen"] == pytest.approx(0.8) and seen["cell phone at ear"] > seen["cell phone at mouth"]
    assert seen["hand 1 near mouth"] > seen["hand 2 near mouth"] > 0
    assert seen["face several"] == 0 and seen["people several"] == 0


def test_every_cue_is_a_number_whatever_was_found() -> None:
    broken = scene()
    assert broken.face is not None
    flat = replace(broken, face=replace(broken.face, points=np.zeros((468, 3), np.float32)))
    lone = replace(broken, face=None, eyes=(), faces=0)
    point = replace(broken, hands=(Hand(np.zeros((21, 3), np.float32), 0.5),))
    for findings in (flat, lone, point):
        assert np.isfinite(vector(findings)).all()


def test_a_model_of_other_cues_is_refused() -> None:
    check_spec(SPEC)
    for other in (CueSpec(SPEC.version + 1, NAMES), CueSpec(SPEC.version, NAMES[:-1])):
        with pytest.raises(ModelError, match=r"cues of version .*cues\.use"):
            check_spec(other)
