"""What a day costs. python tests/benchmark/day.py [--hours 8] [--fps 30] [--seconds 60] [--clip STILL.mp4]

First a simulated day, paced faster than life, through the loop, the labeller and the diary of the app: the size of the
store, the memory that it takes more at the end than after an hour, and the sums of the report beside the truth, which
is counted frame by frame. Then, in real time, the processor that a session takes with the shipped model and the
adaptive rate on a 720p image that stays still, without and with a diary (Linux only).
"""

import argparse
import random
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from app.config.settings import InferenceSettings, Settings
from app.day.summary import summarise
from app.diary.store import FILE, Diary, read_entries
from app.diary.writer import DiaryWriter
from app.entities import Activity, Frame
from app.model.classifier import Classifier
from app.pipeline import run
from app.sinks.base import Sink
from app.sinks.diary import DiarySink
from app.sources.base import Source
from app.system.wall_clock import WallClock
from tests import toy

ROOT = Path(__file__).parents[2]
COLOURS = (toy.RED, toy.GREEN, toy.BLUE, toy.GREY)
START = datetime(2026, 3, 2, 9, 0)


class Plan(Source):
    """A camera before which somebody does one thing after another: colours, each for half a minute on average."""

    source_id = "camera 0"

    def __init__(self, hours: float, fps: float) -> None:
        self._hours, self._fps = hours, fps

    def __iter__(self) -> Iterator[Frame]:
        dice, images, until_s, image = random.Random(1), [toy.plain(colour) for colour in COLOURS], 0.0, None
        for index in range(round(self._hours * 3600 * self._fps)):
            time_s = index / self._fps
            if time_s >= until_s:
                until_s, image = time_s + dice.expovariate(1 / 30), dice.choice(images)
            assert image is not None
            yield Frame(image, index, time_s, self.source_id)

    def close(self) -> None:
        pass


class Watched(Sink):
    """The diary, with clocks that go by the frames; counts the truth and looks at the memory."""

    name = "watched"

    def __init__(self, folder: Path, fps: float) -> None:
        self._now_s, self._fps = 0.0, fps
        clock = WallClock(lambda: START.timestamp() + self._now_s, lambda: self._now_s)
        self._diary = DiarySink(DiaryWriter(Diary(folder), None), ["camera 0"], clock, lambda: self._now_s)
        self.truth: Counter[str] = Counter()
        self.memory_mb: list[float] = []

    def write(self, frame: Frame, activity: Activity) -> None:
        self._now_s = frame.time_s
        self._diary.write(frame, activity)
        self.truth[activity.state] += 1
        if frame.index % round(600 * self._fps) == 0:
            self.memory_mb.append(resident_mb())

    def close(self) -> None:
        self._diary.close()


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def simulate(hours: float, fps: float, folder: Path) -> None:
    settings = Settings(inference=InferenceSettings(adaptive=True))
    classifier = Classifier(toy.write_model(folder / "model.onnx"), 1, "cpu")
    sink = Watched(folder / "diary", fps)
    with sink:
        run([Plan(hours, fps)], classifier, settings, [sink])
    summary = summarise(read_entries(folder / "diary"))
    off = max(abs(summary.seconds.get(label, 0.0) - frames / fps) for label, frames in sink.truth.items())
    store_mb = (folder / "diary" / FILE).stat().st_size / 1e6
    entries = sum(len(day.entries) for day in summary.days)
    print(f"{hours:g} h at {fps:g} fps: {entries:,} entries, store {store_mb:.2f} MB")
    later = sink.memory_mb[6:] or sink.memory_mb
    print(f"memory: {later[0]:.1f} MB after an hour, {later[-1]:.1f} MB at the end, {max(later):.1f} MB at most")
    print(f"sums: {summary.seen_s:.3f} s seen; of a label at most {off:.3f} s from the truth")


def processor(seconds: float, folder: Path, clip: Path | None) -> None:
    if clip is None:
        clip = toy.colour_clip(folder / "still.mp4", seconds + 5, 30, lambda time_s: toy.GREY, width=1280, height=720)
    for name, more in (("without a diary", ()), ("with a diary", ("--diary", str(folder / "d")))):
        flags = ("--source", str(clip), "--realtime", "--no-window", "--set", "inference.adaptive=true")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, str(ROOT / "run_webcam.py"), *flags, "--max-seconds", str(seconds), *more],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"processor {name}: {used:.2f} s in {seconds:g} s, start and decoding included: {used / seconds:.1%}")


def main() -> None:
    """Prints a line a figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--fps", type=float, default=30.0)
    parser.add_argument("--seconds", type=float, default=60.0, help="of the session in real time; 0: none")
    parser.add_argument("--clip", type=Path, help="a clip that stays still (a grey one)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="day-") as name:
        simulate(options.hours, options.fps, Path(name))
        if options.seconds:
            processor(options.seconds, Path(name), options.clip)


if __name__ == "__main__":
    main()
