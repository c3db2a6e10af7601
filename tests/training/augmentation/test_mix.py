import numpy as np
import pytest
import tensorflow as tf

from app.errors import ConfigError
from training.augmentation.mix import mix_batches
from training.recipe import Mix

LEVELS = np.arange(8, dtype=np.float32) * 30
IMAGES = np.ascontiguousarray(np.broadcast_to(LEVELS.astype(np.uint8)[:, None, None, None], (8, 32, 32, 3)))
TARGETS = np.eye(8, dtype=np.float32)
COUNT = 40


def mixed(settings: Mix, seed: int = 0, targets: np.ndarray = TARGETS) -> list[tuple[np.ndarray, np.ndarray]]:
    batches = tf.data.Dataset.from_tensors((IMAGES, targets)).repeat(COUNT)
    assert len(batches) == COUNT
    result = mix_batches(batches, settings, np.random.default_rng(seed))
    assert len(result) == COUNT and result.element_spec == batches.element_spec
    return [(images.numpy(), truth.numpy()) for images, truth in result]


def is_plain(images: np.ndarray) -> bool:
    return np.array_equal(images, IMAGES)


@pytest.mark.parametrize("settings", [Mix(), Mix(prob=1.0), Mix(mixup=0.4, cutmix=1.0, prob=0.0)])
def test_off(settings: Mix) -> None:
    assert all(is_plain(images) and np.array_equal(truth, TARGETS) for images, truth in mixed(settings))


@pytest.mark.parametrize(("settings", "tolerance"), [(Mix(mixup=0.4, prob=1), 1.0), (Mix(cutmix=1.0, prob=1), 18.0)])
@pytest.mark.parametrize("softness", [0.0, 0.4])
def test_targets_follow_the_pixels(settings: Mix, tolerance: float, softness: float) -> None:
    """The mean grey of an image is that of its classes, each by its share; CutMix may miss a row and a column."""
    soft = TARGETS * (1 - softness) + softness / 8
    for images, truth in mixed(settings, targets=soft):
        shares = (truth - softness / 8) / (1 - softness)
        assert np.allclose(truth.sum(axis=1), 1, atol=1e-5) and shares.min() > -1e-5
        assert np.abs(images.mean(axis=(1, 2, 3)) - shares @ LEVELS).max() < tolerance


def test_more_than_cutmix_takes_is_told() -> None:
    with pytest.raises(ConfigError, match=r"mix\.cutmix from 0 to 1, got 2;"):
        mixed(Mix(cutmix=2.0))


def test_mixup_blends_and_cutmix_pastes() -> None:
    blended = [image for images, _ in mixed(Mix(mixup=0.4, prob=1)) for image in images]
    pasted = [image for images, _ in mixed(Mix(cutmix=1.0, prob=1)) for image in images]
    assert all(np.ptp(image) == 0 for image in blended)
    assert all(set(np.unique(image)) <= set(LEVELS.astype(int)) for image in pasted)
    assert np.mean([np.ptp(image) > 0 for image in pasted]) > 0.6


def test_the_chance_is_that_of_a_batch_and_both_kinds_take_turns() -> None:
    batches = mixed(Mix(mixup=1.0, cutmix=1.0, prob=0.5), seed=3)
    plain = sum(is_plain(images) for images, _ in batches)
    cut = sum(any(np.ptp(image) > 0 for image in images) for images, _ in batches)
    assert 0.3 * COUNT < plain < 0.7 * COUNT
    assert cut > 3 and COUNT - plain - cut > 3


def test_each_image_draws_its_own_share_and_the_generator_decides_all() -> None:
    settings = Mix(mixup=0.4, cutmix=1.0, prob=0.9)
    once, again, other = mixed(settings), mixed(settings), mixed(settings, seed=1)
    assert all(np.array_equal(a, b) and np.array_equal(t, u) for (a, t), (b, u) in zip(once, again, strict=True))
    assert not all(np.array_equal(a, b) for (a, _), (b, _) in zip(once, other, strict=True))
    shares = [truth.max(axis=1) for images, truth in once if not is_plain(images)]
    assert np.mean([len(np.unique(row.round(3))) > 3 for row in shares]) > 0.9
    assert len({images.tobytes() for images, _ in once if not is_plain(images)}) > 20
