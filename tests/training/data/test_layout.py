import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from app.errors import ConfigError
from app.images.prepare import InputSpec
from app.teach.capture_files import write_capture
from app.teach.captures import read_captures
from tests import toy
from tests.training.pictures import make_folders
from training.__main__ import main
from training.commands.check import CheckOptions, check
from training.data.dataset import check_classes, load_dataset
from training.data.layout import Entry, read_layout
from training.inspection.findings import Kind

LABELS = ("coffee: yes?", "tea", "먹기", "con")


def write_yaml(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def make_tree(root: Path, *folders: str) -> Path:
    for folder in folders:
        (root / folder).mkdir(parents=True)
    return root


def test_every_subfolder_is_a_class(tmp_path: Path) -> None:
    layout = read_layout(make_tree(tmp_path / "discs", "red", "blue", ".git"), None)
    assert (layout.name, layout.root) == ("discs", tmp_path / "discs")
    assert layout.classes == {"blue": [Entry("blue")], "red": [Entry("red")]}


def test_a_published_split_has_its_classes_inside(tmp_path: Path) -> None:
    layout = read_layout(make_tree(tmp_path, "train/red", "train/blue", "test/red"), None)
    assert layout.classes == {
        "red": [Entry("test/red", part="test"), Entry("train/red", part="train")],
        "blue": [Entry("train/blue", part="train")],
    }


def test_a_yaml_in_all_its_keys(tmp_path: Path) -> None:
    text = """
name: colours
rights: made here
classes: {warm: [red, {folder: orange, at_most: 9, repeat: 2}], cold: [blue]}
groups: {red: "^(P[0-9]+)-"}
pinned: {val: ["red:P1"], test: ["red:P2", "red:P3"]}
skip: ["*-weak-*"]
"""
    layout = read_layout(write_yaml(tmp_path / "set.yaml", text), tmp_path / "elsewhere")
    assert (layout.name, layout.rights, layout.root) == ("colours", "made here", tmp_path / "elsewhere")
    assert layout.classes == {"warm": [Entry("red"), Entry("orange", 9, 2)], "cold": [Entry("blue")]}
    assert layout.pinned == {"red:P1": "val", "red:P2": "test", "red:P3": "test"} and layout.skip == ["*-weak-*"]
    match = layout.patterns["red"].search("P12-003.jpg")
    assert match is not None and match[1] == "P12"


def test_folders_of_a_yaml_start_beside_it(tmp_path: Path) -> None:
    assert read_layout(write_yaml(tmp_path / "set.yml", "name: n\nclasses: {a: [red]}"), None).root == tmp_path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: n\nclases: {a: [red]}", r"set\.yaml, line 2: unknown key clases; did you mean classes\?"),
        ("name: n\nclasses: {a: [{folder: red, at_most: 0}]}", r"set\.yaml, line 2: .*>= 1"),
        ("name: n\nclasses: {a: [{folder: red, repeat: 0}]}", r"set\.yaml, line 2: .*>= 1"),
        ("name: n\nclasses: {a: [{folder: red, repeats: 2}]}", r"set\.yaml, line 2: .*unknown field repeats"),
        ("name: n\nclasses: {a: [{at_most: 2}]}", r"set\.yaml, line 2: .*missing required field folder"),
        ("name: n\nclasses: {a: [red, ./red]}", r"class 'a': \./red is listed twice; keep one"),
        ("name: n\nclasses: {a: [/tmp]}", r"class 'a': /tmp: expected a folder below "),
        ("name: n\nclasses: {a: [../private]}", r"class 'a': \.\./private: expected a folder below "),
        ("name: n\nclasses: {a: [red/../../private]}", r"class 'a': red/\.\./\.\./private: expected a folder below "),
        ('name: n\nclasses: {"\\ud800": [red]}', "not valid YAML: .*surrogates"),
        ("name: n\nclasses: {a: [[red]]}", r"set\.yaml, line 2: .*expected str | object"),
        ("name: n\nclasses: {a: [red]", r"set\.yaml, line 2: not valid YAML"),
        ("name: n\nclasses: {a: red}", r"set\.yaml, line 2: .*expected array, got str"),
        ("classes: {a: [red]}", r"set\.yaml: .*missing required field name"),
        ("name: n\nclasses: {}", "no class"),
        ("name: n\nclasses: {a: [red]}\ngroups: {red: '('}", "groups.red: not a regular expression"),
        ("name: n\nclasses: {a: [red]}\ngroups: {red: '(a{99999999999})'}", "groups.red: .*repetition number"),
        (f"name: n\nclasses: {{a: [red]}}\ngroups: {{red: '{'(' * 3000}'}}", "groups.red: not a regular expression"),
        ("name: n\nclasses: {a: [red]}\ngroups: {red: '[[a](b)'}", "groups.red: .*nested set"),
        ("name: n\nclasses: {a: [red]}\ngroups: {red: 'x'}", r"groups.red: expected one \(group\)"),
    ],
)
def test_a_yaml_with_a_mistake_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "red").mkdir()
    with pytest.raises(ConfigError, match=message):
        read_layout(write_yaml(tmp_path / "set.yaml", text), None)


