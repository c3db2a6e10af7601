"""The stages of a run: first the head on features of the frozen base, then epochs of the unfrozen network.

A recipe may end with weights between the two."""

from typing import Any

from training.fitting.fine_tune import fine_tune
from training.fitting.history import tuned_rows
from training.fitting.interpolate import interpolate
from training.fitting.job import Job
from training.fitting.warm_up import warm_up
from training.run_folder import read_history, write_history


def fit(job: Job) -> tuple[list[dict[str, Any]], float | None]:
    """Takes a run from wherever it stands to its end; `job.model` ends with the best weights.

    Returns:
        The whole history, a row an epoch, and the share of `interpolate`.
    """
    rows = read_history(job.folder)
    if not tuned_rows(rows):
        rows = warm_up(job)
        write_history(job.folder, rows)
    rows = fine_tune(job, rows)
    return rows, interpolate(job, rows)
