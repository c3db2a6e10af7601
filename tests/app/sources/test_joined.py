"""Files that were joined byte after byte, in forms of which FFmpeg reads the first one or two."""

import logging
import random
from itertools import accumulate, pairwise
from pathlib import Path

import pytest

from app.config.settings import SourceSettings
from app.entities import Frame
from app.errors import SourceError
from app.sources.joined import parts
from app.sources.open import open_source
from tests import toy

SETTINGS = SourceSettings()


def clip(path: Path, count: int, colour: tuple[int, int, int] = toy.RED, start_s: float = 0.0) -> bytes:
    pictures = ((toy.plain(colour), start_s + index / 10) for index in range(count))
    return toy.write_clip(path, pictures, options={"tune": "zerolatency"}).read_bytes()


def read(path: Path) -> list[Frame]:
    with open_source(path, SETTINGS) as source:
        return list(source)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov"])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_every_part_is_played(tmp_path: Path, suffix: str, count: int) -> None:
    path = tmp_path / f"a, b:c.{suffix}"
    colours = [toy.RED, toy.GREEN, toy.BLUE, toy.RED]
    joined = [clip(tmp_path / f"part.{suffix}", 3 + number, colours[number], 5.0 * number) for number in range(count)]
    path.write_bytes(b"".join(joined))
    assert [part.end - part.start for part in parts(path)] == [len(data) for data in joined]
    frames = read(path)
    assert [frame.index for frame in frames] == list(range(sum(3 + number for number in range(count))))
    assert {frame.source_id for frame in frames} == {str(path)}
    starts = [frame.time_s for before, frame in pairwise(frames) if _turns(before, frame)]
    ends = list(accumulate((2 + number) / 10 + 1 / 30 for number in range(count)))
    assert starts == pytest.approx(ends[:-1], abs=0.01), "one after the other"


def _turns(before: Frame, frame: Frame) -> bool:
    return bool(before.image[0, 0].argmax() != frame.image[0, 0].argmax())


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_part_that_is_cut_off_costs_no_other(tmp_path: Path, caplog: pytest.LogCaptureFixture, suffix: str) -> None:
    whole = clip(tmp_path / f"part.{suffix}", 5)
    path = tmp_path / f"joined.{suffix}"
    path.write_bytes(whole + whole + whole[:100])
    with caplog.at_level(logging.WARNING):
        assert len(read(path)) == 10
    path.write_bytes(whole + whole[:-50])
    assert len(read(path)) >= 5


@pytest.mark.parametrize("suffix", ["ts", "mkv", "mp4"])
def test_a_file_of_one_part_is_read_as_it_is(tmp_path: Path, suffix: str) -> None:
    clip(path := tmp_path / f"clip.{suffix}", 20)
    assert len(parts(path)) == 1
    assert len(read(path)) == 20


@pytest.mark.parametrize("data", [b"", b"\x1a\x45\xdf\xa3", b"\0\0\0\x08ftyp", b"\0\0\0\0ftyp", b"\1" * 100])
def test_what_is_no_video_is_one_part_and_an_error(tmp_path: Path, data: bytes) -> None:
    (path := tmp_path / "x.mp4").write_bytes(data)
    assert len(parts(path)) == 1
    with pytest.raises(SourceError):
        read(path)


@pytest.mark.parametrize("seed", range(20))
def test_damage_is_no_crash(tmp_path: Path, seed: int) -> None:
    """Lengths in the headers are anything."""
    chance = random.Random(seed)
    whole = bytearray(clip(tmp_path / f"part.{['mp4', 'mkv'][seed % 2]}", 3) * 3)
    for _ in range(20):
        whole[chance.randrange(200)] = chance.randrange(256)
    (path := tmp_path / "x").write_bytes(whole)
    found = parts(path)
    assert found[0].start == 0 and found[-1].end == len(whole)
