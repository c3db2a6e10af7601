"""The same answers by source and by person: one figure over everything hides where a model is blind."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.arrays import Bools, Float32s, Ints
from training.data.dataset import Sample
from training.evaluation.coverage import above_threshold


@dataclass(frozen=True)
class SourceScore:
    """What the answers to the images of one source are worth.

    Attributes:
        source: the first folder of the images' paths.
        images: how many.
        accuracy: share of right answers.
        sure_wrong: share of images with a wrong answer above its threshold.
    """

    source: str
    images: int
    accuracy: float
    sure_wrong: float


@dataclass(frozen=True)
class PersonScore:
    """How often a class is found, each person counting alike.

    Attributes:
        label: the class.
        persons: how many there are.
        images: of them.
        recall: the mean over persons of the share of right answers.
        worst: the same of the person for whom it is lowest.
    """

    label: str
    persons: int
    images: int
    recall: float
    worst: float


@dataclass(frozen=True)
class Breakdown:
    """The answers by source and by person.

    Attributes:
        sources: one or more; the largest first.
        persons: of the classes of which there are pictures of known persons, scenes or sessions.
    """

    sources: tuple[SourceScore, ...]
    persons: tuple[PersonScore, ...]

    def to_json(self) -> dict[str, Any]:
        """Returns both as JSON values."""
        return {
            "sources": {one.source: _rounded(one, "accuracy", "sure_wrong") for one in self.sources},
            "persons": {one.label: _rounded(one, "persons", "recall", "worst") for one in self.persons},
        }


def break_down(
    samples: Sequence[Sample], probs: Float32s, truth: Ints, labels: Sequence[str], thresholds: Sequence[float]
) -> Breakdown:
    """Scores the answers by source and by person.

    Args:
        samples: N images; a group that is more than one file's hash is a person.
        probs: float32 (N, K).
        truth: int64 (N,), the right classes.
        labels: K names.
        thresholds: K values.
    """
    is_right = probs.argmax(axis=1) == truth
    sure_wrong = above_threshold(probs, thresholds) & ~is_right
    return Breakdown(_by_source(samples, is_right, sure_wrong), tuple(_by_person(samples, is_right, truth, labels)))


def _by_source(samples: Sequence[Sample], is_right: Bools, sure_wrong: Bools) -> tuple[SourceScore, ...]:
    sources = np.array([sample.source for sample in samples])
    found = []
    for source in np.unique(sources):
        rows = sources == source
        found.append(
            SourceScore(str(source), int(rows.sum()), float(is_right[rows].mean()), float(sure_wrong[rows].mean()))
        )
    return tuple(sorted(found, key=lambda one: -one.images))


def _by_person(samples: Sequence[Sample], is_right: Bools, truth: Ints, labels: Sequence[str]) -> list[PersonScore]:
    found = []
    for number, label in enumerate(labels):
        of_person: dict[str, list[bool]] = {}
        for row in np.flatnonzero(truth == number).tolist():
            if samples[row].group != samples[row].sha256:
                of_person.setdefault(samples[row].group, []).append(bool(is_right[row]))
        recalls = [float(np.mean(right)) for right in of_person.values()]
        if recalls:
            images = sum(map(len, of_person.values()))
            found.append(PersonScore(label, len(recalls), images, float(np.mean(recalls)), min(recalls)))
    return found


def _rounded(score: SourceScore | PersonScore, *names: str) -> dict[str, float]:
    return {"images": score.images} | {name: round(getattr(score, name), 4) for name in names}
