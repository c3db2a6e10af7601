"""How close the product comes to what the machine must do at least: python -m app.benchmark CLIP [--model FILE]

Raw costs and the product's own figures are measured in turn, round after round in one process, so that a machine whose
speed drifts changes both alike. The bound of a pipeline that overlaps its stages on c cores is the longest stage or all
stages' processor time over c, whichever is more.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from app.cadence import Cadence
from app.classifier import Classifier
from app.cli import EXIT_MISTAKE, ROOT
from app.config import Settings, load
from app.contract import ModelContract, prepare
from app.entities import Activity, Frame
from app.errors import AppError, SourceError
from app.overlay import Overlay
from app.pipeline import RunStats, run
from app.sinks.base import Sink, check_target
from app.sinks.recorder import Recorder
from app.sinks.video import VideoFile
from app.smoothing import ActivitySmoother
from app.sources import Source, open_source, tell_apart
from app.sources.paced import PacedSource

KEPT = 40  # pictures of the clip kept in memory for the stages after decoding
LIVE_FRAMES = 200  # at most, of a scene that plays at its own pace
STAGES = {
    "file": ("decode", "prepare", "classify"),
    "file_recorded": ("decode", "prepare", "classify", "overlay", "encode"),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a frame, in seconds: on the clock, and of all processors together."""

    wall_s: float
    cpu_s: float


class Bench:
    """The clip, the model, and one method a measurement, each over `frames` frames or fewer."""

    def __init__(self, clip: str, model: Path, frames: int, folder: Path) -> None:
        """folder: for the recordings. Raises AppError for a clip or a model that does not open."""
        self.settings: Settings = load(ROOT / "config.yaml", [])
        self.clip, self.frames, self.folder = clip, frames, folder
        self.classifier = Classifier(model, self.settings.inference.threads)
        with self._open() as source:
            self.kept = list(islice(source, min(KEPT, frames)))
        if len(self.kept) < 2:
            raise SourceError(f"{clip}: expected a video of two pictures or more")
        self.prepared = [prepare(frame.image, self.classifier.contract) for frame in self.kept]
        self.overlay = Overlay(self.classifier.contract.labels, self.settings.display)
        smoother = self._smoother(self.classifier.contract)
        probs = self.classifier.predict(self.prepared[0][None]).probs[0]
        self.activity: Activity = smoother.update(probs, 0.0)
        self.overlay.update(self.kept[0], self.activity)

    def decode(self) -> int:
        """Every frame of the clip, as BGR."""
        with self._open() as source:
            return sum(1 for _ in islice(source, self.frames))

    def prepare(self) -> int:
        """Geometry and colour order."""
        return sum(1 for frame in self.kept if prepare(frame.image, self.classifier.contract) is not None)

    def classify(self) -> int:
        """The network, a picture at a time."""
        return sum(len(self.classifier.predict(picture[None]).probs) for picture in self.prepared)

    def draw(self) -> int:
        """The overlay."""
        return sum(1 for frame in self.kept if self.overlay.draw(frame.image, frame.source_id) is not None)

    def encode(self) -> Cost:
        """A recording of the whole clip with its overlay: what a picture costs depends on the one before it."""
        wall_s = cpu_s = 0.0
        count = 0

        def timed(step: Callable[[], None]) -> None:
            nonlocal wall_s, cpu_s
            wall_began, cpu_began = time.perf_counter(), time.process_time()
            step()
            wall_s, cpu_s = wall_s + time.perf_counter() - wall_began, cpu_s + time.process_time() - cpu_began

        file = VideoFile(self.folder / "encode.mp4", self.settings.record)
        with self._open() as source:
            for frame in islice(source, self.frames):
                picture = self.overlay.draw(frame.image, frame.source_id)
                timed(partial(file.write, picture, count / 30))
                count += 1
        timed(file.close)
        return Cost(wall_s / count, cpu_s / count)

    def file(self) -> int:
        """The product on a file, labels only."""
        return self._run([self._cut()], []).frames_processed

    def file_recorded(self) -> int:
        """The product on a file, recorded with its overlay."""
        overlay = Overlay(self.classifier.contract.labels, self.settings.display)
        with Recorder(self.settings.record, overlay, [self.kept[0].source_id]) as recorder:
            recorder.start(self.folder / "recorded.mp4")
            processed = self._run([self._cut()], [recorder], overlay=overlay).frames_processed
            recorder.stop()
            return processed

    def live(self, fps: int, count: int = 1) -> RunStats:
        """The product on the clip, delivered as `count` cameras of that rate would at once."""
        sources: list[Source] = []
        for _ in range(count):
            source = PacedSource(_Excerpt(self._open(), min(self.frames, LIVE_FRAMES), fps))
            tell_apart(source, sources)
            sources.append(source)
        return self._run(sources, [])

    def still(self) -> RunStats:
        """The product before a scene in which nothing moves, 30 times a second, with inference.adaptive."""
        settings = msgspec.structs.replace(self.settings.inference, adaptive=True)
        return self._run(
            [PacedSource(_Still(self.kept[0], min(self.frames, LIVE_FRAMES)))],
            [],
            make_cadence=lambda: Cadence(settings),
        )

    def _run(self, sources: Sequence[Source], sinks: Sequence[Sink], **options: Any) -> RunStats:
        with ExitStack() as stack:
            for source in sources:
                stack.enter_context(source)
            return run(sources, self.classifier, self._smoother, sinks, **options)

    def _open(self) -> Source:
        return open_source(self.clip, self.settings.source, time.monotonic())

    def _cut(self) -> Source:
        return _Excerpt(self._open(), self.frames, None)

    def _smoother(self, contract: ModelContract) -> ActivitySmoother:
        smoothing = self.settings.smoothing
        return ActivitySmoother(
            contract.labels,
            contract.thresholds,
            tau_s=smoothing.tau_s,
            margin=smoothing.margin,
            min_dwell_s=smoothing.min_dwell_s,
            gap_s=smoothing.gap_s,
        )


