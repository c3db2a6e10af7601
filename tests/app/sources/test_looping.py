from itertools import islice
from pathlib import Path

import cv2
import pytest

from app.config.settings import SourceSettings
from app.entities import Frame
from app.errors import SourceError
from app.sources.base import Source
from app.sources.folder import FolderSource
from app.sources.looping import LoopingSource
from tests import toy


def looping(count: int, opened: list[toy.Pictures]) -> LoopingSource:
    def reopen() -> Source:
        opened.append(toy.Pictures([toy.plain(toy.RED)] * count, fps=10, name="clip.mp4"))
        return opened[-1]

    return LoopingSource(reopen(), reopen)


def seen(source: Source, count: int) -> list[Frame]:
    return list(islice(source, count))


def test_times_and_numbers_go_on_over_the_cut() -> None:
    frames = seen(looping(3, []), 8)
    assert [frame.index for frame in frames] == list(range(8))
    assert [frame.time_s for frame in frames] == pytest.approx([index / 10 for index in range(8)])


def test_the_last_frame_of_a_round_is_shown_for_as_long_as_its_file_says(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(cv2.imencode(".png", toy.plain(toy.RED))[1].tobytes())

    def reopen() -> Source:
        return FolderSource(tmp_path, SourceSettings(folder_fps=0.5))

    frames = seen(LoopingSource(reopen(), reopen), 3)
    assert [frame.time_s for frame in frames] == [0.0, 2.0, 4.0]


def test_each_round_is_a_connection_of_its_own() -> None:
    """The label starts again, since what is before the cut says nothing of what is after it."""
    assert [frame.connection for frame in seen(looping(2, []), 5)] == [0, 0, 1, 1, 2]


def test_a_round_is_closed_before_the_next_opens() -> None:
    opened: list[toy.Pictures] = []
    source = looping(1, opened)
    seen(source, 3)
    source.close()
    assert [round_.closed for round_ in opened] == [1, 1, 1]


def test_a_new_name_is_on_every_later_frame() -> None:
    source = looping(1, [])
    source.source_id = "demo (2)"
    assert {frame.source_id for frame in seen(source, 3)} == {"demo (2)"}


def test_an_empty_source_ends() -> None:
    assert list(looping(0, [])) == []


def test_stop_ends_it() -> None:
    source = looping(2, [])
    frames = []
    for frame in source:
        frames.append(frame)
        if len(frames) == 3:
            source.stop()
    assert 3 <= len(frames) <= 4


def test_a_file_that_vanished_is_an_error() -> None:
    def gone() -> Source:
        raise SourceError("clip.mp4: no such file")

    with pytest.raises(SourceError, match="no such file"):
        list(LoopingSource(toy.Pictures([toy.plain(toy.RED)], fps=10), gone))
