"""Another source of images, scored beside the one at hand: does what was learnt here hold elsewhere?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.arrays import Float32s, Ints
from app.config.yaml_file import read_yaml
from app.errors import ConfigError
from app.text import same_name, suggestion
from training.evaluation.intervals import Interval, wilson


@dataclass(frozen=True)
class Hits:
    """Right answers to the images of the mapped classes.

    Attributes:
        images: how many there are.
        right_mapped: right when only the mapped classes compete.
        right_all: right among all classes that the model knows.
    """

    images: int
    right_mapped: int
    right_all: int

    @property
    def accuracy_mapped(self) -> float:
        """Among the mapped classes, 0..1; 0 without images."""
        return self.right_mapped / self.images if self.images else 0.0

    @property
    def accuracy_all(self) -> float:
        """Among all classes, 0..1; 0 without images."""
        return self.right_all / self.images if self.images else 0.0

    @property
    def intervals(self) -> dict[str, Interval]:
        """Wilson's, 95 %, of both accuracies by their names."""
        return {
            "accuracy_mapped": wilson(self.right_mapped, self.images),
            "accuracy_all": wilson(self.right_all, self.images),
        }

    def to_json(self) -> dict[str, Any]:
        """Converts to JSON's types, rounded to four decimals."""
        intervals = {name: [round(value, 4) for value in interval] for name, interval in self.intervals.items()}
        figures = {"accuracy_mapped": round(self.accuracy_mapped, 4), "accuracy_all": round(self.accuracy_all, 4)}
        return {"images": self.images, **figures, "intervals": intervals}


@dataclass(frozen=True)
class CrossDataset:
    """A model on two sources, over the classes that both have.

    Attributes:
        source: the name of the other data.
        classes: class there -> class of the model.
        here: on the data at hand.
        there: on the other source.
    """

    source: str
    classes: Mapping[str, str]
    here: Hits
    there: Hits

    def to_json(self) -> dict[str, Any]:
        """Converts to JSON's types."""
        return {
            "data": self.source,
            "classes": dict(self.classes),
            "in_source": self.here.to_json(),
            "cross_source": self.there.to_json(),
        }


def map_classes(theirs: Sequence[str], labels: Sequence[str], path: Path | None) -> dict[str, str]:
    """Maps the classes of another source to those of the model.

    Args:
        theirs: the classes of the other source.
        labels: the classes of the model.
        path: a YAML of `theirs: label`, with null to leave one out; a class of the same name needs no line. None: none.

    Returns:
        Class of the other source -> class of the model, for those that have one.

    Raises:
        ConfigError: the file names a class that does not exist, or nothing is left.
    """
    chosen = {label: same_name(label, labels) for label in theirs}
    for name, label in (read_yaml(path) if path is not None else {}).items():
        there, here = _found(name, theirs), _found(label, labels)
        if there is None:
            raise ConfigError(f"{path}: {name!r} is not a class of the other source; {_hint(name, theirs)}")
        if label is not None and here is None:
            raise ConfigError(f"{path}: {name}: {label!r} is not a class of the model; {_hint(label, labels)}")
        chosen[there] = here
    classes = {name: label for name, label in chosen.items() if label is not None}
    if not classes:
        raise ConfigError(
            f"no class of the other source ({', '.join(theirs)}) is one of the model's ({', '.join(labels)}); "
            "say with --class-map FILE.yaml which is which"
        )
    return classes


def count_hits(probs: Float32s, truth: Ints, columns: Sequence[int]) -> Hits:
    """Counts right answers to the images of the mapped classes.

    Args:
        probs: (N, K).
        truth: (N,), class numbers.
        columns: the class numbers of the mapped classes; images of others do not count.
    """
    of_mapped = np.isin(truth, columns)
    probs, truth = probs[of_mapped], truth[of_mapped]
    order = np.asarray(columns)
    among = order[probs[:, order].argmax(axis=1)]
    return Hits(len(truth), int((among == truth).sum()), int((probs.argmax(axis=1) == truth).sum()))


def _found(name: Any, known: Sequence[str]) -> str | None:
    return same_name(name, known) if isinstance(name, str) else None


def _hint(name: Any, known: Sequence[str]) -> str:
    return suggestion(name, known) if isinstance(name, str) else "put names that look like numbers in quotes"
