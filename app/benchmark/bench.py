"""One measurement a method: each stage alone, and the product as a whole."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import msgspec

from app.benchmark.scenes import Excerpt, Still
from app.config.settings import Settings
from app.cues.finder import CueNetworks
from app.errors import SourceError
from app.images.yuv import YuvImage
from app.labelling.cue_watch import CueWatch
from app.labelling.smoothing import ActivitySmoother
from app.model.classifier import Classifier
from app.overlay.overlay import Overlay
from app.pipeline import run
from app.run_stats import RunStats
from app.sinks.base import Sink
from app.sinks.recording.recorder import Recorder
from app.sinks.recording.video_file import VideoFile
from app.sources.base import Source
from app.sources.open import make_name_unique, open_source
from app.sources.paced import PacedSource
from app.system.interrupts import interrupts

IN_MEMORY = 40  # frames of the clip held for the stages after decoding
LIVE_FRAMES = 200  # at most, of a scene that plays at its own pace


@dataclass(frozen=True, slots=True)
class Cost:
    """What a frame costs.

    Attributes:
        wall_s: seconds on the clock.
        cpu_s: seconds of all processors together.
    """

    wall_s: float
    cpu_s: float


class _Timer:
    """Adds up the time that passes inside its `with` blocks."""

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
    """Holds the clip and the model; each method measures one thing, over `most_frames` frames or fewer.

    A method that is timed from outside returns how many frames it took.

    Attributes:
        most_frames: of the clip, at most.
        frames: the first ones, held in memory.
    """

    def __init__(self, clip: str, model: Path, settings: Settings, most_frames: int, folder: Path) -> None:
        """Opens the clip and the model.

        Args:
            clip: a video file.
            model: an ONNX model exported by this project.
            settings: those of the product.
            most_frames: of the clip, at most.
            folder: for the recordings.

        Raises:
            AppError: the clip or the model does not open.
        """
        self.most_frames = most_frames
        self._clip, self._settings, self._folder = clip, settings, folder
        self._classifier = Classifier(model, settings.inference.threads)
        with self._open() as source:
            self.frames = list(islice(source, min(IN_MEMORY, most_frames)))
        if len(self.frames) < 2:
            raise SourceError(f"{clip}: expected a video of two frames or more")
        contract = self._classifier.contract
        self._prepared = [frame.prepare(contract.input) for frame in self.frames]
        self._networks = CueNetworks() if contract.cues is not None and settings.cues.use == "on" else None
        self._overlay = Overlay(contract.labels, settings.display)
        probs = self._classifier.predict(self._prepared[0][None]).probs[0]
        activity = ActivitySmoother.from_settings(contract, settings).update(probs, 0.0)
        self._overlay.update(self.frames[0], activity)

    def decode(self) -> int:
        """Decodes every frame of the clip, and leaves its colours as the codec does."""
        with self._open() as source:
            return sum(1 for _ in islice(source, self.most_frames))

    def prepare(self) -> int:
        """Applies geometry and colour order."""
        return sum(1 for frame in self.frames if frame.prepare(self._classifier.contract.input) is not None)

    def look(self) -> int:
        """Looks for cues as often as in a file; nothing where the model takes none."""
        if self._networks is None:
            return len(self.frames)
        networks = self._networks
        with CueWatch(self._classifier.contract, self._settings, lambda: networks) as watch:
            return sum(1 for frame in self.frames if watch.of_file(frame) is not None)

    def classify(self) -> int:
        """Runs the network, an image at a time."""
        return sum(len(self._classifier.predict(image[None]).probs) for image in self._prepared)

    def convert(self) -> int:
        """Converts whole images to BGR, which only recordings and windows need."""
        return sum(1 for frame in self.frames if not isinstance(frame.pixels, YuvImage) or frame.pixels.to_bgr().size)

    def draw(self) -> int:
        """Draws the overlay."""
        return sum(1 for frame in self.frames if self._overlay.draw(frame.image, frame.source_id) is not None)

    def encode(self) -> Cost:
        """Records the whole clip with its overlay: what an image costs depends on the one before it.

        Timed a few images at a time, as many as memory holds, because x264's threads work on between two calls.
        """
        took, count = _Timer(), 0
        file = VideoFile(self._folder / "encode.mp4", self._settings.record)
        with self._open() as source:
            frames = islice(source, self.most_frames)
            while drawn := [self._overlay.draw(frame.image, frame.source_id) for frame in islice(frames, IN_MEMORY)]:
                with took:
                    for image in drawn:
                        file.write(image, count / 30)
                        count += 1
                interrupts.check()
        with took:
            file.close()
        return took.cost(count)

    def file(self) -> int:
        """Runs the product on the file, labels only."""
        return self._run([self._excerpt()]).frames_processed

    def file_recorded(self) -> int:
        """Runs the product on the file, recorded with its overlay."""
        overlay = Overlay(self._classifier.contract.labels, self._settings.display)
        with Recorder(self._settings.record, overlay, [self.frames[0].source_id]) as recorder:
            recorder.start(self._folder / "recorded.mp4")
            processed = self._run([self._excerpt()], [recorder], overlay).frames_processed
            recorder.stop()
            return processed

    def live(self, fps: int, count: int = 1) -> RunStats:
        """Runs the product on the clip, as if `count` cameras delivered it at the same time.

        Args:
            fps: frames a second of each camera.
            count: how many cameras.
        """
        sources: list[Source] = []
        for _ in range(count):
            source = PacedSource(Excerpt(self._open(), min(self.most_frames, LIVE_FRAMES), fps))
            make_name_unique(source, sources)
            sources.append(source)
        return self._run(sources)

    def still(self) -> RunStats:
        """Runs the product on a scene in which nothing moves, 30 times a second, with inference.adaptive."""
        inference = msgspec.structs.replace(self._settings.inference, adaptive=True)
        source = PacedSource(Still(self.frames[0], min(self.most_frames, LIVE_FRAMES)))
        return self._run([source], settings=msgspec.structs.replace(self._settings, inference=inference))

    def _run(
        self,
        sources: Sequence[Source],
        sinks: Sequence[Sink] = (),
        overlay: Overlay | None = None,
        settings: Settings | None = None,
    ) -> RunStats:
        with ExitStack() as stack:
            for source in sources:
                stack.enter_context(source)
            return run(sources, self._classifier, settings or self._settings, sinks, overlay=overlay)

    def _open(self) -> Source:
        return open_source(self._clip, self._settings.source)

    def _excerpt(self) -> Source:
        return Excerpt(self._open(), self.most_frames)
