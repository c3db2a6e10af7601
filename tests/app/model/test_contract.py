import json

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import ModelError
from app.images.prepare import InputSpec, prepare
from app.model.contract import ModelContract
from tests.toy import BLUE, GREEN, RED, plain

CROP = ModelContract(("a", "b"), InputSpec(32, "crop"), (0.5, 0.5))
SQUEEZE = ModelContract(("a", "b"), InputSpec(32, "squeeze"), (0.5, 0.5))
STRETCH = ModelContract(("a", "b"), InputSpec(32, "stretch"), (0.5, 0.5))
METADATA = CROP.to_metadata()


@pytest.mark.parametrize("resize", ["crop", "squeeze", "stretch"])
@pytest.mark.parametrize(
    "labels",
    [
        ("walking", "washing_dishes"),
        ("걷기", "먹기", "박수치기"),
        ("يمشي", "يأكل"),
        ("می‌خورد", "می‌رود"),
        ("crème brûlée", "Öl", "naïve"),
        ('say "hi", {x}', "a,b; c\\d"),
        ("x" * 80, "👩‍🍳 cooking"),
    ],
)
def test_metadata_comes_back_as_it_went(labels, resize):
    thresholds = tuple(position / len(labels) for position in range(len(labels)))
    contract = ModelContract(
        labels, InputSpec(224, resize), thresholds, {"backbone": "mobilenet", "scores": {"걷기": 0.93}}
    )
    metadata = contract.to_metadata()
    assert all(isinstance(value, str) for value in metadata.values())
    assert ModelContract.from_metadata(metadata) == contract


@pytest.mark.parametrize("key", sorted(METADATA))
def test_a_missing_key_is_named(key):
    with pytest.raises(ModelError, match=key):
        ModelContract.from_metadata({name: value for name, value in METADATA.items() if name != key})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("contract", "2"),
        ("contract", ""),
        ("labels", "walking, eating"),
        ("labels", '"walking"'),
        ("labels", "{}"),
        ("labels", "[]"),
        ("labels", '["only one"]'),
        ("labels", '["a", "a"]'),
        ("labels", '["a", ""]'),
        ("labels", '["a", "   "]'),
        ("labels", '["a", "\\u200d"]'),
        ("labels", '["a", 3]'),
        ("labels", '["a", null]'),
        ("labels", '["a", "b\\nc"]'),
        ("labels", '["a", "\\u0000"]'),
        ("labels", '["a", "\\u202eb"]'),
        ("labels", json.dumps(["a", "x" * 81])),
        ("labels", "[" * 100_000),
        ("input_size", "large"),
        ("input_size", "31"),
        ("input_size", "1025"),
        ("input_size", "-224"),
        ("input_size", "224.0"),
        ("input_size", "true"),
        ("input_size", "[224, 224]"),
        ("input_size", "1" * 5000),
        ("resize", "letterbox"),
        ("resize", "Crop"),
        ("thresholds", "0.5"),
        ("thresholds", "[0.5]"),
        ("thresholds", "[0.5, 0.5, 0.5]"),
        ("thresholds", "[0.5, 1.01]"),
        ("thresholds", "[-0.1, 0.5]"),
        ("thresholds", "[NaN, 0.5]"),
        ("thresholds", '["0.5", 0.5]'),
        ("thresholds", "[true, 0.5]"),
        ("info", "[]"),
        ("info", "trained yesterday"),
    ],
)
def test_a_bad_value_is_named(key, value):
    with pytest.raises(ModelError, match=key) as caught:
        ModelContract.from_metadata(METADATA | {key: value})
    assert len(str(caught.value)) < 200


@pytest.mark.timeout(20)
def test_a_hundred_thousand_labels_are_looked_at_at_once():
    labels = [f"class {number}" for number in range(100_000)]
    with pytest.raises(ModelError, match="'class 7' stands more than once"):
        ModelContract((*labels, "class 7"), InputSpec(32, "crop"), (0.5,) * 100_001)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.lists(st.text(max_size=90) | st.sampled_from(["../x", "a/b", "\u202eb", "\ud800", "x" * 10_000]), max_size=4))