class _Excerpt(Source):
    """The first frames of a source, at a rate of its own if one is given."""

    def __init__(self, inner: Source, frames: int, fps: int | None) -> None:
        self.source_id, self._inner, self._frames, self._fps = inner.source_id, inner, frames, fps

    def __iter__(self) -> Iterator[Frame]:
        for frame in islice(self._inner, self._frames):
            time_s = frame.time_s if self._fps is None else frame.index / self._fps
            yield Frame(frame.image, frame.index, time_s, self.source_id)

    def close(self) -> None:
        self._inner.close()


class _Still(Source):
    """One picture again and again, 30 times a second: a camera without the cost of a camera."""

    def __init__(self, frame: Frame, frames: int) -> None:
        self.source_id, self._frame, self._frames = frame.source_id, frame, frames

    def __iter__(self) -> Iterator[Frame]:
        for index in range(self._frames):
            yield Frame(self._frame.image, index, index / 30, self.source_id)

    def close(self) -> None:
        """Nothing is open."""


def measure(bench: Bench, rounds: int) -> dict[str, Any]:
    """Every figure as {"median", "low", "high"}; times in ms a frame."""
    turns: dict[str, Callable[[], Cost]] = {
        "decode": partial(_cost, bench.decode),
        "prepare": partial(_cost, bench.prepare),
        "classify": partial(_cost, bench.classify),
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
        "machine": {"processor": platform.machine(), "cores": _cores(), "python": platform.python_version()},
        "picture": list(bench.kept[0].image.shape[:2]),
        "frames": bench.frames,
        "rounds": rounds,
        "costs": figures,
        "bounds": {name: _bound(costs, name) for name in STAGES},
        "live": {name: {key: _spread([turn[key] for turn in took]) for key in took[0]} for name, took in live.items()},
    }


