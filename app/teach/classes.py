"""The classes of a model that is taught: the old ones that stay, and those of the captures."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.arrays import Float64s, Ints
from app.errors import ConfigError, ModelError
from app.labels import UNSURE
from app.model.contract import check_labels
from app.teach.captures import Capture, Captures
from app.text import comparable, same_name

MIN_IMAGES = 5  # of a new class; with fewer not every fold of the cross-validation has one


@dataclass(frozen=True, eq=False)
class Classes:
    """K old classes that stay and J taught ones; C in all.

    A taught class may be an old one: its captures are then corrections, more examples of it. So the head has K + J
    outputs, one for each old and each taught class, of which several can be of one class.

    Attributes:
        kept: the K old classes in the model's order; () when none stays.
        taught: the J classes of the captures, sorted.
    """

    kept: tuple[str, ...]
    taught: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The C labels of the new model: the old classes, then the new ones."""
        return (*self.kept, *(label for label in self.taught if label not in self.kept))

    @property
    def merge(self) -> Float64s:
        """(K + J, C): a 1 in each row, at the class of the output; outputs @ merge are probabilities of classes."""
        return np.array([[float(output == name) for name in self.names] for output in (*self.kept, *self.taught)])

    def outputs(self, captures: Sequence[Capture]) -> Ints:
        """Returns the head's output for each capture: (N,), K..K+J-1."""
        return np.array([len(self.kept) + self.taught.index(capture.label) for capture in captures])

    def targets(self, captures: Sequence[Capture]) -> Ints:
        """Returns the class of each capture: (N,), an index into `names`."""
        return np.array([self.names.index(capture.label) for capture in captures])


def spelled_like(captures: Captures, kept: Sequence[str]) -> Captures:
    """Gives captures of an old class the model's spelling of it, where theirs differs in form only.

    Args:
        captures: labelled images.
        kept: the model's old classes; () when none stays.

    Returns:
        The captures, with a line for each class that is called otherwise now.
    """
    labels = {capture.label for capture in captures.images}
    old = {label: same for label in sorted(labels) if (same := same_name(label, kept)) not in (None, label)}
    if not old:
        return captures
    images = [replace(one, label=old.get(one.label) or one.label) for one in captures.images]
    lines = [
        f"{label!r} is taken for the model's class {same!r}, whose name differs only in form"
        for label, same in old.items()
    ]
    return replace(captures, images=images, warnings=(*captures.warnings, *lines))


def find_classes(captures: Sequence[Capture], kept: tuple[str, ...]) -> Classes:
    """Finds out which classes are taught, and checks them.

    Args:
        captures: labelled images.
        kept: the model's old classes; () when none stays.

    Raises:
        ConfigError: too few classes or images, or a name that cannot be a label.
    """
    counts = Counter(capture.label for capture in captures)
    taught = sorted(counts)
    if not taught or len(taught) + len(kept) < 2:
        raise ConfigError(
            f"expected images of two classes or more, got {', '.join(taught) or 'none'}; add a class, or keep the old "
            "ones (without --only-new)"
        )
    new = [label for label in taught if label not in kept]
    few = [f"{label} ({counts[label]})" for label in new if counts[label] < MIN_IMAGES]
    if few:
        raise ConfigError(
            f"expected {MIN_IMAGES} readable images or more of every class, got too few of {', '.join(few)}; add some"
        )
    _check_names(new, kept)
    return Classes(kept, tuple(taught))


def _check_names(new: Sequence[str], kept: Sequence[str]) -> None:
    for position, label in enumerate(new):
        if (same := same_name(label, [*kept, *new[:position]])) is not None:
            raise ConfigError(f"the classes {same!r} and {label!r} differ only in form; spell them alike or rename one")
    if any(comparable(label) == UNSURE for label in new):
        raise ConfigError(f"{UNSURE} is what the program says when no class is likely; rename the class")
    try:
        check_labels((*new, *kept))
    except ModelError as error:
        raise ConfigError(f"{error}; rename the class") from None
