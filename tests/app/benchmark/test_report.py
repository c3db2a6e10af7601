from typing import Any

from app.benchmark.report import report


def spread(median: float) -> dict[str, float]:
    return {"median": median, "low": median / 2, "high": median * 2}


FIGURES: dict[str, Any] = {
    "picture": [720, 1280],
    "frames": 500,
    "rounds": 5,
    "machine": {"cores": 4},
    "costs": {"file_recorded": {"wall_ms": spread(8.0), "cpu_ms": spread(12.0)}},
    "bounds": {"file": {"bound_ms": spread(3.0), "ratio": spread(0.5), "cores_ratio": spread(0.25)}},
    "live": {"30 fps": {"median_ms": spread(6.0), "p95_ms": spread(9.0), "core": spread(0.4), "dropped": spread(1.0)}},
    "session": {"first_label_s": 0.75, "memory_mb": 199.6},
}


def test_every_figure_has_its_place() -> None:
    lines = report(FIGURES).splitlines()
    assert lines[0].startswith("1280x720, 500 frames, 5 x, 4 cores")
    assert lines[3].split() == ["file", "recorded", "8.00", "(4.00", "to", "16.00)", "12.00", "(6.00", "to", "24.00)"]
    assert "3.00 ms" in lines[4] and "0.50 (0.25 to 1.00)" in lines[4] and "0.25 (0.12 to 0.50)" in lines[4]
    assert "6.00 (3.00 to 12.00) ms" in lines[5] and "40% of a core" in lines[5] and "2 dropped" in lines[5]
    assert "0.75 s" in lines[6] and "200 MB" in lines[6]


def test_memory_is_left_out_where_it_is_not_measured() -> None:
    alone = {"first_label_s": 0.75, "memory_mb": None}
    assert report(FIGURES | {"session": alone}).splitlines()[-1].endswith("0.75 s")
