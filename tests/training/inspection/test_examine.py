import shutil
import warnings
from pathlib import Path

import pytest
from PIL import Image as Pillow

from app.errors import ConfigError
from tests.training.inspection.files import png_bomb, textured, write
from training.data.layout import read_layout
from training.inspection.examine import examine_images, find_all, list_files
from training.inspection.findings import Finding, Kind


def findings_of(data: Path) -> list[Finding]:
    layout = read_layout(data, None)
    images, others = list_files(layout)
    return find_all(layout, data, examine_images(images), others)


def named(findings: list[Finding]) -> dict[str, Kind]:
    return {finding.file.name: finding.kind for finding in findings if finding.file is not None}


def test_images_are_told_from_other_files_by_their_names(tmp_path: Path) -> None:
    for name in ("b/2.jpg", "b/1.jpg", "a/1.png", "a/deep/2.png"):
        write(tmp_path / name, textured(1))
    (tmp_path / "a" / "notes.txt").touch()
    images, others = list_files(read_layout(tmp_path, None))
    assert [file.name for file in images] == ["a/1.png", "a/deep/2.png", "b/1.jpg", "b/2.jpg"]
    assert [file.label for file in images] == ["a", "a", "b", "b"] and [file.name for file, _ in others] == [
        "a/notes.txt"
    ]


def test_a_folder_that_is_gone_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "set.yaml").write_text("name: n\nclasses: {x: [gone], y: [gone2]}\n")
    with pytest.raises(ConfigError, match=r"class 'x': .*gone: no such folder"):
        list_files(read_layout(tmp_path / "set.yaml", None))


def test_images_are_measured_in_order_and_a_bomb_is_not_decoded(tmp_path: Path) -> None:
    for number in range(8):
        write(tmp_path / "a" / f"{number}.jpg", textured(number)[: 100 + number])
    (tmp_path / "a" / "9.png").write_bytes(png_bomb(20_000))
    (tmp_path / "b").mkdir()
    before = list(warnings.filters)
    images = examine_images(list_files(read_layout(tmp_path, None))[0])
    assert [image.measurement.height for image in images[:8]] == [100 + number for number in range(8)]
    problem = images[8].measurement.problem
    assert problem is not None and problem.kind is Kind.HUGE and list(warnings.filters) == before


def test_findings_come_worst_first_and_of_every_kind_of_file(tmp_path: Path) -> None:
    for number in range(3):
        write(tmp_path / "a" / f"{number}.jpg", textured(number))
        write(tmp_path / "b" / f"{number}.jpg", textured(10 + number))
    (tmp_path / "a" / "broken.jpg").write_bytes(b"")
    Pillow.new("P", (90, 90)).save(tmp_path / "b" / "old.gif")
    shutil.copy(tmp_path / "a" / "0.jpg", tmp_path / "lost.jpg")
    findings = findings_of(tmp_path)
    assert [finding.order for finding in findings] == sorted(finding.order for finding in findings)
    found = named(findings)
    assert found["a/broken.jpg"] is Kind.UNREADABLE and found["b/old.gif"] is Kind.UNUSED_IMAGE
    assert found["lost.jpg"] is Kind.OUTSIDE
    assert {finding.label for finding in findings if finding.kind is Kind.SMALL_CLASS} == {"a", "b"}


def test_images_beside_the_classes_of_a_part_are_outside_and_those_beside_a_yaml_are_not(tmp_path: Path) -> None:
    root = tmp_path / "official"
    for seed, folder in enumerate(("train/a", "train/b", "test/a", "test/b")):
        write(root / folder / "1.png", textured(seed))
    write(root / "train" / "lost.jpg", textured(7))
    assert named(findings_of(root))["train/lost.jpg"] is Kind.OUTSIDE
    (tmp_path / "set.yaml").write_text("name: n\nclasses: {a: [official/train/a], b: [official/train/b]}\n")
    assert Kind.OUTSIDE not in named(findings_of(tmp_path / "set.yaml")).values()
