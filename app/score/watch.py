"""What the app shows of a clip: its own pipeline, as far as its log."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from app.config.settings import Settings
from app.model.classifier import Classifier
from app.pipeline import run
from app.score.timeline import Timeline, make_timeline
from app.score.truth.read import read_segments
from app.sinks.base import Sink
from app.sinks.tables import EventLog
from app.sources.open import open_source


class Watcher:
    """A model with its settings, which labels clips as `python run_webcam.py --log` does."""

    def __init__(self, model: Path, settings: Settings) -> None:
        """Opens the model.

        Args:
            model: an ONNX file exported by this project.
            settings: smoothing, and which frames to classify.

        Raises:
            ModelError: the model is missing, broken, or breaks the contract.
        """
        self._classifier = Classifier(model, settings.inference.threads, settings.inference.provider)
        self._settings = settings

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes of the model."""
        return self._classifier.contract.labels

    def watch(self, clip: str, sinks: Sequence[Sink] = ()) -> Timeline:
        """Labels a clip.

        The log is written and read again, so that what is scored is what a user gets, to the last digit.

        Args:
            clip: what `open_source` takes and ends by itself.
            sinks: what gets every labelled frame beside the log.

        Returns:
            The rows of the log; empty for a clip without an image.

        Raises:
            SourceError: the clip does not open, or fails.
        """
        source = open_source(clip, self._settings.source, min_side_px=self._classifier.contract.image_side_px)
        with tempfile.TemporaryDirectory(prefix="score-") as folder:
            path = Path(folder, "log.csv")
            with EventLog(path) as log:
                run([source], self._classifier, self._settings, [log, *sinks])
            rows = next(iter(read_segments(path).values()), [])
        return make_timeline(rows, clip)[0]
