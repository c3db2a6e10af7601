import keras
import numpy as np
import pytest

from app.cues.vector import NAMED, NAMES
from training.fitting.joint_head import DropSides, JointSamples, fit_joint_head, group_weights
from training.networks.joint_head import LOOKED_AT
from training.recipe import Join

JOIN = Join(epochs=30, batch_size=32, hidden=8, learning_rate=1e-2)
TELLING = NAMES.index("eyes open")


def samples(count: int = 600, seed: int = 0) -> JointSamples:
    """Two classes that a named cue and a number of the scene tell apart; the model's own answer knows nothing."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, count)
    cues = rng.normal(0, 0.01, (count, len(NAMES))).astype(np.float32)
    cues[:, TELLING] += truth
    cues[:, NAMED] += truth
    cues[:, LOOKED_AT] = 1
    return JointSamples(np.full((count, 2), 0.5, np.float32), cues, truth, np.ones(count))


def test_each_side_learns_to_do_without_the_other() -> None:
    head, new = fit_joint_head(samples(), JOIN, 0), samples(seed=1)
    without_scene, without_named = new.cues.copy(), new.cues.copy()
    without_scene[:, NAMED:] = new.cues[:, NAMED:].mean(axis=0)
    without_named[:, 1:NAMED] = new.cues[:, 1:NAMED].mean(axis=0)
    for cues in (new.cues, without_scene, without_named):
        assert (head.logits(new.probs, cues).argmax(axis=1) == new.truth).mean() > 0.8


def test_the_same_seed_gives_the_same_head() -> None:
    one, other = (fit_joint_head(samples(), JOIN, 3) for _ in range(2))
    np.testing.assert_allclose(one.direct, other.direct, atol=1e-5)


def test_never_both_sides_are_hidden() -> None:
    ones = np.ones((4000, 1), np.float32)
    sides = DropSides(Join(drop_image=0.5, drop_cues=0.2, drop_own=0.4))
    own, image, cues = (keras.ops.convert_to_numpy(side) for side in sides([ones] * 3, training=True))
    assert ((image + cues) > 0).all() and (own <= image).all()
    hidden = [1 - float(side.mean()) for side in (own, image, cues)]
    assert hidden == pytest.approx([1 - 0.5 * 0.6, 0.5, 0.2], abs=0.05)
    assert all(np.array_equal(side, ones) for side in sides([ones] * 3, training=False))


@pytest.mark.parametrize(("balance", "ratio"), [(0.0, 1.0), (0.5, 3.0), (1.0, 9.0)])
def test_small_groups_count_more_as_balance_says(balance: float, ratio: float) -> None:
    weights = group_weights(np.array([0] * 90 + [1] * 10), ["photos"] * 100, Join(balance=balance))
    assert weights.mean() == pytest.approx(1) and weights[-1] / weights[0] == pytest.approx(ratio)


def test_a_source_can_count_more() -> None:
    sources = ["photos", "webcam"] * 5
    weights = group_weights(np.zeros(10, np.int64), sources, Join(source_weights={"webcam": 3.0}))
    assert weights[1] / weights[0] == pytest.approx(3)
