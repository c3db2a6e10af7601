"""HDR video, coded here as ITU-R BT.2100 says, against the picture that it was made of."""

from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.arrays import Image
from app.config.settings import SourceSettings
from app.entities import Frame
from app.images import hdr
from app.images.hdr import HdrImage
from app.images.prepare import InputSpec, prepare
from app.sources.media import MediaSource

PQ, HLG, BT2020 = 16, 18, 9
LIMITED, FULL = 1, 2
SPEC = InputSpec(96, "squeeze")
TO_BT2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])


@pytest.fixture
def photo() -> Image:
    """A soft picture in strong colours, BGR, none of them brighter than an ordinary screen shows unpressed."""
    coarse = np.random.default_rng(3).integers(15, 220, (6, 8, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (640, 480), interpolation=cv2.INTER_LINEAR), np.uint8)


def coded(photo: Image, transfer: int) -> npt.NDArray[np.float64]:
    """The RGB codes, 0 to 1, of a picture whose white has 203 nits."""
    nits = np.clip((photo[..., ::-1] / 255) ** 2.4 @ TO_BT2020.T, 0, None) * 203
    if transfer == PQ:
        power = (nits / 10000) ** (2610 / 16384)
        return ((3424 / 4096 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 32)
    scene = (nits / 1000) ** (1 / 1.2)
    bright = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), bright)


def frame_of(photo: Image, transfer: int, colour_range: int) -> av.VideoFrame:
    """The picture as ten bits of BT.2020, tagged."""
    red, green, blue = np.moveaxis(coded(photo, transfer), -1, 0)
    luma = 0.2627 * red + 0.6780 * green + 0.0593 * blue
    chroma = [cv2.resize(c, None, fx=0.5, fy=0.5) for c in ((blue - luma) / 1.8814, (red - luma) / 1.4746)]
    scales = (1023, 0, 1023) if colour_range == FULL else (876, 64, 896)
    planes = [luma * scales[0] + scales[1], *(c * scales[2] + 512 for c in chroma)]
    frame = av.VideoFrame(photo.shape[1], photo.shape[0], "yuv420p10le")
    for plane, values in zip(frame.planes, planes, strict=True):
        stored = np.zeros((plane.height, plane.line_size // 2), np.uint16)
        stored[:, : plane.width] = np.clip(np.rint(values), 0, 1023)
        plane.update(stored.tobytes())
    frame.colorspace, frame.color_primaries, frame.color_trc = BT2020, BT2020, transfer
    frame.color_range, frame.pts = colour_range, 0
    return frame


def write(path: Path, frame: av.VideoFrame) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, "yuv420p10le"
        stream.options = {"crf": "8", "preset": "ultrafast"}
        context = stream.codec_context
        context.colorspace, context.color_primaries, context.color_trc = BT2020, BT2020, int(frame.color_trc)
        context.color_range = int(frame.color_range)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def only_frame(path: Path) -> Frame:
    with MediaSource(str(path), SourceSettings(), 0.0) as source:
        (frame,) = source
    return frame


@pytest.mark.parametrize("transfer", [PQ, HLG])
@pytest.mark.parametrize("colour_range", [LIMITED, FULL])
def test_hdr_video_has_the_colours_of_the_picture(
    tmp_path: Path, photo: Image, transfer: int, colour_range: int
) -> None:
    frame = only_frame(write(tmp_path / "hdr.mp4", frame_of(photo, transfer, colour_range)))
    assert np.abs(frame.image.astype(int) - photo).mean() < 4
    assert np.abs(frame.prepare(SPEC).astype(int) - prepare(photo, SPEC)).mean() < 4
    untold = av.VideoFrame.to_ndarray(frame_of(photo, transfer, colour_range), format="bgr24")
    assert np.abs(untold.astype(int) - photo).mean() > 15, "what it would be without the tags"


def test_light_brighter_than_white_keeps_its_order() -> None:
    for transfer in (PQ, HLG):
        light = hdr._light(transfer).astype(int)
        assert light[0] == 0 and light[-1] >= 65500
        assert (np.diff(light) >= 0).all()


@settings(max_examples=30, deadline=None)
@given(st.tuples(*[st.integers(0, 200)] * 3), st.sampled_from([PQ, HLG]), st.sampled_from([LIMITED, FULL]))
def test_every_colour_is_kept(colour: tuple[int, int, int], transfer: int, colour_range: int) -> None:
    frame = frame_of(np.full((32, 32, 3), colour, np.uint8), transfer, colour_range)
    assert HdrImage.can_hold(frame)
    off = np.abs(HdrImage(frame).image.astype(int) - colour)
    assert (off <= np.where(np.array(colour) < 40, 40, 16)).all(), "ten bits are coarse in what is nearly black"


def test_plain_video_is_none(clip: Path) -> None:
    with MediaSource(str(clip), SourceSettings(), 0.0) as source:
        assert not any(isinstance(frame.pixels, HdrImage) for frame in source)
