from pathlib import Path

from msgspec.structs import replace

from tests.training.fitting.small_job import RECIPE, history_row, small_job
from training.fitting.stages import fit
from training.recipe import Warmup
from training.run_folder import read_history, write_history


def test_a_run_goes_on_from_its_history(tmp_path: Path) -> None:
    recipe = replace(RECIPE, strategy="warmup_then_full", warmup=Warmup(epochs=2), epochs=2)
    history, share = fit(small_job(tmp_path, recipe))
    assert share is None, "this recipe keeps the weights of an epoch"
    assert [(row["stage"], row["epoch"]) for row in history] == [
        ("warmup", 1), ("warmup", 2), ("finetune", 3), ("finetune", 4),
    ]  # fmt: skip
    assert [row["epoch"] for row in read_history(tmp_path)] == [1, 2, 3, 4]
    resumed, _ = fit(small_job(tmp_path, replace(recipe, epochs=3)))
    assert [row["epoch"] for row in resumed] == [1, 2, 3, 4, 5]
    assert [path.name for path in tmp_path.glob("last-*")] == ["last-3.weights.h5"]


def test_a_run_that_was_killed_in_its_warm_up_repeats_it(tmp_path: Path) -> None:
    recipe = replace(RECIPE, strategy="frozen", epochs=2)
    write_history(tmp_path, [history_row("warmup", 1, accuracy=0.9, val_accuracy=0.9)])
    assert [row["epoch"] for row in fit(small_job(tmp_path, recipe))[0]] == [1, 2]
