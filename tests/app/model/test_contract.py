import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import ModelError
from app.images.prepare import InputSpec
from app.model.contract import ModelContract

CROP = ModelContract(("a", "b"), InputSpec(32, "crop"), (0.5, 0.5))
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
    with pytest.raises(ModelError, match="'class 7'"):
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
