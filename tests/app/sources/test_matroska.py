import av
import numpy as np
import pytest

from app.sources.matroska import is_cut_off
from tests import toy


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "whole.mkv"
    noise = np.random.default_rng(0).integers(0, 256, (20, 48, 64, 3), np.uint8)
    return toy.write_clip(path, ((image, index / 10) for index, image in enumerate(noise)))


@pytest.mark.parametrize("missing", [0, 1, 300])
def test_a_file_is_cut_off_when_a_byte_is_missing(whole, tmp_path, missing):
    path = tmp_path / "clip.mkv"
    data = whole.read_bytes()
    path.write_bytes(data[: len(data) - missing])
    assert is_cut_off(path) is (missing > 0)


def test_a_part_of_a_joined_file_goes_by_its_own_end(whole, tmp_path):
    path, size = tmp_path / "two.mkv", whole.stat().st_size
    path.write_bytes(whole.read_bytes() + whole.read_bytes()[:-5])
    assert not is_cut_off(path, 0, size)
    assert is_cut_off(path, size, path.stat().st_size)


def test_a_file_that_does_not_say_how_long_it_is_is_not_called_cut_off(whole, tmp_path):
    path = tmp_path / "live.mkv"
    with av.open(str(whole)) as source, av.open(str(path), "w", options={"live": "1"}) as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    path.write_bytes(path.read_bytes()[:-300])
    assert not is_cut_off(path)


@pytest.mark.parametrize("data", [b"", b"\x1a", b"\x1a\x45\xdf\xa3", b"\x1a\x45\xdf\xa3\xff", b"no film at all" * 9])
def test_other_files_are_not_called_cut_off(tmp_path, data):
    (tmp_path / "x.mkv").write_bytes(data)
    assert not is_cut_off(tmp_path / "x.mkv")
    assert not is_cut_off(tmp_path / "nowhere.mkv")
