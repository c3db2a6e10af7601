"""Exemplars: embeddings of a few images of each class, which a model stores to be taught more without forgetting.

They are packed into the model's metadata, beside the contract: base64 of zlib of rows of bytes. The idea is that of
iCaRL (Rebuffi et al. 2017), with embeddings in place of images.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.arrays import Float32s, Ints
from app.errors import ModelError
from app.teach.byte_rows import from_bytes, to_bytes

EXEMPLARS_KEY = "prototypes"  # in the metadata
MAX_SIZE = 100_000  # of an embedding


@dataclass(frozen=True, eq=False)
class Exemplars:
    """Embeddings of images whose class is known, sorted by class.

    Attributes:
        embedding: float32 (M, D), zero where the network's values are below zero.
        counts: how many of the rows are of each class, in the order of the model's labels.
        confidence: float32 (M,), the model's probability of its answer to each.
        of: the images that they are of, in words; "" when there are no images behind them.
    """

    embedding: Float32s
    counts: tuple[int, ...]
    confidence: Float32s
    of: str = ""

    @property
    def labels(self) -> Ints:
        """The class of each row: (M,), an index into the model's labels."""
        return np.repeat(np.arange(len(self.counts)), self.counts)


def pack(exemplars: Exemplars) -> str:
    """Packs exemplars into a value for the metadata, which `unpack` reads."""
    rows, top = to_bytes(exemplars.embedding)
    found = {
        "counts": exemplars.counts,
        "size": rows.shape[1],
        "top": top,
        "of": exemplars.of,
        "confidence": [round(float(value), 3) for value in exemplars.confidence],
        "data": base64.b64encode(zlib.compress(rows.tobytes(), 6)).decode("ascii"),
    }
    return json.dumps(found)


def unpack(metadata: Mapping[str, str], classes: int) -> Exemplars | None:
    """Reads what `pack` wrote.

    Args:
        metadata: of the model.
        classes: how many the model has.

    Returns:
        The exemplars; None when the model stores none.

    Raises:
        ModelError: they are damaged, or of another model.
    """
    if EXEMPLARS_KEY not in metadata:
        return None
    try:
        found = json.loads(metadata[EXEMPLARS_KEY])
        counts = tuple(found["counts"])
        if len(counts) != classes or not all(isinstance(count, int) and count >= 0 for count in counts):
            raise ValueError("they are of another model")
        confidence = np.asarray(found["confidence"], np.float32)
        embedding = _embedding(found, sum(counts))
        if confidence.shape != (len(embedding),):
            raise ValueError("rows are missing")
        return Exemplars(embedding, counts, confidence, str(found["of"]))
    except (ValueError, TypeError, KeyError, OverflowError, zlib.error) as error:
        raise ModelError(f"metadata {EXEMPLARS_KEY!r} cannot be read ({error}); export the model again") from None


def _embedding(found: Mapping[str, Any], count: int) -> Float32s:
    """float32 (count, size); unpacks no more bytes than that, whatever the data promise."""
    size, top = int(found["size"]), float(found["top"])
    if not 0 < size <= MAX_SIZE or not count:
        raise ValueError("they are of another model")
    data = zlib.decompressobj().decompress(base64.b64decode(found["data"], validate=True), count * size + 1)
    rows = np.frombuffer(data, np.uint8).reshape(-1, size)
    if len(rows) != count:
        raise ValueError("rows are missing")
    return from_bytes(rows, top)
