"""Teaching in the window: what each key does in each state. Changing the classes is in class_editor.py."""

import time
from collections.abc import Callable
from enum import Enum, auto
from functools import cached_property
from pathlib import Path

from app.command import program
from app.config.settings import InferenceSettings, TeachSettings
from app.entities import Activity, Frame, NewModel
from app.errors import AppError
from app.model.classifier import Classifier
from app.overlay.list_panel import Panel
from app.sinks.window.choice_keys import CLOSE, HELP, NUMBER_KEYS
from app.sinks.window.key_codes import ENTER, ESCAPE, typed
from app.system.terminal import say
from app.teach.capture_cues import CuesAhead
from app.teach.capture_session import CaptureSession
from app.teach.class_changes import ClassChanges
from app.teach.class_editor import ClassEditor, Step
from app.teach.held_key import HeldKey
from app.teach.learner import Learner, load_ahead
from app.teach.panels import (
    Lesson,
    correction_keys,
    correction_panel,
    result_panel,
    teach_panel,
)
from app.teach.recent_frames import RecentFrames
from app.teach.report import Report
from app.text import counted, display_name

CORRECTED_S = 1.0  # s of the past that a correction takes
PULSE_S = 0.25  # s after which the mark of the class that is being captured changes
THUMBNAILS = 5


class _State(Enum):
    CLOSED = auto()
    TEACHING = auto()
    EDITING = auto()
    CORRECTING = auto()
    TOLD = auto()


