from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from app.errors import ConfigError
from app.model.probabilities import log_loss
from training.augmentation.batches import Part
from training.evaluation.temperature import fit_temperature
from training.fitting.job import Job
from training.fitting.stages import fine_tune, fit, warm_up
from training.networks.model import build_model, load_exactly
from training.recipe import Recipe, Stop, Warmup
from training.run_folder import WEIGHTS, last_weights, read_history, write_history

RECIPE = Recipe(backbone="baseline_cnn", input_size=32, strategy="full", epochs=1, batch_size=4, augment=("none",))


def job(folder: Path, recipe: Recipe) -> Job:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (8, 32, 32, 3), np.uint8)
    part = Part(images, np.arange(8), np.eye(2, dtype=np.float32)[[0, 1] * 4], np.ones(8, np.int64))
    return Job(model=build_model(recipe, 2), recipe=recipe, train=part, val=part, counts=[4, 4], folder=folder)


def row(stage: str, epoch: int, accuracy: float, val_accuracy: float, val_nll: float = 1.0) -> dict[str, Any]:
    scores = {"loss": 1.0, "accuracy": accuracy, "val_loss": 1.0, "val_accuracy": val_accuracy, "val_nll": val_nll}
    return {"stage": stage, "epoch": epoch, **scores, "learning_rate": 1e-3, "seconds": 1.0}


def test_a_resumed_run_that_had_to_stop_trains_no_further(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fine_tune(job(tmp_path, RECIPE), [])
    assert last_weights(tmp_path, 1).exists()
    stopping = replace(RECIPE, epochs=5, stop=Stop(gap=0.5, gap_patience=1))
    history = [row("finetune", 1, accuracy=0.9, val_accuracy=0.1)]
    assert fine_tune(job(tmp_path, stopping), history) == history
    assert "stopped early: training accuracy ahead of validation" in capsys.readouterr().out


def test_an_early_epoch_of_the_warm_up_whose_weights_are_gone_is_no_rival(tmp_path: Path) -> None:
    history = [row("warmup", 1, 1.0, val_accuracy=1.0), row("warmup", 2, 1.0, val_accuracy=0.0)]
    began = job(tmp_path, RECIPE)
    before = [weight.numpy() for weight in began.model.trainable_variables]
    fine_tune(began, history)
    best = build_model(began.recipe, 2)
    load_exactly(best, tmp_path / WEIGHTS, "this run", "")
    moved = [np.abs(old - new.numpy()).max() for old, new in zip(before, best.trainable_variables, strict=True)]
    assert max(moved) > 0


def test_the_lowest_loss_is_judged_after_calibration(tmp_path: Path) -> None:
    """Smoothed labels and pictures larger than in training make good epochs too modest: their plain loss rises."""
    began = job(tmp_path, replace(RECIPE, monitor="loss"))
    warmed = row("warmup", 1, 1.0, val_accuracy=0.0, val_nll=5.0) | {"val_loss": 0.0}
    (_, tuned) = fine_tune(began, [warmed])
    assert tuned["val_loss"] > warmed["val_loss"] and tuned["val_nll"] < 1
    kept = build_model(began.recipe, 2)
    load_exactly(kept, tmp_path / WEIGHTS, "this run", "")
    logits = kept.predict(began.val.images, verbose=0)
    assert log_loss(logits, began.val.truth, fit_temperature(logits, began.val.truth)) == pytest.approx(
        tuned["val_nll"], abs=1e-4
    ), "the tuned weights, not those of the warm-up"


def test_a_run_goes_on_from_its_history(tmp_path: Path) -> None:
    recipe = replace(RECIPE, strategy="warmup_then_full", warmup=Warmup(epochs=2), epochs=2)
    history = fit(job(tmp_path, recipe))
    assert [(row["stage"], row["epoch"]) for row in history] == [
        ("warmup", 1), ("warmup", 2), ("finetune", 3), ("finetune", 4),
    ]  # fmt: skip
    assert [row["epoch"] for row in read_history(tmp_path)] == [1, 2, 3, 4]
    resumed = fit(job(tmp_path, replace(recipe, epochs=3)))
    assert [row["epoch"] for row in resumed] == [1, 2, 3, 4, 5]
    assert [path.name for path in tmp_path.glob("last-*")] == ["last-3.weights.h5"]


def test_a_run_that_was_killed_in_its_warm_up_repeats_it(tmp_path: Path) -> None:
    recipe = replace(RECIPE, strategy="frozen", epochs=2)
    write_history(tmp_path, [row("warmup", 1, accuracy=0.9, val_accuracy=0.9)])
    assert [row["epoch"] for row in fit(job(tmp_path, recipe))] == [1, 2]


def test_without_a_warm_up_there_are_no_rows_of_it(tmp_path: Path) -> None:
    assert warm_up(job(tmp_path, RECIPE)) == []


def test_weights_of_an_unfinished_run_that_are_gone_are_named(tmp_path: Path) -> None:
    history = [row("finetune", 1, accuracy=0.5, val_accuracy=0.5)]
    with pytest.raises(ConfigError, match=r"last-1\.weights\.h5: no such weights file; .*--overwrite"):
        fine_tune(job(tmp_path, RECIPE), history)
