"""What is being taught in a window: the classes, their pictures in memory and on disk, and the last burst to undo."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.entities import UNSURE, Frame
from app.errors import ConfigError, OutputError
from app.images.prepare import InputSpec
from app.labelling.cadence import cells, differ
from app.model.contract import MAX_LABEL_CHARS
from app.teach.capture_files import label_of, remove_captures, write_capture
from app.teach.captures import Capture, Captures, read_captures

MAX_CLASSES = 9  # the number keys
STILL_PICTURES = 8  # of a class that are kept although nothing moves: a still life can be taught as well


@dataclass
class _Burst:
    """What was captured without letting go of a key."""

    label: str
    paths: list[Path] = field(default_factory=list)


class Lesson:
    """The classes of this lesson: `labels`, in the order in which they were named."""

    def __init__(self, folder: Path, session: str, spec: InputSpec) -> None:
        """folder: where captures go, and where those of earlier sessions are. session: the name of this one."""
        self._folder, self._session, self._spec = folder, session, spec
        self._earlier: Captures | None = None
        self._taken: dict[Path, Capture] = {}
        self._last: dict[str, npt.NDArray[np.float32]] = {}
        self._burst: _Burst | None = None
        found = _count(folder)
        self.labels = sorted(found)
        self._found = found

    @property
    def counts(self) -> dict[str, int]:
        """Pictures of every class, those of earlier sessions too."""
        taken = Counter(capture.label for capture in self._taken.values())
        return {label: self._found[label] + taken[label] for label in self.labels}

    def add(self, label: str) -> None:
        """Raises ConfigError for a name that cannot be a label, or is one already, and for more than MAX_CLASSES."""
        if not label.strip() or not label.isprintable() or len(label) > MAX_LABEL_CHARS:
            raise ConfigError(f"a name needs 1 to {MAX_LABEL_CHARS} letters")
        if label.casefold() == UNSURE:
            raise ConfigError(f"{UNSURE} is what the program says when no class is likely")
        if label.casefold() in [known.casefold() for known in self.labels]:
            raise ConfigError(f"{label} is there already")
        if len(self.labels) >= MAX_CLASSES:
            raise ConfigError(f"{MAX_CLASSES} classes are the most that number keys can hold")
        self.labels.append(label)

    @property
    def burst_label(self) -> str | None:
        """The class that is being captured."""
        return None if self._burst is None else self._burst.label

    def begin_burst(self, label: str) -> None:
        """What is captured from now on is undone together."""
        self._burst = _Burst(label)

    def capture(self, frame: Frame) -> bool:
        """Keeps a picture of the burst's class, in memory and on disk; False for one that is like the one before.

        Raises OutputError when it cannot be written.
        """
        if self._burst is None:
            raise ValueError("begin_burst comes first")
        label = self._burst.label
        picture = frame.prepare(self._spec)
        seen, last = cells(picture), self._last.get(label)
        if last is not None and not differ(seen, last) and self.counts.get(label, 0) >= STILL_PICTURES:
            return False
        path = write_capture(self._folder, label, self._session, frame.image)
        self._last[label] = seen
        if label not in self.labels:
            self.labels.append(label)  # corrected to: a class of the model
        self._taken[path] = Capture(picture, label, self._session, path.name)
        self._burst.paths.append(path)
        return True

    def undo(self) -> tuple[str, int]:
        """Takes the last burst back, from the disk too; its label and how many pictures it had."""
        burst, self._burst = self._burst, None
        if burst is None or not burst.paths:
            return "", 0
        for path in burst.paths:
            del self._taken[path]
        self._last.pop(burst.label, None)
        try:
            remove_captures(burst.paths)
        except OSError as error:
            raise OutputError(f"{burst.paths[0].parent}: cannot be removed ({error.strerror})") from None
        return burst.label, len(burst.paths)

    def captures(self) -> Captures:
        """Those of earlier sessions, read once, and those of this one."""
        if self._earlier is None:
            self._earlier = self._read_earlier()
        return Captures([*self._earlier.pictures, *self._taken.values()], self._earlier.unreadable)

    def _read_earlier(self) -> Captures:
        if not any(self._found.values()):
            return Captures([], [])
        read = read_captures(self._folder, self._spec)
        return Captures([one for one in read.pictures if one.session != self._session], read.unreadable)


def _count(folder: Path) -> Counter[str]:
    """Pictures of every class in `folder`."""
    counts: Counter[str] = Counter()
    if folder.is_dir():
        for path in sorted(folder.glob("*/**/*.jpg")):
            counts[label_of(folder / path.relative_to(folder).parts[0])] += 1
    return counts
