import math

import pytest

from app.errors import TruthError
from app.score.timeline import Segment, Timeline, make_timeline


def test_segments_are_put_in_order_and_rounding_is_no_overlap() -> None:
    timeline, notes = make_timeline([Segment("b", 1.0, 2.0), Segment("a", 0.0, 1.001)])
    assert timeline.segments == (Segment("a", 0.0, 1.0), Segment("b", 1.0, 2.0))
    assert notes == [] and timeline.end_s == 2 and timeline.labels == ("a", "b")


def test_what_has_no_length_is_left_out_and_named() -> None:
    timeline, notes = make_timeline([Segment("a", 0.0, 1.0), Segment("b", 0.5, 0.5, place="line 3")], "t.csv")
    assert timeline.labels == ("a",)
    assert len(notes) == 1 and notes[0].startswith("t.csv, ") and "line 3" in notes[0]


@pytest.mark.parametrize(
    ("first", "second", "place"),
    [
        (Segment("a", 0.0, 2.0, place="line 2"), Segment("b", 1.5, 3.0, place="line 3"), "line 3"),
        (Segment("a", 0.0, 2.0, place="line 2"), Segment("b", 0.5, 1.0, place="line 3"), "line 3"),
        (Segment("a", 0.0, math.inf, place="line 2"), Segment("b", 5.0, 6.0, place="line 3"), "line 3"),
        (Segment("a", 0.0, 2.0, place="line 2"), Segment("b", 4.0, 3.0, place="line 3"), "line 3"),
        (Segment("a", -1.0, 2.0, place="line 2"), Segment("b", 2.0, 3.0, place="line 3"), "line 2"),
        (Segment("a", 0.0, math.nan, place="line 2"), Segment("b", 2.0, 3.0, place="line 3"), "line 2"),
        (Segment("a", 0.0, 2.0, place="line 2"), Segment("b", 2.0, 1e300, place="line 3"), "line 3"),
        (Segment("a", 0.0, 2.0, place="line 2"), Segment("b", math.inf, math.inf, place="line 3"), "line 3"),
    ],
)
def test_contradictions_are_named_by_their_line(first: Segment, second: Segment, place: str) -> None:
    with pytest.raises(TruthError) as failed:
        make_timeline([second, first], "t.csv")
    assert str(failed.value).startswith(f"t.csv, {place}: ")


def test_a_timeline_is_cut_and_renamed() -> None:
    timeline = Timeline((Segment("a", 0, 1), Segment("b", 1, 3), Segment("a", 3, math.inf)))
    assert timeline.cut(2).segments == (Segment("a", 0, 1), Segment("b", 1, 2))
    assert timeline.renamed({"a": "c", "b": None}.get).segments == (Segment("c", 0, 1), Segment("c", 3, math.inf))


def test_gaps_are_told_where_somebody_may_have_meant_them() -> None:
    timeline = Timeline((Segment("a", 1, 2, place="line 2"), Segment("b", 2.05, 3, place="line 3")))
    assert list(timeline.gaps(4)) == ["0 to 1 s", "3 to 4 s (after line 3)"]
    assert list(timeline.gaps(3)) == ["0 to 1 s"]
