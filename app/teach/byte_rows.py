"""Embeddings as bytes: a byte is the square root of a value, which is what a taught head sees, in steps of 1/255 of the
largest."""

import numpy as np
import numpy.typing as npt

from app.arrays import Float32s

Bytes = npt.NDArray[np.uint8]


def to_bytes(embedding: Float32s) -> tuple[Bytes, float]:
    """Turns embeddings (M, D) into bytes; what is below zero becomes zero.

    Returns:
        uint8 (M, D), and the square root that 255 stands for.
    """
    roots = np.sqrt(np.maximum(embedding, 0))
    top = float(roots.max(initial=0)) or 1.0
    return np.round(roots * (255 / top)).astype(np.uint8), top


def from_bytes(rows: Bytes, top: float) -> Float32s:
    """Turns the bytes of `to_bytes` into embeddings, float32 (M, D)."""
    return np.asarray((rows.astype(np.float32) * (top / 255)) ** 2, np.float32)
