"""Teaching in the window: what each key does in each state."""

import time
from collections.abc import Callable
from enum import Enum, auto
from functools import cached_property
from pathlib import Path

from app.command import program
from app.config.settings import InferenceSettings, TeachSettings
from app.entities import Frame, NewModel
from app.errors import AppError
from app.model.classifier import Classifier
from app.overlay.panels import Panel
from app.sinks.window.key_codes import BACKSPACE, ENTER, ESCAPE, typed
from app.system.terminal import say
from app.teach.capture_session import CaptureSession
from app.teach.held_key import HeldKey
from app.teach.learner import Learner, load_ahead
from app.teach.panels import CORRECTION_KEYS, correction_panel, naming_panel, teach_panel
from app.teach.recent_frames import RecentFrames
from app.teach.report import Report
from app.text import counted, display_name

CORRECTED_S = 1.0  # s of the past that a correction takes


class _State(Enum):
    CLOSED = auto()
    TEACHING = auto()
    NAMING = auto()
    CORRECTING = auto()


class TeachMode:
    """Teaches from keys and frames, and gives a panel, notes and new models: an app.sinks.window.mode.WindowMode.

    Attributes:
        say: shows a line in the window for a moment; set by the window.
    """

    def __init__(self, classifier: Classifier, settings: TeachSettings, inference: InferenceSettings) -> None:
        """Starts closed; reads and writes nothing until t or c is pressed.

        Args:
            classifier: what the session started with; every model is taught from its file.
            settings: folders and rate.
            inference: how taught models are run.
        """
        self._settings = settings
        self._input = classifier.contract.input
        self._labels = classifier.contract.labels
        self._state = _State.CLOSED
        self._keep_classes = True
        self._name = ""
        self._recent = RecentFrames(CORRECTED_S, settings.per_s)
        self._corrected: list[Frame] = []
        self._key = HeldKey(settings.per_s)
        self._learner = Learner(classifier, inference)
        self.say: Callable[[str], None] = lambda note: None

    def press(self, key: int) -> bool:
        """Takes a key code of OpenCV; returns whether it was for teaching. t opens teaching, c a correction."""
        press = {
            _State.CLOSED: self._press_closed,
            _State.TEACHING: self._press_teaching,
            _State.NAMING: self._press_naming,
            _State.CORRECTING: self._press_correcting,
        }[self._state]
        try:
            return press(key, typed(key))
        except AppError as error:
            self.say(str(error))
            return True

    def see(self, frame: Frame) -> None:
        """Takes every frame of the source that is taught from."""
        self._recent.add(frame)
        if not self._key.is_due():
            return
        try:
            if not self._key.capture(self._session, frame):
                self.say("Nothing changes in the image: move a little")
        except AppError as error:
            self.say(str(error))

    def poll(self) -> NewModel | None:
        """Returns the model that has just been taught, once."""
        try:
            learned = self._learner.poll()
        except AppError as error:
            self.say(str(error))
            return None
        if learned is None:
            return None
        self._labels = learned.classifier.contract.labels
        self.say(_summary(learned.report))
        for line in list(learned.report.lines())[1:]:  # the first names a file that will be gone
            say(line)
        return NewModel(learned.classifier)

    def panel(self) -> Panel | None:
        """Returns what the window shows on the right; None while teaching is closed."""
        if self._state is _State.CLOSED:
            return None
        if self._state is _State.CORRECTING:
            return correction_panel(self._labels)
        counts = self._session.counts
        if self._state is _State.NAMING:
            return naming_panel(counts, self._name)
        return teach_panel(counts, keep_classes=self._keep_classes, is_learning=self._learner.is_learning)

    def close(self) -> str:
        """Waits for what is being learned; returns what is to be said at the end, "" for nothing."""
        self._learner.close()
        if not self._learner.has_unwritten:
            return ""
        folder = self._settings.folder
        flag = "" if self._keep_classes else " --only-new"
        again = f"{program('teach')} --data {folder} --output models/mine.onnx{flag}"
        return f"The taught model was not written; its images are in {folder}/. Teach it again with: {again}"

    @cached_property
    def _session(self) -> CaptureSession:
        """The session of capturing, which starts when teaching is opened for the first time."""
        load_ahead()
        return CaptureSession(Path(self._settings.folder), time.strftime("%Y-%m-%d_%H-%M-%S"), self._input)

    def _press_closed(self, key: int, character: str) -> bool:
        if character == "t":
            self._open()
        elif character == "c":
            self._open_correction()
        else:
            return False
        return True

    def _press_teaching(self, key: int, character: str) -> bool:
        actions = {
            "n": self._begin_name,
            "u": self._undo,
            "k": self._change_keep,
            "w": self._write,
            "c": self._open_correction,
            "t": self._close,
        }
        if character and character in "123456789":
            self._hold(int(character) - 1)
        elif character in actions:
            actions[character]()
        elif key in ENTER:
            self._learn()
        elif key == ESCAPE:
            self._close()
        else:
            return False
        return True

    def _press_naming(self, key: int, character: str) -> bool:
        if key in ENTER:
            self._accept_name()
        elif key == ESCAPE:
            self._state = _State.TEACHING
        elif key in BACKSPACE:
            self._name = self._name[:-1]
        else:
            self._name += character
        return True

    def _press_correcting(self, key: int, character: str) -> bool:
        if key == ESCAPE or character == "c":
            self._close()
        elif character and character in CORRECTION_KEYS[: len(self._labels)]:
            self._correct(self._labels[CORRECTION_KEYS.index(character)])
        return True

    def _open(self) -> None:
        _ = self._session  # made now, so that a folder that cannot be listed is told at once
        self._state = _State.TEACHING

    def _open_correction(self) -> None:
        _ = self._session
        self._corrected = self._recent.frames()
        self._state = _State.CORRECTING

    def _close(self) -> None:
        self._state = _State.CLOSED

    def _begin_name(self) -> None:
        self._state, self._name = _State.NAMING, ""

    def _accept_name(self) -> None:
        self._session.add_class(self._name.strip())
        self._state = _State.TEACHING
        self.say(f"Hold {len(self._session.labels)} to capture {display_name(self._name)}")

    def _hold(self, number: int) -> None:
        labels = self._session.labels
        if number < len(labels):
            self._key.press(self._session, labels[number])
        else:
            self.say("n names a new class")

    def _undo(self) -> None:
        self._key.release()
        label, count = self._session.undo()
        self.say(f"Removed {counted(count, 'image')} of {display_name(label)}" if count else "Nothing to undo")

    def _correct(self, label: str) -> None:
        self._session.begin_burst(label)
        count = sum(self._session.capture(frame) for frame in self._corrected)
        self._close()
        self.say(f"Kept {counted(count, 'image')} as {display_name(label)}; t, then Enter learns from them")

    def _change_keep(self) -> None:
        self._keep_classes = not self._keep_classes

    def _learn(self) -> None:
        self._key.release()
        self._learner.start(self._session, keep_classes=self._keep_classes)

    def _write(self) -> None:
        if self._learner.has_learned:
            target = self._learner.write(self._settings.models)
            self.say(f"Wrote {target}; it runs with --model {target}")
        else:
            self.say("Nothing is learned yet: Enter learns")


def _summary(report: Report) -> str:
    """A line for the window; the terminal has them all."""
    if report.confused:
        first, second = map(display_name, report.confused)
        return f"Learned, but {first} and {second.lower()} look alike: capture more of both"
    doubts = "; the terminal says what is doubtful" if report.warnings else ""
    return f"Learned in {report.seconds:.1f} s: {report.accuracy:.0%} right on images it did not see{doubts}"
