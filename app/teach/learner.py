"""Learns beside the live image: a thread teaches, and the model that it made is kept until it is written.

It is kept on the disk, so that neither a crash nor a forgotten key loses it: the next session offers it.
"""

import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.arrays import Float32s
from app.config.settings import InferenceSettings
from app.errors import ModelError, OutputError
from app.model.classifier import Classifier
from app.outputs import written_whole
from app.sinks.names import taught_model_path
from app.teach.capture_session import CaptureSession
from app.teach.report import Report

UNWRITTEN = Path(".taught") / "taught.onnx"  # below the folder of captures; hidden, so that it is no class


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
    """Teaches one model at a time; the newest lies beside the captures until it is written.

    Attributes:
        learned: how far the model is that is being taught, 0..1.
        is_offered: whether a model of an earlier session lies there, neither taken up nor written.
        has_unwritten: whether this session taught or took up a model that has not been written.
    """

    def __init__(self, base: Classifier, inference: InferenceSettings, folder: Path) -> None:
        """Learns nothing yet.

        Args:
            base: the model that is taught each time.
            inference: how the new models are run.
            folder: of the captures.
        """
        self._base, self._inference, self._file = base, inference, folder / UNWRITTEN
        self._thread: threading.Thread | None = None
        self._outcome: Learned | Exception | None = None
        self.learned = 0.0
        self.is_offered, self.has_unwritten = self._file.is_file(), False

    @property
    def has_learned(self) -> bool:
        """Whether there is a model that can be written."""
        return self.is_offered or self.has_unwritten

    @property
    def is_learning(self) -> bool:
        """Whether a model is being taught, or was and has not been fetched with `poll`."""
        return self._thread is not None

    def start(
        self, session: CaptureSession, *, keep_classes: bool, cues: Mapping[Path, Float32s] | None = None
    ) -> None:
        """Begins to teach the model what was captured; does nothing while it is being taught.

        Args:
            session: has the captures.
            keep_classes: whether the old classes stay.
            cues: file -> its cues, where they are known already.

        Raises:
            OutputError: the folder of the model cannot be made.
        """
        if self._thread is not None:
            return
        self._make_folder()
        self.learned = 0.0
        self._thread = threading.Thread(target=self._learn, args=(session, keep_classes, cues or {}), name="teach")
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
        self.is_offered, self.has_unwritten = False, True
        return outcome

    def take_up(self) -> Classifier:
        """Opens the model that an earlier session left.

        Raises:
            ModelError: it is damaged; it is not offered again.
        """
        self.is_offered = False
        try:
            classifier = Classifier(self._file, self._inference.threads, self._inference.provider)
        except ModelError:
            self._file.unlink(missing_ok=True)
            raise
        self.has_unwritten = True
        return classifier

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
        self._file.unlink(missing_ok=True)
        self.is_offered = self.has_unwritten = False
        return target

    def close(self) -> None:
        """Waits for what is being taught."""
        if self._thread is not None:
            self._thread.join()

    def _make_folder(self) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{self._file.parent}: cannot be made ({error.strerror}); set teach.folder") from None

    def _told(self, share: float) -> None:
        self.learned = share

    def _learn(self, session: CaptureSession, keep_classes: bool, cues: Mapping[Path, Float32s]) -> None:
        try:
            from app.teach.teach import TeachOptions, teach  # late: it imports onnx

            options = TeachOptions(keep_classes=keep_classes, overwrite=True, cues=dict(cues), tell=self._told)
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
