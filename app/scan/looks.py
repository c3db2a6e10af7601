"""What travels between the main process and its workers: pieces of work, and what the network said to the looks."""

from typing import Any

import msgspec
import numpy as np

from app.arrays import Bools, Float32s, Float64s
from app.cues.finder import Seen
from app.sources.sparse import Stretch


class Piece(msgspec.Struct, frozen=True, array_like=True):
    """A part of a file.

    Attributes:
        start_s: when its first look is, in seconds of the file.
        end_s: when the next piece begins, or the file ends.
        stretches: what has to be decoded.
        times_s: of the looks.
    """

    start_s: float
    end_s: float
    stretches: list[Stretch]
    times_s: list[float]


class Work(msgspec.Struct, frozen=True):
    """What a worker is asked to do.

    Attributes:
        file: a path, or an address of fsspec.
        identity: what the file was when it was listed; None: not known.
        piece: a part of it; None: find out what the pieces are, and look at all of it where it is only one.
        whole: read every image of the file, whose packets promised others.
        seen: what the piece before saw, packed, where this one goes on from there; None: nothing.
    """

    file: str
    identity: str | None
    piece: Piece | None = None
    whole: bool = False
    seen: bytes | None = None


class Looks(msgspec.Struct, frozen=True):
    """What the network said to some images of a file.

    Attributes:
        times: float64 (N,), seconds of the file, as bytes.
        probs: float32 (N, K), as bytes.
        empty: bool (N,), where no sign of a person was found, as bytes; None where nobody looked.
        seen: what a finder of cues remembers at the end, packed; None without cues.
    """

    times: bytes
    probs: bytes
    empty: bytes | None
    seen: bytes | None = None

    @property
    def times_s(self) -> Float64s:
        """float64 (N,)."""
        return np.frombuffer(self.times, np.float64)

    @property
    def rows(self) -> Float32s:
        """The probabilities, float32 (N, K)."""
        return np.frombuffer(self.probs, np.float32).reshape(len(self.times_s), -1)

    @property
    def is_empty(self) -> Bools | None:
        """bool (N,), or None where nobody looked for people."""
        return None if self.empty is None else np.frombuffer(self.empty, np.bool_)


class Answer(msgspec.Struct, frozen=True):
    """What came of a piece of work.

    Attributes:
        pieces: of the file, where that was asked.
        looks: at the piece, or at the whole file where it is one piece.
        end_s: when the file ends; None where it was not found out.
        unlike: whether the file's packets promised other images than it gives.
        problem: why there is nothing more, or what is missing at the end; "" where all is well.
    """

    pieces: list[Piece] = []
    looks: Looks | None = None
    end_s: float | None = None
    unlike: bool = False
    problem: str = ""


def packed(seen: Seen) -> bytes:
    """Packs what a finder of cues remembers."""
    return msgspec.msgpack.encode(seen, enc_hook=_plain)


def unpacked(seen: bytes) -> Seen:
    """Undoes `packed`."""
    return msgspec.msgpack.decode(seen, type=Seen, dec_hook=_array)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return [value.dtype.str, value.shape, value.tobytes()]
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(type(value).__name__)


def _array(_: Any, value: Any) -> Any:
    dtype, shape, data = value
    return np.frombuffer(data, dtype).reshape(shape).copy()
