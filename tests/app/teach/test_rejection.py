from dataclasses import replace

import numpy as np
import pytest

from app.arrays import Float64s
from app.model.probabilities import softmax
from app.teach.background import NOTHING
from app.teach.cross_validation import FOLDS, cross_validate
from app.teach.head import Samples
from app.teach.rejection import EVEN, MOST_TAKEN, Rejection, fit_rejection

PLACES = np.array([[4.0, 0, 0, 0], [0, 4.0, 0, 0]])  # of two classes
ELSEWHERE = np.array([0, 0, 4.0, 0])


def around(place: Float64s, count: int, seed: int, spread: float = 0.6) -> Float64s:
    return place + np.random.default_rng(seed).normal(0, spread, (count, 4))


def taught(each: int = 20) -> Samples:
    features = np.concatenate([around(place, each, number) for number, place in enumerate(PLACES)])
    count = len(features)
    labels, folds = np.repeat([0, 1], each), np.arange(count) % FOLDS
    return Samples(features, labels, folds, np.ones(count), np.ones(count, bool))


def fitted(
    background: Float64s, groups: list[int], known: tuple[int, ...] = (1, 1, 1, 1)
) -> tuple[Rejection, Float64s]:
    """The rejection, and the held-out probabilities of the classes' head."""
    samples = taught()
    probs = softmax(cross_validate(samples, 2).held_out_logits)
    known_alone = replace(samples, features=samples.features * known)
    return fit_rejection(known_alone, probs, background, np.array(groups)), probs


def test_captures_are_known_and_the_background_is_not() -> None:
    rejection, probs = fitted(around(ELSEWHERE, 60, 7), [1 + number % 6 for number in range(60)])
    assert ((probs * rejection.held_out_known).max(axis=1) >= EVEN).mean() >= 0.9
    assert (rejection.background_known >= EVEN).mean() < 0.1
    new = np.concatenate([around(PLACES[0], 50, 8), around(ELSEWHERE, 50, 9)])
    known = rejection.known(new)[:, 0] >= EVEN
    assert known[:50].mean() > 0.9 and known[50:].mean() < 0.1


def test_a_group_that_shows_a_taught_class_is_left_out() -> None:
    """Who teaches reading is not to be told that reading is nothing, because the background holds people who read."""
    background = np.concatenate([around(ELSEWHERE, 50, 7), around(PLACES[1], 10, 8)])
    rejection, _ = fitted(background, [1 + number % 5 for number in range(50)] + [9] * 10)
    assert set(np.flatnonzero(~rejection.used).tolist()) == set(range(50, 60))
    assert (rejection.known(around(PLACES[1], 50, 10)) >= EVEN).mean() > 0.9


def test_columns_that_the_background_does_not_know_do_not_count() -> None:
    rejection, _ = fitted(
        around(ELSEWHERE, 60, 7) * [1, 1, 1, 0], [1 + number % 6 for number in range(60)], known=(1, 1, 1, 0)
    )
    assert rejection.head.weights[3] == pytest.approx(np.zeros(3), abs=1e-9)


def test_where_they_cannot_be_told_apart_the_background_is_not_named() -> None:
    """Captures that look like the background are unsure rather than everything being named."""
    everywhere = np.concatenate([around(PLACES.mean(axis=0), 60, 7, spread=3.0)])
    rejection, probs = fitted(everywhere, [1 + number % 6 for number in range(60)])
    assert (rejection.background_known >= EVEN).mean() <= MOST_TAKEN + 0.02
    assert probs.shape == (40, 2)


def test_where_more_may_be_taken_more_captures_are_known() -> None:
    everywhere, groups = around(PLACES.mean(axis=0), 60, 7, spread=3.0), np.arange(60) % 6 + 1
    samples = taught()
    probs = softmax(cross_validate(samples, 2).held_out_logits)
    few, many = (fit_rejection(samples, probs, everywhere, groups, share) for share in (0.1, 0.4))
    assert (few.background_known >= EVEN).mean() <= 0.12
    assert (many.background_known >= EVEN).mean() <= 0.42
    assert (many.held_out_known >= EVEN).mean() > (few.held_out_known >= EVEN).mean()


def test_where_every_group_looks_taught_none_is_left_out() -> None:
    background = np.concatenate([around(place, 20, 30 + number) for number, place in enumerate(PLACES)])
    rejection, _ = fitted(background, [1] * 20 + [2] * 20)
    assert rejection.used.all()


def test_frames_that_show_nothing_are_never_left_out() -> None:
    """To a head that has not seen any they may look like a class; they are no class of anybody's."""
    grey = around(PLACES[1], 10, 8)
    background = np.concatenate([around(ELSEWHERE, 50, 7), grey])
    rejection, _ = fitted(background, [1 + number % 5 for number in range(50)] + [NOTHING] * 10)
    assert rejection.used.all()
