import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from app.system.interrupts import Interrupted, interrupts
from training.fitting import interruptible

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
COUNT, BATCHES = 4, 200


@pytest.fixture
def model() -> Any:
    made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    made.compile("sgd", "mse")
    return made


@pytest.fixture
def asked() -> list[int]:
    """The batches that were asked for."""
    return []


@pytest.fixture
def batches(asked: list[int]) -> Any:
    """Made in threads, as those of a training are; Ctrl-C comes with the fifth."""

    def load(number: int) -> tuple[Any, Any]:
        asked.append(int(number))
        if number == 5:
            os.kill(os.getpid(), signal.SIGINT)
        return np.ones((COUNT, 3), np.float32), np.ones((COUNT, 1), np.float32)

    def batch(number: Any) -> tuple[Any, Any]:
        x, y = tf.numpy_function(load, [number], (tf.float32, tf.float32))
        return tf.ensure_shape(x, (None, 3)), tf.ensure_shape(y, (None, 1))

    return tf.data.Dataset.range(BATCHES).map(batch)


@pytest.fixture(autouse=True)
def installed() -> Iterator[None]:
    before = threading.active_count()
    interrupts.install()
    yield
    assert threading.active_count() <= before


def test_without_a_signal_they_return_what_keras_returns(model: Any) -> None:
    inputs, targets = np.eye(3, dtype=np.float32), np.ones((3, 1), np.float32)
    data = tf.data.Dataset.from_tensors((inputs, targets))
    history = interruptible.fit(model, data, epochs=2, shuffle=False).history
    assert len(history["loss"]) == 2
    assert (interruptible.predict(model, data) == model.predict(inputs, verbose=0)).all()
    seen: list[float] = []
    losses = keras.callbacks.LambdaCallback(on_train_end=lambda logs: seen.append(logs["loss"]))
    interruptible.fit(model, inputs, y=targets, callbacks=[losses])
    assert len(seen) == 1


@pytest.mark.parametrize("name", ["fit", "evaluate", "predict"])
def test_ctrl_c_ends_them_after_a_batch(model: Any, batches: Any, asked: list[int], name: str) -> None:
    options = {"fit": {"shuffle": False}, "evaluate": {"callbacks": []}, "predict": {}}[name]
    with pytest.raises(Interrupted):
        getattr(interruptible, name)(model, batches, **options)
    assert 5 in asked and len(asked) < BATCHES
