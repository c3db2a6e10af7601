"""The rounds: everything in turn, and how close the product comes to its bounds."""

import json
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from app.benchmark.bench import Bench, Cost
from app.paths import PROJECT
from app.run_stats import RunStats
from app.system.cores import usable_cores
from app.system.interrupts import interrupts

STAGES = {
    "file": ("decode", "prepare", "look", "classify"),
    "file_recorded": ("decode", "prepare", "look", "classify", "convert", "overlay", "encode"),
}
Spread = dict[str, float]  # "median", "low", "high"


def measure(bench: Bench, rounds: int) -> dict[str, Any]:
    """Measures everything in turn, round after round, and says on stderr what it is at.

    Args:
        bench: the measurements.
        rounds: how often.

    Returns:
        Each figure as {"median", "low", "high"} over the rounds; times in ms a frame.
    """
    with interrupts.deferred():
        costs, live = _rounds(bench, rounds)
    return {
        "machine": {"processor": platform.machine(), "cores": usable_cores(), "python": platform.python_version()},
        "picture": list(bench.frames[0].image.shape[:2]),
        "frames": bench.most_frames,
        "rounds": rounds,
        "costs": {
            name: {"wall_ms": _ms(cost.wall_s for cost in took), "cpu_ms": _ms(cost.cpu_s for cost in took)}
            for name, took in costs.items()
        },
        "bounds": {name: _bound(costs, name) for name in STAGES},
        "live": {name: {key: _spread([turn[key] for turn in took]) for key in took[0]} for name, took in live.items()},
    }


def session(clip: str, model: Path, folder: Path) -> dict[str, float | None]:
    """Measures a process that does nothing but one paced session.

    Args:
        clip: a video file.
        model: an ONNX model.
        folder: for the session's figures.

    Returns:
        "first_label_s" from the start of the process, and "memory_mb" at most.
    """
    stats = folder / "stats.json"
    files = ["--source", str(Path(clip).resolve()), "--model", str(model.resolve()), "--stats", str(stats)]
    command = [sys.executable, "-m", "app", "run", *files, "--no-window", "--realtime", "--max-seconds", "4"]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    figures = json.loads(stats.read_text(encoding="utf-8"))
    return {name: figures[name] for name in ("first_label_s", "memory_mb")}


def _rounds(bench: Bench, rounds: int) -> tuple[dict[str, list[Cost]], dict[str, list[dict[str, float]]]]:
    """Measures the costs of a frame and the figures of the live scenes, one value a round.

    Each round starts at another measurement, so that none is always the first.
    """
    turns: dict[str, Callable[[], Cost]] = {
        "decode": partial(_cost, bench.decode),
        "prepare": partial(_cost, bench.prepare),
        "look": partial(_cost, bench.look),
        "classify": partial(_cost, bench.classify),
        "convert": partial(_cost, bench.convert),
        "overlay": partial(_cost, bench.draw),
        "encode": bench.encode,
        "file": partial(_cost, bench.file),
        "file_recorded": partial(_cost, bench.file_recorded),
    }
    scenes: dict[str, Callable[[], RunStats]] = {
        "30 fps": partial(bench.live, 30),
        "60 fps": partial(bench.live, 60),
        "four of 30 fps": partial(bench.live, 30, 4),
        "30 fps, still, adaptive": bench.still,
    }
    costs: dict[str, list[Cost]] = {name: [] for name in turns}
    live: dict[str, list[dict[str, float]]] = {name: [] for name in scenes}
    names = list(turns)
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            interrupts.check()
            _say(number, rounds, name)
            costs[name].append(turns[name]())
        for name, scene in scenes.items():
            interrupts.check()
            _say(number, rounds, f"live, {name}")
            live[name].append(_live(scene))
    return costs, live


def _say(number: int, rounds: int, name: str) -> None:
    print(f"round {number + 1} of {rounds}: {name.replace('_', ' ')}", file=sys.stderr, flush=True)


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


def _bound(costs: dict[str, list[Cost]], name: str) -> dict[str, Spread]:
    """Compares the product with its bounds, each round with what was measured in the same round.

    ratio: of the bound of stages that overlap, each on a core of its own, to the time that the product takes.
    cores_ratio: the same of the time that the cores would need if they shared every stage without loss.
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


def _ms(seconds: Iterable[float]) -> Spread:
    return _spread([1e3 * value for value in seconds])


def _spread(values: Sequence[float]) -> Spread:
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}
