"""What EventLog and the diary share; test_tables.py and test_diary.py see it through both."""

from app.entities import Activity, Frame
from app.sinks.segments import Segmenter
from tests.toy import RED, plain

IMAGE = plain(RED, 4, 4)


def add(
    segments: Segmenter, time_s: float, label: str | None, restarted: bool = False, confidence: float = 0.5
) -> object:
    frame = Frame(IMAGE, 0, time_s, "cam")
    return segments.add(frame, Activity(label, confidence, time_s, restarted=restarted))


def test_running_segments_reach_to_the_end_of_the_last_frame() -> None:
    segments = Segmenter()
    assert segments.running() == []
    for time_s in (0.0, 0.5, 1.0):
        assert add(segments, time_s, "a") is None
    (running,) = segments.running()
    assert (running.label, running.start_s, running.end_s) == ("a", 0.0, 1.5)
    assert segments.running() == [running], "looking changes nothing"


def test_a_split_leaves_no_time_out_and_keeps_the_mean() -> None:
    segments = Segmenter()
    for time_s, confidence in ((0.0, 0.2), (1.0, 0.4)):
        add(segments, time_s, "a", confidence=confidence)
    before = segments.split("cam", 1.25)
    (after,) = segments.running()
    assert (before.start_s, before.end_s, after.start_s) == (0.0, 1.25, 1.25)
    assert round(after.confidence, 9) == round(before.confidence, 9) == 0.3


def test_a_segment_lasts_until_the_next_frame_but_not_across_a_gap() -> None:
    segments = Segmenter()
    first, second = Frame(IMAGE, 0, 0.0, "cam"), Frame(IMAGE, 1, 1.0, "cam")
    assert not segments.lasts_until(first, Activity("a", 0.5, 0.0))
    segments.add(first, Activity("a", 0.5, 0.0))
    assert segments.lasts_until(second, Activity("b", 0.5, 1.0))
    assert not segments.lasts_until(second, Activity("a", 0.5, 1.0, restarted=True))
