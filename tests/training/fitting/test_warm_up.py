from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from tests.training.fitting.small_job import RECIPE, small_job
from training.fitting.warm_up import warm_up
from training.recipe import Recipe, Warmup


def test_without_a_warm_up_there_are_no_rows_of_it(tmp_path: Path) -> None:
    assert warm_up(small_job(tmp_path, RECIPE)) == []


@pytest.mark.parametrize(
    ("changed", "epochs"),
    [
        ({"strategy": "warmup_then_full", "warmup": Warmup(epochs=3)}, 3),
        ({"strategy": "frozen", "epochs": 2}, 2),
        ({"strategy": "gradual", "unfreeze_epoch": 4}, 4),
    ],
    ids=lambda value: value["strategy"] if isinstance(value, dict) else "",
)
def test_the_head_alone_learns(tmp_path: Path, changed: dict[str, object], epochs: int) -> None:
    recipe: Recipe = replace(RECIPE, **changed)
    job = small_job(tmp_path, recipe)
    head = job.model.get_layer("logits").get_weights()
    before = [weight.copy() for weight in job.model.get_weights()]
    rows = warm_up(job)
    assert [row["epoch"] for row in rows] == list(range(1, epochs + 1)) and {row["stage"] for row in rows} == {"warmup"}
    moved = sum(not np.array_equal(old, new) for old, new in zip(before, job.model.get_weights(), strict=True))
    assert moved == len(head) == 2, "kernel and bias of the head"


def test_only_the_last_epoch_has_a_calibrated_loss(tmp_path: Path) -> None:
    rows = warm_up(small_job(tmp_path, replace(RECIPE, strategy="frozen", epochs=3)))
    assert [np.isfinite(row["val_nll"]) for row in rows] == [False, False, True]
    assert all(np.isfinite(row["val_loss"]) for row in rows)
