"""Stretches of time with a label: what was going on, or what was shown."""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from app.errors import TruthError
from app.text import counted, shortened

TELLING_S = 0.1  # s; what is shorter is no gap that anybody left on purpose
LONGEST_S = 1e9  # s; in microseconds it still is a whole number that arrays take
ROUNDING_S = 0.002  # s by which ends may miss each other: logs have milliseconds


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one label.

    Attributes:
        label: the class, or "unsure" or "nobody".
        start_s: its start, in seconds of the clip.
        end_s: its end; infinite for one that lasts to the end of the clip.
        confidence: mean over its frames, 0..1; None where nobody knows.
        place: where its file has it, such as "line 3"; empty for one from no file.
    """

    label: str
    start_s: float
    end_s: float
    confidence: float | None = None
    place: str = ""


@dataclass(frozen=True)
class Timeline:
    """Segments in order, none longer than to the start of the next one; `make_timeline` checks that.

    Attributes:
        segments: the segments, each longer than 0 s. Between two of them there may be a gap.
    """

    segments: tuple[Segment, ...]

    @property
    def end_s(self) -> float:
        """The end of the last segment; 0 without any, infinite where it lasts to the end of the clip."""
        return self.segments[-1].end_s if self.segments else 0.0

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, each once, in the order of their first segments."""
        return tuple(dict.fromkeys(segment.label for segment in self.segments))

    def cut(self, end_s: float) -> "Timeline":
        """Returns what lies before a time."""
        kept = (segment for segment in self.segments if segment.start_s < end_s)
        return Timeline(tuple(replace(segment, end_s=min(segment.end_s, end_s)) for segment in kept))

    def renamed(self, name: Callable[[str], str | None]) -> "Timeline":
        """Returns the timeline with other labels; those that become None leave a gap."""
        named = ((segment, name(segment.label)) for segment in self.segments)
        return Timeline(tuple(replace(segment, label=label) for segment, label in named if label is not None))

    def gaps(self, end_s: float) -> Iterator[str]:
        """Yields the gaps of a clip that ends at a time, as people read them; without those that nobody meant."""
        reached_s, after = 0.0, ""
        for one in (*self.segments, Segment("", end_s, end_s)):
            if one.start_s - reached_s > TELLING_S:
                yield f"{reached_s:g} to {one.start_s:g} s{after}"
            reached_s, after = one.end_s, f" (after {one.place})" if one.place else ""


def make_timeline(segments: Iterable[Segment], file: str = "") -> tuple[Timeline, list[str]]:
    """Puts segments in order, and checks them.

    Args:
        segments: as a file has them, in any order.
        file: its name, for messages.

    Returns:
        The timeline, and notes on what was left out: segments of no length.

    Raises:
        TruthError: a segment that starts before 0 s, is absurdly late or ends before it starts, or two that overlap.
    """
    where = f"{file}, " if file else ""
    given = sorted(segments, key=lambda segment: (segment.start_s, segment.end_s))
    for one in given:
        if not 0 <= one.start_s < LONGEST_S or LONGEST_S < one.end_s < math.inf:
            raise TruthError(
                f"{where}{one.place}: {one.label!r} goes from {one.start_s:g} to {one.end_s:g} s; "
                "expected 0 s or later, and less than thirty years"
            )
        if math.isnan(one.end_s) or one.end_s < one.start_s:
            raise TruthError(
                f"{where}{one.place}: {one.label!r} ends at {one.end_s:g} s, before its start at {one.start_s:g} s; "
                "correct one of them"
            )
    kept = [one for one in given if one.end_s > one.start_s]
    for number, (one, after) in enumerate(itertools.pairwise(kept)):
        if one.end_s <= after.start_s:
            continue
        if one.end_s - after.start_s > ROUNDING_S or after.end_s <= one.end_s:
            raise TruthError(
                f"{where}{after.place}: {after.label!r} starts at {after.start_s:g} s, while {one.label!r} of "
                f"{one.place} lasts to {one.end_s:g} s; one thing goes on at a time: correct one of them"
            )
        kept[number] = replace(one, end_s=after.start_s)
    empty = [one.place or one.label for one in given if one.end_s == one.start_s]
    notes = [f"{where}{counted(len(empty), 'label')} of no length left out: {shortened(empty)}"] if empty else []
    return Timeline(tuple(kept)), notes
