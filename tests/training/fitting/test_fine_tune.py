from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from app.errors import ConfigError
from tests.training.fitting.small_job import RECIPE, history_row, small_job
from training.fitting.fine_tune import fine_tune
from training.fitting.history import calibrated_loss
from training.networks.model import build_model, load_exactly
from training.recipe import Optimizer, Schedule, Stop
from training.run_folder import WEIGHTS, last_weights


def test_a_resumed_run_that_had_to_stop_trains_no_further(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fine_tune(small_job(tmp_path, RECIPE), [])
    assert last_weights(tmp_path, 1).exists()
    stopping = replace(RECIPE, epochs=5, stop=Stop(gap=0.5, gap_patience=1))
    history = [history_row("finetune", 1, accuracy=0.9, val_accuracy=0.1)]
    assert fine_tune(small_job(tmp_path, stopping), history) == history
    assert "stopped early: training accuracy ahead of validation" in capsys.readouterr().out


def test_an_early_epoch_of_the_warm_up_whose_weights_are_gone_is_no_rival(tmp_path: Path) -> None:
    history = [history_row("warmup", 1, 1.0, val_accuracy=1.0), history_row("warmup", 2, 1.0, val_accuracy=0.0)]
    began = small_job(tmp_path, RECIPE)
    before = [weight.numpy() for weight in began.model.trainable_variables]
    fine_tune(began, history)
    best = build_model(began.recipe, 2)
    load_exactly(best, tmp_path / WEIGHTS, "this run", "")
    moved = [np.abs(old - new.numpy()).max() for old, new in zip(before, best.trainable_variables, strict=True)]
    assert max(moved) > 0


def test_the_lowest_loss_is_judged_after_calibration(tmp_path: Path) -> None:
    """Smoothed labels and images larger than in training make good epochs too modest: their plain loss rises."""
    began = small_job(tmp_path, replace(RECIPE, monitor="loss"))
    warmed = history_row("warmup", 1, 1.0, val_accuracy=0.0, val_nll=5.0) | {"val_loss": 0.0}
    (_, tuned) = fine_tune(began, [warmed])
    assert tuned["val_loss"] > warmed["val_loss"] and tuned["val_nll"] < warmed["val_nll"]
    kept = build_model(began.recipe, 2)
    load_exactly(kept, tmp_path / WEIGHTS, "this run", "")
    logits = kept.predict(began.val.images, verbose=0)
    assert calibrated_loss(logits, began.val) == pytest.approx(tuned["val_nll"], abs=1e-4), (
        "the tuned weights, not those of the warm-up"
    )


def test_weights_of_an_unfinished_run_that_are_gone_are_named(tmp_path: Path) -> None:
    history = [history_row("finetune", 1, accuracy=0.5, val_accuracy=0.5)]
    with pytest.raises(ConfigError, match=r"last-1\.weights\.h5: no such weights file; .*--overwrite"):
        fine_tune(small_job(tmp_path, RECIPE), history)


def test_the_rate_of_each_epoch_is_the_schedules(tmp_path: Path) -> None:
    schedule = Schedule(name="step", factor=0.5, every_epochs=1, warmup_epochs=0)
    recipe = replace(RECIPE, epochs=3, schedule=schedule, optimizer=Optimizer(learning_rate=0.01))
    rates = [row["learning_rate"] for row in fine_tune(small_job(tmp_path, recipe), [])]
    assert rates == pytest.approx([0.01, 0.005, 0.0025])


@pytest.mark.parametrize(
    ("strategy", "epochs", "trained"), [("full", 1, 3), ("top_n", 1, 1), ("gradual", 1, 0), ("gradual", 4, 3)]
)
def test_the_strategy_says_which_layers_train(tmp_path: Path, strategy: Any, epochs: int, trained: int) -> None:
    """Of three convolutions; a gradual run begins with the last quarter of the layers, in which there is none."""
    recipe = replace(RECIPE, strategy=strategy, top_layers=4, epochs=epochs)
    job = small_job(tmp_path, recipe)
    kernels = [weight for weight in job.model.weights if weight.name == "kernel" and len(weight.shape) == 4]
    before = [kernel.numpy() for kernel in kernels]
    fine_tune(job, [])
    moved = [not np.array_equal(old, new.numpy()) for old, new in zip(before, kernels, strict=True)]
    assert moved == [False] * (3 - trained) + [True] * trained


def test_a_head_alone_is_not_fine_tuned(tmp_path: Path) -> None:
    history = [history_row("warmup", 1, 0.5, 0.5)]
    assert fine_tune(small_job(tmp_path, replace(RECIPE, strategy="frozen", epochs=5)), history) == history
    assert [path.name for path in tmp_path.iterdir()] == [WEIGHTS]
