import shutil
from pathlib import Path

import pytest

from app.errors import ConfigError
from tests.training.pictures import make_folders, write_image
from training.dataset import check_classes, load_dataset

RED = (0, 0, 255)


def write_yaml(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_folder_of_class_folders(tmp_path: Path) -> None:
    make_folders(tmp_path, 3)
    write_image(tmp_path / "red" / "2024" / "märz" / "später.PNG", RED, seed=7)
    write_image(tmp_path / "red" / ".cache" / "hidden.png", RED, seed=8)
    write_image(tmp_path / "red" / "._hidden.png", RED, seed=9)
    (tmp_path / "red" / "notes.txt").write_text("no picture")
    (tmp_path / ".git").mkdir()

    dataset = load_dataset(tmp_path)

    assert dataset.labels == ("blue", "green", "red")
    red = [sample.name for sample in dataset.samples if sample.label == "red"]
    assert red == ["red/2024/märz/später.PNG", "red/red-000.png", "red/red-001.png", "red/red-002.png"]
    assert dataset.name == tmp_path.name and not dataset.warnings
    assert all(sample.group == sample.sha256 and len(sample.sha256) == 64 for sample in dataset.samples)


def test_a_yaml_gathers_classes_from_several_folders(tmp_path: Path) -> None:
    make_folders(tmp_path / "a", 4)
    make_folders(tmp_path / "b", 4)
    for number in range(4):
        write_image(tmp_path / "b" / "red" / f"cam-P{number % 2}-{number}.png", RED, seed=50 + number)
    write_image(tmp_path / "b" / "red" / "cam-P1-weak-9.png", RED, seed=60)
    text = """
name: colours
rights: made here
classes:
  warm: [a/red, b/red]
  cold: [{folder: a/blue, at_most: 2}, a/green]
groups: {b: "^(cam-P[0-9]+)-"}
skip: ["*-weak-*"]
"""
    dataset = load_dataset(write_yaml(tmp_path / "set.yaml", text))

    assert (dataset.name, dataset.rights, dataset.labels) == ("colours", "made here", ("cold", "warm"))
    names = [sample.name for sample in dataset.samples]
    assert sum(name.startswith("a/blue/") for name in names) == 2
    assert sum(name.startswith("a/green/") for name in names) == 4
    assert not any("weak" in name for name in names)
    groups = {sample.name: sample.group for sample in dataset.samples if "cam" in sample.name}
    assert groups["b/red/cam-P0-0.png"] == groups["b/red/cam-P0-2.png"] != groups["b/red/cam-P1-1.png"]


def test_the_choice_under_at_most_survives_renaming(tmp_path: Path) -> None:
    make_folders(tmp_path, 8)
    file = write_yaml(tmp_path / "set.yaml", "name: n\nclasses: {a: [{folder: red, at_most: 3}], b: [blue]}")
    before = {sample.sha256 for sample in load_dataset(file).samples}
    for number, path in enumerate(sorted((tmp_path / "red").iterdir(), reverse=True)):
        path.rename(path.with_name(f"renamed-{number}.png"))
    assert {sample.sha256 for sample in load_dataset(file).samples} == before


def test_the_data_root_may_lie_elsewhere(tmp_path: Path) -> None:
    root = make_folders(tmp_path / "pictures", 3)
    file = write_yaml(tmp_path / "set.yaml", "name: n\nclasses: {a: [red], b: [blue]}")
    assert len(load_dataset(file, root).samples) == 6
    with pytest.raises(ConfigError, match=r"class 'a': .*red: no such folder; is --data-root right\?"):
        load_dataset(file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: n\nclases: {a: [red]}", r"set\.yaml, line 2: unknown key clases; did you mean classes\?"),
        ("name: n\nclasses: {a: [{folder: red, at_most: 0}]}", r"set\.yaml, line 2: .*>= 1"),
        ("name: n\nclasses: {a: red}", r"set\.yaml, line 2: .*expected array, got str"),
        ("classes: {a: [red]}", r"set\.yaml: .*missing required field name"),
        ("name: n\nclasses: {}", "no class"),
        ("name: n\nclasses: {a: []}", "class 'a' is empty: .* in no folder"),
        ("name: n\nclasses: {a: [red]}\ngroups: {red: '('}", "groups.red: not a regular expression"),
        ("name: n\nclasses: {a: [red]}\ngroups: {red: 'x'}", r"groups.red: expected one \(group\)"),
    ],
)
def test_a_yaml_with_a_mistake_is_refused(tmp_path: Path, text: str, message: str) -> None:
    make_folders(tmp_path, 3)
    with pytest.raises(ConfigError, match=message):
        load_dataset(write_yaml(tmp_path / "set.yaml", text))


