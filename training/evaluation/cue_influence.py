"""Which cues speak for a model's answers: each side of them is replaced by its average in turn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.arrays import Float32s, Ints
from app.cues.vector import LOOKED
from app.model.classifier import Classifier
from training.data.dataset import Sample
from training.data.decode import prepared_chunks
from training.data.image_cues import vectors

_MOST = 400  # images, evenly spaced, at most; each is classified once more for every side
_LEAST = 1e-6  # of a probability, so that its odds are finite
_OBJECTS = "objects"
_SIDES = {
    "face": ("face ", "mouth ", "head ", "brows ", "nose "),
    "eyes": ("eyes ",),
    "hands": ("hand ", "hands "),
    "scene": ("scene ",),
}
SIDES = (*_SIDES, _OBJECTS)


@dataclass(frozen=True, eq=False)
class CueInfluence:
    """What each side of the cues is worth, and what it says for each class.

    Attributes:
        sides: names of S groups of cues.
        images: how many were looked at.
        accuracy: share of right answers with all cues.
        accuracy_without: (S,), the same when a side is as on average.
        recall: mean over the classes of the share of right answers, with all cues.
        recall_without: (S,), the same when a side is as on average.
        labels: of the classes that were answered rightly at least once.
        factors: (len(labels), S): how much likelier a side makes the right answer, as a factor of its odds; the
            geometric mean over the class's right answers. 1: it says nothing.
    """

    sides: tuple[str, ...]
    images: int
    accuracy: float
    accuracy_without: tuple[float, ...]
    recall: float
    recall_without: tuple[float, ...]
    labels: tuple[str, ...]
    factors: tuple[tuple[float, ...], ...]

    @property
    def rows(self) -> list[tuple[str, tuple[float, ...]]]:
        """Pairs of a label and its factors."""
        return list(zip(self.labels, self.factors, strict=True))

    def to_json(self) -> dict[str, Any]:
        """Returns the figures as JSON values."""
        without = {
            side: {"accuracy": round(accuracy, 4), "macro_recall": round(recall, 4)}
            for side, accuracy, recall in zip(self.sides, self.accuracy_without, self.recall_without, strict=True)
        }
        factors = {
            label: dict(zip(self.sides, (round(factor, 2) for factor in row), strict=True)) for label, row in self.rows
        }
        everything = {"accuracy": round(self.accuracy, 4), "macro_recall": round(self.recall, 4)}
        return {"images": self.images, "with_all": everything, "without": without, "factors": factors}


def side_of(name: str) -> str | None:
    """Returns the side that a cue belongs to; None for the one that says that somebody looked."""
    if name == LOOKED:
        return None
    return next((side for side, starts in _SIDES.items() if name.startswith(starts)), _OBJECTS)


def cue_influence(model: Classifier, samples: Sequence[Sample], cues: Mapping[str, Float32s]) -> CueInfluence | None:
    """Measures what each side of the cues changes.

    Args:
        model: one that takes cues.
        samples: the images.
        cues: sha256 -> float32 (C,).

    Returns:
        The figures over the images that have cues; None where none has, or the model takes none.
    """
    spec, labels = model.contract.cues, model.contract.labels
    known = [sample for sample in samples if sample.sha256 in cues]
    if spec is None or not known:
        return None
    chosen = known[:: -(-len(known) // _MOST)]
    average = np.mean([cues[sample.sha256] for sample in chosen], axis=0)
    columns = [np.array([side_of(name) == side for name in spec.names]) for side in SIDES]
    truth: list[int] = []
    probs: list[Float32s] = []
    for chunk, images in prepared_chunks(chosen, model.contract.input):
        if chunk:
            given = vectors(model.contract, chunk, cues)
            changed = [given, *(np.asarray(np.where(column, average, given), np.float32) for column in columns)]
            probs.append(np.stack([model.predict(images, beside).probs for beside in changed]))
            truth += [labels.index(sample.label) for sample in chunk]
    return _compared(np.concatenate(probs, axis=1), np.array(truth, np.int64), labels) if probs else None


def _compared(probs: Float32s, truth: Ints, labels: Sequence[str]) -> CueInfluence:
    """From probabilities (1 + S, N, K), the first with all cues."""
    right = probs.argmax(axis=2) == truth
    odds = np.log(np.clip(probs, _LEAST, 1 - _LEAST) / np.clip(1 - probs, _LEAST, 1))
    of_truth = odds[:, np.arange(len(truth)), truth]
    classes = np.unique(truth)
    recalls = [float(np.mean([hits[truth == label].mean() for label in classes])) for hits in right]
    shown = [label for label in classes if right[0, truth == label].any()]
    gains = of_truth[0] - of_truth[1:]
    factors = [np.exp(gains[:, (truth == label) & right[0]].mean(axis=1)).tolist() for label in shown]
    accuracy = right.mean(axis=1).tolist()
    return CueInfluence(
        sides=SIDES,
        images=len(truth),
        accuracy=accuracy[0],
        accuracy_without=tuple(accuracy[1:]),
        recall=recalls[0],
        recall_without=tuple(recalls[1:]),
        labels=tuple(labels[label] for label in shown),
        factors=tuple(map(tuple, factors)),
    )
