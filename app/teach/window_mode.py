"""Teaching in the window: its keys, what they capture, and the learning beside the live picture."""

import shutil
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from app.command import program
from app.config.settings import InferenceSettings, TeachSettings
from app.entities import Frame, NewModel
from app.errors import AppError, OutputError
from app.model.classifier import Classifier
from app.overlay.panels import Panel
from app.sinks.names import model_path
from app.sinks.window.keys import BACKSPACE, ENTER, ESCAPE, typed
from app.system.terminal import say
from app.text import display_name

if TYPE_CHECKING:
    from app.teach.capture_session import Lesson
    from app.teach.report import Report

HELD_S = 0.15  # s after a key's last repeat that it still counts as held; systems repeat 12 to 30 times a second
REPEAT_S = 0.8  # s between the first press and the first repeat, at most
KEPT_S = 1.0  # s of the past that a correction takes
KEYS = "123456789abdefghijklmnopqrstuvwxyz"  # of the labels to correct to; c closes


class _State(Enum):
    CLOSED = auto()
    TEACHING = auto()
    NAMING = auto()
    CORRECTING = auto()


@dataclass(frozen=True)
class _Learned:
    """A finished lesson: the file in the temporary folder, and what is to be said of it."""

    report: "Report"
    classifier: Classifier


