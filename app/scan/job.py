"""What all pieces of one run have in common."""

from pathlib import Path

import msgspec

from app.config.settings import Settings


class Job(msgspec.Struct, frozen=True):
    """The choices that every worker needs.

    Attributes:
        model: the ONNX file.
        settings: of the app; `inference.every_s` says how often a file is looked at.
        keyframes: look at keyframes alone.
        piece_s: about how many seconds of a file are one piece.
    """

    model: str
    settings: Settings
    keyframes: bool
    piece_s: float

    @property
    def every_s(self) -> float:
        """Least seconds between two looks."""
        return self.settings.inference.every_s or 0.0


def make_job(model: Path, settings: Settings, every_s: float, keyframes: bool, piece_s: float) -> Job:
    """Makes the job of a run.

    Args:
        model: the ONNX file.
        settings: of the app; of `inference` only threads and provider count.
        every_s: seconds between two looks.
        keyframes: as of `Job`.
        piece_s: as of `Job`.
    """
    steady = msgspec.structs.replace(settings.inference, every_s=every_s, max_fps=None, adaptive=False)
    files = msgspec.structs.replace(settings.source, realtime=False)
    return Job(str(model), msgspec.structs.replace(settings, inference=steady, source=files), keyframes, piece_s)
