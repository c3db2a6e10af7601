"""One worker's work: from a file, or a piece of one, to what the network says of it. Images never leave it."""

import logging
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import numpy as np

from app.arrays import Image, Ints
from app.config.settings import InferenceSettings
from app.cues.finder import CueNetworks
from app.entities import Frame
from app.errors import AppError, SourceError
from app.labelling.cadence import Cadence, due_at
from app.labelling.cue_watch import Eyes
from app.model.classifier import Classifier
from app.scan.addresses import identity, on_this_computer
from app.scan.job import Job
from app.scan.looks import Answer, Looks, Piece, Work, packed, unpacked
from app.sources.address import is_url
from app.sources.base import Source
from app.sources.file_index import FileIndex, index_file
from app.sources.media import without_password
from app.sources.open import open_source
from app.sources.picture import open_picture
from app.sources.sparse import SparseFile, Stretch, UnlikeIndexError, stretches

BATCH = 8  # images in one run of the network; answers do not depend on it
_UNSEEN: Image = np.zeros((1, 1, 3), np.uint8)  # a steady rhythm goes by the time alone


class Scanner:
    """Looks at files with one model."""

    def __init__(self, job: Job) -> None:
        """Opens the model.

        Args:
            job: what all pieces have in common.

        Raises:
            ModelError: the model does not open.
        """
        self._job = job
        inference = job.settings.inference
        self._classifier = Classifier(job.model, inference.threads, inference.provider)
        contract = self._classifier.contract
        self._looks_for_cues = contract.cues is not None and job.settings.cues.use == "on"
        self._networks = CueNetworks() if self._looks_for_cues else None
        self._min_side_px = None if self._looks_for_cues else contract.image_side_px

    def answer(self, work: Work) -> Answer:
        """Does a piece of work. What is wrong with the file is said in the answer."""
        name = without_password(work.file)
        try:
            if work.identity is None or identity(work.file) != work.identity:
                return Answer(problem=_what_happened(work))
            with on_this_computer(work.file) as path:
                done = self._do(path, name, work)
            if identity(work.file) != work.identity:
                return Answer(problem=_what_happened(work))
        except AppError as error:
            return Answer(problem=str(error).removeprefix(f"{name}: "))
        return done

    def _do(self, path: Path, name: str, work: Work) -> Answer:
        return self._begin(path, name, work) if work.piece is None else self._go_on(path, name, work.piece, work.seen)

    def _begin(self, path: Path, name: str, work: Work) -> Answer:
        """Cuts a file into pieces; looks at it at once where there is one, or where it must be read as a whole."""
        if work.whole or open_picture(path, name, self._min_side_px):
            return self._read_all(path, name)
        index = index_file(path, name)
        if index is None:
            return self._read_all(path, name)
        # what is fetched from elsewhere is fetched once
        pieces = cut(index, self.wanted(index), math.inf if is_url(work.file) else self._job.piece_s)
        if len(pieces) > 1:
            return Answer(pieces=pieces, end_s=index.end_s, problem=index.missing)
        done = self._go_on(path, name, pieces[0], None)
        if done.unlike:
            return self._read_all(path, name)
        return Answer(looks=done.looks, end_s=index.end_s, problem=index.missing)

    def _go_on(self, path: Path, name: str, piece: Piece, seen: bytes | None) -> Answer:
        try:
            return Answer(looks=self._look(self._images(path, name, piece), seen))
        except UnlikeIndexError:
            return Answer(unlike=True)

    def wanted(self, index: FileIndex) -> Ints:
        """Returns which images of a file are looked at: int64 (N,), their positions in the order of showing."""
        keys = np.flatnonzero(index.is_key) if self._job.keyframes else np.arange(len(index.times_s))
        return keys[list(due_at(index.times_s[keys], self._job.every_s))]

    def _images(self, path: Path, name: str, piece: Piece) -> Iterator[Frame]:
        with SparseFile(path, name, self._min_side_px) as file:
            for time_s, (_, image) in zip(piece.times_s, file.images(piece.stretches), strict=True):
                yield Frame(image, 0, time_s, name)

    def _read_all(self, path: Path, name: str) -> Answer:
        """Looks at a file through the app's own reader, which decodes every image."""
        settings, min_side_px = self._job.settings, self._min_side_px
        try:
            with _warnings() as said, open_source(path, settings.source, min_side_px=min_side_px) as source:
                due = _Due(source, settings.inference)
                looks = self._look(due, None)
        except SourceError as error:
            raise SourceError(str(error).replace(str(path), name)) from None
        return Answer(looks=looks, end_s=due.end_s, problem="; ".join(said).replace(f"{path}: ", ""))

    def _look(self, frames: Iterable[Frame], seen: bytes | None) -> Looks:
        eyes = Eyes(self._networks) if self._networks else None
        if eyes and seen:
            eyes.seen = unpacked(seen)
        times, probs, empty = [], [], []
        size = self._classifier.contract.input
        images = ((frame.time_s, frame.prepare(size), eyes.look(frame) if eyes else None) for frame in frames)
        spec = self._classifier.contract.cues
        while batch := list(islice(images, BATCH)):
            cues = spec.rows(found.vector if found else None for _, _, found in batch) if spec else None
            probs.append(self._classifier.predict(np.stack([image for _, image, _ in batch]), cues).probs)
            times += [time_s for time_s, _, _ in batch]
            empty += [found.findings.nobody for _, _, found in batch if found]
        return Looks(
            np.array(times, np.float64).tobytes(),
            np.concatenate(probs).tobytes() if probs else b"",
            np.array(empty, np.bool_).tobytes() if eyes else None,
            packed(eyes.seen) if eyes else None,
        )


def cut(index: FileIndex, wanted: Ints, piece_s: float) -> list[Piece]:
    """Cuts a file into pieces, each of which begins at a keyframe.

    Args:
        index: the file's.
        wanted: int64 (N,), the positions of its images that are looked at; one or more.
        piece_s: about how long a piece is.
    """
    parts: dict[int, list[tuple[Stretch, list[int]]]] = {}
    for stretch, positions in stretches(index, wanted.tolist()):
        parts.setdefault(int(index.times_s[positions[0]] // piece_s), []).append((stretch, positions))
    times_s = [[float(index.times_s[at]) for _, positions in part for at in positions] for part in parts.values()]
    ends_s = [*(own[0] for own in times_s[1:]), index.end_s]
    return [
        Piece(own[0], end_s, [stretch for stretch, _ in part], own)
        for part, own, end_s in zip(parts.values(), times_s, ends_s, strict=True)
    ]


class _Due:
    """The images of a source that a steady rhythm looks at, through its own reader.

    end_s: when the last image that was read ends.
    """

    def __init__(self, source: Source, settings: InferenceSettings) -> None:
        self._source, self._cadence, self.end_s = source, Cadence(settings), 0.0

    def __iter__(self) -> Iterator[Frame]:
        for frame in self._source:
            self.end_s = frame.time_s + (frame.lasts_s or 0.0)
            if not self._cadence.too_early(frame.time_s) and self._cadence.due(_UNSEEN, frame.time_s):
                yield frame


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """Collects what the readers of files warn of."""
    said: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("app.sources")
    logger.addHandler(handler)
    try:
        yield said
    finally:
        logger.removeHandler(handler)


def _what_happened(work: Work) -> str:
    now = identity(work.file)
    if now is None and work.identity is None:
        return "no such file, or it cannot be reached" if is_url(work.file) else "no such file"
    if now is None:
        return "vanished while the archive was scanned"
    return "changed while the archive was scanned; scan it again"