def test_what_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere: no such folder"):
        load_dataset(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match=r"set\.yaml: no such file"):
        load_dataset(tmp_path / "set.yaml")
    with pytest.raises(ConfigError, match="no class; expected one subfolder"):
        load_dataset(tmp_path)
    with pytest.raises(ConfigError, match="--data-root goes with a dataset YAML"):
        load_dataset(tmp_path, tmp_path)


def test_an_empty_class_is_named_with_what_was_looked_for(tmp_path: Path) -> None:
    make_folders(tmp_path, 3)
    (tmp_path / "yellow").mkdir()
    with pytest.raises(ConfigError, match=r"class 'yellow' is empty: no .*\.jpeg .* file in .*yellow"):
        load_dataset(tmp_path)


def test_duplicates_are_one_group_and_are_named_across_classes(tmp_path: Path) -> None:
    make_folders(tmp_path, 3)
    shutil.copy(tmp_path / "red" / "red-000.png", tmp_path / "blue" / "copy.png")
    shutil.copy(tmp_path / "red" / "red-001.png", tmp_path / "red" / "again.png")
    dataset = load_dataset(tmp_path)
    groups = {sample.name: sample.group for sample in dataset.samples}
    assert groups["red/red-000.png"] == groups["blue/copy.png"]
    assert dataset.warnings == (
        "1 identical pictures carry different labels: blue/copy.png = red/red-000.png",
        "1 pictures are exact copies of others in their class",
    )


@pytest.mark.parametrize(
    ("images", "message"), [(1, "class 'red' has 1 readable image; it needs 3"), (2, "'red' has 2 readable images;")]
)
def test_a_class_too_small_to_split_is_refused(tmp_path: Path, images: int, message: str) -> None:
    make_folders(tmp_path, 3, ("blue",))
    make_folders(tmp_path, images, ("red",))
    dataset = load_dataset(tmp_path)
    with pytest.raises(ConfigError, match=message):
        check_classes(dataset.labels, dataset.samples)


def test_copies_do_not_make_a_class_large_enough(tmp_path: Path) -> None:
    make_folders(tmp_path, 3, ("blue",))
    make_folders(tmp_path, 2, ("red",))
    shutil.copy(tmp_path / "red" / "red-001.png", tmp_path / "red" / "copy.png")
    dataset = load_dataset(tmp_path)
    with pytest.raises(ConfigError, match="3 readable images in 2 groups of duplicates"):
        check_classes(dataset.labels, dataset.samples)


def test_one_class_cannot_be_trained(tmp_path: Path) -> None:
    dataset = load_dataset(make_folders(tmp_path, 3, ("red",)))
    with pytest.raises(ConfigError, match=r"two classes or more \(one subfolder each\), found red"):
        check_classes(dataset.labels, dataset.samples)


def test_the_shipped_dataset_lists_its_sixteen_classes() -> None:
    root = Path(__file__).parents[2]
    shared = root.parent / "shared" / "data"
    if not shared.is_dir():
        pytest.skip("../shared/data is not here")
    dataset = load_dataset(root / "training" / "datasets" / "daily_activity.yaml", shared)
    assert len(dataset.labels) == 16
    other = [sample.name for sample in dataset.samples if sample.label == "other"]
    assert {name.split("/")[0] for name in other} == {"har15", "stanford40", "webcam"}
    assert not any("weak" in sample.name for sample in dataset.samples)
    persons = {sample.group for sample in dataset.samples if sample.name.startswith("webcam/")}
    assert "webcam:deepwork-P2" in persons and all(group.startswith("webcam:") for group in persons)
