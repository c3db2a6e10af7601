from pathlib import Path

import numpy as np

from tests.training import pictures
from training.benchmark.keras_guide import guide_batches, guide_model
from training.data.dataset import load_dataset
from training.recipe import Recipe

RECIPE = Recipe(input_size=pictures.SIZE, alpha=pictures.ALPHA, batch_size=8)


def test_the_guide_reads_and_augments_whole_batches_without_end(tmp_path: Path) -> None:
    data = pictures.make_folders(tmp_path / "discs", 4)
    batches = guide_batches(data, RECIPE)
    drawn = [(images.numpy(), targets.numpy()) for images, targets in batches.take(6)]
    assert len(load_dataset(data).samples) == 12 and len(drawn) == 6
    for images, targets in drawn:
        assert images.shape == (8, pictures.SIZE, pictures.SIZE, 3) and images.dtype == np.float32
        assert targets.shape == (8, 3) and (targets.sum(axis=1) == 1).all()
        # blue, green, red by folder name: the disc's colour is the largest in the image
        assert np.array_equal(2 - images.mean(axis=(1, 2)).argmax(axis=1), targets.argmax(axis=1))
    assert len({image.tobytes() for images, _ in drawn for image in images}) == 48, "augmented"


def test_the_guide_trains_the_head_or_everything() -> None:
    warm_up, full = (guide_model(RECIPE, 3, trains_base=trains) for trains in (False, True))
    assert [variable.name for variable in warm_up.trainable_variables] == ["kernel", "bias"]
    assert warm_up.count_params() == full.count_params()
    assert len(full.trainable_variables) > 100
