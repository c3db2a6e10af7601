"""What travels through the pipeline: frames, activities, and what a sink asks of the loop."""

import enum
from dataclasses import dataclass
from typing import NamedTuple

from app.arrays import Image
from app.images.prepare import InputSpec, prepare
from app.images.yuv import YuvPicture
from app.model.classifier import Classifier

UNSURE = "unsure"  # in tables and logs: no class is likely enough


@dataclass(frozen=True, eq=False, slots=True)
class Frame:
    """One picture. Read-only by convention: whoever draws, draws on a copy.

    picture: uint8 BGR (H, W, 3), or what makes it when it is needed.
    index: 0, 1, 2, ... as read from the source; gaps are frames that were dropped.
    time_s: seconds; strictly increasing in a source. Live: the monotonic clock at capture, counted from the start of
        the session. File: presentation time, counted from the file's start.
    source_id: the name that logs use; never holds a password.
    opening: 0, 1, 2, ... how often a source that was lost has been opened anew; what was before no longer counts.
    """

    picture: Image | YuvPicture
    index: int
    time_s: float
    source_id: str
    opening: int = 0

    @property
    def image(self) -> Image:
        """uint8 BGR (H, W, 3)."""
        return self.picture.image if isinstance(self.picture, YuvPicture) else self.picture

    def prepare(self, spec: InputSpec) -> Image:
        """The picture as the model expects it, uint8 RGB (S, S, 3): `app.model.contract.prepare`."""
        if isinstance(self.picture, YuvPicture):
            return self.picture.prepare(spec)
        return prepare(self.picture, spec)


@dataclass(frozen=True, slots=True)
class Activity:
    """What is going on at `time_s`, after smoothing.

    label: the class, or None when unsure.
    confidence: smoothed probability, 0..1, of `label`; of the most probable class when unsure.
    since_s: the `time_s` at which this label was taken on.
    top: the most probable classes with their smoothed probabilities, best first.
    probs: the frame's own probabilities, unsmoothed, in the order of the model's labels; () for a frame that was not
        classified and keeps the label of the one before.
    restarted: the first frame of a source or after a gap; nothing before it counts.
    """

    label: str | None
    confidence: float
    since_s: float
    top: tuple[tuple[str, float], ...] = ()
    probs: tuple[float, ...] = ()
    restarted: bool = False


class Delivery(NamedTuple):
    """A frame and when it arrived in this program, in seconds of `time.perf_counter`.

    picture: the frame as the model wants it, where the reader has prepared it already.
    """

    frame: Frame
    arrived_s: float
    picture: Image | None = None


class Command(enum.Enum):
    """What a sink asks of the loop."""

    QUIT = enum.auto()
    PAUSE = enum.auto()


@dataclass(frozen=True)
class NewModel:
    """From the next frame on this one classifies."""

    classifier: Classifier
