"""Against sed_eval."""

import pytest

from app.score.align import align
from app.score.measures.events import count_events
from app.score.measures.segments import Matched
from app.score.timeline import Timeline
from tests.app.score.timelines import FPS, LABELS, Event, all_cases, events, frames, timeline

sed_eval = pytest.importorskip("sed_eval", reason="sed_eval is not installed")
COLLARS = (0.25, 0.5, 2.0)


def listed(found: list[Event]) -> list[dict[str, object]]:
    return [{"event_label": label, "onset": start / FPS, "offset": end / FPS} for label, start, end in found]


def by_events(shown: list[Event], truth: list[Event], collar: float) -> float | None:
    if not shown and not truth:
        return None
    if not shown or not truth:  # sed_eval has no length of an empty list
        return 0.0
    metrics = sed_eval.sound_event.EventBasedMetrics(
        event_label_list=list(LABELS), t_collar=collar, percentage_of_length=0.5, event_matching_type="optimal"
    )
    metrics.evaluate(listed(truth), listed(shown))
    counts = metrics.overall  # its F1 is not a number where nothing matches
    return 2 * counts["Ntp"] / (counts["Nref"] + counts["Nsys"])


def by_segments(shown: list[Event], truth: list[Event]) -> float | None:
    if not shown or not truth:
        return 0.0 if shown or truth else None
    metrics = sed_eval.sound_event.SegmentBasedMetrics(event_label_list=list(LABELS), time_resolution=1.0)
    metrics.evaluate(listed(truth), listed(shown))
    counts = metrics.overall
    return 2 * float(counts["Ntp"]) / float(counts["Nref"] + counts["Nsys"])


def sides(shown: Timeline, truth: Timeline, length: int) -> tuple[list[Event], list[Event]]:
    of_shown, of_truth, _ = frames(shown, truth, length)
    return events(of_shown), events(of_truth)


def close(value: float | None) -> object:
    return None if value is None else pytest.approx(value, abs=1e-9)


def test_event_based_f1_is_that_of_sed_eval() -> None:
    for number, (shown, truth, length) in enumerate(all_cases()):
        found = count_events(align(shown, truth, length / FPS), COLLARS)
        collar = COLLARS[number % len(COLLARS)]
        assert found.at[collar].f1 == close(by_events(*sides(shown, truth, length), collar))


def test_segment_based_f1_is_that_of_sed_eval() -> None:
    for shown, truth, length in all_cases():
        found = count_events(align(shown, truth, length / FPS), ())
        assert found.by_segment.f1 == close(by_segments(*sides(shown, truth, length)))


def test_as_many_events_match_as_can() -> None:
    """The second shown event fits both true ones, the first fits the first alone."""
    shown = timeline(("eating", 0, 1), ("other", 1, 1.125), ("eating", 1.125, 2))
    truth = timeline(("eating", 0.25, 1.25), ("other", 1.25, 1.5), ("eating", 1.5, 2.25))
    assert count_events(align(shown, truth, 3), (1.0,)).at[1.0] == Matched(right=2, shown=2, true=2)


def test_clips_add_up() -> None:
    clip = count_events(align(timeline(("eating", 0, 2)), timeline(("eating", 0, 2))), (0.5, 2.0))
    assert (clip + clip).at[2.0] == Matched(right=2, shown=2, true=2)
    assert (clip + clip).by_segment == Matched(right=4, shown=4, true=4)
