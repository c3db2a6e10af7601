import numpy as np

from app.benchmark.scenes import Excerpt, Still
from app.entities import Frame
from tests import toy


def test_an_excerpt_is_the_beginning_of_its_source_at_its_own_rate_or_another() -> None:
    inner = toy.Pictures([toy.plain((value,) * 3) for value in range(5)], fps=10)
    with Excerpt(inner, 3) as source:
        assert [(frame.index, frame.time_s) for frame in source] == [(0, 0.0), (1, 0.1), (2, 0.2)]
    assert [frame.time_s for frame in Excerpt(inner, 3, fps=20)] == [0.0, 0.05, 0.1]
    assert inner.closed == 1


def test_an_excerpt_carries_its_own_name() -> None:
    source = Excerpt(toy.Pictures([toy.plain(toy.RED)]), 1)
    source.source_id = "camera (2)"
    assert [frame.source_id for frame in source] == ["camera (2)"]


def test_a_still_is_one_image_thirty_times_a_second() -> None:
    frame = Frame(toy.plain(toy.RED), 7, 3.0, "clip")
    frames = list(Still(frame, 31))
    assert [frame.index for frame in frames] == list(range(31))
    assert np.diff([frame.time_s for frame in frames]).sum() == 1.0
    assert all(other.image is frame.image for other in frames)
