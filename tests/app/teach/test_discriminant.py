import numpy as np
import pytest

from app.arrays import Float64s
from app.teach.cross_validation import FOLDS
from app.teach.discriminant import SHRINKAGE, Kinds, fit_discriminant
from app.teach.head import Samples

DISTURBED = np.array([1.0, 1.0, 1.0, 8.0])  # what images of one kind differ in: most of all in the last feature


def around(place: Float64s, count: int, seed: int) -> Float64s:
    return place + DISTURBED * np.random.default_rng(seed).normal(size=(count, len(place)))


def taught(each: int, distance: float = 4.0) -> Samples:
    features = np.concatenate([around(distance * np.eye(2, 4)[label], each, label) for label in (0, 1)])
    labels = np.repeat([0, 1], each)
    return Samples(features, labels, np.arange(2 * each) % FOLDS, np.ones(2 * each), np.ones(2 * each, bool))


def other_kinds(count: int = 20, each: int = 10) -> Kinds:
    places = np.random.default_rng(5).normal(0, 10, (count, 4))
    rows = np.concatenate([around(place, each, 100 + number) for number, place in enumerate(places)])
    return Kinds(rows, np.repeat(np.arange(count), each))


def test_what_is_apart_is_told_apart_also_when_held_out() -> None:
    data = taught(40, distance=12.0)
    found = fit_discriminant(data, 2, None)
    assert (found.head.logits(data.features).argmax(axis=1) == data.labels).all()
    assert (found.held_out_logits.argmax(axis=1) == data.labels).all()


def test_it_is_the_formula() -> None:
    data = taught(200)
    means = np.stack([data.features[data.labels == label].mean(axis=0) for label in (0, 1)])
    apart = data.features - means[data.labels]
    covariance = apart.T @ apart / len(apart)
    shrunk = (1 - SHRINKAGE) * covariance + SHRINKAGE * np.diag(covariance).mean() * np.eye(4)
    found = fit_discriminant(data, 2, None)
    expected = np.linalg.solve(shrunk, means[1] - means[0]) / found.temperature
    np.testing.assert_allclose(found.head.weights @ [-1, 1], expected)
    middle = means.mean(axis=0)[None]
    assert found.head.logits(middle) @ [-1, 1] == pytest.approx(0, abs=1e-9)


def test_other_kinds_tell_what_does_not_matter() -> None:
    """Five images of a class do not show that the last feature means nothing; those of twenty other kinds do."""
    test = taught(500)
    right = []
    for kinds in (None, other_kinds()):
        found = [fit_discriminant(few(seed), 2, kinds).head for seed in range(20)]
        right.append(np.mean([(head.logits(test.features).argmax(axis=1) == test.labels).mean() for head in found]))
    assert right[1] > right[0] + 0.02


def few(seed: int) -> Samples:
    features = np.concatenate([around(4.0 * np.eye(2, 4)[label], 5, 1000 + 2 * seed + label) for label in (0, 1)])
    return Samples(features, np.repeat([0, 1], 5), np.arange(10) % FOLDS, np.ones(10), np.ones(10, bool))


def test_nothing_is_learned_from_the_held_out_fold() -> None:
    data = taught(40, distance=30.0)
    wrong = np.where(data.folds == 0, 1 - data.labels, data.labels)
    data = Samples(data.features, wrong, data.folds, data.weights, data.judged)
    answers = fit_discriminant(data, 2, None).held_out_logits.argmax(axis=1)
    assert (answers[data.folds == 0] != wrong[data.folds == 0]).all()


def test_a_class_of_one_fold_and_images_that_are_all_the_same_are_no_mistake() -> None:
    features = np.repeat([[0.0, 1.0], [1.0, 0.0]], 5, axis=0)
    folds = np.array([0, 0, 0, 0, 0, 0, 1, 2, 3, 4])
    data = Samples(features, np.repeat([0, 1], 5), folds, np.ones(10), np.ones(10, bool))
    found = fit_discriminant(data, 2, None)
    assert np.isfinite(found.held_out_logits).all()
    assert (found.head.logits(features).argmax(axis=1) == data.labels).all()


def test_more_features_than_are_fitted_change_little() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(600) % 3
    features = rng.normal(0, 1, (600, 700)) + 8 * np.eye(3, 700)[labels]
    data = Samples(features, labels, np.arange(600) // 3 % FOLDS, np.ones(600), np.ones(600, bool))
    found = fit_discriminant(data, 3, None)
    assert (found.held_out_logits.argmax(axis=1) == labels).mean() > 0.95
    assert found.head.weights.shape == (700, 3)
