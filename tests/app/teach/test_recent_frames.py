import numpy as np

from app.entities import Frame
from app.teach.recent_frames import RecentFrames


def frame(time_s: float) -> Frame:
    return Frame(np.zeros((2, 2, 3), np.uint8), 0, time_s, "cam")


def kept(seconds: float, per_s: float, *times_s: float) -> list[float]:
    recent = RecentFrames(seconds, per_s)
    for time_s in times_s:
        recent.add(frame(time_s))
    return [one.time_s for one in recent.frames()]


def test_only_the_last_moment_is_kept() -> None:
    assert kept(1.0, 10, 0, 0.5, 1.0, 1.5, 2.25) == [1.5, 2.25]


def test_no_more_a_second_than_asked_for() -> None:
    assert kept(10.0, 2, 0, 0.25, 0.5, 0.75, 1.25) == [0, 0.5, 1.25]


def test_before_the_first_frame_there_is_none() -> None:
    assert kept(1.0, 10) == []


def test_what_is_handed_out_stays() -> None:
    recent = RecentFrames(1.0, 10)
    recent.add(frame(0))
    frames = recent.frames()
    recent.add(frame(5))
    assert [one.time_s for one in frames] == [0]
