from pathlib import Path

import pytest

from app.errors import ConfigError
from training.data.layout import Entry, read_layout


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
        ("name: n\nclasses: {a: [red, ./red]}", r"class 'a': \./red stands twice; keep one, `repeat` shows more"),
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
