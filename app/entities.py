"""What travels through the pipeline: frames, activities, and what a sink asks of the loop."""

import enum
from dataclasses import dataclass
from typing import NamedTuple

from app.arrays import Image
from app.cues.findings import Cues, Findings
from app.images.prepare import InputSpec, prepare
from app.images.yuv import YuvImage
from app.labels import NOBODY, UNSURE
from app.model.classifier import Classifier


@dataclass(frozen=True, eq=False, slots=True)
class Frame:
    """An image of a source, with its time. Read-only by convention: whoever draws, draws on a copy.

    Attributes:
        pixels: uint8 BGR (H, W, 3), or a decoded video image that becomes BGR when somebody asks for `image`.
        index: 0, 1, 2, ... as read from the source; gaps are frames that were dropped.
        time_s: seconds, strictly increasing within a source. Live: the monotonic clock at capture, counted from the
            start of the session. File: presentation time, counted from the file's start.
        source_id: the name that logs use; never holds a password.
        connection: 0, 1, 2, ...: how often a lost source has been opened again. What was before no longer counts.
        is_picture: whether it is a photograph, which need not have to do with the one before.
        lasts_s: of a file or folder: seconds that it is shown if no frame follows. None: nobody knows.
        file: the picture's path below its folder, with forward slashes; None: the source is no folder.

    Example:
        >>> from app import open_source
        >>> with open_source("demo") as source:
        ...     frame = next(iter(source))
        >>> frame.image.shape, frame.index, frame.time_s, frame.source_id
        ((720, 1280, 3), 0, 0.0, 'demo')
    """

    pixels: Image | YuvImage
    index: int
    time_s: float
    source_id: str
    connection: int = 0
    is_picture: bool = False
    lasts_s: float | None = None
    file: str | None = None

    @property
    def image(self) -> Image:
        """The image as uint8 BGR (H, W, 3).

        Example:
            >>> from app import open_source
            >>> with open_source("demo") as source:
            ...     next(iter(source)).image.shape
            (720, 1280, 3)
        """
        return self.pixels.image if isinstance(self.pixels, YuvImage) else self.pixels

    def prepare(self, spec: InputSpec) -> Image:
        """Makes the model's input, as `prepare` makes it of `image`, but for rounding.

        Args:
            spec: what the model expects.

        Returns:
            A new uint8 RGB (S, S, 3).

        Example:
            >>> from app import InputSpec, open_source
            >>> with open_source("demo") as source:
            ...     frame = next(iter(source))
            >>> frame.prepare(InputSpec(224, "squeeze")).shape
            (224, 224, 3)
        """
        if isinstance(self.pixels, YuvImage):
            return self.pixels.prepare(spec)
        return prepare(self.pixels, spec)


@dataclass(frozen=True, slots=True)
class Activity:
    """What is going on in a frame, after smoothing.

    Attributes:
        label: the class, or None when unsure.
        confidence: smoothed probability, 0..1, of `label`; of the most probable class when unsure.
        since_s: the frame's `time_s` at which this label began.
        top: the most probable classes with their smoothed probabilities, best first.
        probs: the frame's own probabilities, unsmoothed, in the order of the model's labels; () for a frame that was
            not classified and reuses the label of the one before.
        restarted: the first frame of a source or after a gap; nothing before it counts.
        findings: what the newest look for cues found; None when there was none.
        nobody: there has been no sign of a person for a while; the label is then None.

    Example:
        >>> from app import Recogniser
        >>> activity = Recogniser().label("photo.jpg")
        >>> activity.label, round(activity.confidence, 1), [label for label, _ in activity.top]
        ('texting', 1.0, ['texting', 'reading', 'calling'])
    """

    label: str | None
    confidence: float
    since_s: float
    top: tuple[tuple[str, float], ...] = ()
    probs: tuple[float, ...] = ()
    restarted: bool = False
    findings: Findings | None = None
    nobody: bool = False

    @property
    def state(self) -> str:
        """The label, or in its place "unsure" or "nobody".

        Example:
            >>> from app import Activity
            >>> Activity("reading", 0.9, 0.0).state, Activity(None, 0.2, 0.0).state
            ('reading', 'unsure')
        """
        return self.label or (NOBODY if self.nobody else UNSURE)


class Prepared(NamedTuple):
    """What a model takes of a frame.

    Attributes:
        image: uint8 RGB (S, S, 3).
        cues: None when nobody looked for them.
    """

    image: Image
    cues: Cues | None = None


class Delivery(NamedTuple):
    """A frame on its way from a source into the loop.

    Attributes:
        frame: the frame.
        arrived_s: when it arrived in this program, in seconds of `time.perf_counter`.
        prepared: the model's input, where the reading thread has prepared it already.
    """

    frame: Frame
    arrived_s: float
    prepared: Prepared | None = None


class Command(enum.Enum):
    """What a sink asks of the loop."""

    QUIT = enum.auto()
    PAUSE = enum.auto()


@dataclass(frozen=True)
class NewModel:
    """A sink's wish that from the next frame on another model classifies."""

    classifier: Classifier
