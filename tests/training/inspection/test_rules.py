from pathlib import Path

import pytest

from training.data.layout import Entry, Layout
from training.inspection.findings import File, Finding, Kind
from training.inspection.measure import Measurement, Problem
from training.inspection.rules import MeasuredImage, class_findings, class_sizes, copy_findings, image_findings

GOOD = Measurement("0", width=640, height=480, contrast=50, lit=200, sharpness=500)
FAR = 0xFFFF_0000_FFFF_0000


def image(name: str, measurement: Measurement = GOOD, part: str | None = None) -> MeasuredImage:
    """Of the class that the folder of `name` is called after."""
    folder, _, _ = name.rpartition("/")
    return MeasuredImage(File(Path(name), name, folder.rpartition("/")[2], folder, part), measurement)


def looks(sha256: str, hash_: int) -> Measurement:
    return Measurement(sha256, width=640, height=480, hash=hash_)


def kinds(findings: list[Finding]) -> list[Kind]:
    return [finding.kind for finding in findings]


def pairs(findings: list[Finding], kind: Kind) -> list[tuple[str, str]]:
    return [(f.file.name, f.other.name) for f in findings if f.kind is kind and f.file and f.other]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"height": 79}, [Kind.TINY]),
        ({"height": 80}, []),
        ({"contrast": 3.9}, [Kind.BLANK]),
        ({"lit": 63}, [Kind.DARK]),
        ({"sharpness": 19}, [Kind.BLURRED]),
        ({"contrast": 0, "lit": 0, "sharpness": 0}, [Kind.BLANK]),
        ({"lit": 0, "sharpness": 0}, [Kind.DARK]),
        ({"orientation": 6, "width": 10}, [Kind.TINY, Kind.ROTATED]),
        ({"problem": Problem(Kind.TRUNCATED, "x"), "width": 0}, [Kind.TRUNCATED]),
    ],
)
def test_an_image_is_judged_by_its_figures(changes: dict[str, object], expected: list[Kind]) -> None:
    fields = {name: getattr(GOOD, name) for name in GOOD.__slots__}
    assert kinds(list(image_findings([image("a/1", Measurement(**{**fields, **changes}))]))) == expected


def test_a_pair_across_classes_is_named_once() -> None:
    images = [image("a/1", looks("x", FAR)), image("b/1", looks("x", FAR)), image("b/2", looks("y", FAR ^ 3))]
    found = list(copy_findings(images))
    assert pairs(found, Kind.COPY_ACROSS_CLASSES) == [("a/1", "b/1")]
    assert pairs(found, Kind.NEAR_ACROSS_CLASSES) == [("a/1", "b/2")]
    assert pairs(found, Kind.NEAR) == [("b/2", "b/1")]
    assert {f.detail for f in found} == {"same bytes", "2 of 64 bits differ"}


def test_of_three_copies_in_three_classes_every_one_is_named() -> None:
    found = list(copy_findings([image(f"{label}/1", looks("x", FAR)) for label in "abc"]))
    named = {name for pair in pairs(found, Kind.COPY_ACROSS_CLASSES) for name in pair}
    assert named == {"a/1", "b/1", "c/1"} and len(found) == 2


def test_the_nearest_is_named() -> None:
    images = [
        image("a/1", looks("x", FAR ^ 0b1111)),
        image("a/2", looks("y", FAR ^ 0b11)),
        image("b/1", looks("z", FAR)),
    ]
    found = list(copy_findings(images))
    assert pairs(found, Kind.NEAR_ACROSS_CLASSES) == [("a/1", "b/1"), ("a/2", "b/1")]
    assert pairs(found, Kind.NEAR) == [("a/2", "a/1")]


def test_within_a_class_the_first_is_not_listed() -> None:
    found = list(copy_findings([image(f"a/{number}", looks("x", FAR)) for number in range(3)]))
    assert pairs(found, Kind.COPY) == [("a/1", "a/0"), ("a/2", "a/0")] and len(found) == 2


def test_an_exact_copy_is_no_near_duplicate_as_well() -> None:
    images = [image("a/1", looks("x", FAR)), image("a/2", looks("x", FAR)), image("a/3", looks("y", FAR ^ 1))]
    found = list(copy_findings(images))
    assert pairs(found, Kind.COPY) == [("a/2", "a/1")] and pairs(found, Kind.NEAR) == [("a/3", "a/1")]


def test_copies_across_official_parts() -> None:
    found = list(
        copy_findings([image("test/a/1", looks("x", FAR), "test"), image("train/a/1", looks("x", FAR), "train")])
    )
    assert pairs(found, Kind.COPY_ACROSS_PARTS) == [("test/a/1", "train/a/1")] and len(found) == 1


def test_unreadable_images_are_no_copies() -> None:
    broken = Measurement("x", problem=Problem(Kind.UNREADABLE))
    assert list(copy_findings([image("a/1", broken), image("b/1", broken)])) == []


def layout(**classes: list[Entry]) -> Layout:
    return Layout("set", Path(), classes)


@pytest.mark.parametrize(
    ("size", "kind"),
    [
        (0, Kind.EMPTY_CLASS),
        (2, Kind.UNTRAINABLE_CLASS),
        (3, Kind.SMALL_CLASS),
        (19, Kind.SMALL_CLASS),
        (20, Kind.FEW_IMAGES),
    ],
)
def test_a_class_by_its_size(size: int, kind: Kind) -> None:
    images = [image(f"a/{number}") for number in range(size)] + [image(f"b/{number}") for number in range(100)]
    found = list(class_findings(layout(a=[Entry("a")], b=[Entry("b")]), images))
    assert [f.kind for f in found if f.kind is not Kind.IMBALANCE] == [kind]
    assert [f.label for f in found] == ["a"] * len(found)


@pytest.mark.parametrize(("large", "is_imbalanced"), [(300, False), (301, True)])
def test_more_than_three_to_one_is_out_of_balance(large: int, is_imbalanced: bool) -> None:
    images = [image(f"a/{n}") for n in range(100)] + [image(f"b/{n}") for n in range(large)]
    found = list(class_findings(layout(a=[Entry("a")], b=[Entry("b")]), images))
    assert kinds(found) == [Kind.IMBALANCE] * is_imbalanced


def test_a_class_is_as_large_as_what_training_takes() -> None:
    broken = Measurement(problem=Problem(Kind.UNREADABLE))
    images = [*(image(f"a/{n}") for n in range(9)), image("a/x", broken), *(image(f"c/{n}") for n in range(4))]
    of_a = [Entry("a", at_most=5), Entry("c", at_most=50)]
    relabelled = [MeasuredImage(File(f.path, f.name, "a", f.folder), m) for f, m in images]
    assert class_sizes(layout(a=of_a), relabelled) == {("a", None): 9}


def test_official_parts_need_less_in_train() -> None:
    of_a = [Entry("train/a", part="train"), Entry("test/a", part="test"), Entry("val/a", part="val")]
    images = [image(f"{part}/a/{n}", part=part) for part in ("train", "test") for n in range(2)]
    found = list(class_findings(layout(a=of_a), images))
    assert kinds(found) == [Kind.MISSING_IN_PART, Kind.SMALL_CLASS, Kind.SINGLE_CLASS]
    assert "val" in found[0].detail and "train" in found[1].detail, "one in train is enough"
