"""When training stops before its last epoch."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from training.recipe import Stop

_ROUNDING = 1e-9  # 0.95 - 0.80 is a little less than 0.15 in floating point


def reason(stop: Stop, rows: Sequence[Mapping[str, Any]]) -> str | None:
    """One line that says why training should stop after the last of `rows`, None to go on; pure.

    rows: the epochs so far, oldest first, each with float `accuracy` and `val_accuracy` (0..1). A NaN is neither better
    nor ahead.
    """
    if stop.patience and _epochs_since_best(rows) >= stop.patience:
        best = max((row["val_accuracy"] for row in rows if not math.isnan(row["val_accuracy"])), default=math.nan)
        return f"validation accuracy no better than {best:.4f} for {_epochs(stop.patience)}"
    if stop.gap and _epochs_ahead(stop.gap, rows) >= stop.gap_patience:
        return (
            f"training accuracy ahead of validation by {100 * stop.gap:g} points or more "
            f"for {_epochs(stop.gap_patience)} in a row"
        )
    return None


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


def _epochs(number: int) -> str:
    return f"{number} epoch{'s' if number != 1 else ''}"
