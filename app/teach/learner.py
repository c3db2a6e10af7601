"""Learns beside the live image: a thread teaches, and the model that it made is kept until it is written."""

import shutil
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from app.config.settings import InferenceSettings
from app.model.classifier import Classifier
from app.outputs import written_whole
from app.sinks.names import taught_model_path
from app.teach.capture_session import CaptureSession
from app.teach.report import Report


@dataclass(frozen=True, eq=False)
class Learned:
    """What came of teaching.

    Attributes:
        report: what was taught, and what it is worth.
        classifier: runs the new model.
    """

    report: Report
    classifier: Classifier


class Learner:
    """Teaches one model at a time; the newest is in a temporary folder until it is written.

    Attributes:
        has_learned: whether there is a model that can be written.
        has_unwritten: whether the newest has not been written.
    """

    def __init__(self, base: Classifier, inference: InferenceSettings) -> None:
        """Learns nothing yet.

        Args:
            base: the model that is taught each time.
            inference: how the new models are run.
        """
        self._base, self._inference = base, inference
        self._thread: threading.Thread | None = None
        self._outcome: Learned | Exception | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.has_learned = self.has_unwritten = False

    @property
    def is_learning(self) -> bool:
        """Whether a model is being taught, or was and has not been fetched with `poll`."""
        return self._thread is not None

    def start(self, session: CaptureSession, *, keep_classes: bool) -> None:
        """Begins to teach the model what was captured; does nothing while it is being taught."""
        if self._thread is not None:
            return
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="taught-")
        self._thread = threading.Thread(target=self._learn, args=(session, keep_classes), name="teach")
        self._thread.start()

    def poll(self) -> Learned | None:
        """Returns a model that has just been taught, once.

        Raises:
            Exception: what teaching raised; an AppError is for the user.
        """
        outcome, self._outcome = self._outcome, None
        if outcome is None:
            return None
        self._thread = None
        if isinstance(outcome, Exception):
            raise outcome
        self.has_learned = self.has_unwritten = True
        return outcome

    def write(self, folder: str) -> Path:
        """Writes the newest model into a folder, named by the time.

        Returns:
            The file.

        Raises:
            OutputError: it cannot be written.
        """
        target = taught_model_path(folder)
        with written_whole(target) as draft:
            shutil.copyfile(self._file, draft)
        self.has_unwritten = False
        return target

    def close(self) -> None:
        """Waits for what is being taught, and removes the temporary folder."""
        if self._thread is not None:
            self._thread.join()
        if self._folder is not None:
            self._folder.cleanup()

    @property
    def _file(self) -> Path:
        assert self._folder is not None
        return Path(self._folder.name) / "taught.onnx"

    def _learn(self, session: CaptureSession, keep_classes: bool) -> None:
        try:
            from app.teach.teach import TeachOptions, teach  # late: it imports onnx

            options = TeachOptions(keep_classes=keep_classes, overwrite=True)
            report = teach(session.captures(), self._base.path, self._file, options)
            classifier = Classifier(self._file, self._inference.threads, self._inference.provider)
            self._outcome = Learned(report, classifier)
        except Exception as error:  # noqa: BLE001 (raised on the main thread)
            self._outcome = error


def load_ahead() -> None:
    """Imports what learning needs, in a thread: half a second, while the user names the first class."""
    threading.Thread(target=_import, name="teach warm-up", daemon=True).start()


def _import() -> None:
    import app.teach.teach  # noqa: F401
