"""The rounds: everything in turn, and how close the product comes to its bounds."""

import json
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from app.benchmark.bench import Bench, Cost
from app.paths import PROJECT
from app.run_stats import RunStats
from app.system.cores import usable_cores

STAGES = {
    "file": ("decode", "prepare", "classify"),
    "file_recorded": ("decode", "prepare", "classify", "convert", "overlay", "encode"),
}


def measure(bench: Bench, rounds: int) -> dict[str, Any]:
    """Every figure as {"median", "low", "high"}; times in ms a frame."""
    turns: dict[str, Callable[[], Cost]] = {
        "decode": partial(_cost, bench.decode),
        "prepare": partial(_cost, bench.prepare),
        "classify": partial(_cost, bench.classify),
        "convert": partial(_cost, bench.convert),
        "overlay": partial(_cost, bench.draw),
        "encode": bench.encode,
        "file": partial(_cost, bench.file),
        "file_recorded": partial(_cost, bench.file_recorded),
    }
    costs: dict[str, list[Cost]] = {name: [] for name in turns}
    scenes: dict[str, Callable[[], RunStats]] = {
        "30 fps": lambda: bench.live(30),
        "60 fps": lambda: bench.live(60),
        "four of 30 fps": lambda: bench.live(30, 4),
        "30 fps, still, adaptive": bench.still,
    }
    live: dict[str, list[dict[str, float]]] = {name: [] for name in scenes}
    names = list(turns)
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        for name in names[number % len(names) :] + names[: number % len(names)]:
            costs[name].append(turns[name]())
        for name, scene in scenes.items():
            live[name].append(_live(scene))
    figures = {
        name: {"wall_ms": _ms(c.wall_s for c in took), "cpu_ms": _ms(c.cpu_s for c in took)}
        for name, took in costs.items()
    }
    return {
        "machine": {"processor": platform.machine(), "cores": usable_cores(), "python": platform.python_version()},
        "picture": list(bench.kept[0].image.shape[:2]),
        "frames": bench.frames,
        "rounds": rounds,
        "costs": figures,
        "bounds": {name: _bound(costs, name) for name in STAGES},
        "live": {name: {key: _spread([turn[key] for turn in took]) for key in took[0]} for name, took in live.items()},
    }


def session(clip: str, model: Path, folder: Path) -> dict[str, float | None]:
    """Start to first label and peak memory of a process that does nothing but one paced session."""
    stats = folder / "stats.json"
    files = ["--source", str(Path(clip).resolve()), "--model", str(model.resolve()), "--stats", str(stats)]
    command = [sys.executable, "-m", "app", "run", *files, "--no-window", "--realtime", "--max-seconds", "4"]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    figures = json.loads(stats.read_text(encoding="utf-8"))
    return {name: figures[name] for name in ("first_label_s", "memory_mb")}


def _cost(turn: Callable[[], int]) -> Cost:
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    frames = turn()
    return Cost((time.perf_counter() - wall_s) / frames, (time.process_time() - cpu_s) / frames)


def _live(scene: Callable[[], RunStats]) -> dict[str, float]:
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    stats = scene()
    core = (time.process_time() - cpu_s) / (time.perf_counter() - wall_s)
    latency = stats.stages.summary()["capture_to_label"]
    return {
        "median_ms": latency["median"],
        "p95_ms": latency["p95"],
        "core": core,
        "dropped": float(stats.frames_dropped),
    }


def _bound(costs: dict[str, list[Cost]], name: str) -> dict[str, Any]:
    """Round by round, against what was measured in the same round.

    ratio: to the bound of stages that overlap, each on a core of its own. cores_ratio: to what the cores would need if
    every stage could be shared out among them without loss.
    """
    bounds, shared = [], []
    for number in range(len(costs[name])):
        stages = [costs[stage][number] for stage in STAGES[name]]
        shared.append(sum(cost.cpu_s for cost in stages) / usable_cores())
        bounds.append(max(max(cost.wall_s for cost in stages), shared[-1]))
    walls = [cost.wall_s for cost in costs[name]]
    return {
        "bound_ms": _ms(bounds),
        "ratio": _spread([bound / wall for bound, wall in zip(bounds, walls, strict=True)]),
        "cores_ratio": _spread([least / wall for least, wall in zip(shared, walls, strict=True)]),
    }


def _ms(seconds: Any) -> dict[str, float]:
    return _spread([1e3 * value for value in seconds])


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}
