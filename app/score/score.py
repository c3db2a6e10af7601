"""Every measure of clips whose truth is known."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.score.align import SECOND, align
from app.score.measures.events import Events, count_events
from app.score.measures.felt import Felt, count_felt
from app.score.measures.framewise import Framewise, count_framewise
from app.score.measures.segments import OVERLAPS, Segments, count_segments
from app.score.measures.ward import Ward, count_ward
from app.score.timeline import Timeline

COLLARS = (0.5, 2.0)  # s; what a person calls punctual, and near enough


@dataclass(frozen=True)
class Scores:
    """The measures, by families. Scores of several clips add up, as if the clips were one.

    Attributes:
        framewise: accuracy, macro F1, confusion.
        segments: edit score, F1@k.
        events: event-based F1 by collar, segment-based F1.
        ward: kinds of mistake.
        felt: switches, delays, minutes an hour, false alarms.
    """

    framewise: Framewise = field(default_factory=Framewise)
    segments: Segments = field(default_factory=Segments)
    events: Events = field(default_factory=Events)
    ward: Ward = field(default_factory=Ward)
    felt: Felt = field(default_factory=Felt)

    def __add__(self, other: "Scores") -> "Scores":
        return Scores(
            self.framewise + other.framewise,
            self.segments + other.segments,
            self.events + other.events,
            self.ward + other.ward,
            self.felt + other.felt,
        )

    def values(self) -> dict[str, float | None]:
        """Returns every figure by its name, such as "frame_accuracy", "event_f1@0.5" or "delay_s.median".

        Shares are from 0 to 1. None: it is not defined, as an F1 is where there is nothing to find and nothing shown.
        """
        felt, ward = self.felt, self.ward
        return {
            "frame_accuracy": self.framewise.accuracy,
            "macro_f1": self.framewise.macro_f1,
            "edit": self.segments.edit,
            **{f"f1@{k}": self.segments.at[k].f1 for k in OVERLAPS},
            **{f"event_f1@{collar:g}": matched.f1 for collar, matched in self.events.at.items()},
            "segment_f1": self.events.by_segment.f1,
            "switches_per_min": felt.per_minute(felt.switches),
            "true_switches_per_min": felt.per_minute(felt.true_switches),
            "settled_switches_per_min": felt.settled_switches_per_min,
            "delay_s.median": felt.delay_s(50),
            "delay_s.p95": felt.delay_s(95),
            "missed_changes": felt.missed,
            "right_min_per_h": felt.minutes_per_hour(felt.right),
            "unsure_min_per_h": felt.minutes_per_hour(felt.unsure),
            "sure_wrong_min_per_h": felt.minutes_per_hour(felt.sure_wrong),
            "overlooked_min_per_h": felt.minutes_per_hour(felt.overlooked),
            "false_alarms_per_h": felt.per_hour(felt.false_alarms),
            "ward.insertions": ward.insertions,
            "ward.deletions": ward.deletions,
            "ward.fragmented": ward.fragmented,
            "ward.merging": ward.merging,
            **{f"ward.{kind}_s": seconds for kind, seconds in ward.seconds().items()},
            "scored_s": felt.scored / SECOND,
        }

    def to_json(self) -> dict[str, Any]:
        """Returns `values` and the confusion as JSON values: what belongs together in one object."""
        found: dict[str, Any] = {}
        for name, value in self.values().items():
            group, _, key = name.partition(".") if not name.startswith("event_f1@") else name.partition("@")
            if key:
                found.setdefault(group, {})[key] = value
            else:
                found[name] = value
        return found | {
            "changes": len(self.felt.delays) + self.felt.missed,
            "confusion_s": self.framewise.confusion_s(),
        }


def score(
    predicted: Timeline, truth: Timeline, collars: Sequence[float] = COLLARS, end_s: float | None = None
) -> Scores:
    """Scores a clip.

    Only the time counts for which the truth is known: not its gaps, nor what it calls "unsure".

    Args:
        predicted: what was shown; where it has a gap, "unsure".
        truth: what was going on.
        collars: seconds, of the event-based F1.
        end_s: the length of the clip, s; None: the end of `predicted`.
    """
    clip = align(predicted, truth, end_s)
    return Scores(
        count_framewise(clip), count_segments(clip), count_events(clip, collars), count_ward(clip), count_felt(clip)
    )


def total(scores: Iterable[Scores]) -> Scores:
    """Adds the scores of clips up: seconds and counts are summed, the edit score is the mean of the clips'."""
    return sum(scores, Scores())
