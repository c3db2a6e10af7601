"""Single image files: photographs as those of folders, and animated WebP."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from app.arrays import Image
from app.config.settings import SourceSettings
from app.entities import Frame
from app.errors import SourceError
from app.images.read import read_image
from app.sources import picture
from app.sources.media import MediaSource
from app.sources.open import open_source
from app.sources.picture import AnimatedWebp, PictureSource
from tests import toy
from tests.app import process

COLOURS = (toy.RED, toy.GREEN, toy.BLUE)


def read(path: Path) -> list[Frame]:
    with open_source(path, SourceSettings(), 0.0) as source:
        return list(source)


def rgb(image: Image) -> Pillow.Image:
    return Pillow.fromarray(np.ascontiguousarray(image[..., ::-1]))


def animated(path: Path, shown_ms: Sequence[int], *, alpha: bool = False) -> Path:
    """Plain pictures in turn red, green and blue; in one colour libwebp would make one of two that follow."""
    images = [rgb(toy.plain(COLOURS[n % 3])).convert("RGBA" if alpha else "RGB") for n in range(len(shown_ms))]
    images[0].save(path, save_all=True, append_images=images[1:], duration=list(shown_ms), lossless=True)
    return path


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_a_file_and_a_folder_of_it_are_upright_and_the_same(tmp_path: Path, suffix: str, orientation: int) -> None:
    corners = toy.corners()
    path = toy.write_oriented(tmp_path / f"photo{suffix}", corners, orientation)
    (alone,), (of_folder,) = read(path), read(tmp_path)
    assert alone.image.shape == corners.shape
    assert np.abs(alone.image.astype(int) - corners).mean() < 5
    assert np.array_equal(alone.image, of_folder.image)
    assert alone.is_picture and (alone.index, alone.time_s) == (0, 0.0)


def test_a_picture_comes_reduced_where_nobody_sees_it(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(cv2.imencode(".jpg", toy.plain(toy.RED, 640, 480))[1].tobytes())
    with open_source(path, SourceSettings(), 0.0, 100) as source:
        (frame,) = source
    assert frame.image.shape == (120, 160, 3)


def test_the_second_picture_of_a_jpeg_is_no_frame(tmp_path: Path) -> None:
    """Telephones put a depth map or a brighter copy behind the photograph."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"".join(cv2.imencode(".jpg", toy.plain(colour))[1].tobytes() for colour in COLOURS))
    (frame,) = read(path)
    assert frame.image[0, 0].argmax() == 2


def test_what_opencv_cannot_read_is_left_to_ffmpeg(tmp_path: Path, clip: Path) -> None:
    path = tmp_path / "clip.png"
    path.write_bytes(clip.read_bytes())
    with open_source(path, SourceSettings(), 0.0) as source:
        assert isinstance(source, MediaSource)
        assert sum(1 for _ in source) == 60


def test_an_animated_png_plays(tmp_path: Path) -> None:
    path = tmp_path / "moving.png"
    images = [rgb(toy.plain(colour)) for colour in COLOURS]
    images[0].save(path, save_all=True, append_images=images[1:], duration=100)
    assert [int(frame.image[0, 0].argmax()) for frame in read(path)] == [2, 1, 0]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 500), min_size=2, max_size=12), st.integers(1, 13), st.booleans())
def test_an_animated_webp_plays_however_many_images_are_decoded_at_once(
    tmp_path: Path, shown_ms: list[int], at_once: int, alpha: bool
) -> None:
    path = animated(tmp_path / "moving.webp", shown_ms, alpha=alpha)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(picture, "_PIXELS_AT_ONCE", at_once * 64 * 48)
        frames = read(path)
    assert [int(frame.image[0, 0].argmax()) for frame in frames] == [(2, 1, 0)[n % 3] for n in range(len(shown_ms))]
    times = np.cumsum([0, *(ms or 100 for ms in shown_ms[:-1])]) / 1000
    assert [frame.time_s for frame in frames] == pytest.approx(times)
    assert all(frame.image.shape == (48, 64, 3) for frame in frames)


def test_an_animated_webp_plays_from_the_command_line(tmp_path: Path, model: Path) -> None:
    animated(tmp_path / "moving.webp", [100] * 20)
    done = process.run("--source", "moving.webp", "--model", model, "--no-window", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Labelled 20 frames" in done.stdout


@pytest.mark.parametrize("share", [0.2, 0.5, 0.99])
def test_a_damaged_animation_says_so_in_one_line(tmp_path: Path, model: Path, share: float) -> None:
    path = animated(tmp_path / "moving.webp", [100] * 20)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    done = process.run("--source", "moving.webp", "--model", model, "--no-window", folder=tmp_path)
    assert done.returncode == 2
    assert "is the file damaged?" in done.stderr and done.stderr.count("\n") == 1


def test_an_animation_may_not_claim_a_gigabyte(tmp_path: Path) -> None:
    data = bytearray(animated(tmp_path / "moving.webp", [100, 100]).read_bytes())
    data[24:30] = b"\xff\xff\0\xff\xff\0"
    with pytest.raises(SourceError, match="got 65536x65536; make it smaller"):
        AnimatedWebp(bytes(data), "moving.webp")


def test_a_webp_that_does_not_move_is_a_photograph(tmp_path: Path) -> None:
    path = tmp_path / "still.webp"
    path.write_bytes(cv2.imencode(".webp", toy.plain(toy.GREEN))[1].tobytes())
    with open_source(path, SourceSettings(), 0.0) as source:
        assert isinstance(source, PictureSource)
        (frame,) = source
    assert np.array_equal(frame.image, read_image(path))
