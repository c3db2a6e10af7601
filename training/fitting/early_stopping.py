"""When training stops before its last epoch."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from app.text import counted
from training.fitting.history import tuned_rows
from training.recipe import Stop
from training.run_folder import WARMUP, kept_row

_PATIENCE = 3  # epochs of fine-tuning after a perfect warm-up
_ROUNDING = 1e-9  # 0.95 - 0.80 is a little less than 0.15 in floating point


def stop_reason(stop: Stop, rows: Sequence[Mapping[str, Any]]) -> str | None:
    """Says why training should stop after the last of `rows`; a pure function of the history.

    Args:
        stop: the rule.
        rows: the epochs so far, oldest first, each with float `accuracy` and `val_accuracy` (0..1). A NaN is neither
            better nor ahead.

    Returns:
        One line; None to go on.
    """
    if stop.patience and _epochs_since_best(rows) >= stop.patience:
        best = max((row["val_accuracy"] for row in rows if not math.isnan(row["val_accuracy"])), default=math.nan)
        return f"validation accuracy no better than {best:.4f} for {counted(stop.patience, 'epoch')}"
    if stop.gap and _epochs_ahead(stop.gap, rows) >= stop.gap_patience:
        return (
            f"training accuracy ahead of validation by {100 * stop.gap:g} points or more "
            f"for {counted(stop.gap_patience, 'epoch')} in a row"
        )
    return None


def nothing_to_gain(rows: Sequence[dict[str, Any]], monitor: str) -> str | None:
    """Says why fine-tuning should end where the warm-up is perfect on validation and stays the better one.

    Args:
        rows: the whole history.
        monitor: of the recipe.

    Returns:
        One line; None to go on.
    """
    kept, tuned = kept_row(rows, monitor), tuned_rows(rows)
    if kept is None or kept["stage"] != WARMUP or kept["val_accuracy"] < 1 or len(tuned) < _PATIENCE:
        return None
    return f"the warm-up is perfect on validation, and {counted(_PATIENCE, 'epoch')} of fine-tuning did not better it"


def _epochs_since_best(rows: Sequence[Mapping[str, Any]]) -> int:
    best = -math.inf
    since = 0
    for row in rows:
        since += 1
        if row["val_accuracy"] > best:
            best, since = row["val_accuracy"], 0
    return since


def _epochs_ahead(gap: float, rows: Sequence[Mapping[str, Any]]) -> int:
    """How many of the last epochs in a row show at least this gap."""
    ahead = 0
    for row in reversed(rows):
        if not row["accuracy"] - row["val_accuracy"] >= gap - _ROUNDING:
            break
        ahead += 1
    return ahead
