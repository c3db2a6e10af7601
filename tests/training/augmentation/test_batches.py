import gc
import os
import threading
import time
from pathlib import Path

import keras
import msgspec
import numpy as np
import pytest

from training.augmentation.batches import Part, train_batches
from training.recipe import Mix, Recipe

SIZE = 32
IMAGES = np.arange(40, dtype=np.uint8)[:, None, None, None].repeat(SIZE, 1).repeat(SIZE, 2).repeat(3, 3) * 6
PLAIN = Recipe(input_size=SIZE, batch_size=4, augment=("none",))
STRONG = msgspec.structs.replace(PLAIN, augment=("strong", "webcam"))


def part_of(rows: list[int], repeats: list[int] | None = None) -> Part:
    targets = np.eye(len(IMAGES), dtype=np.float32)[rows]
    return Part(IMAGES, np.array(rows), targets, np.array(repeats or [1] * len(rows)))


def shown(batches: object) -> list[int]:
    """The row of each image, in the order they come; its target must name the same."""
    rows = []
    for images, targets in batches:  # type: ignore[attr-defined]
        levels, truth = images.numpy()[:, 0, 0, 0] // 6, targets.numpy().argmax(axis=1)
        assert np.array_equal(levels, truth)
        rows += levels.tolist()
    return rows


def contents(batches: object) -> tuple[np.ndarray, np.ndarray]:
    images, targets = zip(*batches, strict=True)  # type: ignore[call-overload]
    return np.concatenate(images), np.concatenate(targets)


def sizes(batches: object) -> list[int]:
    return [len(images) for images, _ in batches]  # type: ignore[attr-defined]


def test_a_part_in_order_as_it_is() -> None:
    part = part_of([3, 4, 5, 11, 12, 19, 0], [1, 1, 5, 1, 1, 1, 1])
    batches = part.batches(3)
    assert shown(batches) == [3, 4, 5, 11, 12, 19, 0] and sizes(batches) == [3, 3, 1] and len(batches) == 3
    assert batches.element_spec[0].shape == (None, SIZE, SIZE, 3) and batches.element_spec[0].dtype.name == "uint8"
    assert batches.element_spec[1].shape == (None, 40) and batches.element_spec[1].dtype.name == "float32"
    assert part.truth.tolist() == [3, 4, 5, 11, 12, 19, 0]


def test_an_epoch_shows_every_row_as_often_as_it_repeats() -> None:
    rows = shown(train_batches(part_of([0, 1, 2, 7, 9], [1, 3, 1, 0, 2]), PLAIN, 0))
    assert sorted(rows) == [0, 1, 1, 1, 2, 9, 9]


def test_training_may_show_smaller_images() -> None:
    small = msgspec.structs.replace(PLAIN, train_size=20)
    images, _ = contents(train_batches(part_of([4, 7]), small, 0))
    assert images.shape == (2, 20, 20, 3) and sorted(np.unique(images)) == [24, 42], "whole images, of one colour each"


def test_training_never_shows_larger_ones_than_the_model_will_see() -> None:
    large = msgspec.structs.replace(PLAIN, train_size=2 * SIZE)
    assert large.train_side == SIZE and contents(train_batches(part_of([4]), large, 0))[0].shape[1] == SIZE


@pytest.mark.parametrize(("count", "expected"), [(1, [1]), (4, [4]), (5, [3, 2]), (8, [4, 4]), (9, [3, 3, 3])])
def test_no_batch_is_much_smaller_than_the_others(count: int, expected: list[int]) -> None:
    batches = train_batches(part_of(list(range(count))), PLAIN, 0)
    assert sizes(batches) == expected and len(batches) == len(expected)


def test_seed_and_epoch_decide() -> None:
    part = part_of(list(range(40)))
    order = shown(train_batches(part, PLAIN, 3))
    assert shown(train_batches(part, PLAIN, 3)) == order
    assert shown(train_batches(part, PLAIN, 4)) != order
    assert shown(train_batches(part, msgspec.structs.replace(PLAIN, seed=1), 3)) != order


def test_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    part = part_of(list(range(40)))
    recipe = msgspec.structs.replace(STRONG, mix=Mix(mixup=0.4, cutmix=1.0, prob=0.8))
    several = contents(train_batches(part, recipe, 1))
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    alone = contents(train_batches(part, recipe, 1))
    assert all(np.array_equal(one, other) for one, other in zip(several, alone, strict=True))


def test_repeated_rows_are_augmented_each_in_its_own_way() -> None:
    part = part_of([20], [8])
    images, _ = contents(train_batches(part, STRONG, 0))
    assert len({image.tobytes() for image in images}) == 8


def test_only_the_rows_of_the_batches_at_hand_are_read(tmp_path: Path) -> None:
    """The file is far larger than what it occupies on disk; reading all of it would show."""
    images = np.memmap(tmp_path / "images", np.uint8, "w+", shape=(2_000_000, SIZE, SIZE, 3))
    rows = np.array([1, 1_999_999])
    images[rows] = 200
    part = Part(images, rows, np.eye(2, dtype=np.float32), np.ones(2, np.int64))
    began = time.process_time()
    assert all((batch.numpy() == 200).all() for batch, _ in train_batches(part, PLAIN, 0))
    assert all((batch.numpy() == 200).all() for batch, _ in part.batches(2))
    assert time.process_time() - began < 2, "6 GB take longer"


def test_keras_traces_its_step_once_for_all_epochs() -> None:
    traces = []

    class Counting(keras.layers.Layer):  # type: ignore[misc]
        def call(self, inputs: object) -> object:
            traces.append(1)
            return inputs

    part = part_of(list(range(9)))
    frames = keras.Input((SIZE, SIZE, 3), dtype="uint8")
    pooled = keras.layers.GlobalAveragePooling2D()(Counting()(keras.layers.Rescaling(1 / 255)(frames)))
    model = keras.Model(frames, keras.layers.Dense(40)(pooled))
    model.compile("sgd", keras.losses.CategoricalCrossentropy(from_logits=True), jit_compile=False)
    counts = []
    for epoch in range(3):
        model.fit(train_batches(part, PLAIN, epoch), epochs=epoch + 1, initial_epoch=epoch, shuffle=False, verbose=0)
        counts.append(len(traces))
    assert counts[0] == counts[1] == counts[2]


def test_an_abandoned_epoch_leaves_no_threads_behind() -> None:
    def threads() -> int:
        tasks = Path("/proc/self/task")
        return len(list(tasks.iterdir())) if tasks.is_dir() else threading.active_count()

    def abandon() -> None:
        next(iter(train_batches(part_of(list(range(40))), STRONG, 0)))
        gc.collect()

    for _ in range(2):
        abandon()
    before = threads()
    for _ in range(6):
        abandon()
    assert threads() <= before + 2


def test_what_goes_wrong_in_a_thread_arrives() -> None:
    part = part_of([0, 1])
    broken = Part(part.images, np.array([0, 4000]), part.targets, part.repeats)
    with pytest.raises(Exception, match="index 4000 is out of bounds"):
        shown(train_batches(broken, PLAIN, 0))