class TeachMode:
    """Teaches from keys and frames, and gives a panel, notes and new models: an app.sinks.window.mode.WindowMode.

    Attributes:
        say: shows a line in the window for a moment; set by the window.
    """

    def __init__(self, classifier: Classifier, settings: TeachSettings, inference: InferenceSettings) -> None:
        """Starts closed; until t or c is pressed it writes nothing, and looks only whether a model was left unwritten.

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
        self._changes = ClassChanges()
        self._report: Report | None = None
        self._likeliest: tuple[str, ...] = ()
        self._source_id = ""
        self._resumed: NewModel | None = None
        self._takes_cues = classifier.contract.cues is not None
        self._ahead = CuesAhead()
        self._recent = RecentFrames(CORRECTED_S, settings.per_s)
        self._corrected: list[Frame] = []
        self._key = HeldKey(settings.per_s)
        self._learner = Learner(classifier, inference, Path(settings.folder))
        self._has_told_offer = False
        self.say: Callable[[str], None] = lambda note: None

    def press(self, key: int) -> bool:
        """Takes a key code of OpenCV; returns whether it was for teaching. t opens teaching, c a correction."""
        press = {
            _State.CLOSED: self._press_closed,
            _State.TEACHING: self._press_teaching,
            _State.EDITING: self._press_editing,
            _State.CORRECTING: self._press_correcting,
            _State.TOLD: self._press_told,
        }[self._state]
        try:
            return press(key, typed(key))
        except AppError as error:
            self.say(str(error))
            return True

    def see(self, frame: Frame, activity: Activity) -> None:
        """Takes every frame of the source that is taught from, and what the model says of it."""
        if frame.source_id != self._source_id:
            self._source_id, self._recent = frame.source_id, RecentFrames(CORRECTED_S, self._settings.per_s)
        if self._learner.is_offered and not self._has_told_offer:
            self._has_told_offer = True
            self.say("The model that you taught last time was not written: t opens it")
        self._recent.add(frame)
        self._likeliest = tuple(label for label, _ in activity.top)
        if not self._key.is_due():
            return
        try:
            if not self._key.capture(self._session, frame):
                self.say("Nothing changes in the image: move a little")
        except AppError as error:
            self.say(str(error))
        if self._takes_cues and (capture := self._session.newest()) is not None:
            self._ahead.add(capture)

    def poll(self) -> NewModel | None:
        """Returns the model that has just been taught or taken up, once."""
        resumed, self._resumed = self._resumed, None
        if resumed is not None:
            return resumed
        try:
            learned = self._learner.poll()
        except AppError as error:
            self.say(str(error))
            return None
        if learned is None:
            return None
        self._labels = learned.classifier.contract.labels
        self._changes.forget()
        self._report = learned.report
        if self._state is _State.TEACHING:
            self._state = _State.TOLD
        else:
            self.say(f"Learned in {learned.report.seconds:.1f} s; t shows more")
        for line in list(learned.report.lines())[1:]:  # the first names a file that will be gone
            say(line)
        return NewModel(learned.classifier)

    def panel(self) -> Panel | None:
        """Returns what the window shows on the right; None while teaching is closed."""
        state = self._state
        if state is _State.CLOSED:
            return None
        if state is _State.CORRECTING:
            return correction_panel(self._correction_keys, self._changes.names(self._likeliest))
        if state is _State.TOLD and self._report is not None:
            return result_panel(self._report, self._session.numbers)
        lesson = self._lesson()
        return self._editor.panel(lesson) if state is _State.EDITING else teach_panel(lesson)

    def mark(self) -> str:
        """Returns "": teaching says all in its panel."""
        return ""

    def help(self) -> tuple[tuple[str, str], ...]:
        """Returns nothing: t and c are in every help, and the panel says the rest."""
        return ()

    def close(self) -> str:
        """Waits for what is being learned; returns what is to be said at the end, "" for nothing."""
        self._ahead.close()
        self._learner.close()
        if not self._learner.has_unwritten:
            return ""
        folder = self._settings.folder
        flag = "" if self._keep_classes else " --only-new"
        again = f"{program('teach')} --data {folder} --output models/mine.onnx{flag}"
        return (
            f"The taught model was not written: the next session offers it again. Its images are in {folder}/; to "
            f"teach it from them: {again}"
        )

    def _lesson(self) -> Lesson:
        captured = self._session.burst_label if self._key.is_held else None
        return Lesson(
            numbers=self._session.numbers,
            counts=self._session.counts,
            keep_classes=self._keep_classes,
            learned=self._learner.learned if self._learner.is_learning else None,
            captured=captured,
            pulse=int(time.monotonic() / PULSE_S) % 2 == 0,
            newest=() if captured is None else self._session.newest_images(captured, THUMBNAILS),
            is_offered=self._learner.is_offered,
        )

    @property
    def _correction_keys(self) -> dict[str, str]:
        numbers = self._session.numbers
        return correction_keys(self._changes.current(self._labels, list(numbers)), numbers)

    @cached_property
    def _session(self) -> CaptureSession:
        """The session of capturing, which starts when teaching is opened for the first time."""
        load_ahead()
        return CaptureSession(Path(self._settings.folder), time.strftime("%Y-%m-%d_%H-%M-%S"), self._input)

    @cached_property
    def _editor(self) -> ClassEditor:
        return ClassEditor(self._session, self._changes, lambda note: self.say(note))

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
            "n": lambda: self._edit(Step.NAMING),
            "e": lambda: self._edit_known(Step.CHOOSING_TO_RENAME),
            "d": lambda: self._edit_known(Step.CHOOSING_TO_DELETE),
            "u": self._undo,
            "k": self._change_keep,
            "w": self._write,
            "o": self._take_up,
            "c": self._open_correction,
            "t": self._close,
        }
        if character and character in NUMBER_KEYS:
            self._hold(int(character))
        elif character in actions:
            actions[character]()
        elif key in ENTER:
            self._learn()
        elif key == ESCAPE:
            self._close()
        else:
            return False
        return True

    def _press_editing(self, key: int, character: str) -> bool:
        try:
            self._editor.press(key, character)
        finally:
            if not self._editor.is_open:
                self._state = _State.TEACHING
        return True

    def _press_told(self, key: int, character: str) -> bool:
        """Any key goes on; it is then what it is in teaching."""
        self._state, self._report = _State.TEACHING, None
        return True if key == ESCAPE or key in ENTER else self._press_teaching(key, character)

    def _press_correcting(self, key: int, character: str) -> bool:
        if key == ESCAPE or (character and character in f"c{CLOSE}"):
            self._close()
        elif character in (keys := self._correction_keys):
            self._correct(keys[character])
        return character != HELP

    def _open(self) -> None:
        _ = self._session  # made now, so that a folder that cannot be listed is told at once
        self._state = _State.TEACHING if self._report is None else _State.TOLD

    def _open_correction(self) -> None:
        _ = self._session
        self._corrected = self._recent.frames()
        self._state = _State.CORRECTING

    def _close(self) -> None:
        self._state = _State.CLOSED

    def _edit(self, step: Step) -> None:
        self._editor.begin(step)
        self._state = _State.EDITING

    def _edit_known(self, step: Step) -> None:
        """The images of a class must stay where they are while they are learned from."""
        self._key.release()
        if self._learner.is_learning:
            self.say("Wait until it has learned")
        elif self._session.numbers:
            self._edit(step)
        else:
            self.say("n names a new class")

    def _hold(self, number: int) -> None:
        label = self._session.label_of(number)
        if label is None:
            self.say("n names a new class")
        else:
            self._key.press(self._session, label)

    def _take_up(self) -> None:
        if not self._learner.is_offered:
            self.say("No model of an earlier session is left")
            return
        classifier = self._learner.take_up()
        self._labels = classifier.contract.labels
        self._resumed = NewModel(classifier)
        is_stale = not set(self._session.numbers) <= set(self._labels)
        advice = "; Enter learns the classes that changed since" if is_stale else ""
        self.say(f"Goes on with the model that was taught before; w writes it{advice}")

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
        self._learner.start(self._session, keep_classes=self._keep_classes, cues=self._ahead.found)

    def _write(self) -> None:
        if self._learner.has_learned:
            target = self._learner.write(self._settings.models)
            self.say(f"Wrote {target}; it runs with --model {target}")
        else:
            self.say("Nothing new is learned: Enter learns")
