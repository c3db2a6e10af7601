"""The truth of a clip, from its file to what is scored."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from app.errors import TruthError
from app.labels import UNSURE
from app.score.names import Names
from app.score.timeline import TELLING_S, Segment, Timeline, make_timeline
from app.score.truth.read import of_source, read_segments
from app.text import comparable, shortened


@dataclass(frozen=True)
class Truth:
    """What was going on in a clip.

    Attributes:
        file: where that stands.
        timeline: in the model's names.
        notes: what the file holds that is not scored, or is doubtful; a line each.
    """

    file: Path
    timeline: Timeline
    notes: tuple[str, ...] = ()

    def until(self, end_s: float) -> "Truth":
        """Returns the truth of a clip that ends, with notes on what lies past its end and on gaps.

        Args:
            end_s: the length of the clip, s.

        Raises:
            TruthError: nothing is left to score.
        """
        kept = self.timeline.cut(end_s)
        if not any(comparable(one.label) != UNSURE for one in kept.segments):
            raise TruthError(f"{self.file}: no label before the end of the clip ({end_s:g} s); is it another clip's?")
        notes = (*self.notes, *self._past_the_end(end_s), *self._not_scored(kept, end_s))
        return replace(self, timeline=kept, notes=notes)

    def _past_the_end(self, end_s: float) -> Iterator[str]:
        for one in self.timeline.segments:
            where = f"{self.file}, {one.place}: {one.label!r}"
            if one.start_s >= end_s:
                yield f"{where} starts at {one.start_s:g} s, past the end of the clip ({end_s:g} s); not scored"
            elif end_s + TELLING_S < one.end_s < math.inf:
                yield f"{where} lasts to {one.end_s:g} s, past the end of the clip ({end_s:g} s); that is not scored"

    def _not_scored(self, kept: Timeline, end_s: float) -> Iterator[str]:
        unsure = [_place(one) for one in kept.segments if comparable(one.label) == UNSURE]
        if unsure:
            yield f"{self.file}: {UNSURE!r} is no truth, so {shortened(unsure)} is not scored"
        gaps = list(kept.gaps(end_s))
        if gaps:
            yield f"{self.file}: no label from {shortened(gaps)}; not scored"


def read_truth(
    path: Path, clip: str = "", names: Names | None = None, fps: float | None = None, tier: str | None = None
) -> Truth:
    """Reads the truth of a clip.

    Args:
        path: a file of any format of `read_segments`.
        clip: the name of the clip, by which a file with several sources is searched.
        names: what labels mean; None: themselves.
        fps: frames a second, for Label Studio; None: as the file says.
        tier: the tier, for ELAN; None: the only one.

    Returns:
        The truth; whether it fits the clip's length, `until` tells.

    Raises:
        TruthError: the file cannot be read, two labels overlap, or the model does not have a label; the message names
            the line.
    """
    file = str(path)
    segments = of_source(read_segments(path, fps, tier), clip, path)
    if not segments:
        raise TruthError(f"{path}: no label in it; expected what was going on, and when")
    nameless = [_place(one) for one in segments if not one.label]
    timeline, notes = make_timeline((one for one in segments if one.label), file)
    if nameless:
        notes.append(f"{file}: no name in {shortened(nameless)}; not scored")
    return Truth(path, (names or Names()).of_truth(timeline, file), tuple(notes))


def _place(segment: Segment) -> str:
    return f"{segment.place} ({segment.start_s:g} to {segment.end_s:g} s)"
