import numpy as np

from training.augmentation.batches import Part
from training.fitting.job import class_counts


def test_every_class_is_counted_also_one_without_images() -> None:
    targets = np.eye(3, dtype=np.float32)[[0, 0, 2]]
    part = Part(np.zeros((3, 32, 32, 3), np.uint8), np.arange(3), targets, np.ones(3, np.int64))
    assert class_counts(part) == [2, 0, 1]
