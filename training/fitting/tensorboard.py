"""The history as TensorBoard events, for those who like its curves."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tensorflow as tf


def write_events(history: Sequence[dict[str, Any]], folder: Path) -> None:
    """A scalar for each column of history.csv in `folder`; view with: tensorboard --logdir runs."""
    writer = tf.summary.create_file_writer(str(folder))
    with writer.as_default():
        for step, row in enumerate(history, 1):
            for key, value in row.items():
                if isinstance(value, float):
                    tf.summary.scalar(key, value, step=step)
    writer.close()
