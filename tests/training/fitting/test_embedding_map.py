import numpy as np
import pytest

from app.arrays import Float64s
from training.fitting.embedding_map import fit_map


def features(count: int, width: int, seed: int) -> Float64s:
    return np.random.default_rng(seed).uniform(0.2, 1, (count, width))


@pytest.mark.parametrize("count", [20, 200], ids=["fewer images than features", "more"])
def test_networks_that_agree_are_mapped_to_themselves(count: int) -> None:
    general = features(count, 50, 1)
    elsewhere = features(30, 50, 2)
    np.testing.assert_allclose(fit_map(general, general)(elsewhere), elsewhere, atol=1e-9)


def test_what_fine_tuning_changed_is_found_elsewhere_too() -> None:
    turn = np.random.default_rng(3).normal(0, 0.05, (50, 50))
    own = [np.maximum(seen + seen @ turn, 0) for seen in (features(400, 50, 1), features(30, 50, 2))]
    mapped = fit_map(features(400, 50, 1), own[0])(features(30, 50, 2))
    assert np.abs(mapped - own[1]).mean() < 0.7 * np.abs(features(30, 50, 2) - own[1]).mean()


def test_a_network_of_another_width_is_mapped_too_and_nothing_is_below_zero() -> None:
    projection = np.random.default_rng(4).normal(0, 0.3, (50, 8))
    own = np.maximum(features(300, 50, 1) @ projection, 0)
    mapped = fit_map(features(300, 50, 1), own)(features(30, 50, 2))
    wanted = np.maximum(features(30, 50, 2) @ projection, 0)
    assert mapped.shape == (30, 8) and mapped.min() >= 0
    assert np.abs(mapped - wanted).mean() < 0.5 * np.abs(own.mean(axis=0) - wanted).mean()
