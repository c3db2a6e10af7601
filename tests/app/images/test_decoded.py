"""Clips whose pixels are not square, beside the same clips with square ones."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.arrays import Image
from app.config.settings import SourceSettings
from app.images.decoded import picture_of
from app.images.prepare import InputSpec, prepare
from app.sources.media import MediaSource
from tests.app import process

SPEC = InputSpec(96, "squeeze")


def photo(width: int = 640, height: int = 480) -> Image:
    coarse = np.random.default_rng(3).integers(20, 235, (6, 8, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def write(path: Path, image: Image, aspect: Fraction) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = image.shape[1], image.shape[0], "yuv420p"
        stream.codec_context.sample_aspect_ratio = aspect
        for index in range(3):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("aspect", [Fraction(2), Fraction(1, 2), Fraction(64, 45), Fraction(10, 11), Fraction(1)])
def test_pixels_that_are_not_square_are_stretched(tmp_path: Path, aspect: Fraction) -> None:
    plain = photo()
    stored_width = round(640 / aspect) // 2 * 2 if aspect > 1 else 640
    stored_height = round(480 * aspect) // 2 * 2 if aspect < 1 else 480
    path = write(tmp_path / "clip.mp4", cv2.resize(plain, (stored_width, stored_height)), aspect)
    with MediaSource(str(path), SourceSettings(), 0.0) as source:
        frame = next(iter(source))
    assert frame.image.shape[1] / frame.image.shape[0] == pytest.approx(4 / 3, abs=0.01)
    assert np.abs(frame.prepare(SPEC).astype(int) - prepare(plain, SPEC)).mean() < 4


def test_the_recording_has_the_true_shape(tmp_path: Path, model: Path) -> None:
    write(tmp_path / "narrow.mp4", photo(320, 480), Fraction(2))
    done = process.run(
        *("--source", "narrow.mp4", "--model", model, "--no-window", "--record", "out.mp4"), folder=tmp_path
    )
    assert (done.returncode, done.stderr) == (0, "")
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (640, 480)


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(["yuv420p", "yuv444p", "yuv420p10le", "rgb24", "gray"]),
    st.integers(2, 80),
    st.integers(2, 80),
    st.one_of(st.none(), st.fractions(0, 10**6, max_denominator=10**6)),
)
def test_whatever_the_file_says_there_is_a_picture_with_all_its_pixels(
    pixel_format: str, width: int, height: int, aspect: Fraction | None
) -> None:
    picture = picture_of(av.VideoFrame(width, height, pixel_format), aspect)
    image = picture if isinstance(picture, np.ndarray) else picture.image
    assert image.shape[0] >= height and image.shape[1] >= width
    assert image.shape[0] <= 10 * height and image.shape[1] <= 10 * width
