import numpy as np
import pytest

from app.teach import head


def rows(count=40, classes=3, size=12, distance=2.0):
    rng = np.random.default_rng(0)
    labels = np.arange(count) % classes
    features = rng.normal(0, 1, (count, size)) + distance * np.eye(classes, size)[labels]
    fold = head.folds(labels, list(range(count)))
    return head.Rows(features, labels, fold, np.ones(count), np.ones(count, bool))


def test_the_minimum_of_a_bowl():
    scale = np.array([1.0, 10.0, 100.0])
    found = head.minimise(lambda x: (float(scale @ (x - 1) ** 2), 2 * scale * (x - 1)), np.zeros(3))
    np.testing.assert_allclose(found, 1, atol=0.01)


def test_what_is_apart_is_told_apart_also_unseen():
    data = rows(distance=8.0)
    chosen = head.choose(data, 3)
    assert (chosen.head.logits(data.features).argmax(axis=1) == data.labels).all()
    assert (chosen.unseen.argmax(axis=1) == data.labels).all()


def test_noise_is_penalised_most():
    assert head.choose(rows(distance=0.0), 3).penalty == head.PENALTIES[0]


def test_more_features_than_the_rank_change_little():
    data = rows(count=300, size=400, distance=6.0)
    assert (head.choose(data, 3).unseen.argmax(axis=1) == data.labels).mean() > 0.95


def test_a_session_is_never_on_both_sides():
    labels = np.repeat([0, 1], 12)
    sessions = [(label, number % 3) for label, number in zip(labels, range(24), strict=True)]
    fold = head.folds(labels, sessions)
    for session in set(sessions):
        assert len({fold[position] for position, other in enumerate(sessions) if other == session}) == 1
    assert all(len(set(fold[labels == label])) == 3 for label in (0, 1))


def test_one_session_is_cut_in_pieces():
    fold = head.folds(np.zeros(10, np.int64), ["only"] * 10)
    assert sorted(fold) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_overconfident_logits_are_cooled():
    labels = np.array([0] * 7 + [1] * 3)
    logits = np.tile([10.0, 0.0], (10, 1))
    assert head.temperature(logits, labels, np.ones(10)) == pytest.approx(10 / np.log(7 / 3), rel=0.1)


def test_spread_is_a_root_of_what_is_positive():
    np.testing.assert_allclose(head.spread(np.array([-1, 0, 4], np.float32)), [0, 0, 2])
