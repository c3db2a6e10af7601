"""The two things that travel through the pipeline."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False, slots=True)
class Frame:
    """One picture. Read-only by convention: whoever draws, draws on a copy.

    image: uint8 BGR (H, W, 3).
    index: 0, 1, 2, ... as read from the source; gaps are frames that were dropped.
    time_s: seconds; strictly increasing in a source. Live: the monotonic clock at capture. File: presentation time.
    source_id: the name that logs use; never holds a password.
    """

    image: npt.NDArray[np.uint8]
    index: int
    time_s: float
    source_id: str


@dataclass(frozen=True, slots=True)
class Activity:
    """What is going on at `time_s`, after smoothing.

    label: the class, or None when unsure.
    confidence: smoothed probability, 0..1, of `label`; of the most probable class when unsure.
    since_s: the `time_s` at which this label was taken on.
    top: the most probable classes with their smoothed probabilities, best first.
    """

    label: str | None
    confidence: float
    since_s: float
    top: tuple[tuple[str, float], ...] = field(default=())