def report(figures: dict[str, Any]) -> str:
    """For the terminal."""
    height, width = figures["picture"]
    cores = figures["machine"]["cores"]
    lines = [
        f"{width}x{height}, {figures['frames']} frames, {figures['rounds']} x, {cores} cores; median (range)",
        "",
        f"{'':16}{'ms a frame':>22}{'ms of all cores':>24}",
    ]
    lines += [
        f"{name.replace('_', ' '):16}{_text(cost['wall_ms']):>22}{_text(cost['cpu_ms']):>24}"
        for name, cost in figures["costs"].items()
    ]
    for name, bound in figures["bounds"].items():
        lines.append(
            f"{name.replace('_', ' ')}: these cores need {bound['bound_ms']['median']:.2f} ms a frame at least; "
            f"that is {_text(bound['ratio'])} of what it takes (1 is the most there is)"
        )
    for name, live in figures["live"].items():
        lines.append(
            f"live, {name}: capture to label {_text(live['median_ms'])} ms, "
            f"95th percentile {_text(live['p95_ms'])} ms, {live['core']['median']:.0%} of a core, "
            f"{live['dropped']['high']:.0f} dropped at most"
        )
    alone = figures["session"]
    memory = "" if alone["memory_mb"] is None else f", {alone['memory_mb']:.0f} MB of memory at most"
    lines.append(f"a session of its own: first label after {alone['first_label_s']:.2f} s{memory}")
    return "\n".join(lines)


def session(clip: str, model: Path, folder: Path) -> dict[str, float | None]:
    """Start to first label and peak memory of a process that does nothing but one paced session."""
    stats = folder / "stats.json"
    command = [sys.executable, str(ROOT / "run_webcam.py"), "--source", clip, "--model", str(model), "--no-window"]
    subprocess.run(
        [*command, "--realtime", "--max-seconds", "4", "--stats", str(stats)], check=True, capture_output=True
    )
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
    """Round by round, against what was measured in the same round."""
    bounds = []
    for number in range(len(costs[name])):
        stages = [costs[stage][number] for stage in STAGES[name]]
        bounds.append(max(max(cost.wall_s for cost in stages), sum(cost.cpu_s for cost in stages) / _cores()))
    ratios = [bound / cost.wall_s for bound, cost in zip(bounds, costs[name], strict=True)]
    return {"bound_ms": _ms(bounds), "ratio": _spread(ratios)}


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _ms(seconds: Any) -> dict[str, float]:
    return _spread([1e3 * value for value in seconds])


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def _text(figure: dict[str, float]) -> str:
    return f"{figure['median']:.2f} ({figure['low']:.2f} to {figure['high']:.2f})"


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, got {text!r}")
    return int(text)


def _check(clip: str, target: Path | None) -> None:
    if not Path(clip).is_file():
        raise SourceError(f"{clip}: no such file; expected a video file, such as assets/demo.mp4")
    if target is not None:
        check_target(target, ".json", overwrite=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit status: 0, or 2 for a user's mistake."""
    parser = argparse.ArgumentParser(prog="python -m app.benchmark", description=__doc__, allow_abbrev=False)
    parser.add_argument("clip", help="a video file; 1280x720 is what the figures in README.md are of")
    parser.add_argument("--model", type=Path, help="an ONNX model exported by this project")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write every figure here as well")
    parser.add_argument("--rounds", type=_count, default=5, help="how often everything is measured (5)")
    parser.add_argument("--frames", type=_count, default=500, help="of the clip, at most (500)")
    options = parser.parse_args(argv)
    model = options.model or ROOT / load(ROOT / "config.yaml", []).model
    try:
        _check(options.clip, options.json)
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark-")))
            bench = Bench(options.clip, model, options.frames, folder)
            figures = {"session": session(options.clip, model, folder), **measure(bench, options.rounds)}
    except AppError as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_MISTAKE
    print(report(figures))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
