import numpy as np
import pytest

from app.teach.cross_validation import FOLDS, PENALTIES, assign_folds, cross_validate, fit_temperature
from app.teach.head import Samples


def samples(count: int = 40, classes: int = 3, size: int = 12, distance: float = 2.0) -> Samples:
    rng = np.random.default_rng(0)
    labels = np.arange(count) % classes
    features = rng.normal(0, 1, (count, size)) + distance * np.eye(classes, size)[labels]
    return Samples(features, labels, assign_folds(labels, range(count)), np.ones(count), np.ones(count, bool))


def test_what_is_apart_is_told_apart_also_when_held_out() -> None:
    data = samples(distance=8.0)
    found = cross_validate(data, 3)
    assert (found.head.logits(data.features).argmax(axis=1) == data.labels).all()
    assert (found.held_out_logits.argmax(axis=1) == data.labels).all()


def test_nothing_is_learned_from_the_held_out_fold() -> None:
    data = samples(distance=8.0)
    wrong = np.where(data.folds == 0, (data.labels + 1) % 3, data.labels)
    data = Samples(data.features, wrong, data.folds, data.weights, data.judged)
    answers = cross_validate(data, 3).held_out_logits.argmax(axis=1)
    assert (answers[data.folds == 0] != wrong[data.folds == 0]).all()


def test_only_judged_rows_are_judged() -> None:
    data = samples(distance=8.0)
    every_other = np.arange(40) % 2 == 0
    judged = Samples(data.features, data.labels, data.folds, data.weights, every_other)
    assert cross_validate(judged, 3).held_out_logits.shape == (20, 3)


def test_noise_is_penalised_most() -> None:
    assert cross_validate(samples(distance=0.0), 3).penalty == PENALTIES[0]


def test_more_features_than_are_fitted_change_little() -> None:
    data = samples(count=300, size=400, distance=6.0)
    found = cross_validate(data, 3)
    assert (found.held_out_logits.argmax(axis=1) == data.labels).mean() > 0.95
    assert found.head.weights.shape == (400, 3)


def test_the_temperature_is_within_the_head() -> None:
    """Held-out logits and the head's are of one scale."""
    data = samples(count=200, distance=2.0)
    found = cross_validate(data, 3)
    own, held_out = found.head.logits(data.features), found.held_out_logits
    assert np.ptp(own, axis=1).mean() == pytest.approx(np.ptp(held_out, axis=1).mean(), rel=0.2)


def test_a_session_is_never_on_both_sides() -> None:
    labels = np.repeat([0, 1], 12)
    sessions = [(label, number % 3) for label, number in zip(labels.tolist(), range(24), strict=True)]
    folds = assign_folds(labels, sessions)
    for session in set(sessions):
        assert len({folds[position] for position, other in enumerate(sessions) if other == session}) == 1
    assert all(len(set(folds[labels == label])) == 3 for label in (0, 1))


def test_one_session_is_cut_into_pieces() -> None:
    folds = assign_folds(np.zeros(10, np.int64), ["only"] * 10)
    assert sorted(folds) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_a_single_image_is_in_one_fold() -> None:
    assert assign_folds(np.array([3]), ["only"]).tolist() in [[fold] for fold in range(FOLDS)]


def test_overconfident_logits_are_cooled() -> None:
    labels = np.array([0] * 7 + [1] * 3)
    logits = np.tile([10.0, 0.0], (10, 1))
    assert fit_temperature(logits, labels, np.ones(10)) == pytest.approx(10 / np.log(7 / 3), rel=0.1)


def test_the_temperature_keeps_within_its_bounds() -> None:
    certain, labels = np.eye(2) * 2, np.array([0, 1])
    assert fit_temperature(certain, labels, np.ones(2)) == 0.25
    assert fit_temperature(certain, 1 - labels, np.ones(2)) == 16
