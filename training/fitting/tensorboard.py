"""The history as TensorBoard events."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tensorflow as tf


def write_events(history: Sequence[dict[str, Any]], folder: Path) -> None:
    """Writes a scalar for each column of history.csv; view them with: tensorboard --logdir runs.

    Args:
        history: the epochs.
        folder: for the event files; made when it is missing.
    """
    writer = tf.summary.create_file_writer(str(folder))
    with writer.as_default():
        for step, row in enumerate(history, 1):
            for key, value in row.items():
                if isinstance(value, float):
                    tf.summary.scalar(key, value, step=step)
    writer.close()
