import os
import subprocess
import sys

import cv2
import numpy as np
import pytest

from app.images.prepare import InputSpec, prepare
from app.images.read import read_image
from tests import toy
from tests.conftest import ROOT
from tests.fuzz import hostile


def write(path, image):
    path.write_bytes(cv2.imencode(path.suffix, image)[1].tobytes())
    return path


@pytest.fixture
def photo():
    """A soft picture of 1280x720."""
    coarse = np.random.default_rng(3).integers(20, 235, (18, 32, 3)).astype(np.uint8)
    return cv2.resize(coarse, (1280, 720), interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize(
    "image",
    [
        np.full((20, 30), 128, np.uint8),
        np.full((20, 30, 4), 128, np.uint8),
        np.full((20, 30, 3), 32896, np.uint16),
    ],
    ids=["grey", "alpha", "16 bit"],
)
def test_every_kind_of_png_becomes_bgr(tmp_path, image):
    read = read_image(write(tmp_path / "图片 ü.png", image))
    assert read is not None
    assert read.shape == (20, 30, 3) and read.dtype == np.uint8 and abs(int(read[0, 0, 0]) - 128) <= 1


@pytest.mark.parametrize(
    ("min_side_px", "shape"),
    [
        (None, (720, 1280)),
        (720, (720, 1280)),
        (361, (720, 1280)),
        (360, (360, 640)),
        (240, (360, 640)),
        (180, (180, 320)),
        (90, (90, 160)),
        (1, (90, 160)),
    ],
)
def test_a_jpeg_comes_reduced_but_never_below_what_is_enough(tmp_path, photo, min_side_px, shape):
    assert read_image(write(tmp_path / "photo.jpg", photo), min_side_px).shape[:2] == shape


@pytest.mark.parametrize("size", [32, 96, 180, 240, 300])
@pytest.mark.parametrize("resize", ["squeeze", "crop", "stretch"])
def test_reduced_or_not_the_model_sees_the_same(tmp_path, photo, size, resize):
    path, spec = write(tmp_path / "photo.jpg", photo), InputSpec(size, resize)
    whole, reduced = (prepare(read_image(path, enough), spec).astype(int) for enough in (None, size))
    assert np.abs(whole - reduced).mean() < 1
    assert np.abs(whole - reduced).max() <= 8


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_reduced_photo_stands_upright_as_well(tmp_path, photo, orientation):
    path = tmp_path / "photo.jpg"
    path.write_bytes(toy.exif_jpeg(photo, orientation))
    whole, reduced = read_image(path), read_image(path, 360)
    assert reduced.shape[:2] == (whole.shape[0] // 2, whole.shape[1] // 2)
    half = cv2.resize(whole, reduced.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(half.astype(int) - reduced).mean() < 2


@pytest.mark.parametrize("suffix", [".png", ".webp", ".bmp"])
def test_other_formats_come_whole(tmp_path, photo, suffix):
    assert read_image(write(tmp_path / f"photo{suffix}", photo), 90).shape[:2] == (720, 1280)


@pytest.mark.parametrize("progressive", [0, 1])
def test_progressive_and_grey_jpegs_are_measured_too(tmp_path, photo, progressive):
    grey = cv2.cvtColor(photo, cv2.COLOR_BGR2GRAY)
    data = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_PROGRESSIVE, progressive])[1]
    (tmp_path / "grey.jpg").write_bytes(b"\xff\xd8\xff\xff\xff" + data.tobytes()[3:])  # padding before a marker
    assert read_image(tmp_path / "grey.jpg", 180).shape == (180, 320, 3)


@pytest.mark.parametrize("keep", [3, 10, 20, 160, 400])
def test_a_header_that_breaks_off_is_read_as_without_a_limit(tmp_path, photo, keep):
    path = write(tmp_path / "photo.jpg", photo)
    path.write_bytes(path.read_bytes()[:keep])
    assert (read_image(path, 90) is None) == (read_image(path) is None)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_a_photo_stands_upright(tmp_path, suffix, orientation):
    upright = toy.corners()
    image = read_image(toy.write_oriented(tmp_path / f"photo{suffix}", upright, orientation))
    assert image.shape == upright.shape
    assert np.abs(image.astype(int) - upright).mean() < 5


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"x" * 1000])
def test_what_cannot_be_decoded_is_none(tmp_path, data):
    path = tmp_path / "odd.png"
    path.write_bytes(data)
    assert read_image(path) is None


@pytest.mark.parametrize("module", ["app.sources.folder", "training.data.decode"])
def test_a_small_file_may_not_claim_a_gigabyte(tmp_path, module):
    """In a program that sets no limit of OpenCV's own, as one that has the app for a library."""
    (tmp_path / "bomb.png").write_bytes(hostile.png(20_000, 20_000, depth=1, colour=0, rows=bytes(2_501 * 20_000)))
    (tmp_path / "claim.png").write_bytes(hostile.png(60_000, 60_000))
    write(tmp_path / "good.png", toy.plain(toy.RED, 6000, 10))
    lines = (
        f"from {module} import read_image",
        "from pathlib import Path",
        "print([read_image(Path(name)) is not None for name in ('bomb.png', 'claim.png', 'good.png')])",
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    environment.pop("OPENCV_IO_MAX_IMAGE_PIXELS", None)
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[False, False, True]"


def test_a_file_that_is_not_there_is_none(tmp_path):
    assert read_image(tmp_path / "nowhere.png") is None


@pytest.mark.skipif(os.name == "nt", reason="Windows names are never bytes")
def test_a_name_that_is_no_text_can_be_read(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.png")
    try:
        write(path, toy.plain(toy.RED))
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    assert read_image(path) is not None
