"""Every image decoded once: a memory-mapped file that later runs open in a moment.

An entry is one file, so that renaming it into place publishes all of it: the images, an index (JSON), and a footer
that says where the index starts. Checksums of the parts tell a damaged entry, which is then built again.
"""

import contextlib
import hashlib
import itertools
import os
import secrets
import shutil
import struct
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import cv2
import msgspec
import numpy as np

from app.arrays import Image, Images
from app.errors import ConfigError
from app.images.prepare import InputSpec, prepare
from app.images.read import read_image
from app.model.contract import CONTRACT_VERSION
from app.system.threads import map_in_threads
from training.data.dataset import Sample
from training.data.decode import read_chunks, stack
from training.data.near_duplicates import Hashes, perceptual_hash

_FORMAT = "2"  # counts up with every change of the layout below, of `prepare`, and of the perceptual hash
_ENTRY, _DRAFT = ".pictures", ".pictures-part"
_FOOTER = struct.Struct("<8sQI")  # magic, where the index starts, its CRC-32
_MAGIC = b"pictures"
_UNUSED_S = 14 * 24 * 3600.0
_ABANDONED_S = 3600.0  # a draft grows by the second, unless its process was killed


@dataclass(frozen=True, eq=False)
class DecodedImages:
    """The images of samples, ready for the model.

    Attributes:
        samples: the N readable ones.
        images: RGB uint8 (N, S, S, 3), read-only, mapped from the disk.
        hashes: uint64 (N,), perceptual.
        unreadable: the samples whose files cannot be decoded.
    """

    samples: list[Sample]
    images: Images
    hashes: Hashes
    unreadable: list[Sample]


class _Index(msgspec.Struct, frozen=True):
    """What an entry says of its images.

    Attributes:
        hashes: of the readable images.
        unreadable: positions among the samples.
        chunks: how many images a chunk holds, and their CRC-32.
    """

    hashes: list[int]
    unreadable: list[int]
    chunks: list[tuple[int, int]]


def load_images(samples: Sequence[Sample], spec: InputSpec, folder: Path) -> DecodedImages:
    """Decodes and prepares the images of samples once, and opens them from the cache afterwards.

    An entry belongs to the contents of the files, their order, the size and the resize rule. It may be larger than the
    memory: the system pages it in and out. Several processes may do this at once. Entries that nobody has used for two
    weeks are removed.

    Args:
        samples: the image files.
        spec: what the model expects.
        folder: of the cache; made if missing.

    Raises:
        ConfigError: the disk is full, or `folder` cannot be written.
    """
    path = folder / (_key(samples, spec) + _ENTRY)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_old(folder, path)
        decoded = _open(path, samples, spec.size)
        if decoded is None:
            _check_space(folder, samples, spec.size)
            print(f"decoding {len(samples):,} images (once)")
            _build(path, samples, spec)
            decoded = _open(path, samples, spec.size)
    except OSError as error:
        needed = _gigabytes(_size(samples, spec.size))
        reason = error.strerror or error
        raise ConfigError(f"{folder}: the decoded images ({needed}) cannot be kept there: {reason}") from None
    if decoded is None:
        raise ConfigError(f"{path}: expected the images that were just written, read something else; check the disk")
    return decoded


def _key(samples: Sequence[Sample], spec: InputSpec) -> str:
    settings = (_FORMAT, CONTRACT_VERSION, cv2.__version__, str(spec.size), spec.resize)
    return hashlib.sha256("\n".join([*settings, *(sample.sha256 for sample in samples)]).encode()).hexdigest()[:32]


def _size(samples: Sequence[Sample], size: int) -> int:
    """In bytes."""
    return len(samples) * size * size * 3


def _gigabytes(number: int) -> str:
    return f"{number / 1e9:.1f} GB" if number >= 5e7 else f"{number / 1e6:.1f} MB"


