from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from tests.training.fitting.small_job import RECIPE, history_row, small_job
from training.fitting.interpolate import SHARES, interpolate, interpolates, smallest_as_good
from training.networks.model import load_exactly, without_optimizer
from training.run_folder import BEFORE, WEIGHTS, save_weights


def hits(right: int, of: int = 100) -> np.ndarray:
    return np.arange(of) < right


@pytest.mark.parametrize(
    ("right", "taken"),
    [
        ([90, 90, 90], 0),
        ([70, 89, 90], 1),
        ([50, 70, 90], 2),
        ([90, 50, 50], 0),
    ],
    ids=["all alike", "one of a hundred is chance", "clearly better", "fine-tuning did harm"],
)
def test_the_smallest_share_that_is_as_good_within_chance(right: list[int], taken: int) -> None:
    assert smallest_as_good([hits(count) for count in right]) == taken


def test_two_images_are_chance_and_three_are_not() -> None:
    assert smallest_as_good([hits(97), hits(100)]) == 1
    assert smallest_as_good([hits(18, of=20), hits(20, of=20)]) == 0


def test_only_after_a_warm_up_and_where_the_recipe_says_so() -> None:
    warmed, tuned = history_row("warmup", 1, 0.5, 0.5), history_row("finetune", 2, 0.5, 0.5)
    wanting = replace(RECIPE, interpolate=True)
    assert interpolates(wanting, [warmed, tuned])
    assert not interpolates(wanting, [tuned]) and not interpolates(RECIPE, [warmed, tuned])


def test_the_kept_weights_lie_between(tmp_path: Path) -> None:
    job = small_job(tmp_path, RECIPE)
    start = job.model.get_weights()
    save_weights(without_optimizer(job.model), tmp_path / BEFORE)
    tuned = [weight + 1 for weight in start]
    job.model.set_weights(tuned)
    share = interpolate(job, [history_row("finetune", 1, 1.0, 1.0)])
    assert share in SHARES and not (tmp_path / BEFORE).exists()
    for old, new in zip(start, job.model.get_weights(), strict=True):
        np.testing.assert_allclose(new, old + share, atol=1e-6)
    other = small_job(tmp_path, RECIPE).model
    load_exactly(other, tmp_path / WEIGHTS, "this run", "")
    for kept, new in zip(other.get_weights(), job.model.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, new)


def test_a_run_without_the_weights_before_keeps_what_it_has(tmp_path: Path) -> None:
    job = small_job(tmp_path, RECIPE)
    before = job.model.get_weights()
    assert interpolate(job, []) is None
    for old, new in zip(before, job.model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
