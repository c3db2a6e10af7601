from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from app.errors import ModelError
from app.images.prepare import MAX_SIZE, MIN_SIZE, InputSpec, fit, prepare
from tests.toy import BLUE, GREEN, RED, plain

CROP, SQUEEZE, STRETCH = (InputSpec(32, resize) for resize in ("crop", "squeeze", "stretch"))


@pytest.mark.parametrize("spec", [CROP, SQUEEZE, STRETCH])
@pytest.mark.parametrize(
    "shape",
    [(1, 1), (1, 50), (50, 1), (31, 33), (32, 32), (480, 640), (641, 359), (2000, 20), (20, 2000), (2160, 3840)],
)
def test_any_image_becomes_the_input(spec: InputSpec, shape: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    before = image.copy()
    prepared = prepare(image, spec)
    assert prepared.shape == (32, 32, 3)
    assert prepared.dtype == np.uint8
    assert not np.shares_memory(prepared, image)
    assert np.array_equal(image, before)
    assert np.array_equal(prepare(image, spec), prepared)


@pytest.mark.parametrize("spec", [CROP, SQUEEZE, STRETCH])
def test_a_read_only_view_will_do(spec: InputSpec) -> None:
    """Crops, flips and frames that another thread shares are not contiguous or not writable."""
    image = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
    view = image[5:-5, ::-1]
    view.flags.writeable = False
    assert np.array_equal(prepare(view, spec), prepare(np.ascontiguousarray(view), spec))


@pytest.mark.parametrize("spec", [CROP, SQUEEZE, STRETCH])
@pytest.mark.parametrize(("colour", "expected"), [(RED, (255, 0, 0)), (GREEN, (0, 255, 0)), (BLUE, (0, 0, 255))])
def test_bgr_becomes_rgb(spec: InputSpec, colour: tuple[int, int, int], expected: tuple[int, int, int]) -> None:
    assert (prepare(plain(colour), spec) == expected).all()


@pytest.mark.parametrize(("width", "height"), [(192, 64), (64, 192)])
def test_crop_keeps_the_centre_and_stretch_keeps_all(width: int, height: int) -> None:
    """The centre square is green, the thirds beside it red and blue."""
    image = plain(GREEN, width, height)
    side = image if height > width else image.transpose(1, 0, 2)
    side[:64], side[128:] = RED, BLUE
    assert (prepare(image, CROP) == (0, 255, 0)).all()
    whole = prepare(image, STRETCH)
    assert tuple(whole[0, 0]) == (255, 0, 0)
    assert tuple(whole[16, 16]) == (0, 255, 0)
    assert tuple(whole[-1, -1]) == (0, 0, 255)


@pytest.mark.parametrize(("width", "height"), [(160, 90), (90, 160), (96, 72), (64, 64)])
def test_squeeze_fits_all_but_what_is_longer_than_four_to_three(width: int, height: int) -> None:
    """The middle 4:3 is green with a blue first and a red last row or column, the rest white."""
    image = plain((255, 255, 255), width, height)
    lying = image if width >= height else image.transpose(1, 0, 2)
    longest = min(lying.shape[1], round(lying.shape[0] * 4 / 3))
    left = (lying.shape[1] - longest) // 2
    lying[:, left : left + longest] = GREEN
    lying[:, left : left + 6], lying[:, left + longest - 6 : left + longest] = BLUE, RED
    small = prepare(image, SQUEEZE)
    small = small if width >= height else small.transpose(1, 0, 2)
    assert (small[:, 0] == (0, 0, 255)).all() and (small[:, -1] == (255, 0, 0)).all()
    assert (small[:, 4:-4] == (0, 255, 0)).all()


@pytest.mark.parametrize(("width", "height"), [(64, 64), (65, 65), (640, 480), (641, 479), (1280, 720), (24, 24)])
def test_corners_stay_where_they_are(width: int, height: int) -> None:
    """Neither flipped, turned nor shifted: a white quarter in the top left of the centre square."""
    image = np.zeros((height, width, 3), np.uint8)
    side = min(width, height)
    top, left = (height - side) // 2, (width - side) // 2
    image[top : top + side // 2, left : left + side // 2] = 255
    bright = prepare(image, CROP)[:, :, 0] > 127
    assert bright[:15, :15].all()
    assert not bright[17:].any()
    assert not bright[:, 17:].any()


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (720, 1280), (1920, 1080), (3840, 2160), (640, 480)])
@pytest.mark.parametrize("spec", [CROP, SQUEEZE, STRETCH])
def test_shrinking_does_not_alias(spec: InputSpec, width: int, height: int) -> None:
    """A checkerboard of single pixels is grey to the eye; a resize that skips pixels turns it into a pattern."""
    rows, columns = np.indices((height, width))
    image = np.repeat((((rows + columns) % 2) * 255).astype(np.uint8)[:, :, None], 3, axis=2)
    assert np.abs(prepare(image, spec).astype(int) - 127).max() <= 3


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080), (640, 480)])
@pytest.mark.parametrize("resize", ["crop", "stretch"])
def test_shrinking_noise_is_close_to_area_averaging(resize: str, width: int, height: int) -> None:
    image = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    left = (width - height) // 2
    square = image[:, left : left + height] if resize == "crop" else image
    area, skipping = (
        cv2.resize(square, (224, 224), interpolation=rule)[:, :, ::-1].astype(float)
        for rule in (cv2.INTER_AREA, cv2.INTER_NEAREST)
    )
    ours = np.abs(prepare(image, InputSpec(224, resize)) - area).mean()
    assert ours < 0.35 * np.abs(skipping - area).mean()


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((48, 64), np.uint8),
        np.zeros((48, 64, 1), np.uint8),
        np.zeros((48, 64, 4), np.uint8),
        np.zeros((2, 48, 64, 3), np.uint8),
        np.zeros((0, 64, 3), np.uint8),
        np.zeros((48, 0, 3), np.uint8),
        np.zeros((48, 64, 3), np.float32),
        np.zeros((48, 64, 3), np.int8),
        np.zeros((48, 64, 3), bool),
    ],
    ids=lambda image: f"{image.dtype}-{'x'.join(map(str, image.shape))}",
)
@pytest.mark.parametrize("spec", [CROP, SQUEEZE, STRETCH])
def test_another_shape_or_dtype_is_refused(spec: InputSpec, image: npt.NDArray[Any]) -> None:
    with pytest.raises(ValueError, match=str(image.dtype)):
        prepare(image, spec)


