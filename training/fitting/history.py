"""The rows of a run's history, one an epoch."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from app.arrays import Float32s
from app.model.probabilities import log_loss
from training.augmentation.batches import Part
from training.evaluation.temperature import fit_temperature
from training.run_folder import FINETUNE

_SCORES = ("loss", "accuracy", "val_loss", "val_accuracy", "val_nll")


def epoch_row(
    stage: str, epoch: int, scores: Mapping[str, float], learning_rate: float, seconds: float
) -> dict[str, Any]:
    """Makes the row of an epoch.

    Args:
        stage: WARMUP or FINETUNE.
        epoch: counted from 1, through both stages.
        scores: loss and accuracy, of training and of validation, see training.run_folder; missing ones become NaN.
        learning_rate: at its end.
        seconds: how long it took.
    """
    known = {name: float(scores.get(name, math.nan)) for name in _SCORES}
    return {"stage": stage, "epoch": epoch, **known, "learning_rate": learning_rate, "seconds": seconds}


def tuned_rows(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Selects the epochs of fine-tuning."""
    return [row for row in rows if row["stage"] == FINETUNE]


def calibrated_loss(logits: Float32s, part: Part) -> float:
    """Computes the cross-entropy of a part after the temperature that suits it best.

    Args:
        logits: (n, K), of its images in order.
        part: with one-hot targets.
    """
    return log_loss(logits, part.truth, fit_temperature(logits, part.truth))
