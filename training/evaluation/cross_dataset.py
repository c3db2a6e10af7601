"""Another source of pictures, scored beside the one at hand: how well does what was learnt here hold elsewhere?"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.config.yaml_file import read_yaml
from app.errors import ConfigError
from training.evaluation.intervals import Interval, wilson

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Hits:
    """Pictures of the mapped classes, and how many of them are right.

    mapped: the answer is the likeliest of the mapped classes; every: of all classes that the model knows.
    """

    images: int
    mapped: int
    every: int

    @property
    def accuracy_mapped(self) -> float:
        return self.mapped / self.images if self.images else 0.0

    @property
    def accuracy_all(self) -> float:
        return self.every / self.images if self.images else 0.0

    @property
    def intervals(self) -> dict[str, Interval]:
        """Wilson's, 95 %."""
        return {"accuracy_mapped": wilson(self.mapped, self.images), "accuracy_all": wilson(self.every, self.images)}

    def to_json(self) -> dict[str, Any]:
        intervals = {name: [round(value, 4) for value in interval] for name, interval in self.intervals.items()}
        figures = {"accuracy_mapped": round(self.accuracy_mapped, 4), "accuracy_all": round(self.accuracy_all, 4)}
        return {"images": self.images, **figures, "intervals": intervals}


@dataclass(frozen=True)
class Cross:
    """source: the other data's name. classes: class there -> class of the model.

    here: pictures of the same classes in the data at hand; there: those of the other source.
    """

    source: str
    classes: Mapping[str, str]
    here: Hits
    there: Hits

    def to_json(self) -> dict[str, Any]:
        return {
            "data": self.source,
            "classes": dict(self.classes),
            "in_source": self.here.to_json(),
            "cross_source": self.there.to_json(),
        }


def map_classes(theirs: Sequence[str], labels: Sequence[str], path: Path | None) -> dict[str, str]:
    """Class of the other source -> class of the model, for those that have one.

    A class of the same name needs no line in the file at `path`; `name: null` leaves one out. Raises ConfigError for a
    file that names classes which do not exist, and when nothing is left.
    """
    chosen: dict[str, str | None] = {label: label for label in theirs if label in labels}
    for name, label in (read_yaml(path) if path is not None else {}).items():
        if name not in theirs:
            raise ConfigError(f"{path}: {name!r} is no class of the other source; {_nearest(name, theirs)}")
        if label is not None and label not in labels:
            raise ConfigError(f"{path}: {name}: {label!r} is no class of the model; {_nearest(label, labels)}")
        chosen[name] = label
    classes = {name: label for name, label in chosen.items() if label is not None}
    if not classes:
        raise ConfigError(
            f"no class of the other source ({', '.join(theirs)}) is one of the model's ({', '.join(labels)}); "
            "say with --class-map FILE.yaml which is which"
        )
    return classes


def count_hits(probs: Floats, truth: Ints, columns: Sequence[int]) -> Hits:
    """probs: (N, K). truth: (N,) class indices. columns: the mapped classes; pictures of others do not count."""
    of_mapped = np.isin(truth, columns)
    probs, truth = probs[of_mapped], truth[of_mapped]
    order = np.asarray(columns)
    among = order[probs[:, order].argmax(axis=1)]
    return Hits(len(truth), int((among == truth).sum()), int((probs.argmax(axis=1) == truth).sum()))


def _nearest(name: Any, known: Sequence[str]) -> str:
    if not isinstance(name, str):
        return "put names that look like numbers in quotes"
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