@pytest.mark.parametrize(("width", "height"), [(1281, 721), (129, 64), (64, 64), (95, 333), (257, 130), (130, 300)])
@pytest.mark.parametrize("spec", [CROP, SQUEEZE, STRETCH])
def test_to_the_bit_it_is_halving_and_then_one_bilinear_step(spec: InputSpec, width: int, height: int) -> None:
    """Spelled out once more: a model must go on seeing exactly what it learned from."""
    image = np.random.default_rng(width).integers(0, 256, (height, width, 3), np.uint8)
    longest = {"crop": 1.0, "squeeze": 4 / 3, "stretch": 1e9}[spec.resize] * min(width, height)
    keep_w, keep_h = min(width, round(longest)), min(height, round(longest))
    left, top = (width - keep_w) // 2, (height - keep_h) // 2
    expected = image[top : top + keep_h, left : left + keep_w]
    while expected.shape[0] >= 64 and expected.shape[1] >= 64:
        expected = cv2.resize(expected, (expected.shape[1] // 2, expected.shape[0] // 2), interpolation=cv2.INTER_AREA)
    expected = cv2.resize(expected, (32, 32), interpolation=cv2.INTER_LINEAR)[:, :, ::-1]
    assert np.array_equal(prepare(image, spec), expected)


@pytest.mark.parametrize("spec", [CROP, SQUEEZE, STRETCH])
def test_a_single_plane_is_fitted_as_each_channel_of_an_image(spec: InputSpec) -> None:
    image = np.random.default_rng(0).integers(0, 256, (90, 200, 3), np.uint8)
    whole = fit(image, spec)
    assert whole.shape == (32, 32, 3)
    for channel in range(3):
        assert np.array_equal(fit(image[..., channel], spec), whole[..., channel])


@pytest.mark.parametrize("size", [MIN_SIZE, 224, MAX_SIZE])
def test_the_ends_of_the_range_are_allowed(size: int) -> None:
    assert prepare(plain(RED), InputSpec(size, "crop")).shape == (size, size, 3)


@pytest.mark.parametrize("size", [MIN_SIZE - 1, MAX_SIZE + 1, 0, -224, True, 224.0, "224", None])
def test_another_size_is_named(size: Any) -> None:
    with pytest.raises(ModelError, match="input_size"):
        InputSpec(size, "crop")


@pytest.mark.parametrize("resize", ["letterbox", "Crop", "", None])
def test_another_rule_is_named(resize: Any) -> None:
    with pytest.raises(ModelError, match="resize"):
        InputSpec(224, resize)
