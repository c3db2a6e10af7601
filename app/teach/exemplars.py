"""What a model remembers of its classes: embeddings of a few pictures of each, packed into its metadata.

Beside the contract, under a key of its own: base64 of zlib of uint8 rows. A byte is the square root of a value, which
is what a taught head looks at, in steps of 1/255 of the largest.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.errors import ModelError

KEY = "prototypes"
MAX_SIZE = 100_000  # of an embedding


@dataclass(frozen=True, eq=False)
class Prototypes:
    """embedding: float32 (N, D), what is below zero as zero. counts: how many of the rows are of each class, in order.
    confidence: float32 (N,), the model's probability of its answer to each. of: the pictures they are of, in words."""

    embedding: npt.NDArray[np.float32]
    counts: tuple[int, ...]
    confidence: npt.NDArray[np.float32]
    of: str = ""


def pack(prototypes: Prototypes) -> str:
    """The metadata's value."""
    roots = np.sqrt(np.maximum(prototypes.embedding, 0))
    top = float(roots.max(initial=0)) or 1.0
    rows = np.round(roots * (255 / top)).astype(np.uint8)
    data = base64.b64encode(zlib.compress(rows.tobytes(), 6)).decode("ascii")
    confidence = [round(float(value), 3) for value in prototypes.confidence]
    found = {"counts": prototypes.counts, "size": rows.shape[1], "top": top, "of": prototypes.of}
    return json.dumps({**found, "confidence": confidence, "data": data})


def unpack(metadata: Mapping[str, str], classes: int) -> Prototypes | None:
    """None where there are none. Raises ModelError for what `pack` did not write, or not for this model."""
    if KEY not in metadata:
        return None
    try:
        found = json.loads(metadata[KEY])
        counts, top, of = tuple(found["counts"]), float(found["top"]), str(found["of"])
        size = int(found["size"])
        total = sum(counts) * size
        if not 0 < size <= MAX_SIZE or len(counts) != classes or not total:
            raise ValueError("they are of another model")
        unzip = zlib.decompressobj()
        data = unzip.decompress(base64.b64decode(found["data"], validate=True), total + 1)
        roots = np.frombuffer(data, np.uint8).reshape(-1, size).astype(np.float32) * (top / 255)
        confidence = np.asarray(found["confidence"], np.float32)
        if len(roots) != sum(counts) or confidence.shape != (len(roots),):
            raise ValueError("rows are missing")
    except (ValueError, TypeError, KeyError, zlib.error) as error:
        raise ModelError(f"metadata {KEY!r} cannot be read ({error}); export the model again") from None
    return Prototypes(roots**2, counts, confidence, of)