def test_any_labels_come_back_as_they_went_or_are_refused_in_one_line(labels):
    try:
        contract = ModelContract(tuple(labels), InputSpec(32, "crop"), (0.5,) * len(labels))
    except ModelError as error:
        assert len(str(error)) < 200 and not any(ord(letter) < 32 for letter in str(error))
    else:
        assert ModelContract.from_metadata(contract.to_metadata()) == contract
        assert all(ord(letter) >= 32 for label in labels for letter in label)


def test_unknown_keys_are_left_alone():
    assert ModelContract.from_metadata(METADATA | {"later": "?"}) == CROP


@pytest.mark.parametrize("contract", [CROP, SQUEEZE, STRETCH])
@pytest.mark.parametrize(
    "shape",
    [(1, 1), (1, 50), (50, 1), (31, 33), (32, 32), (480, 640), (641, 359), (2000, 20), (20, 2000), (2160, 3840)],
)
def test_any_picture_becomes_the_input(contract, shape):
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    before = image.copy()
    prepared = prepare(image, contract.input)
    assert prepared.shape == (32, 32, 3)
    assert prepared.dtype == np.uint8
    assert not np.shares_memory(prepared, image)
    assert np.array_equal(image, before)
    assert np.array_equal(prepare(image, contract.input), prepared)


@pytest.mark.parametrize("contract", [CROP, SQUEEZE, STRETCH])
def test_a_read_only_view_will_do(contract):
    """Crops, flips and frames that another thread shares are not contiguous or not writable."""
    image = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
    view = image[5:-5, ::-1]
    view.flags.writeable = False
    assert np.array_equal(prepare(view, contract.input), prepare(np.ascontiguousarray(view), contract.input))


@pytest.mark.parametrize("contract", [CROP, SQUEEZE, STRETCH])
@pytest.mark.parametrize(("colour", "expected"), [(RED, (255, 0, 0)), (GREEN, (0, 255, 0)), (BLUE, (0, 0, 255))])
def test_bgr_becomes_rgb(contract, colour, expected):
    assert (prepare(plain(colour), contract.input) == expected).all()


@pytest.mark.parametrize(("width", "height"), [(192, 64), (64, 192)])
def test_crop_keeps_the_centre_and_stretch_keeps_all(width, height):
    """The centre square is green, the thirds beside it red and blue."""
    image = plain(GREEN, width, height)
    side = image if height > width else image.transpose(1, 0, 2)
    side[:64], side[128:] = RED, BLUE
    assert (prepare(image, CROP.input) == (0, 255, 0)).all()
    whole = prepare(image, STRETCH.input)
    assert tuple(whole[0, 0]) == (255, 0, 0)
    assert tuple(whole[16, 16]) == (0, 255, 0)
    assert tuple(whole[-1, -1]) == (0, 0, 255)


@pytest.mark.parametrize(("width", "height"), [(160, 90), (90, 160), (96, 72), (64, 64)])
def test_squeeze_fits_all_but_what_is_longer_than_four_to_three(width, height):
    """The middle 4:3 is green with a blue first and a red last row or column, the rest white."""
    image = plain((255, 255, 255), width, height)
    lying = image if width >= height else image.transpose(1, 0, 2)
    longest = min(lying.shape[1], round(lying.shape[0] * 4 / 3))
    left = (lying.shape[1] - longest) // 2
    lying[:, left : left + longest] = GREEN
    lying[:, left : left + 6], lying[:, left + longest - 6 : left + longest] = BLUE, RED
    small = prepare(image, SQUEEZE.input)
    small = small if width >= height else small.transpose(1, 0, 2)
    assert (small[:, 0] == (0, 0, 255)).all() and (small[:, -1] == (255, 0, 0)).all()
    assert (small[:, 4:-4] == (0, 255, 0)).all()


