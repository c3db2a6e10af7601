"""Files that hold more pictures than their film."""

import struct
from collections.abc import Sequence
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.stream import Disposition
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from app.config.settings import SourceSettings
from app.entities import Frame
from app.errors import SourceError
from app.sources.media import MediaSource
from tests import toy
from tests.app import process
from tests.conftest import ROOT

Size = tuple[int, int]
TILES = ROOT / "tests" / "app" / "images" / "tiles.heic"  # six of them, and a thumbnail


def read(path: Path) -> list[Frame]:
    with MediaSource(str(path), SourceSettings(), 0.0) as source:
        return list(source)


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


def with_cover(path: Path) -> Path:
    """Puts a cover before the tracks of an MP4 whose index stands at its end, as taggers do."""
    cover = cv2.imencode(".jpg", toy.plain(toy.BLUE))[1].tobytes()
    listed = box(b"ilst", box(b"covr", box(b"data", struct.pack(">II", 13, 0) + cover)))
    handler = box(b"hdlr", struct.pack(">II4s4s8xB", 0, 0, b"mdir", b"appl", 0))
    tags = box(b"udta", box(b"meta", bytes(4) + handler + listed))
    data = path.read_bytes()
    at = data.rindex(b"moov") - 4
    length = struct.unpack_from(">I", data, at)[0]
    index = data[at + 8 :].replace(b"udta", b"free")
    path.write_bytes(data[:at] + struct.pack(">I4s", length + len(tags), b"moov") + tags + index)
    return path


def song(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        for _ in range(10):
            samples = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            samples.sample_rate = 44100
            container.mux(stream.encode(samples))
        container.mux(stream.encode(None))
    return path


def with_tracks(path: Path, tracks: Sequence[tuple[Size, bool]]) -> Path:
    """A video of a track for each size; those with True are marked as default."""
    with av.open(str(path), "w") as container:
        streams = []
        for (width, height), default in tracks:
            stream = container.add_stream("mpeg4", rate=10)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.disposition = Disposition.default if default else Disposition(0)
            streams.append(stream)
        for stream in streams:
            frame = av.VideoFrame.from_ndarray(toy.plain(toy.RED, stream.width, stream.height), format="bgr24")
            frame.pts = 0
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return path


def test_a_cover_before_the_film_is_not_the_film(tmp_path: Path) -> None:
    path = with_cover(toy.write_clip(tmp_path / "clip.mp4", [(toy.plain(toy.RED), n / 10) for n in range(20)]))
    with av.open(str(path)) as container:
        assert container.streams.video[0].disposition & Disposition.attached_pic
    frames = read(path)
    assert len(frames) == 20
    assert frames[0].image[0, 0].argmax() == 2, "red, not the blue of the cover"


def test_a_song_has_no_video_with_a_cover_or_without(tmp_path: Path, model: Path) -> None:
    with pytest.raises(SourceError, match="holds no video; give"):
        read(song(tmp_path / "song.m4a"))
    with_cover(song(tmp_path / "covered.m4a"))
    done = process.run("--source", "covered.m4a", "--model", model, "--no-window", folder=tmp_path)
    assert done.returncode == 2
    assert "holds no video, only the picture of a cover; give a video file" in done.stderr


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from([(64, 48), (96, 64), (160, 120), (320, 240)]), st.booleans()), min_size=1, max_size=4
    )
)
def test_the_default_track_is_taken_and_else_the_largest(tmp_path: Path, tracks: list[tuple[Size, bool]]) -> None:
    path = with_tracks(tmp_path / "tracks.mkv", tracks)
    sizes = [size for size, default in tracks if default] or [size for size, _ in tracks]
    width, height = max(sizes)
    assert read(path)[0].image.shape[:2] == (height, width)


def test_a_track_that_cannot_be_decoded_is_left_for_one_that_can(tmp_path: Path) -> None:
    path = with_tracks(tmp_path / "tracks.mkv", [((320, 240), True), ((64, 48), False)])
    data = path.read_bytes()
    assert data.count(b"V_MPEG4/ISO/ASP") == 2
    path.write_bytes(data.replace(b"V_MPEG4/ISO/ASP", b"V_XPEG9/ISO/XXX", 1))
    assert read(path)[0].image.shape == (48, 64, 3)


def test_a_photograph_in_tiles_is_no_film() -> None:
    """Neither one of its tiles nor its thumbnail is taken for it, where it comes as a stream."""
    with av.open(str(TILES)) as container:
        assert len(container.streams.video) == 7
    with pytest.raises(SourceError, match=r"stored in 6 tiles \(HEIC or AVIF\).* convert it to JPEG or PNG"):
        read(TILES)


def test_of_two_tracks_alike_the_one_that_moves_is_the_film(tmp_path: Path) -> None:
    """An AVIF that moves holds its first image once more, as a track of its own."""
    images = [Pillow.fromarray(toy.plain(colour, 64, 64)) for colour in (toy.RED, toy.GREEN, toy.BLUE)]
    images[0].save(tmp_path / "moves.avif", save_all=True, append_images=images[1:], duration=100)
    assert len(read(tmp_path / "moves.avif")) == 3
