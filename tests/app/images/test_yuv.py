"""Against FFmpeg's own conversion of the whole image."""

from pathlib import Path
from typing import Any, cast

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

from app.config.settings import SourceSettings
from app.entities import Frame
from app.images.prepare import InputSpec, prepare
from app.images.upright import Turn
from app.images.yuv import PLANAR, YuvImage
from app.sources.media import MediaSource
from tests import toy

BT709, UNSAID, BT601, BT2020 = 1, 2, 6, 9
LIMITED, FULL = 1, 2
SPEC = InputSpec(224, "squeeze")
SIZES = [(1280, 720), (640, 480), (321, 243), (202, 500), (48, 36)]


def decoded(
    pixel_format: str = "yuv420p",
    size: tuple[int, int] = (1280, 720),
    colorspace: int = UNSAID,
    colour_range: int = LIMITED,
) -> av.VideoFrame:
    """An image of soft colours, as a codec would hand it over."""
    width, height = size
    rng = np.random.default_rng(7)
    frame = av.VideoFrame(width, height, pixel_format)
    for plane, (low, high) in zip(frame.planes, [(40, 210), (100, 155), (100, 155)], strict=True):
        coarse = rng.integers(low, high, (6, 8)).astype(np.uint8)
        padded = np.zeros((plane.height, plane.line_size), np.uint8)
        padded[:, : plane.width] = cv2.resize(coarse, (plane.width, plane.height), interpolation=cv2.INTER_CUBIC)
        plane.update(padded.tobytes())
    frame.colorspace, frame.color_range = colorspace, colour_range
    return frame


def differences(image: YuvImage, spec: InputSpec = SPEC) -> npt.NDArray[np.int64]:
    """Levels by which the prepared image is off what `prepare` makes of the whole."""
    return np.asarray(np.abs(image.prepare(spec).astype(int) - prepare(image.image, spec)))


@pytest.mark.parametrize("turn", [Turn(), Turn(True, True, False), Turn(False, True, True), Turn(True, True, True)])
@pytest.mark.parametrize("resize", ["squeeze", "crop", "stretch"])
@pytest.mark.parametrize("size", SIZES)
def test_it_is_what_prepare_makes_of_the_whole_image(size: tuple[int, int], resize: str, turn: Turn) -> None:
    off = differences(YuvImage(decoded(size=size), turn), InputSpec(224, resize))
    softer = 2 if min(size) < 224 else 1  # enlarged: FFmpeg repeats each pixel of chroma, here it is interpolated
    assert off.mean() < 1.5 * softer
    assert np.percentile(off, 99) <= 5 * softer


@pytest.mark.parametrize("pixel_format", sorted(PLANAR))
@pytest.mark.parametrize("colour_range", [LIMITED, FULL])
@pytest.mark.parametrize("colorspace", [BT709, UNSAID, BT601])
def test_every_colour_space_is_read_as_ffmpeg_reads_it(pixel_format: str, colour_range: int, colorspace: int) -> None:
    picture = decoded(pixel_format, colorspace=colorspace, colour_range=colour_range)
    assert YuvImage.can_hold(picture)
    assert differences(YuvImage(picture)).mean() < 1.5


def test_that_a_wrong_colour_space_would_be_noticed() -> None:
    one, other = (YuvImage(decoded(colorspace=space)).prepare(SPEC) for space in (BT709, BT601))
    assert np.abs(one.astype(int) - other).mean() > 2


def test_what_has_other_planes_or_colours_is_left_to_ffmpeg() -> None:
    assert not YuvImage.can_hold(decoded(colorspace=BT2020))
    assert not YuvImage.can_hold(av.VideoFrame(64, 48, "nv12"))
    assert not YuvImage.can_hold(av.VideoFrame(64, 48, "yuv420p10le"))
    assert not YuvImage.can_hold(av.VideoFrame(64, 48, "gray"))


def test_rows_that_are_stored_upside_down_are_left_to_ffmpeg() -> None:
    """Their memory begins before what Python is shown of it."""

    class UpsideDown:
        def __init__(self, plane: Any) -> None:
            self.width, self.height, self.line_size = plane.width, plane.height, -plane.line_size

    class Turned:
        def __init__(self, frame: Any) -> None:
            self.format, self.colorspace = frame.format, frame.colorspace
            self.planes = [UpsideDown(plane) for plane in frame.planes]

    assert not YuvImage.can_hold(cast(av.VideoFrame, Turned(decoded())))


@pytest.mark.parametrize("codec", ["libx264", "ffv1"])
def test_ten_bits_are_read_all_the_same(tmp_path: Path, codec: str) -> None:
    path = tmp_path / "deep.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p10le"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(toy.plain(toy.RED, 64, 48), format="bgr24")))
        container.mux(stream.encode(None))
    with MediaSource(str(path), SourceSettings(), 0.0) as source:
        (frame,) = source
    assert np.abs(frame.prepare(SPEC)[..., ::-1].reshape(-1, 3).mean(axis=0) - toy.RED).max() <= 4
    assert np.array_equal(frame.prepare(SPEC), prepare(frame.image, SPEC))


def test_the_image_is_converted_once_and_only_when_asked() -> None:
    class Counting:
        """A decoded image that counts its conversions; PyAV's own class cannot be derived from."""

        conversions = 0

        def __init__(self, frame: av.VideoFrame) -> None:
            self._frame = frame

        def __getattr__(self, name: str) -> Any:
            return getattr(self._frame, name)

        def to_ndarray(self, **options: Any) -> Any:
            self.conversions += 1
            return self._frame.to_ndarray(**options)

    frame = Counting(decoded(size=(64, 48)))
    shown = Frame(YuvImage(cast(av.VideoFrame, frame)), 0, 0.0, "clip")
    shown.prepare(SPEC)
    assert frame.conversions == 0
    assert shown.image is shown.image
    assert frame.conversions == 1


def test_an_image_outlives_its_file(clip: Path) -> None:
    with MediaSource(str(clip), SourceSettings(), 0.0) as source:
        frames = list(source)
    assert frames[10].prepare(SPEC).shape == (224, 224, 3)
    assert np.abs(frames[10].image.reshape(-1, 3).mean(axis=0) - toy.RED).max() <= 4