@pytest.mark.parametrize(("width", "height"), [(64, 64), (65, 65), (640, 480), (641, 479), (1280, 720), (24, 24)])
def test_corners_stay_where_they_are(width, height):
    """Neither flipped, turned nor shifted: a white quarter in the top left of the centre square."""
    image = np.zeros((height, width, 3), np.uint8)
    side = min(width, height)
    top, left = (height - side) // 2, (width - side) // 2
    image[top : top + side // 2, left : left + side // 2] = 255
    bright = prepare(image, CROP.input)[:, :, 0] > 127
    assert bright[:15, :15].all()
    assert not bright[17:].any()
    assert not bright[:, 17:].any()


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (720, 1280), (1920, 1080), (3840, 2160), (640, 480)])
@pytest.mark.parametrize("contract", [CROP, SQUEEZE, STRETCH])
def test_shrinking_does_not_alias(contract, width, height):
    """A checkerboard of single pixels is grey to the eye; a resize that skips pixels turns it into a pattern."""
    rows, columns = np.indices((height, width))
    image = np.repeat((((rows + columns) % 2) * 255).astype(np.uint8)[:, :, None], 3, axis=2)
    assert np.abs(prepare(image, contract.input).astype(int) - 127).max() <= 3


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080), (640, 480)])
@pytest.mark.parametrize("resize", ["crop", "stretch"])
def test_shrinking_noise_is_close_to_area_averaging(resize, width, height):
    contract = ModelContract(("a", "b"), InputSpec(224, resize), (0.5, 0.5))
    image = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    left = (width - height) // 2
    square = image[:, left : left + height] if resize == "crop" else image
    area, skipping = (
        cv2.resize(square, (224, 224), interpolation=rule)[:, :, ::-1].astype(float)
        for rule in (cv2.INTER_AREA, cv2.INTER_NEAREST)
    )
    ours = np.abs(prepare(image, contract.input) - area).mean()
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
@pytest.mark.parametrize("contract", [CROP, SQUEEZE, STRETCH])
def test_another_shape_or_dtype_is_refused(contract, image):
    with pytest.raises(ValueError, match=str(image.dtype)):
        prepare(image, contract.input)


@pytest.mark.parametrize(("width", "height"), [(1281, 721), (129, 64), (64, 64), (95, 333), (257, 130), (130, 300)])
@pytest.mark.parametrize("contract", [CROP, SQUEEZE, STRETCH])
def test_to_the_bit_it_is_halving_and_then_one_bilinear_step(contract, width, height):
    """Spelled out once more: a model must go on seeing exactly what it learned from."""
    image = np.random.default_rng(width).integers(0, 256, (height, width, 3), np.uint8)
    longest = {"crop": 1.0, "squeeze": 4 / 3, "stretch": 1e9}[contract.input.resize] * min(width, height)
    keep_w, keep_h = min(width, round(longest)), min(height, round(longest))
    left, top = (width - keep_w) // 2, (height - keep_h) // 2
    expected = image[top : top + keep_h, left : left + keep_w]
    while expected.shape[0] >= 64 and expected.shape[1] >= 64:
        expected = cv2.resize(expected, (expected.shape[1] // 2, expected.shape[0] // 2), interpolation=cv2.INTER_AREA)
    expected = cv2.resize(expected, (32, 32), interpolation=cv2.INTER_LINEAR)[:, :, ::-1]
    assert np.array_equal(prepare(image, contract.input), expected)


def test_the_largest_size_and_threshold_are_allowed():
    assert ModelContract(("a", "b"), InputSpec(1024, "crop"), (0.0, 1.0)).input.size == 1024
    assert ModelContract(("a", "b"), InputSpec(32, "crop"), (0.0, 1.0)).thresholds == (0.0, 1.0)


def test_metadata_can_be_read_by_people():
    metadata = ModelContract(("걷기", "먹기"), InputSpec(32, "crop"), (0.5, 0.5), {"by": "Zoë"}).to_metadata()
    assert "걷기" in metadata["labels"]
    assert "Zoë" in metadata["info"]


def test_a_bad_label_and_the_allowed_rules_are_shown():
    with pytest.raises(ModelError, match=r"got 'a\\nb'"):
        ModelContract(("ok", "a\nb"), InputSpec(32, "crop"), (0.5, 0.5))
    with pytest.raises(ModelError, match="one of crop, squeeze, stretch, got"):
        ModelContract(("a", "b"), InputSpec(32, "zoom"), (0.5, 0.5))
