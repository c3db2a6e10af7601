"""One measurement a method: each stage alone, and the product as a whole."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from app.config.settings import Settings, load
from app.entities import Activity, Frame
from app.errors import SourceError
from app.images.yuv import YuvPicture
from app.labelling.cadence import Cadence
from app.labelling.smoothing import ActivitySmoother
from app.model.classifier import Classifier
from app.model.contract import ModelContract
from app.overlay.overlay import Overlay
from app.paths import CONFIG
from app.pipeline import run
from app.run_stats import RunStats
from app.sinks.base import Sink
from app.sinks.recording.recorder import Recorder
from app.sinks.recording.video_file import VideoFile
from app.sources import Source, open_source, tell_apart
from app.sources.paced import PacedSource

KEPT = 40  # pictures of the clip kept in memory for the stages after decoding
LIVE_FRAMES = 200  # at most, of a scene that plays at its own pace


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a frame, in seconds: on the clock, and of all processors together."""

    wall_s: float
    cpu_s: float


class _Timer:
    """Adds up what passes inside its `with` blocks."""

    def __init__(self) -> None:
        self._wall_s = self._cpu_s = 0.0

    def __enter__(self) -> None:
        self._wall_s -= time.perf_counter()
        self._cpu_s -= time.process_time()

    def __exit__(self, *error: object) -> None:
        self._wall_s += time.perf_counter()
        self._cpu_s += time.process_time()

    def cost(self, frames: int) -> Cost:
        return Cost(self._wall_s / frames, self._cpu_s / frames)


class Bench:
    """The clip, the model, and one method a measurement, each over `frames` frames or fewer."""

    def __init__(self, clip: str, model: Path, frames: int, folder: Path) -> None:
        """folder: for the recordings. Raises AppError for a clip or a model that does not open."""
        self.settings: Settings = load(CONFIG, [])
        self.clip, self.frames, self.folder = clip, frames, folder
        self.classifier = Classifier(model, self.settings.inference.threads)
        with self._open() as source:
            self.kept = list(islice(source, min(KEPT, frames)))
        if len(self.kept) < 2:
            raise SourceError(f"{clip}: expected a video of two pictures or more")
        self.prepared = [frame.prepare(self.classifier.contract.input) for frame in self.kept]
        self.overlay = Overlay(self.classifier.contract.labels, self.settings.display)
        smoother = self._smoother(self.classifier.contract)
        probs = self.classifier.predict(self.prepared[0][None]).probs[0]
        self.activity: Activity = smoother.update(probs, 0.0)
        self.overlay.update(self.kept[0], self.activity)

    def decode(self) -> int:
        """Every frame of the clip, as its codec leaves it."""
        with self._open() as source:
            return sum(1 for _ in islice(source, self.frames))

    def prepare(self) -> int:
        """Geometry and colour order."""
        return sum(1 for frame in self.kept if frame.prepare(self.classifier.contract.input) is not None)

    def classify(self) -> int:
        """The network, a picture at a time."""
        return sum(len(self.classifier.predict(picture[None]).probs) for picture in self.prepared)

    def convert(self) -> int:
        """The whole picture to BGR, which only recordings and windows need."""
        return sum(1 for frame in self.kept if not isinstance(frame.picture, YuvPicture) or frame.picture.to_bgr().size)

    def draw(self) -> int:
        """The overlay."""
        return sum(1 for frame in self.kept if self.overlay.draw(frame.image, frame.source_id) is not None)

    def encode(self) -> Cost:
        """A recording of the whole clip with its overlay: what a picture costs depends on the one before it.

        Timed a few pictures at a time, as many as memory holds, because x264's threads work on between two calls.
        """
        took, count = _Timer(), 0
        file = VideoFile(self.folder / "encode.mp4", self.settings.record)
        with self._open() as source:
            frames = islice(source, self.frames)
            while drawn := [self.overlay.draw(frame.image, frame.source_id) for frame in islice(frames, KEPT)]:
                with took:
                    for picture in drawn:
                        file.write(picture, count / 30)
                        count += 1
        with took:
            file.close()
        return took.cost(count)

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
            yield Frame(frame.picture, frame.index, time_s, self.source_id)

    def close(self) -> None:
        self._inner.close()


class _Still(Source):
    """One picture again and again, 30 times a second: a camera without the cost of a camera."""

    def __init__(self, frame: Frame, frames: int) -> None:
        self.source_id, self._frame, self._frames = frame.source_id, frame, frames

    def __iter__(self) -> Iterator[Frame]:
        for index in range(self._frames):
            yield Frame(self._frame.picture, index, index / 30, self.source_id)

    def close(self) -> None:
        """Nothing is open."""
