"""What each measure means, in the words of the reports."""

from dataclasses import dataclass
from typing import Literal

Unit = Literal["share", "s", "min/h", "/min", "/h", "count"]


@dataclass(frozen=True)
class Measure:
    """A measure, as reports show it.

    Attributes:
        title: its name for people.
        unit: "share" is from 0 to 1.
        meaning: one sentence.
        is_better: "more" or "less"; "neither" for what says nothing about the label.
    """

    title: str
    unit: Unit
    meaning: str
    is_better: Literal["more", "less", "neither"] = "more"


_MEASURES = {  # by name, or by what stands before its @
    "right_min_per_h": Measure("right", "min/h", "The true label was shown."),
    "unsure_min_per_h": Measure("unsure", "min/h", "No label was shown: unsure, or no image.", "less"),
    "sure_wrong_min_per_h": Measure("sure and wrong", "min/h", "A label was shown that was not the true one.", "less"),
    "overlooked_min_per_h": Measure(
        "overlooked", "min/h", "Part of sure and wrong: an activity went on, other or nobody was shown.", "less"
    ),
    "false_alarms_per_h": Measure(
        "false alarms", "/h", "Activities shown that went on at no moment while they were shown.", "less"
    ),
    "switches_per_min": Measure("label switches", "/min", "How often what is shown changes, unsure included.", "less"),
    "true_switches_per_min": Measure("true switches", "/min", "How often what was going on changed.", "neither"),
    "settled_switches_per_min": Measure(
        "restless switches", "/min", "Switches more than two seconds after a change, a minute of that time.", "less"
    ),
    "delay_s.median": Measure(
        "delay at a change, median", "s", "From a change of what was going on until its label was shown.", "less"
    ),
    "delay_s.p95": Measure("delay at a change, 95th percentile", "s", "Of twenty changes one is later.", "less"),
    "missed_changes": Measure(
        "missed changes", "count", "Changes after which the label was not shown before the next one.", "less"
    ),
    "frame_accuracy": Measure("frame-wise accuracy", "share", "Share of the time in which the true label was shown."),
    "macro_f1": Measure("macro F1", "share", "Mean of the labels' frame-wise F1, each counting alike."),
    "edit": Measure("edit score", "share", "Are the activities shown in the true order, without others between?"),
    "f1": Measure("F1@{}", "share", "Segments right when they share {} % of the time with a true one."),
    "event_f1": Measure("event-based F1, collar {} s", "share", "Events right when start and end are near enough."),
    "segment_f1": Measure("segment-based F1", "share", "Which activities occur in each second."),
    "ward.insertions": Measure("insertions", "count", "Events shown for nothing.", "less"),
    "ward.deletions": Measure("deletions", "count", "True events of which nothing was shown.", "less"),
    "ward.fragmented": Measure("fragmented", "count", "True events shown in pieces.", "less"),
    "ward.merging": Measure("merging", "count", "Shown events that join several true ones.", "less"),
    "ward.insertion_s": Measure("insertion", "s", "Time shown for nothing.", "less"),
    "ward.deletion_s": Measure("deletion", "s", "Time of events of which nothing was shown.", "less"),
    "ward.fragmentation_s": Measure("fragmentation", "s", "Missed between two right stretches of an event.", "less"),
    "ward.merge_s": Measure("merge", "s", "Shown between two true events.", "less"),
    "ward.overfill_s": Measure("overfill", "s", "Shown too early or too long.", "less"),
    "ward.underfill_s": Measure("underfill", "s", "Shown too late or not to the end.", "less"),
    "scored_s": Measure("scored time", "s", "Time of which the truth is known.", "neither"),
}


def measure(name: str) -> Measure:
    """Returns what a figure of `Scores.values` means.

    Example:
        >>> measure("f1@25").title
        'F1@25'
    """
    family, _, key = name.partition("@")
    found = _MEASURES[family]
    return Measure(found.title.format(key), found.unit, found.meaning.format(key), found.is_better)


def figure(value: float | None, unit: Unit) -> str:
    """Writes a value for people; "-" for one that is not defined.

    Example:
        >>> figure(0.8513, "share"), figure(2, "count"), figure(1.25, "s"), figure(None, "s")
        ('85.1 %', '2', '1.25 s', '-')
    """
    if value is None:
        return "-"
    if unit == "count":
        return f"{value:,.0f}"
    if unit == "share":
        return f"{100 * value:.1f} %"
    return f"{value:,.2f} s" if unit == "s" else f"{value:,.2f} {unit}"
