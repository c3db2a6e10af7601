"""Against the arithmetic of MS-TCN's eval.py, written anew from the paper: frames to segments, Levenshtein, F1@k."""

import pytest

from app.score.align import align
from app.score.measures.segments import OVERLAPS, Matched, Segments, count_segments
from tests.app.score.timelines import FPS, Event, all_cases, events, frames, timeline


def edit_score(shown: list[str], truth: list[str]) -> float | None:
    """One minus Levenshtein's distance over the longer length."""
    if not shown and not truth:
        return None
    cost = {(row, 0): row for row in range(len(shown) + 1)} | {(0, column): column for column in range(len(truth) + 1)}
    for row in range(1, len(shown) + 1):
        for column in range(1, len(truth) + 1):
            if shown[row - 1] == truth[column - 1]:
                cost[row, column] = cost[row - 1, column - 1]
            else:
                beside = (cost[row - 1, column], cost[row, column - 1], cost[row - 1, column - 1])
                cost[row, column] = 1 + min(beside)
    return 1 - cost[len(shown), len(truth)] / max(len(shown), len(truth))


def f1(shown: list[Event], truth: list[Event], overlap: float) -> float | None:
    """Each shown segment takes the true one of its label that it overlaps most, unless that one is taken."""
    hit = [False] * len(truth)
    true_positives = false_positives = 0
    for label, start, end in shown:
        overlaps = [
            (min(end, stop) - max(start, begin)) / (max(end, stop) - min(start, begin)) * (label == name)
            for name, begin, stop in truth
        ]
        best = max(range(len(truth)), key=overlaps.__getitem__, default=None)
        if best is not None and overlaps[best] >= overlap and not hit[best]:
            true_positives, hit[best] = true_positives + 1, True
        else:
            false_positives += 1
    if not shown and not truth:
        return None
    if not true_positives:
        return 0.0
    precision, recall = true_positives / (true_positives + false_positives), true_positives / len(truth)
    return 2 * precision * recall / (precision + recall)


def test_edit_score_and_f1_are_those_of_ms_tcn() -> None:
    for shown, truth, length in all_cases():
        found = count_segments(align(shown, truth, length / FPS))
        of_shown, of_truth, _ = frames(shown, truth, length)
        said, true = events(of_shown), events(of_truth)
        edit = edit_score([event[0] for event in said], [event[0] for event in true])
        assert found.edit == (None if edit is None else pytest.approx(edit, abs=1e-9))
        for k in OVERLAPS:
            expected = f1(said, true, k / 100)
            assert found.at[k].f1 == (None if expected is None else pytest.approx(expected, abs=1e-9))


def test_the_background_makes_no_segments() -> None:
    shown = timeline(("Other", 0, 1), ("eating", 1, 2), ("unsure", 2, 3), ("nobody", 3, 4))
    assert count_segments(align(shown, shown)).at[50] == Matched(right=1, shown=1, true=1)


def test_clips_add_up_and_their_edit_scores_are_averaged() -> None:
    right = count_segments(align(timeline(("eating", 0, 1)), timeline(("eating", 0, 1))))
    wrong = count_segments(align(timeline(("eating", 0, 1)), timeline(("reading", 0, 1))))
    idle = count_segments(align(timeline(("other", 0, 1)), timeline(("other", 0, 1))))
    both = right + wrong + idle
    assert both.edit == 0.5
    assert both.at[10] == Matched(right=1, shown=2, true=2)
    assert Segments().edit is None and Segments().at[10].f1 is None
