import math

import numpy as np
import pytest

from training.augmentation.batches import Part
from training.fitting.history import calibrated_loss, epoch_row, tuned_rows
from training.run_folder import FINETUNE, WARMUP


def test_scores_that_an_epoch_lacks_are_not_a_number() -> None:
    row = epoch_row(WARMUP, 3, {"loss": 1, "accuracy": 0.5, "learning_rate": 9}, 1e-3, 2.5)
    assert (row["stage"], row["epoch"], row["loss"], row["learning_rate"]) == ("warmup", 3, 1.0, 1e-3)
    assert math.isnan(row["val_nll"]) and math.isnan(row["val_loss"]) and isinstance(row["loss"], float)


def test_epochs_of_the_warm_up_are_no_fine_tuning() -> None:
    rows = [epoch_row(stage, number, {}, 1e-3, 1) for number, stage in enumerate((WARMUP, FINETUNE, FINETUNE))]
    assert [row["epoch"] for row in tuned_rows(rows)] == [1, 2] and tuned_rows(rows[:1]) == []


def test_a_model_that_is_too_sure_is_judged_as_if_it_were_not() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(400, 2)).astype(np.float32)
    probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = (rng.random(400) > probs[:, 0]).astype(int)
    part = Part(
        np.zeros((400, 1, 1, 3), np.uint8), np.arange(400), np.eye(2, dtype=np.float32)[truth], np.ones(400, int)
    )
    assert calibrated_loss(3 * logits, part) == pytest.approx(calibrated_loss(logits, part), abs=1e-3)
