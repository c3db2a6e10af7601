"""Whatever is left out, what is looked at is what the app's own reader shows, to the last bit."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from app.arrays import Image
from app.entities import Frame
from app.images.prepare import InputSpec
from app.labelling.cadence import due_at
from app.sources.file_index import FileIndex, index_file
from app.sources.open import open_source
from app.sources.sparse import SparseFile, Stretch, UnlikeIndexError, stretches
from tests import toy

SPEC = InputSpec(32, "squeeze")
PAUSES_S = (0.0, 0.3, 0.5, 1.7, 60.0)
FORMS = {  # name: codec, options
    "h264.mp4": ("libx264", {"g": "12", "bf": "3", "x264-params": "b-pyramid=normal"}),
    "open_gop.mkv": ("libx264", {"g": "12", "bf": "3", "x264-params": "open-gop=1:scenecut=0"}),
    "one_keyframe.mp4": ("libx264", {"g": "600", "bf": "2"}),
    "h264.ts": ("libx264", {"g": "15", "bf": "3"}),
    "vp9.webm": ("libvpx-vp9", {"g": "12", "deadline": "realtime", "cpu-used": "8"}),
    "mpeg4.mp4": ("mpeg4", {"g": "12", "bf": "2"}),
    "intra.mov": ("mjpeg", {}),
}


def moving(seconds: float = 4.0) -> list[tuple[Image, float]]:
    """Noise under a ball that moves, 25 a second: nothing in it is like the image before."""
    noise = np.random.default_rng(1).integers(0, 255, (96, 160, 3), np.uint8)
    noise = np.asarray(cv2.GaussianBlur(noise, (9, 9), 0), np.uint8)
    times = [index / 25 for index in range(int(seconds * 25))]
    return [
        (np.asarray(cv2.circle(np.roll(noise, index, 1), (index % 160, 48), 20, (40, 90, 250), -1), np.uint8), time_s)
        for index, time_s in enumerate(times)
    ]


@pytest.fixture(scope="module", params=FORMS)
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    codec, options = FORMS[request.param]
    path = tmp_path_factory.mktemp("films") / request.param
    pixels = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    return toy.write_clip(path, moving(), codec=codec, options=options, pixels=pixels)


def shown(path: Path) -> list[Frame]:
    with open_source(path) as source:
        return list(source)


def looked_at(path: Path, index: FileIndex, positions: list[int]) -> list[tuple[int, Image]]:
    wanted = [stretch for stretch, _ in stretches(index, positions)]
    with SparseFile(path, "film") as file:
        return [(stamp, Frame(image, 0, 0.0, "film").prepare(SPEC)) for stamp, image in file.images(wanted)]


def test_the_images_and_their_times_are_those_of_the_reader(film: Path) -> None:
    index = index_file(film, "film")
    assert index is not None
    frames = shown(film)
    assert index.times_s.tolist() == [frame.time_s for frame in frames]
    assert index.end_s == frames[-1].time_s + (frames[-1].lasts_s or 0.0)
    assert index.is_key[0]
    for pause_s in PAUSES_S:
        positions = list(due_at(index.times_s, pause_s))
        found = looked_at(film, index, positions)
        assert [stamp for stamp, _ in found] == index.stamps[positions].tolist()
        expected = [frames[position].prepare(SPEC) for position in positions]
        assert all(np.array_equal(one, image) for one, (_, image) in zip(expected, found, strict=True))


def test_little_is_decoded_for_little(tmp_path: Path) -> None:
    path = toy.write_clip(tmp_path / "clip.mp4", moving(), options={"g": "25", "bf": "3", "x264-params": "scenecut=0"})
    index = index_file(path, "clip")
    assert index is not None
    assert np.flatnonzero(index.is_key).tolist() == [0, 25, 50, 75]
    wanted = [stretch for stretch, _ in stretches(index, [0, 50, 55])]
    assert [(stretch.key, stretch.skipped) for stretch in wanted] == [(index.stamps[0], 0), (index.stamps[50], 49)]
    assert wanted[0].last == index.stamps[0]


def test_every_image_of_motion_jpeg_may_come_smaller(tmp_path: Path) -> None:
    path = toy.write_clip(tmp_path / "clip.mov", moving(0.4), codec="mjpeg", pixels="yuvj420p")
    index = index_file(path, "clip")
    assert index is not None
    with SparseFile(path, "clip", min_side_px=40) as file:
        ((_, image),) = file.images(stretch for stretch, _ in stretches(index, [3]))
    assert Frame(image, 0, 0.0, "").image.shape == (48, 80, 3)


def test_an_image_that_is_not_there_is_noticed(tmp_path: Path) -> None:
    path = toy.write_clip(tmp_path / "clip.mp4", moving(0.4))
    for wanted in (Stretch(0, 0, [7], 0), Stretch(-5, -5, [-5], 0)):
        with SparseFile(path, "clip") as file, pytest.raises(UnlikeIndexError):
            list(file.images([wanted]))


@pytest.mark.parametrize("kind", ["joined", "no stamps"])
def test_what_the_stamps_alone_do_not_tell_is_left_to_the_reader(kind: str, tmp_path: Path) -> None:
    path = tmp_path / ("clip.mp4" if kind == "joined" else "clip.h264")
    toy.write_clip(path, moving(0.4))
    if kind == "joined":
        path.write_bytes(path.read_bytes() * 2)
    assert index_file(path, "clip") is None
