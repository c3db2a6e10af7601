"""What was scored, and with what result."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from app.score.align import SECOND, align
from app.score.score import Scores, score, total
from app.score.timeline import Timeline
from app.score.truth.truth import Truth


@dataclass(frozen=True)
class Mistake:
    """A stretch in which a label was shown for sure, and another one was true.

    Attributes:
        start_s: its start, in seconds of the clip.
        end_s: its end.
        truth: what was going on.
        shown: what was shown.
    """

    start_s: float
    end_s: float
    truth: str
    shown: str

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.end_s - self.start_s


@dataclass(frozen=True, kw_only=True)
class ScoredClip:
    """A clip with its scores.

    Attributes:
        name: of the clip.
        end_s: its length, s.
        truth: what was going on, as far as the clip goes.
        shown: what was shown, in the names of the truth.
        scores: all measures.
        stills: time in s -> JPEG, taken within mistakes; empty where the clip is not at hand.
    """

    name: str
    end_s: float
    truth: Truth
    shown: Timeline
    scores: Scores
    stills: Mapping[float, bytes] = field(default_factory=dict)

    @cached_property
    def mistakes(self) -> list[Mistake]:
        """The mistakes, in the order of time."""
        return list(_mistakes(self.shown, self.truth.timeline, self.end_s))


@dataclass(frozen=True, kw_only=True)
class Result:
    """Everything that a report tells.

    Attributes:
        clips: the clips.
        notes: what was left out of them, or is doubtful; a line each.
        failed: why other clips could not be scored; a line each.
        about: name -> text: the model, the map and the like.
        settings: that were used, by groups; empty for a log that existed.
    """

    clips: Sequence[ScoredClip]
    notes: Sequence[str] = ()
    failed: Sequence[str] = ()
    about: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def total(self) -> Scores:
        """The scores of all clips together."""
        return total(clip.scores for clip in self.clips)

    def to_json(self) -> dict[str, Any]:
        """Returns JSON values: the total first, then each clip."""
        clips = [
            {"clip": clip.name, "truth": str(clip.truth.file), "seconds": clip.end_s, **clip.scores.to_json()}
            for clip in self.clips
        ]
        return {
            **self.total.to_json(),
            "clips": clips,
            "notes": list(self.notes),
            "failed": list(self.failed),
            "about": dict(self.about),
            "settings": dict(self.settings),
        }


def scored_clip(
    name: str,
    shown: Timeline,
    truth: Truth,
    collars: Sequence[float],
    end_s: float | None = None,
    stills: Mapping[float, bytes] | None = None,
) -> ScoredClip:
    """Scores a clip.

    Args:
        name: of the clip.
        shown: what was shown, in the names of the truth.
        truth: what was going on, whatever the clip's length.
        collars: of the event-based F1, s.
        end_s: the clip's length, s; None: the end of `shown`.
        stills: as of `ScoredClip`.

    Raises:
        TruthError: no time of the clip has a truth.
    """
    end_s = shown.end_s if end_s is None else end_s
    truth = truth.until(end_s)
    scores = score(shown, truth.timeline, collars, end_s)
    return ScoredClip(name=name, end_s=end_s, truth=truth, shown=shown.cut(end_s), scores=scores, stills=stills or {})


def _mistakes(shown: Timeline, truth: Timeline, end_s: float) -> Iterator[Mistake]:
    clip = align(shown, truth, end_s)
    pieces = clip.pieces
    for true, said, start, length in zip(
        pieces.truth.tolist(), pieces.shown.tolist(), pieces.starts.tolist(), pieces.lengths.tolist(), strict=True
    ):
        if said not in (true, clip.unsure):
            yield Mistake(start / SECOND, (start + length) / SECOND, clip.names[true], clip.names[said])