class TeachMode:
    """Keys and pictures in; a panel, notes and new models out. The caller draws, and calls `poll` between frames."""

    def __init__(self, classifier: Classifier, settings: TeachSettings, inference: InferenceSettings) -> None:
        """classifier: what the session started with; every lesson starts from its file."""
        self._base, self._settings, self._inference = classifier, settings, inference
        self._current = classifier
        self._state = _State.CLOSED
        self._lesson: Lesson | None = None
        self._keep = True
        self._name = ""
        self._past: deque[Frame] = deque()
        self._frozen: list[Frame] = []
        self._held_until_s = self._pressed_s = self._next_s = self._moved_s = 0.0
        self._learning: threading.Thread | None = None
        self._outcome: _Learned | Exception | None = None
        self._learned: _Learned | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._written = True
        self.say: Callable[[str], None] = lambda note: None

    def press(self, key: int) -> bool:
        """A key code of OpenCV's; whether it was for teaching. t and c open."""
        character = typed(key)
        try:
            if self._state is _State.NAMING:
                self._spell(key, character)
            elif self._state is _State.CORRECTING:
                self._correct(key, character)
            elif self._state is _State.TEACHING:
                return self._teach(key, character)
            elif character == "t":
                self._open(_State.TEACHING)
            elif character == "c":
                self._frozen = list(self._past)
                self._open(_State.CORRECTING)
            else:
                return False
        except AppError as error:
            self.say(str(error))
        return True

    def see(self, frame: Frame) -> None:
        """Every frame of the source that is taught from."""
        if not self._past or frame.time_s - self._past[-1].time_s >= 1 / self._settings.per_s:
            self._past.append(frame)
            while frame.time_s - self._past[0].time_s > KEPT_S:
                self._past.popleft()
        now_s = time.monotonic()
        if now_s >= self._held_until_s or now_s < self._next_s or self._lesson is None:
            return
        self._next_s = now_s + 1 / self._settings.per_s
        try:
            if self._lesson.capture(frame):
                self._moved_s = now_s
            elif now_s - self._moved_s > 1:
                self.say("Nothing changes in the picture: move a little")
        except AppError as error:
            self._held_until_s = 0.0
            self.say(str(error))

    def poll(self) -> NewModel | None:
        """The model of a lesson that has just been learned."""
        outcome, self._outcome = self._outcome, None
        if outcome is None:
            return None
        self._learning = None
        if isinstance(outcome, AppError):
            self.say(str(outcome))
            return None
        if isinstance(outcome, Exception):
            raise outcome
        self._learned, self._current, self._written = outcome, outcome.classifier, False
        self.say(_summary(outcome.report))
        for line in list(outcome.report.lines())[1:]:  # the first names a file that will be gone
            say(line)
        return NewModel(outcome.classifier)

    def panel(self) -> Panel | None:
        """What the window shows on the right; None while nothing is taught."""
        if self._state is _State.CORRECTING:
            labels = self._current.contract.labels
            rows = tuple((key, display_name(label), "") for key, label in zip(KEYS, labels, strict=False))
            return Panel("What is it really?", rows, ("c or Esc: close",))
        if self._state is _State.CLOSED or self._lesson is None:
            return None
        counted = enumerate(self._lesson.counts.items(), 1)
        rows = tuple((str(number), display_name(label), str(count)) for number, (label, count) in counted)
        if self._state is _State.NAMING:
            return Panel(f"Name: {self._name}_", rows, ("Enter: take it   Esc: leave it",))
        old = "stay" if self._keep else "go"
        hold = "hold a number: capture   u: undo"
        return Panel(
            "Learning..." if self._learning else "Teach",
            rows,
            ("n: new class   Enter: learn", hold, f"old classes {old}   k: change", "w: write model   t: close"),
        )

    def close(self) -> str:
        """Waits for what is being learned. What is to be said at the end, if anything."""
        if self._learning is not None:
            self._learning.join()
        if self._folder is not None:
            self._folder.cleanup()
        if self._written:
            return ""
        return (
            f"The taught model was not written; its pictures are in {self._settings.folder}/. "
            f"Teach it again with: {program('teach')} --data {self._settings.folder} --output models/mine.onnx"
            + (" --keep-classes" if self._keep else "")
        )

    def _open(self, state: _State) -> None:
        if self._lesson is None:
            from app.teach.capture_session import Lesson  # with it comes what only teaching needs

            session = time.strftime("%Y-%m-%d_%H-%M-%S")
            self._lesson = Lesson(Path(self._settings.folder), session, self._base.contract.input)
            threading.Thread(target=_warm_up, name="teach warm-up", daemon=True).start()
        self._state = state

    def _teach(self, key: int, character: str) -> bool:
        assert self._lesson is not None
        if character and character in "123456789":
            self._hold(int(character) - 1)
        elif character == "n":
            self._state, self._name = _State.NAMING, ""
        elif character == "u":
            self._held_until_s = 0.0
            label, count = self._lesson.undo()
            self.say(f"Took back {count} of {display_name(label)}" if count else "Nothing to take back")
        elif character == "k":
            self._keep = not self._keep
        elif character == "w":
            self._write()
        elif character == "c":
            self._frozen = list(self._past)
            self._state = _State.CORRECTING
        elif key in ENTER:
            self._learn()
        elif character == "t" or key == ESCAPE:
            self._state = _State.CLOSED
        else:
            return False
        return True

    def _hold(self, number: int) -> None:
        assert self._lesson is not None
        if number >= len(self._lesson.labels):
            self.say("n names a new class")
            return
        now_s, label = time.monotonic(), self._lesson.labels[number]
        if now_s > self._pressed_s + REPEAT_S or self._lesson.burst_label != label:
            self._lesson.begin_burst(label)
            self._next_s, self._moved_s = 0.0, now_s
        self._pressed_s, self._held_until_s = now_s, now_s + HELD_S

    def _spell(self, key: int, character: str) -> None:
        assert self._lesson is not None
        if key in ENTER:
            self._lesson.add(self._name.strip())
            self._state = _State.TEACHING
            self.say(f"Hold {len(self._lesson.labels)} to capture {display_name(self._name)}")
        elif key == ESCAPE:
            self._state = _State.TEACHING
        elif key in BACKSPACE:
            self._name = self._name[:-1]
        else:
            self._name += character

    def _correct(self, key: int, character: str) -> None:
        assert self._lesson is not None
        labels = self._current.contract.labels
        if key == ESCAPE or character == "c":
            self._state = _State.CLOSED
        elif character and character in KEYS and KEYS.index(character) < len(labels):
            label = labels[KEYS.index(character)]
            self._lesson.begin_burst(label)
            count = sum(self._lesson.capture(frame) for frame in self._frozen)
            self._state = _State.CLOSED
            self.say(f"Kept {count} as {display_name(label)}; t, then Enter learns from them")

    def _learn(self) -> None:
        assert self._lesson is not None
        if self._learning is not None:
            return
        self._held_until_s = 0.0
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="taught-")
        target = Path(self._folder.name) / "taught.onnx"
        self._learning = threading.Thread(target=self._learn_from, args=(self._lesson, target), name="teach")
        self._learning.start()

    def _learn_from(self, lesson: "Lesson", target: Path) -> None:
        from app.teach.teach import teach

        try:
            found = lesson.captures()
            report = teach(
                found.pictures, self._base.path, target, keep=self._keep, overwrite=True, unreadable=found.unreadable
            )
            self._outcome = _Learned(report, Classifier(target, self._inference.threads, self._inference.provider))
        except Exception as error:  # noqa: BLE001 (told or raised on the main thread)
            self._outcome = error

    def _write(self) -> None:
        if self._learned is None or self._folder is None:
            self.say("Nothing is learned yet: Enter learns")
            return
        target = model_path(self._settings.models)
        try:
            shutil.copyfile(Path(self._folder.name) / "taught.onnx", target)
        except OSError as error:
            target.unlink(missing_ok=True)
            raise OutputError(
                f"{target}: cannot be written ({error.strerror}); make room or set teach.models"
            ) from None
        self._written = True
        self.say(f"Wrote {target}; it runs with --model {target}")


def _warm_up() -> None:
    """Half a second of imports, while the user names the first class."""
    import app.teach.teach  # noqa: F401


def _summary(report: "Report") -> str:
    """A line for the window; the terminal has them all."""
    if report.confused:
        first, second = map(display_name, report.confused)
        return f"Learned, but {first} and {second.lower()} look alike: capture more of both"
    flattered = " (flattered: see the terminal)" if report.warnings else ""
    return f"Learned in {report.seconds:.1f} s: {report.accuracy:.0%} of unseen pictures right{flattered}"
