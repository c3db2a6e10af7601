"""Against frames that are counted one by one."""

import pytest

from app.score.align import align
from app.score.measures.framewise import Framewise, count_framewise
from tests.app.score.timelines import FPS, Frames, all_cases, frames, timeline


def counted(shown: Frames, truth: Frames, scored: list[bool]) -> tuple[float | None, float | None]:
    """Accuracy and macro F1 by their definitions."""
    pairs = [(true, said) for true, said, counts in zip(truth, shown, scored, strict=True) if counts]
    if not pairs:
        return None, None
    f1 = []
    for label in {true for true, _ in pairs}:
        right = sum(true == said == label for true, said in pairs)
        precision = right / max(sum(said == label for _, said in pairs), 1)
        recall = right / sum(true == label for true, _ in pairs)
        f1.append(2 * precision * recall / (precision + recall) if right else 0.0)
    return sum(true == said for true, said in pairs) / len(pairs), sum(f1) / len(f1)


def test_accuracy_and_macro_f1_are_those_of_frames() -> None:
    for shown, truth, length in all_cases():
        found = count_framewise(align(shown, truth, length / FPS))
        accuracy, macro_f1 = counted(*frames(shown, truth, length))
        assert found.accuracy == (None if accuracy is None else pytest.approx(accuracy, abs=1e-9))
        assert found.macro_f1 == (None if macro_f1 is None else pytest.approx(macro_f1, abs=1e-9))


def test_the_confusion_is_in_seconds() -> None:
    shown = timeline(("eating", 0, 3), ("unsure", 3, 4))
    truth = timeline(("eating", 0, 1), ("reading", 1, 4))
    found = count_framewise(align(shown, truth))
    assert found.confusion_s() == {"eating": {"eating": 1.0}, "reading": {"eating": 2.0, "unsure": 1.0}}
    assert found.scored_s == 4


def test_clips_add_up() -> None:
    one = count_framewise(align(timeline(("eating", 0, 3)), timeline(("eating", 0, 3))))
    other = count_framewise(align(timeline(("eating", 0, 1)), timeline(("reading", 0, 1))))
    assert (one + other).accuracy == 0.75
    assert (Framewise() + one).accuracy == 1
