from pathlib import Path

import numpy as np
import pytest

from training.data.dataset import Sample
from training.evaluation.breakdown import break_down

LABELS, THRESHOLDS = ("idle", "waving"), (0.6, 0.6)


def sample(name: str, group: str = "") -> Sample:
    return Sample(Path(name), name, "", sha256=name, group=group or name)


def answers(*right: float) -> np.ndarray:
    """Probabilities of `waving`."""
    return np.array([[1 - share, share] for share in right], np.float32)


def test_sources_are_the_first_folders_the_largest_first() -> None:
    samples = [sample("photos/a"), sample("webcam/b/1"), sample("webcam/b/2"), sample("webcam/c")]
    found = break_down(samples, answers(0.9, 0.9, 0.2, 0.45), np.array([1, 1, 1, 1]), LABELS, THRESHOLDS).sources
    assert [(one.source, one.images) for one in found] == [("webcam", 3), ("photos", 1)]
    assert found[0].accuracy == pytest.approx(1 / 3) and found[0].sure_wrong == pytest.approx(1 / 3)
    assert (found[1].accuracy, found[1].sure_wrong) == (1.0, 0.0)


def test_persons_count_alike_whoever_has_more_pictures() -> None:
    samples = [sample(f"w/{number}", "w:A") for number in range(4)] + [sample("w/9", "w:B"), sample("photo")]
    (found,) = break_down(
        samples, answers(0.9, 0.9, 0.9, 0.9, 0.1, 0.1), np.ones(6, np.int64), LABELS, THRESHOLDS
    ).persons
    assert (found.label, found.persons, found.images) == ("waving", 2, 5)
    assert (found.recall, found.worst) == (0.5, 0.0)


def test_without_known_persons_there_are_none() -> None:
    found = break_down([sample("a"), sample("b")], answers(0.9, 0.1), np.array([1, 0]), LABELS, THRESHOLDS)
    assert found.persons == () and found.to_json()["sources"]["a"] == {"images": 1, "accuracy": 1.0, "sure_wrong": 0.0}
