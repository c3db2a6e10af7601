"""Naming, renaming and deleting classes: what each key does, step by step."""

from collections.abc import Callable
from enum import Enum, auto

from app.overlay.list_panel import Panel
from app.sinks.window.choice_keys import NUMBER_KEYS
from app.sinks.window.key_codes import BACKSPACE, ENTER, ESCAPE
from app.system.shift import writes_capitals
from app.teach.capture_session import CaptureSession
from app.teach.class_changes import ClassChanges
from app.teach.panels import Lesson, choosing_panel, deleting_panel, naming_panel
from app.text import display_name


class Step(Enum):
    """What the next key is for."""

    NAMING = auto()
    CHOOSING_TO_RENAME = auto()
    CHOOSING_TO_DELETE = auto()
    DELETING = auto()


_QUESTIONS = {
    Step.CHOOSING_TO_RENAME: "Which class gets another name?",
    Step.CHOOSING_TO_DELETE: "Which class is to go?",
}


class ClassEditor:
    """Changes the classes of a session of capturing.

    Attributes:
        is_open: whether it takes the keys.
    """

    def __init__(self, session: CaptureSession, changes: ClassChanges, say: Callable[[str], None]) -> None:
        """Starts closed.

        Args:
            session: has the classes.
            changes: is told what is renamed and deleted.
            say: shows a line for a moment.
        """
        self._session, self._changes, self._say = session, changes, say
        self._step = Step.NAMING
        self._name = self._chosen = ""  # what is typed; the class that is renamed or deleted
        self.is_open = False

    def begin(self, step: Step) -> None:
        """Opens with a step: a name for a new class, or the choice of one that is renamed or deleted."""
        self.is_open, self._step, self._name, self._chosen = True, step, "", ""

    def press(self, key: int, character: str) -> None:
        """Takes a key.

        Args:
            key: its code.
            character: its letter, "" for none.

        Raises:
            AppError: a name that cannot be, or images that cannot be moved.
        """
        if key == ESCAPE:
            self.is_open = False
        elif self._step is Step.NAMING:
            self._type(key, character)
        elif self._step is Step.DELETING:
            if character == "d":
                self._delete()
        elif character and character in NUMBER_KEYS:
            self._choose(int(character))

    def panel(self, lesson: Lesson) -> Panel:
        """Returns what the window shows."""
        if self._step is Step.NAMING:
            return naming_panel(lesson, self._name)
        if self._step is Step.DELETING:
            return deleting_panel(self._chosen, lesson.counts[self._chosen])
        return choosing_panel(lesson, _QUESTIONS[self._step])

    def _choose(self, number: int) -> None:
        label = self._session.label_of(number)
        if label is None:
            return
        self._chosen = label
        if self._step is Step.CHOOSING_TO_RENAME:
            self._step, self._name = Step.NAMING, label
        else:
            self._step = Step.DELETING

    def _type(self, key: int, character: str) -> None:
        if key in ENTER:
            self._accept()
        elif key in BACKSPACE:
            self._name = self._name[:-1]
        else:
            self._name += character.upper() if writes_capitals() else character

    def _accept(self) -> None:
        name, old = self._name.strip(), self._chosen
        if old:
            self._session.rename_class(old, name)
            self._changes.rename(old, name)
            self._say(f"{display_name(old)} is now {display_name(name)}; Enter learns it again")
        else:
            self._session.add_class(name)
            self._say(f"Hold {self._session.numbers[name]} to capture {display_name(name)}")
        self.is_open = False

    def _delete(self) -> None:
        self.is_open = False
        moved = self._session.delete_class(self._chosen)
        self._changes.delete(self._chosen)
        where = f"; its images are in {moved}" if moved is not None else ""
        self._say(f"Deleted {display_name(self._chosen)}{where}")
