"""What taught classes are told apart from: embeddings of images that show something else.

No user has to collect such images. The program comes with embeddings, not images, of people at many activities, of
people who do nothing before their cameras, and of frames that show nothing. A group of them that shows what is being
taught is left out.
"""

from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from app.arrays import Bools, Float32s, Images, Ints
from app.errors import ModelError
from app.teach.byte_rows import from_bytes, to_bytes
from app.teach.general_network import BaseModel

NOTHING = 0  # the group of frames that show nothing
_PROBED = 6  # one in so many of the probe frames is enough to know a network by
_ALIKE = 0.05  # of the probe's largest value: networks that differ by less than this are the same, rounded to a byte


@dataclass(frozen=True, eq=False)
class Background:
    """Embeddings of images that show nothing that is taught.

    Attributes:
        embedding: float32 (M, D), zero where the networks' values are below zero.
        groups: (M,), the images of one number show one activity.
        known: (D,), the columns that hold something: all, or the general network's alone where the model's own
            embedding is not that of the model for which the background was made.
    """

    embedding: Float32s
    groups: Ints
    known: Bools


@dataclass(frozen=True, eq=False)
class Rows:
    """The background as it is stored.

    Attributes:
        embedding: float32 (M, D), zero where the networks' values are below zero.
        groups: (M,), the images of one number show one activity; number NOTHING are frames that show nothing.
        general_columns: how many columns, the first ones, are the general network's.
    """

    embedding: Float32s
    groups: Ints
    general_columns: int


def read_rows(path: Path) -> Rows:
    """Reads the background as it is stored.

    Raises:
        ModelError: the file is missing or damaged.
    """
    try:
        with path.open("rb") as file, np.load(file) as found:
            roots, top = found["roots"], float(found["top"])
            groups, general = found["groups"].astype(np.int64), int(found["general_columns"])
        if roots.dtype != np.uint8 or roots.ndim != 2 or len(groups) != len(roots) or general > roots.shape[1]:
            raise ValueError("another layout")
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise _damaged(path, str(error)) from None
    return Rows(from_bytes(roots, top), groups, general)


def read_background(path: Path, base: BaseModel) -> Background | None:
    """Reads the background in the embedding of a model.

    Args:
        path: of the file, as `write_background` writes it.
        base: the model that is taught.

    Returns:
        The background; None for a model without a general network, whose embedding it cannot have.

    Raises:
        ModelError: the file is missing or damaged.
    """
    if not base.general_columns:
        return None
    stored = read_rows(path)
    if stored.general_columns != base.general_columns:
        raise _damaged(path, "another general network")
    embedding, general, groups = stored.embedding, stored.general_columns, stored.groups
    frames = probe_frames(base.contract.input.size)
    probe = np.maximum(base.classifier.predict(frames[::_PROBED]).embedding, 0)
    width = probe.shape[1]
    if embedding.shape[1] == width and _is_same(embedding[: len(frames) : _PROBED, general:], probe[:, general:]):
        return Background(embedding, groups, np.ones(width, bool))
    padded = np.zeros((len(embedding), width), np.float32)
    padded[:, :general] = embedding[:, :general]
    return Background(padded, groups, np.arange(width) < general)


def write_background(path: Path, embedding: Float32s, groups: Ints, general_columns: int) -> None:
    """Writes a background, a byte a value.

    Args:
        path: the .npz file.
        embedding: float32 (M, D); the first rows are those of `probe_frames`.
        groups: (M,).
        general_columns: how many columns, the first ones, are the general network's.
    """
    rows, top = to_bytes(embedding)
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            roots=rows,
            top=np.float32(top),
            groups=groups.astype(np.int16),
            general_columns=np.int32(general_columns),
        )


def probe_frames(size: int) -> Images:
    """Makes frames that show nothing: of one grey, from a covered lens to an over-exposed one, ramps, and noise.

    Args:
        size: S, px.

    Returns:
        uint8 RGB (N, S, S, 3).
    """
    rng = np.random.default_rng(0)
    shape = (size, size, 3)
    plain = [np.full(shape, level) for level in (0, 4, 16, 48, 96, 128, 176, 224, 250, 255)]
    ramp = np.broadcast_to(np.linspace(0, 255, size)[:, None, None], shape)
    ramps = [ramp, ramp[::-1], ramp.transpose(1, 0, 2), ramp.transpose(1, 0, 2)[:, ::-1]]
    noise = [mean + spread * rng.standard_normal(shape) for mean, spread in ((8, 4), (40, 12), (128, 30), (128, 80))]
    return np.clip(np.round(np.stack([*plain, *ramps, *noise])), 0, 255).astype(np.uint8)


def _damaged(path: Path, reason: str) -> ModelError:
    return ModelError(f"{path}: expected the background that comes with the program ({reason}); get it again")


def _is_same(stored: Float32s, found: Float32s) -> bool:
    roots = np.sqrt(np.maximum(stored, 0)), np.sqrt(np.maximum(found, 0))
    return bool(np.abs(roots[0] - roots[1]).max(initial=0) <= _ALIKE * roots[1].max(initial=1e-6))