@pytest.fixture
def captures(tmp_path: Path) -> Path:
    """Twelve images of each class in three sessions, as the window's teach mode writes them."""
    rng = np.random.default_rng(0)
    for label in LABELS:
        for number in range(12):
            image = rng.integers(0, 256, (48, 64, 3), np.uint8)
            write_capture(tmp_path / "captures", label, f"2026-01-0{number // 4 + 1}", image)
    return tmp_path / "captures"


def test_a_label_file_names_the_class_and_is_not_reported(captures: Path) -> None:
    dataset = load_dataset(captures)
    assert dataset.labels == tuple(sorted(LABELS))
    assert dataset.warnings == ()
    check_classes(dataset.labels, dataset.samples)


def test_teaching_and_training_see_the_same_images_of_the_same_classes(captures: Path) -> None:
    shutil.copy(next(captures.glob("tea/*/*.jpg")), captures / "tea" / "alone.JPG")
    (captures / "tea" / ".hidden.jpg").write_bytes(b"x")
    (captures / ".trash").mkdir()
    taught = read_captures(captures, InputSpec(32, "crop")).images
    assert sorted((one.name, one.label) for one in taught) == sorted(
        (sample.name, sample.label) for sample in load_dataset(captures).samples
    )


def test_check_has_nothing_to_say_about_a_label_file(captures: Path) -> None:
    findings = check(CheckOptions(captures))
    assert {finding.label for finding in findings} <= {"", *LABELS}
    assert Kind.OTHER_FILE not in {finding.kind for finding in findings}


def test_evaluate_compares_with_the_label(tmp_path: Path) -> None:
    data = make_folders(tmp_path / "data", 2)
    (data / "red").rename(data / "red_-12345678")
    (data / "red_-12345678" / "label.txt").write_text("red?\n")
    model = toy.write_model(tmp_path / "colours.onnx", ("red?", "green", "blue"))
    assert main(["evaluate", str(model), "--data", str(data), "--json", str(tmp_path / "scores.json")]) == 0
    assert json.loads((tmp_path / "scores.json").read_text())["accuracy"] == 1


def test_two_folders_of_one_label_are_one_class(tmp_path: Path) -> None:
    make_folders(tmp_path, 2)
    (tmp_path / "green" / "label.txt").write_text("red")
    assert read_layout(tmp_path, None).classes == {"blue": [Entry("blue")], "red": [Entry("green"), Entry("red")]}
    assert len([sample for sample in load_dataset(tmp_path).samples if sample.label == "red"]) == 4


def test_label_files_inside_official_parts(tmp_path: Path) -> None:
    for part in ("train", "test"):
        make_folders(tmp_path / part, 2, ("red", "blue"))
        (tmp_path / part / "red" / "label.txt").write_text("red: really")
    assert read_layout(tmp_path, None).classes["red: really"] == [
        Entry("test/red", part="test"),
        Entry("train/red", part="train"),
    ]


def test_a_dataset_yaml_names_its_classes_itself(tmp_path: Path) -> None:
    make_folders(tmp_path, 2)
    (tmp_path / "red" / "label.txt").write_text("red: really")
    (tmp_path / "set.yaml").write_text("name: n\nclasses: {warm: [red], cold: [blue]}")
    dataset = load_dataset(tmp_path / "set.yaml")
    assert dataset.labels == ("cold", "warm") and dataset.warnings == ()


def test_classes_that_differ_in_form_are_joined_across_official_parts(tmp_path: Path) -> None:
    make_folders(tmp_path / "train", 3, ("red", "blue"))
    make_folders(tmp_path / "test", 3, ("red", "blue"))
    (tmp_path / "test" / "red").rename(tmp_path / "test" / "Red")
    dataset = load_dataset(tmp_path)
    assert dataset.labels == ("blue", "red") and len(dataset.samples) == 12
    assert any("'Red' and 'red' differ only in form" in line for line in dataset.warnings)
    findings = check(CheckOptions(tmp_path))
    assert [finding.kind for finding in findings].count(Kind.SPELLINGS) == 1


def test_classes_of_a_yaml_that_differ_in_form_are_joined(tmp_path: Path) -> None:
    make_folders(tmp_path, 3, ("red", "blue", "green"))
    path = write_yaml(tmp_path / "d.yaml", "name: d\nclasses: {Tea: [red], tea: [blue], milk: [green]}\n")
    assert read_layout(path, None).classes == {"Tea": [Entry("red"), Entry("blue")], "milk": [Entry("green")]}
    path = write_yaml(tmp_path / "d.yaml", "name: d\nclasses: {Tea: [red], tea: [red], milk: [green]}\n")
    with pytest.raises(ConfigError, match="red is listed twice"):
        read_layout(path, None)
