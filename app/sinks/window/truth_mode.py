"""Marking what is really going on, by keys: a number or a letter says it from now on."""

from collections.abc import Callable, Sequence
from pathlib import Path

from app.entities import Activity, Frame, NewModel
from app.errors import OutputError
from app.labels import NOBODY
from app.overlay.list_panel import Panel
from app.sinks.window.choice_keys import CLOSE, HELP, NUMBER_KEYS, choice_keys
from app.sinks.window.key_codes import ESCAPE, typed
from app.sinks.window.truth_file import TruthFile
from app.text import counted, display_name

OPEN, UNDO, UNKNOWN = "g", "u", "."


class TruthMode:
    """Takes marks from keys, shows the newest one, and writes them: an app.sinks.window.mode.WindowMode.

    Attributes:
        say: shows a line in the window for a moment; set by the window.
    """

    def __init__(self, path: Path, labels: Callable[[], Sequence[str]]) -> None:
        """Begins the file.

        Args:
            path: the CSV file; an old one is replaced.
            labels: the classes of the model of the moment.

        Raises:
            OutputError: the file cannot be written.
        """
        self._path, self._labels, self._file = path, labels, TruthFile(path)
        self._is_open = False
        self._source_id = ""
        self._likeliest: tuple[str, ...] = ()
        self.say: Callable[[str], None] = lambda note: None

    def press(self, key: int) -> bool:
        """Takes a key code of OpenCV; returns whether it was for marking. g opens and closes the list."""
        character = typed(key).lower()
        if character == OPEN or (self._is_open and (key == ESCAPE or character == CLOSE)):
            self._is_open = not self._is_open
        elif character == UNDO:
            self._undo()
        elif character == UNKNOWN:
            self._mark(None)
        elif character in (keys := self._keys()) and (self._is_open or character.isdecimal()):
            self._mark(keys[character])
        else:
            return self._is_open and character.isalpha() and character != HELP
        return True

    def see(self, frame: Frame, activity: Activity) -> None:
        """Takes every frame of the source that is marked, and what the model says of it."""
        self._source_id = frame.source_id
        self._likeliest = tuple(label for label, _ in activity.top)
        self._try(lambda: self._file.see(frame.source_id, frame.time_s))

    def poll(self) -> NewModel | None:
        """Returns None: marking changes no model."""
        return None

    def panel(self) -> Panel | None:
        """Returns the labels with their keys; None while the list is closed."""
        if not self._is_open:
            return None
        place = {label: position for position, label in enumerate(self._likeliest)}
        ordered = sorted(self._keys().items(), key=lambda pair: place.get(pair[1], len(place)))
        rows = tuple((key, display_name(label), "") for key, label in ordered)
        current = self._file.current(self._source_id)
        active = next((row for row, (_, label) in enumerate(ordered) if label == current), None)
        hints = (f"{UNKNOWN}: not known   {UNDO}: undo", f"{OPEN}, {CLOSE} or Esc: close")
        return Panel("What is really going on?", rows, hints, active=active, pulse=True)

    def mark(self) -> str:
        """Returns what is marked as going on, for a sign in the window."""
        current = self._file.current(self._source_id)
        return f"{OPEN}: what is it?" if current is None else f"Truth: {display_name(current)}"

    def help(self) -> tuple[tuple[str, str], ...]:
        """Returns the keys that mark, each with what it does."""
        return (
            (f"{NUMBER_KEYS[0]}-{NUMBER_KEYS[-1]}  0", "truth: a class, nobody"),
            (OPEN, "truth: all classes"),
            (f"{UNKNOWN}  {UNDO}", "truth: not known, undo"),
        )

    def close(self) -> str:
        """Writes the file; returns a line that says where it is."""
        return f"{self._path}: {counted(self._file.close(), 'row')} of what was really going on"

    def _keys(self) -> dict[str, str]:
        """The first labels have numbers, which mark while the list is closed, too."""
        labels = self._labels()
        return {"0": NOBODY} | choice_keys(labels, dict(zip(labels, NUMBER_KEYS, strict=False)))

    def _mark(self, label: str | None) -> None:
        self._is_open = False
        if self._try(lambda: self._file.mark(self._source_id, label)):
            self.say("Not known from now on" if label is None else f"From now on: {display_name(label)}")

    def _undo(self) -> None:
        if not self._file.has_mark(self._source_id):
            self.say("Nothing to undo")
        elif self._try(lambda: self._file.undo(self._source_id)):
            current = self._file.current(self._source_id)
            self.say("Took the mark back: " + (display_name(current) if current else "nothing is marked"))

    def _try(self, write: Callable[[], object]) -> bool:
        """Returns whether it worked; after a failure the session goes on, and the next mark tries again."""
        try:
            write()
        except OutputError as error:
            self.say(str(error))
            return False
        return True
