"""The rounds and the bounds, with a bench that takes no time."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from app.benchmark import figures
from app.benchmark.bench import Bench, Cost
from app.benchmark.figures import STAGES, measure
from app.entities import Frame
from app.run_stats import RunStats
from tests import toy

STAGE_NAMES = ("decode", "prepare", "look", "classify", "convert", "draw", "file", "file_recorded")


class QuickBench:
    """Counts what is asked of it."""

    most_frames = 12

    def __init__(self) -> None:
        self.frames = [Frame(toy.plain(toy.RED, 64, 48), 0, 0.0, "clip")]
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Callable[[], int]:
        if name not in STAGE_NAMES:
            raise AttributeError(name)

        def turn() -> int:
            self.asked.append(name)
            return 12

        return turn

    def encode(self) -> Cost:
        self.asked.append("encode")
        return Cost(0.004, 0.006)

    def live(self, fps: int, count: int = 1) -> RunStats:
        self.asked.append(f"live {fps} x {count}")
        stats = RunStats()
        stats.stages.add("capture_to_label", 0.01)
        return stats

    def still(self) -> RunStats:
        return self.live(0)


@pytest.fixture
def bench() -> QuickBench:
    return QuickBench()


def test_every_round_measures_everything_and_begins_with_another(
    bench: QuickBench, capsys: pytest.CaptureFixture[str]
) -> None:
    found = measure(cast(Bench, bench), 2)
    first, second = bench.asked[:13], bench.asked[13:]
    assert sorted(first) == sorted(second)
    assert (first[0], second[0], second[8]) == ("decode", "prepare", "decode")
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 26, "a line for each measurement"
    assert said[0].startswith("round 1 of 2") and said[-1].startswith("round 2 of 2")
    assert (found["picture"], found["frames"], found["rounds"]) == ([48, 64], 12, 2)
    assert found["costs"]["encode"]["wall_ms"] == {"median": 4.0, "low": 4.0, "high": 4.0}
    assert found["live"]["30 fps"]["median_ms"]["median"] == 10.0


def test_the_bound_is_the_longest_stage_or_the_processors_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "usable_cores", lambda: 4)
    stages: dict[str, list[Cost]] = {name: [Cost(0.001, 0.001)] for name in STAGES["file"]}
    costs = stages | {"file": [Cost(0.004, 0.0)]}

    def bound(decode: Cost) -> dict[str, Any]:
        found = figures._bound(costs | {"decode": [decode]}, "file")
        return {name: round(figure["median"], 6) for name, figure in found.items()}

    assert bound(Cost(0.002, 0.002)) == {"bound_ms": 2.0, "ratio": 0.5, "cores_ratio": 0.3125}
    assert bound(Cost(0.002, 0.010)) == {"bound_ms": 3.25, "ratio": 0.8125, "cores_ratio": 0.8125}
