import importlib.util
from pathlib import Path

import pytest
import tensorflow as tf

from training.fitting.tensorboard import write_events

HISTORY = [
    {"stage": "warmup", "epoch": 1, "loss": 1.5, "val_accuracy": 0.25},
    {"stage": "finetune", "epoch": 2, "loss": 1.0, "val_accuracy": 0.5},
]


@pytest.mark.skipif(importlib.util.find_spec("tensorboard") is None, reason="tensorboard is not installed")
def test_every_figure_of_every_epoch_is_an_event(tmp_path: Path) -> None:
    write_events(HISTORY, tmp_path / "events")
    (file,) = (tmp_path / "events").iterdir()
    found = {}
    for record in tf.data.TFRecordDataset(str(file)):
        event = tf.compat.v1.Event.FromString(record.numpy())
        for value in event.summary.value:
            found[value.tag, event.step] = float(tf.make_ndarray(value.tensor))
    assert found == {("loss", 1): 1.5, ("val_accuracy", 1): 0.25, ("loss", 2): 1.0, ("val_accuracy", 2): 0.5}
