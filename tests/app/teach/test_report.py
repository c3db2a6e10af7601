import json
from dataclasses import replace

import pytest

from app.teach.report import Report

REPORT = Report(
    output="mine.onnx",
    base="models/daily_activity.onnx",
    kept=(),
    images={"tea": 8, "coffee": 9},
    sessions={"coffee": 1, "tea": 1},
    accuracy=0.94123,
    recall={"coffee": 1.0, "tea": 0.87654},
    kept_loss=None,
    confused=None,
    warnings=(),
    unreadable=(),
    temperature=0.512345,
    thresholds={"coffee": 0.3, "tea": 0.44},
    seconds=1.23456,
)


def test_the_keys_of_the_json() -> None:
    found = json.loads(json.dumps(REPORT.to_json()))
    assert list(found) == [
        *("output", "base", "kept", "pictures", "sessions", "accuracy", "recall", "kept_loss"),
        *("background_taken", "confused", "warnings", "unreadable", "temperature", "thresholds", "seconds"),
    ]
    assert found["pictures"] == {"tea": 8, "coffee": 9}


def test_the_json_is_rounded() -> None:
    found = replace(REPORT, kept_loss=0.00312345).to_json()
    assert (found["accuracy"], found["kept_loss"], found["temperature"], found["seconds"]) == (
        0.9412,
        0.0031,
        0.5123,
        1.2346,
    )
    assert found["recall"] == {"coffee": 1.0, "tea": 0.8765}
    assert REPORT.to_json()["kept_loss"] is None


def test_the_lines_without_old_classes() -> None:
    first, accuracy, recall = REPORT.lines()
    assert first == "mine.onnx: 2 classes from 17 images in 1.2 s"
    assert "94%" in accuracy and "sessions" not in accuracy
    assert recall == "tea 88% of 8, coffee 100% of 9"


def test_the_lines_beside_old_classes() -> None:
    beside = replace(REPORT, kept=("tea", "walking"), kept_loss=0.0031, sessions={"coffee": 2, "tea": 1})
    first, accuracy, _, loss = beside.lines()
    assert first.endswith(", beside the 1 old ones"), "a corrected class is not counted twice"
    assert "sessions" in accuracy and "0.3%" in loss


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"confused": ("tea", "coffee")}, "tea and coffee look alike: capture more of both"),
        ({"warnings": ("look out",)}, "warning: look out"),
        ({"unreadable": ("tea/1.jpg",)}, "warning: skipped 1 unreadable image: tea/1.jpg"),
        ({"unreadable": ("a", "b")}, "warning: skipped 2 unreadable images: a, b"),
    ],
)
def test_what_else_there_is_to_say_comes_last(change: dict[str, object], line: str) -> None:
    assert list(replace(REPORT, **change).lines())[-1] == line


def test_what_it_would_name_of_other_things_is_said() -> None:
    assert not any("something else" in line for line in REPORT.lines())
    (line,) = [line for line in replace(REPORT, background_taken=0.061).lines() if "6%" in line]
    assert "'other'" in line, "what there is to be done about it"
    taught = replace(REPORT, background_taken=0.061, images={"Other": 20, "tea": 20}, recall={"Other": 1.0, "tea": 1.0})
    assert not any("'other'" in line for line in taught.lines())
