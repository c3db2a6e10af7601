import numpy as np
import pytest

from training.augment import make_augment
from training.recipe import Recipe


def gradient(count: int = 64, side: int = 32) -> np.ndarray:
    """Pictures that darken from left to right in red, from top to bottom in blue."""
    ramp = np.linspace(200, 50, side).astype(np.uint8)
    image = np.zeros((side, side, 3), np.uint8)
    image[..., 0], image[..., 2] = ramp[None, :], ramp[:, None]
    return np.stack([image] * count)


def test_none_changes_nothing() -> None:
    batch = gradient()
    assert make_augment("none", 1)(batch) is batch


def test_light_changes_every_picture_in_its_own_way_and_leaves_the_batch_alone() -> None:
    batch = gradient()
    original = batch.copy()
    changed = make_augment("light", 1)(batch)
    assert changed.shape == batch.shape and changed.dtype == np.uint8
    assert np.array_equal(batch, original)
    assert len({image.tobytes() for image in changed}) == len(batch)


def test_the_seed_decides() -> None:
    batch = gradient(8)
    one, same, other = make_augment("light", 1), make_augment("light", 1), make_augment("light", 2)
    first = one(batch)
    assert np.array_equal(first, same(batch))
    assert not np.array_equal(first, other(batch))
    assert not np.array_equal(first, one(batch)), "the next epoch sees other pictures"


def test_light_mirrors_half_and_turns_nothing_upside_down() -> None:
    changed = make_augment("light", 3)(gradient(400)).astype(float)
    mirrored = changed[:, :, :8, 0].mean(axis=(1, 2)) < changed[:, :, -8:, 0].mean(axis=(1, 2))
    assert mirrored.mean() == pytest.approx(0.5, abs=0.1)
    assert (changed[:, :8, :, 2].mean(axis=(1, 2)) > changed[:, -8:, :, 2].mean(axis=(1, 2))).all()


def test_light_keeps_the_brightness_on_average_and_leaves_no_black_corners() -> None:
    grey = np.full((300, 32, 32, 3), 128, np.uint8)
    changed = make_augment("light", 4)(grey)
    assert changed.mean() == pytest.approx(128, abs=4)
    assert np.ptp(changed.reshape(300, -1), axis=1).max() == 0, "a plain picture stays plain up to its corners"
    assert changed.min() >= 128 - 0.13 * 255 and changed.max() <= 128 + 0.13 * 255


def test_every_preset_of_the_recipe_exists() -> None:
    for preset in Recipe.__annotations__["augment"].__args__:
        assert make_augment(preset, 0)(gradient(2)).shape == (2, 32, 32, 3)