def _check_space(folder: Path, samples: Sequence[Sample], size: int) -> None:
    needed, free = _size(samples, size), shutil.disk_usage(folder).free
    if free < needed:
        raise ConfigError(
            f"{folder}: {len(samples):,} decoded images need {_gigabytes(needed)}, the disk has {_gigabytes(free)} "
            "free; make room, or take fewer or smaller images"
        )


def _remove_old(folder: Path, wanted: Path) -> None:
    """Removes entries that nobody uses, and drafts whose process was killed."""
    now = time.time()
    for suffix, limit_s in ((_ENTRY, _UNUSED_S), (_DRAFT, _ABANDONED_S)):
        for path in folder.glob(f"*{suffix}"):
            try:
                if path != wanted and now - path.stat().st_mtime > limit_s:
                    path.unlink()
            except OSError:
                continue  # another run was faster, or Windows has it open


def _build(path: Path, samples: Sequence[Sample], spec: InputSpec) -> None:
    """Writes an entry. Not through a mapping: on a full disk that kills the process, while a write raises OSError.

    The draft has an ending of its own, by which `_remove_old` finds it after a kill.
    """
    draft = path.with_name(f"{path.stem}-{secrets.token_hex(8)}{_DRAFT}")
    try:
        with draft.open("wb") as file:
            index = _write_images(file, samples, spec)
            start, data = file.tell(), msgspec.json.encode(index)
            file.write(data)
            file.write(_FOOTER.pack(_MAGIC, start, zlib.crc32(data)))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _write_images(file: BinaryIO, samples: Sequence[Sample], spec: InputSpec) -> _Index:
    def work(image: Image) -> tuple[Image, int]:
        return prepare(image, spec), perceptual_hash(image)

    hashes: list[int] = []
    unreadable: list[int] = []
    chunks: list[tuple[int, int]] = []
    seen = 0
    for results in read_chunks(samples, work, spec.size):
        done = [result for _, result in results if result is not None]
        unreadable += [seen + at for at, (_, result) in enumerate(results) if result is None]
        seen += len(results)
        images = stack([image for image, _ in done], spec.size)
        hashes += [value for _, value in done]
        chunks.append((len(images), zlib.crc32(images.data)))
        file.write(images.data)
    return _Index(hashes, unreadable, chunks)


def _open(path: Path, samples: Sequence[Sample], size: int) -> DecodedImages | None:
    """None for an entry that is missing or damaged, or that calls a file unreadable which can be read by now."""
    index = _read_index(path, size)
    if index is None or len(index.hashes) + len(index.unreadable) != len(samples):
        return None
    lost = set(index.unreadable)
    unreadable = [sample for at, sample in enumerate(samples) if at in lost]
    kept = [sample for at, sample in enumerate(samples) if at not in lost]
    shape = (len(kept), size, size, 3)
    images = np.memmap(path, np.uint8, "r", shape=shape) if kept else np.empty(shape, np.uint8)
    if not _is_sound(images, index) or any(read_image(sample.path) is not None for sample in unreadable):
        return None
    with contextlib.suppress(OSError):  # an entry that may be read but not changed is as good
        path.touch()
    return DecodedImages(kept, images, np.array(index.hashes, np.uint64), unreadable)


def _read_index(path: Path, size: int) -> _Index | None:
    """None when there is no entry, or one whose parts do not fit together."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END) - _FOOTER.size
            file.seek(max(0, end))
            magic, start, checksum = _FOOTER.unpack(file.read())
            if magic != _MAGIC or start > end:
                return None
            file.seek(start)
            data = file.read(end - start)
        if zlib.crc32(data) != checksum:
            return None
        index = msgspec.json.decode(data, type=_Index)
    except (FileNotFoundError, struct.error, msgspec.MsgspecError):
        return None
    return index if start == len(index.hashes) * size * size * 3 else None


def _is_sound(images: Images, index: _Index) -> bool:
    """Whether the images have the checksums of the index."""
    ends = list(itertools.accumulate(count for count, _ in index.chunks))
    slices = (images[end - count : end].data for end, (count, _) in zip(ends, index.chunks, strict=True))
    return map_in_threads(zlib.crc32, slices) == [checksum for _, checksum in index.chunks]
