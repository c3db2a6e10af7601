"""What a person feels: how often the label switches, how late it is, how long it is wrong and sure of it.

These have no standard definition; the docstrings are the definition.
"""

from dataclasses import dataclass

import numpy as np

from app.arrays import Bools, Ints
from app.score.align import SECOND, Aligned, Spans
from app.score.measures.segments import foreground

SETTLED_S = 2  # s after which a change is over: what still switches then is restlessness
_HOUR, _MINUTE = 3600 * SECOND, 60 * SECOND


@dataclass(frozen=True, kw_only=True)
class Felt:
    """Times in microseconds, and counts, of clips.

    Attributes:
        scored: the scored time.
        right: while the true label was shown.
        unsure: while none was shown: "unsure", or no image.
        sure_wrong: while a label was shown that was not the true one.
        overlooked: the part of `sure_wrong` in which an activity was going on, and "other" or "nobody" was shown.
        switches: how often what is shown changed, to and from "unsure" too.
        true_switches: how often what was going on changed.
        settled: the scored time more than SETTLED_S after what was going on began.
        settled_switches: those of the switches that happened in it.
        delays: for each change of what was going on, how long it took until its label was shown.
        missed: changes after which it was not shown before the next one.
        false_alarms: activities shown that were not going on at any moment while they were shown.
    """

    scored: int = 0
    right: int = 0
    unsure: int = 0
    sure_wrong: int = 0
    overlooked: int = 0
    switches: int = 0
    true_switches: int = 0
    settled: int = 0
    settled_switches: int = 0
    delays: tuple[int, ...] = ()
    missed: int = 0
    false_alarms: int = 0

    def __add__(self, other: "Felt") -> "Felt":
        return Felt(**{name: getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__})

    def per_hour(self, count: int) -> float | None:
        """Returns how often something happens in an hour; None without scored time."""
        return count * _HOUR / self.scored if self.scored else None

    def per_minute(self, count: int) -> float | None:
        """Returns how often something happens in a minute; None without scored time."""
        return count * _MINUTE / self.scored if self.scored else None

    @property
    def settled_switches_per_min(self) -> float | None:
        """How often in a minute what is shown changes while what goes on stays the same; None without such time."""
        return self.settled_switches * _MINUTE / self.settled if self.settled else None

    def minutes_per_hour(self, time: int) -> float | None:
        """Returns how many minutes of an hour a time makes up; None without scored time."""
        return 60 * time / self.scored if self.scored else None

    def delay_s(self, per_cent: float) -> float | None:
        """Returns a percentile of the delays, s; None without any."""
        return float(np.percentile(self.delays, per_cent)) / SECOND if self.delays else None


def count_felt(clip: Aligned) -> Felt:
    """Counts a clip."""
    truth, shown, _, lengths = clip.pieces
    right, unsure = truth == shown, shown == clip.unsure
    delays = _delays(clip.truth, clip.shown)
    settled = clip.truth.starts + SETTLED_S * SECOND
    return Felt(
        scored=clip.scored,
        right=int(lengths[right].sum()),
        unsure=int(lengths[unsure].sum()),
        sure_wrong=int(lengths[~right & ~unsure].sum()),
        overlooked=int(lengths[~unsure & clip.is_activity[truth] & ~clip.is_activity[shown]].sum()),
        switches=int(_changes(clip.shown).sum()),
        true_switches=int(_changes(clip.truth).sum()),
        settled=int(np.maximum(clip.truth.ends - settled, 0).sum()),
        settled_switches=_switches_between(clip.shown, settled, clip.truth.ends),
        delays=tuple(delay for delay in delays if delay is not None),
        missed=delays.count(None),
        false_alarms=_false_alarms(clip),
    )


def _changes(spans: Spans) -> Bools:
    """(N - 1,): whether a span begins where the one before it ends, rather than after a stretch that is not scored."""
    follows: Bools = spans.starts[1:] == spans.ends[:-1]
    return follows


def _switches_between(shown: Spans, starts: Ints, ends: Ints) -> int:
    """How often what is shown changes within stretches, their ends not counted."""
    switches = shown.starts[1:][_changes(shown)]
    inside = (switches[:, None] > starts) & (switches[:, None] < ends)
    return int(inside.any(axis=1).sum())


def _delays(truth: Spans, shown: Spans) -> list[int | None]:
    """The delay of each change; None where the new label is not shown before the next change."""
    delays: list[int | None] = []
    for number in np.flatnonzero(_changes(truth)) + 1:
        start, end = truth.starts[number], truth.ends[number]
        meets = (shown.labels == truth.labels[number]) & (shown.ends > start) & (shown.starts < end)
        first = np.flatnonzero(meets)[:1]
        delays.append(int(max(shown.starts[first[0]] - start, 0)) if len(first) else None)
    return delays


def _false_alarms(clip: Aligned) -> int:
    shown = foreground(clip, clip.shown)
    alarms = 0
    for label, start, end in zip(*(part.tolist() for part in shown), strict=True):
        true = clip.truth.of(label)
        alarms += not bool(((true.starts < end) & (true.ends > start)).any())
    return alarms
