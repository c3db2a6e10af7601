from pathlib import Path

from training.data.layout import Layout
from training.inspection.findings import File, Finding, Kind
from training.inspection.measure import Measurement, Problem
from training.inspection.rules import MeasuredImage
from training.inspection.summary import summary

LAYOUT = Layout("a\x1b set", Path("root"), {"a": [], "b": []})


def file(name: str) -> File:
    return File(Path(name), name, "a", "a")


def test_usable_images_then_kinds_then_severities() -> None:
    good, bad = MeasuredImage(file("1.jpg"), Measurement()), Measurement(problem=Problem(Kind.UNREADABLE))
    findings = [
        *(Finding(Kind.UNREADABLE, "a", file(f"{number}.jpg")) for number in range(5)),
        Finding(Kind.COPY, "a", file("1.jpg"), other=file("2.jpg")),
        Finding(Kind.SMALL_CLASS, "b", detail="7 images"),
    ]
    lines = list(summary(LAYOUT, [good, MeasuredImage(file("2.jpg"), bad)], findings))
    assert lines[0] == "a\\x1b set: 1 of 2 images can be used"
    assert lines[1].split()[:2] == ["error", "5"] and lines[1].endswith(": 0.jpg, 1.jpg, 2.jpg and 2 more")
    assert lines[2].endswith(": 1.jpg = 2.jpg") and lines[3].endswith(": b (7 images)")
    assert lines[4] == "5 errors, 2 warnings, 0 remarks"


def test_one_is_not_many() -> None:
    findings = [Finding(Kind.UNREADABLE, "a", file("1.jpg"))]
    assert list(summary(LAYOUT, [MeasuredImage(file("1.jpg"), Measurement())], findings))[-1].startswith("1 error, ")
