"""Keras's loops, which Ctrl-C ends between two batches: never while its threads load images, never in a destructor."""

from collections.abc import Sequence
from typing import Any

import keras

from app.arrays import Float32s
from app.system.interrupts import interrupts


def fit(model: Any, data: Any, *, callbacks: Sequence[Any] = (), **options: Any) -> Any:
    """Calls `model.fit`, silently.

    Args:
        model: a compiled keras.Model.
        data: batches.
        callbacks: as of Keras.
        options: as of Keras.

    Returns:
        Keras's History.

    Raises:
        Interrupted: Ctrl-C or SIGTERM, where `interrupts` is installed.
    """
    with interrupts.deferred():
        return model.fit(data, callbacks=[*callbacks, _Check()], verbose=0, **options)


def evaluate(model: Any, data: Any, callbacks: Sequence[Any]) -> None:
    """Calls `model.evaluate`, silently; arguments and errors as of `fit`."""
    with interrupts.deferred():
        model.evaluate(data, callbacks=[*callbacks, _Check()], verbose=0)


def predict(model: Any, data: Any) -> Float32s:
    """Calls `model.predict`, silently; arguments and errors as of `fit`.

    Returns:
        The outputs for all batches, one below the other.
    """
    with interrupts.deferred():
        outputs: Float32s = model.predict(data, callbacks=[_Check()], verbose=0)
        return outputs


class _Check(keras.callbacks.Callback):  # type: ignore[misc]
    """Raises what has arrived after each batch."""

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        interrupts.check()

    def on_test_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        interrupts.check()

    def on_predict_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        interrupts.check()
