import numpy as np

from app.score.align import align
from tests.app.score.timelines import timeline


def test_names_are_compared_by_their_form_and_spelled_as_in_the_truth() -> None:
    clip = align(timeline(("washing_dishes", 0, 1), ("Unsure", 1, 2)), timeline(("Washing  dishes", 0, 2)))
    assert clip.names == ("Washing  dishes", "unsure")
    assert clip.pieces.truth.tolist() == [0, 0] and clip.pieces.shown.tolist() == [0, 1]
    assert clip.is_activity.tolist() == [True, False]


def test_only_what_has_a_truth_is_scored() -> None:
    shown = timeline(("a", 0, 10))
    truth = timeline(("a", 1, 2), ("unsure", 2, 4), ("b", 4, 5), ("b", 7, 20))
    clip = align(shown, truth)
    assert clip.scored == 5_000_000
    assert clip.truth.starts.tolist() == [1_000_000, 4_000_000, 7_000_000]
    assert clip.shown.ends.tolist() == [2_000_000, 5_000_000, 10_000_000]


def test_neighbours_of_one_label_are_one_span() -> None:
    clip = align(timeline(("a", 0, 1), ("a", 1, 2)), timeline(("a", 0, 0.3), ("a", 0.3, 2)))
    assert len(clip.truth.labels) == len(clip.shown.labels) == len(clip.pieces.lengths) == 1


def test_the_length_of_the_clip_counts_where_nothing_was_shown() -> None:
    clip = align(timeline(("a", 0, 1)), timeline(("a", 0, 5)), end_s=4)
    assert clip.shown.labels.tolist() == [0, 1] and clip.names[1] == "unsure"
    assert clip.pieces.lengths.tolist() == [1_000_000, 3_000_000]


def test_times_are_whole_microseconds() -> None:
    clip = align(timeline(("a", 0, 0.1), ("b", 0.1, 0.30000000000000004)), timeline(("a", 0, 0.3)))
    assert clip.pieces.lengths.tolist() == [100_000, 200_000]
    assert clip.pieces.lengths.dtype == np.int64
