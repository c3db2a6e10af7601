"""Against ward-metrics, label by label."""

from collections import Counter

import pytest

from app.score.align import SECOND, align
from app.score.measures.ward import KINDS, Ward, count_ward
from tests.app.score.timelines import FPS, Event, all_cases, events, frames, timeline

core = pytest.importorskip("wardmetrics.core_methods", reason="ward-metrics is not installed")
_OF = {
    "insertion": ("I",),
    "merge": ("M",),
    "overfill": ("Os", "Oe"),
    "deletion": ("D",),
    "fragmentation": ("F",),
    "underfill": ("Us", "Ue"),
}


def of_label(shown: list[Event], truth: list[Event], length: int) -> tuple[Counter[str], Counter[str]]:
    """Frames by kind, and numbers of events; where one side is empty, for which ward-metrics has no answer, by hand."""
    said, true = ([(start, end) for _, start, end in side] for side in (shown, truth))
    if not said or not true:
        frames_of = {"insertion": sum(end - start for start, end in said), "deletion": sum(b - a for a, b in true)}
        return Counter(frames_of), Counter({"insertions": len(said), "deletions": len(true)})
    bounds = (-1, length + 1)  # beyond both ends nothing goes on: ward-metrics divides by such time
    _, _, lengths, _ = core.eval_segments(list(true), list(said), *bounds)
    of_true, of_said, _, _ = core.eval_events(list(true), list(said), *bounds)
    return (
        Counter({kind: sum(lengths[code] for code in codes) for kind, codes in _OF.items()}),
        Counter(
            insertions=of_said.count("I'"),
            deletions=of_true.count("D"),
            fragmented=sum("F" in one for one in of_true),
            merging=sum("M" in one for one in of_said),
        ),
    )


def test_kinds_of_mistake_are_those_of_ward_metrics() -> None:
    for shown, truth, length in all_cases():
        found = count_ward(align(shown, truth, length / FPS))
        of_shown, of_truth, _ = frames(shown, truth, length)
        said, true = events(of_shown), events(of_truth)
        lengths: Counter[str] = Counter()
        numbers: Counter[str] = Counter()
        for label in {event[0] for event in said + true}:
            sides = [[event for event in side if event[0] == label] for side in (said, true)]
            of_frames, of_events = of_label(*sides, length)
            lengths, numbers = lengths + of_frames, numbers + of_events
        assert found.seconds() == {kind: pytest.approx(lengths[kind] / FPS, abs=1e-9) for kind in KINDS}
        assert (
            numbers
            == Counter(
                insertions=found.insertions,
                deletions=found.deletions,
                fragmented=found.fragmented,
                merging=found.merging,
            )
            + Counter()
        )


def test_clips_add_up() -> None:
    clip = count_ward(align(timeline(("eating", 0, 1)), timeline(("other", 0, 1))))
    assert clip == Ward(dict.fromkeys(KINDS, 0) | {"insertion": SECOND}, insertions=1)
    assert (clip + clip).seconds()["insertion"] == 2 and (clip + clip).insertions == 2
