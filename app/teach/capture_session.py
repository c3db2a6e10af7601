"""A session of capturing in the window: its classes, their images in memory and on disk, and the last burst to undo."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.arrays import Float32s, Image
from app.entities import Frame
from app.errors import ConfigError, OutputError
from app.images.prepare import InputSpec
from app.labelling.cadence import cells, differ
from app.labels import UNSURE
from app.model.contract import MAX_LABEL_CHARS
from app.teach.capture_files import move_aside, remove_captures, rename_folders, write_capture
from app.teach.captures import Capture, Captures, list_captures, read_captures
from app.teach.class_numbers import read_numbers, with_numbers, write_numbers
from app.text import comparable, same_name

MAX_CLASSES = 9  # the number keys
STILL_IMAGES = 8  # of a class that are kept although nothing moves: a still life can be taught as well


@dataclass
class _Burst:
    """What is captured while a key is held."""

    label: str
    paths: list[Path] = field(default_factory=list)


class CaptureSession:
    """Captures frames of classes that the user names, beside those of earlier sessions.

    Attributes:
        numbers: class -> the number of its key, by ascending number; the same in every session.
    """

    def __init__(self, folder: Path, name: str, spec: InputSpec) -> None:
        """Counts what earlier sessions left.

        Args:
            folder: where captures go, and where those of earlier sessions are.
            name: of this session; its folder within each class.
            spec: what the model that is taught expects.

        Raises:
            SourceError: `folder` cannot be listed.
        """
        self._folder, self._name, self._spec = folder, name, spec
        self._earlier_counts = (
            Counter(file.label for file in list_captures(folder)[0]) if folder.is_dir() else Counter()
        )
        self._earlier: Captures | None = None
        self._taken: dict[Path, Capture] = {}
        self._last: dict[str, Float32s] = {}
        self._burst: _Burst | None = None
        self.numbers = with_numbers(sorted(self._earlier_counts), read_numbers(folder))
        self._written = dict(self.numbers)

    @property
    def counts(self) -> dict[str, int]:
        """Images of every class, those of earlier sessions too."""
        taken = Counter(capture.label for capture in self._taken.values())
        return {label: self._earlier_counts[label] + taken[label] for label in self.numbers}

    @property
    def burst_label(self) -> str | None:
        """The class that is being captured."""
        return None if self._burst is None else self._burst.label

    def label_of(self, number: int) -> str | None:
        """Returns the class whose key has this number; None where there is none."""
        return next((label for label, own in self.numbers.items() if own == number), None)

    def add_class(self, label: str) -> None:
        """Adds a class.

        Raises:
            ConfigError: the name cannot be a label or is one already, or there are MAX_CLASSES.
        """
        self._check_name(label, self.numbers)
        if len(self.numbers) >= MAX_CLASSES:
            raise ConfigError(f"{MAX_CLASSES} classes are the most that the number keys can hold")
        self._number(label)

    def delete_class(self, label: str) -> Path | None:
        """Takes a class out, its images with it; they are moved aside rather than removed.

        Returns:
            Where its images are now; None where it has none.

        Raises:
            OutputError: they cannot be moved.
        """
        moved = move_aside(self._folder, label)
        self._forget(label)
        del self.numbers[label]
        self._write_numbers()
        return moved

    def rename_class(self, old: str, new: str) -> None:
        """Gives a class another name, its images on the disk too.

        Raises:
            ConfigError: the name cannot be a label, or is that of another class.
            OutputError: its folder cannot be renamed.
        """
        self._check_name(new, [label for label in self.numbers if label != old])
        if new == old:
            return
        rename_folders(self._folder, old, new)
        taken = len([one for one in self._taken.values() if one.label == old])
        count = self._earlier_counts[old] + taken
        self._forget(old)
        if count:
            self._earlier_counts[new] = count
        self.numbers = {new if label == old else label: number for label, number in self.numbers.items()}
        self._write_numbers()

    def newest_images(self, label: str, count: int) -> list[Image]:
        """Returns the last images of a class that this session captured, uint8 RGB (S, S, 3), the newest first."""
        found = [capture.image for capture in self._taken.values() if capture.label == label]
        return found[: -count - 1 : -1]

    def newest(self) -> Capture | None:
        """Returns the last capture; None before the first."""
        return next(reversed(self._taken.values()), None)

    def _check_name(self, label: str, others: Iterable[str]) -> None:
        if not label.strip() or not label.isprintable() or len(label) > MAX_LABEL_CHARS:
            raise ConfigError(f"a name needs 1 to {MAX_LABEL_CHARS} letters")
        if comparable(label) == UNSURE:
            raise ConfigError(f"{UNSURE} is what the program says when no class is likely; choose another name")
        if (same := same_name(label, others)) is not None:
            raise ConfigError(f"the class {same} exists; choose another name")

    def _number(self, label: str) -> None:
        self.numbers = with_numbers([*self.numbers, label], self.numbers)

    def _write_numbers(self) -> None:
        if self.numbers != self._written and self._folder.is_dir():
            write_numbers(self._folder, self.numbers)
            self._written = dict(self.numbers)

    def _forget(self, label: str) -> None:
        """Forgets the images of a class; those that are on the disk are read again."""
        self._taken = {path: one for path, one in self._taken.items() if one.label != label}
        self._earlier_counts.pop(label, None)
        self._last.pop(label, None)
        self._burst, self._earlier = None, None

    def begin_burst(self, label: str) -> None:
        """Starts a burst: what is captured from now on is undone together."""
        self._burst = _Burst(same_name(label, self.numbers) or label)

    def capture(self, frame: Frame) -> bool:
        """Keeps a frame of the burst's class, in memory and on disk.

        Returns:
            Whether it was kept: not one that is like the one before, once the class has STILL_IMAGES.

        Raises:
            OutputError: it cannot be written.
        """
        if self._burst is None:
            raise ValueError("expected begin_burst before capture")
        label = self._burst.label
        image = frame.prepare(self._spec)
        seen, last = cells(image), self._last.get(label)
        if last is not None and not differ(seen, last) and self.counts.get(label, 0) >= STILL_IMAGES:
            return False
        path = write_capture(self._folder, label, self._name, frame.image)
        self._last[label] = seen
        if label not in self.numbers:
            self._number(label)  # a correction to a class of the model
        self._write_numbers()
        self._taken[path] = Capture(image, label, self._name, path.name, path)
        self._burst.paths.append(path)
        return True

    def undo(self) -> tuple[str, int]:
        """Takes the last burst back, from the disk too.

        Returns:
            Its label and how many images it had; "" and 0 when there is none.

        Raises:
            OutputError: its files cannot be removed.
        """
        burst, self._burst = self._burst, None
        if burst is None or not burst.paths:
            return "", 0
        for path in burst.paths:
            del self._taken[path]
        self._last.pop(burst.label, None)
        try:
            remove_captures(burst.paths)
        except OSError as error:
            raise OutputError(
                f"{burst.paths[0].parent}: cannot be removed ({error.strerror}); remove it yourself"
            ) from None
        return burst.label, len(burst.paths)

    def captures(self) -> Captures:
        """Returns the captures of earlier sessions, read once, and those of this one.

        Raises:
            SourceError: those of earlier sessions cannot be read.
        """
        if self._earlier is None:
            self._earlier = self._read_earlier()
        return replace(self._earlier, images=[*self._earlier.images, *self._taken.values()])

    def _read_earlier(self) -> Captures:
        if not self._earlier_counts:
            return Captures([])
        found = read_captures(self._folder, self._spec)
        return replace(found, images=[one for one in found.images if one.path not in self._taken])
