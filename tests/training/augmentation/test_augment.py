from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import pytest

from tests.conftest import SHARED
from training.augmentation.augment import make_augment
from training.recipe import Preset

SIDE = 64
PRESETS = [name for name in get_args(Preset) if name != "none"]
STANFORD = SHARED / "data/stanford40"


def ramps(side: int = SIDE) -> np.ndarray:
    """Red tells how far right, green how far down a point lies."""
    ramp = np.linspace(50, 205, side).round().astype(np.uint8)
    image = np.full((side, side, 3), 128, np.uint8)
    image[..., 0], image[..., 1] = ramp[None, :], ramp[:, None]
    return image


def plain(level: int = 128) -> np.ndarray:
    return np.full((SIDE, SIDE, 3), level, np.uint8)


def augmented(presets: list[str], image: np.ndarray, count: int, size: int = SIDE) -> np.ndarray:
    augment = make_augment(presets, size)
    return np.stack([augment(image, np.random.default_rng((7, number))) for number in range(count)])


@pytest.mark.parametrize("presets", [[name] for name in PRESETS] + [["strong", "webcam"], ["light", "strong"]])
def test_an_image_of_its_own_for_each_generator_and_the_same_one_for_the_same(presets: list[str]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    original = image.copy()
    once, again = augmented(presets, image, 12), augmented(presets, image, 12)
    assert once.shape == (12, SIDE, SIDE, 3) and once.dtype == np.uint8
    assert np.array_equal(once, again) and np.array_equal(image, original)
    assert len({changed.tobytes() for changed in once}) == 12


@pytest.mark.parametrize("presets", [[], ["none"], ["none", "none"]])
def test_none_copies(presets: list[str]) -> None:
    image = ramps()
    image.flags.writeable = False
    changed = make_augment(presets, SIDE)(image, np.random.default_rng(0))
    assert np.array_equal(changed, image) and changed.flags.writeable


@pytest.mark.parametrize("preset", PRESETS)
def test_a_read_only_memory_map_will_do(preset: str, tmp_path: Path) -> None:
    np.save(tmp_path / "images.npy", ramps()[None])
    images = np.load(tmp_path / "images.npy", mmap_mode="r")
    assert len(augmented([preset], images[0], 8)) == 8


def test_another_size_keeps_the_image_in_place() -> None:
    larger = make_augment([], 2 * SIDE)(ramps(), np.random.default_rng(0))
    assert larger.shape == (2 * SIDE, 2 * SIDE, 3)
    assert np.abs(cv2.resize(ramps(), (2 * SIDE, 2 * SIDE)).astype(int) - larger)[2:-2, 2:-2].max() <= 1


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(KeyError, match="gentle"):
        make_augment(["gentle"], SIDE)


@pytest.mark.parametrize("preset", ["light", "strong"])
def test_half_are_mirrored_and_none_is_upside_down(preset: str) -> None:
    changed = augmented([preset], ramps(), 400).astype(float)
    right, down = changed[..., 0] - changed[..., 2], changed[..., 1] - changed[..., 2]
    mirrored = right[:, :, :8].mean(axis=(1, 2)) > right[:, :, -8:].mean(axis=(1, 2))
    assert mirrored.mean() == pytest.approx(0.5, abs=0.1)
    upright = down[:, :8].mean(axis=(1, 2)) < down[:, -8:].mean(axis=(1, 2))
    assert upright.mean() > 0.97, "an erased patch may deceive this measure, nothing else"


def test_light_keeps_the_brightness_on_average_and_leaves_no_black_corners() -> None:
    changed = augmented(["light"], plain(), 300)
    assert changed.mean() == pytest.approx(128, abs=4)
    assert np.ptp(changed.reshape(300, -1), axis=1).max() == 0, "a plain image stays plain up to its corners"
    assert changed.min() >= 128 - 0.13 * 255 and changed.max() <= 128 + 0.13 * 255


def test_strong_crops_a_third_to_all_of_the_area_at_mild_aspects() -> None:
    """How steep the ramps still are tells the width and the height of the crop, up to the contrast of both."""
    side = 200
    slopes = []
    for changed in augmented(["strong"], ramps(side), 300, side).astype(float):
        x = np.polyfit(np.arange(side), np.median(changed[..., 0] - changed[..., 2], axis=0), 1)[0]
        y = np.polyfit(np.arange(side), np.median(changed[..., 1] - changed[..., 2], axis=1), 1)[0]
        slopes.append((abs(x), abs(y)))
    widths, heights = np.array(slopes).T
    aspects = widths / heights
    assert np.percentile(aspects, [2, 98]) == pytest.approx([3 / 4, 4 / 3], abs=0.15)
    assert np.median(aspects) == pytest.approx(1, abs=0.06)
    assert np.percentile(heights, 5) < 0.72 * np.percentile(heights, 95), "some show little of the image"


def test_strong_erases_a_patch_in_one_image_of_four() -> None:
    changed = augmented(["strong"], plain(), 800)
    background = np.median(changed.reshape(800, -1, 3), axis=1)[:, None, None]
    erased = (changed != background).any(axis=-1).mean(axis=(1, 2))
    assert (erased > 0).mean() == pytest.approx(0.25, abs=0.05)
    assert erased[erased > 0].min() > 0.01 and erased.max() <= 0.2


def test_strong_changes_colours_in_four_images_of_five() -> None:
    changed = np.median(augmented(["strong"], plain(100), 800).reshape(800, -1, 3), axis=1)
    assert (changed == 100).all(axis=1).mean() == pytest.approx(0.2, abs=0.05)
    assert changed.mean() == pytest.approx(100, abs=4)
    assert (np.ptp(changed, axis=1) > 3).mean() > 0.4, "the white balance"


@pytest.mark.skipif(not STANFORD.is_dir(), reason="needs shared/data/stanford40")
@pytest.mark.parametrize("preset", PRESETS)
def test_a_photograph_stays_one(preset: str) -> None:
    """It keeps neighbouring pixels alike and a fair range of greys, whatever the draw."""
    path = next(path for path in sorted(STANFORD.rglob("*.*")) if path.suffix in {".webp", ".jpg"})
    photograph = cv2.resize(cv2.imread(str(path)), (224, 224), interpolation=cv2.INTER_AREA)
    for changed in augmented([preset], np.ascontiguousarray(photograph[..., ::-1]), 40, 224):
        grey = changed.astype(float).mean(axis=2)
        assert np.corrcoef(grey[:, 1:].ravel(), grey[:, :-1].ravel())[0, 1] > 0.7
        assert np.ptp(grey) > 60
