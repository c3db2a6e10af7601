import msgspec
import numpy as np
import pytest

from app.config.settings import Settings
from app.images.prepare import InputSpec
from app.model.contract import ModelContract
from app.scan.looks import Looks
from app.scan.manifest import File, Part
from app.scan.timeline import Timeline

CONTRACT = ModelContract(("a", "b"), InputSpec(32, "crop"), (0.6, 0.6))
SETTINGS = msgspec.convert({"inference": {"every_s": 0.5}}, Settings)


def looks(start_s: float, seconds: float, of_a: float, empty: bool | None = None) -> Part:
    times = np.arange(start_s, start_s + seconds, 0.5)
    probs = np.tile(np.array([of_a, 1 - of_a], np.float32), (len(times), 1))
    states = None if empty is None else np.full(len(times), empty).tobytes()
    return Part(start_s, start_s + seconds, Looks(times.tobytes(), probs.tobytes(), states), "")


def rows(*parts: Part, problem: str = "") -> list[tuple[object, ...]]:
    timeline = Timeline(CONTRACT, SETTINGS, keep_looks=True)
    return [(*tuple(row)[1:4], row.problem) for row in timeline.rows(File("x.mp4", 30.0, problem, list(parts)))]


def test_pieces_that_follow_one_another_are_one() -> None:
    assert rows(looks(0, 10, 0.9), looks(10, 10, 0.9)) == [(0.0, 20.0, "a", "")]


def test_a_piece_that_failed_is_a_hole() -> None:
    hole = Part(10.0, 20.0, None, "crashed")
    expected = [(0.0, 10.0, "a", ""), (10.0, 20.0, "", "crashed"), (20.0, 30.0, "a", "")]
    assert rows(looks(0, 10, 0.9), hole, looks(20, 10, 0.9)) == expected


def test_a_file_that_failed_is_one_row() -> None:
    assert rows(Part(0.0, 0.0, None, ""), problem="broken") == [(None, None, "", "broken")]


@pytest.mark.parametrize(("empty", "label"), [(None, "a"), (False, "a"), (True, "nobody")])
def test_nobody_does_nothing(empty: bool | None, label: str) -> None:
    assert rows(looks(0, 10, 0.9, empty)) == [(0.0, 10.0, label, "")]
