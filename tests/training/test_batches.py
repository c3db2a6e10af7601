import numpy as np

from training.augment import make_augment
from training.batches import make_batches

IMAGES = np.arange(20, dtype=np.uint8)[:, None, None, None].repeat(8, 1).repeat(8, 2).repeat(3, 3)
ROWS = np.array([3, 4, 5, 11, 12, 19, 0])
TARGETS = np.eye(20, dtype=np.float32)[ROWS]


def epoch(batches: object) -> list[tuple[int, int]]:
    """(grey level of the picture, index of its target), in the order they come."""
    return [
        (int(picture[0, 0, 0]), int(target.argmax()))
        for pictures, targets in batches  # type: ignore[attr-defined]
        for picture, target in zip(pictures.numpy(), targets.numpy(), strict=True)
    ]


def test_in_order_with_each_picture_beside_its_target() -> None:
    batches = make_batches(IMAGES, ROWS, TARGETS, 3)
    assert epoch(batches) == [(row, row) for row in ROWS]
    assert [len(pictures) for pictures, _ in batches] == [3, 3, 1]
    assert batches.element_spec[0].shape == (None, 8, 8, 3) and batches.element_spec[0].dtype.name == "uint8"
    assert batches.element_spec[1].shape == (None, 20)


def test_shuffled_anew_every_epoch_and_the_same_for_a_seed() -> None:
    one, two = (make_batches(IMAGES, ROWS, TARGETS, 2, shuffle_seed=1) for _ in range(2))
    first, second = epoch(one), epoch(one)
    assert sorted(first) == sorted(second) == sorted((row, row) for row in ROWS)
    assert first != second
    assert epoch(two) == first


def test_augmentation_sees_the_batch_and_targets_stay() -> None:
    batches = make_batches(IMAGES, ROWS, TARGETS, 4, augment=lambda batch: batch + 100)
    assert epoch(batches) == [(row + 100, row) for row in ROWS]
    assert len(epoch(make_batches(IMAGES, ROWS, TARGETS, 4, augment=make_augment("light", 0)))) == len(ROWS)
