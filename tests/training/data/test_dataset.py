import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.errors import ConfigError
from tests.conftest import ROOT
from tests.training.pictures import make_folders, write_image
from training.data.dataset import Dataset, check_classes, load_dataset, without_other
from training.data.split import split
from training.recipe import Shares

RED = (0, 0, 255)


def write_yaml(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def groups_of(dataset: Dataset) -> dict[str, str]:
    return {sample.name: sample.group for sample in dataset.samples}


@contextmanager
def as_nobody() -> Iterator[None]:
    """Permissions do not bind root."""
    if not hasattr(os, "geteuid"):
        pytest.skip("permissions of another kind")
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def public(tmp_path: Path) -> Iterator[Path]:
    """A folder that everybody may enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_folder_of_class_folders(tmp_path: Path) -> None:
    make_folders(tmp_path, 3)
    write_image(tmp_path / "red" / "2024" / "märz" / "später.PNG", RED, seed=7)
    write_image(tmp_path / "red" / ".cache" / "hidden.png", RED, seed=8)
    write_image(tmp_path / "red" / "._hidden.png", RED, seed=9)
    (tmp_path / "red" / "Thumbs.db").write_text("left by Windows")
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


def test_an_entry_may_say_how_often_its_images_are_shown(tmp_path: Path) -> None:
    make_folders(tmp_path, 4)
    text = "name: n\nclasses: {a: [red, {folder: green, repeat: 3, at_most: 2}], b: [{folder: blue, repeat: 2}]}"
    dataset = load_dataset(write_yaml(tmp_path / "set.yaml", text))
    found = {(sample.name.split("/")[0], sample.repeat) for sample in dataset.samples}
    assert found == {("red", 1), ("green", 3), ("blue", 2)} and len(dataset.samples) == 10


def test_the_choice_under_at_most_survives_renaming(tmp_path: Path) -> None:
    make_folders(tmp_path, 8)
    file = write_yaml(tmp_path / "set.yaml", "name: n\nclasses: {a: [{folder: red, at_most: 3}], b: [blue]}")
    before = {sample.sha256 for sample in load_dataset(file).samples}
    for number, path in enumerate(sorted((tmp_path / "red").iterdir(), reverse=True)):
        path.rename(path.with_name(f"renamed-{number}.png"))
    assert {sample.sha256 for sample in load_dataset(file).samples} == before


def test_the_data_root_may_lie_elsewhere(tmp_path: Path) -> None:
    root = make_folders(tmp_path / "images", 3)
    file = write_yaml(tmp_path / "set.yaml", "name: n\nclasses: {a: [red], b: [blue]}")
    assert len(load_dataset(file, root).samples) == 6
    with pytest.raises(ConfigError, match=r"class 'a': .*red: no such folder; is --data-root right\?"):
        load_dataset(file)


@pytest.mark.parametrize(
    ("classes", "message"),
    [('{"a\\nb": [nowhere]}', r"class 'a\\nb': .*nowhere: "), ("{a: []}", "class 'a' is empty: .* in no folder")],
)
def test_a_class_of_a_yaml_without_a_folder_is_refused(tmp_path: Path, classes: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_dataset(write_yaml(tmp_path / "set.yaml", f"name: n\nclasses: {classes}"))


def test_a_group_that_a_name_does_not_have_is_none(tmp_path: Path) -> None:
    make_folders(tmp_path, 3)
    text = "name: n\nclasses: {a: [red], b: [blue]}\ngroups: {red: '(P[0-9])?red'}"
    dataset = load_dataset(write_yaml(tmp_path / "set.yaml", text))
    assert all(sample.group == sample.sha256 for sample in dataset.samples)


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
    with pytest.raises(ConfigError, match=r"class 'yellow' is empty: no readable .*\.jpeg .* file in .*yellow"):
        load_dataset(tmp_path)


def test_duplicates_are_one_group_and_are_named_across_classes(tmp_path: Path) -> None:
    make_folders(tmp_path, 3)
    shutil.copy(tmp_path / "red" / "red-000.png", tmp_path / "blue" / "copy.png")
    shutil.copy(tmp_path / "red" / "red-001.png", tmp_path / "red" / "again.png")
    dataset = load_dataset(tmp_path)
    groups = {sample.name: sample.group for sample in dataset.samples}
    assert groups["red/red-000.png"] == groups["blue/copy.png"]
    across, within = dataset.warnings
    assert across.startswith("1 identical image ") and across.endswith(": blue/copy.png = red/red-000.png")
    assert within.endswith("within a class: 1")


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
    with pytest.raises(ConfigError, match="3 readable images in 2 groups"):
        check_classes(dataset.labels, dataset.samples)


def test_one_class_cannot_be_trained(tmp_path: Path) -> None:
    dataset = load_dataset(make_folders(tmp_path, 3, ("red",)))
    with pytest.raises(ConfigError, match=r"two classes or more \(one subfolder each\), found red"):
        check_classes(dataset.labels, dataset.samples)


def test_a_folder_too_high_is_recognised(tmp_path: Path) -> None:
    make_folders(tmp_path / "discs", 3)
    dataset = load_dataset(tmp_path)
    message = r"found discs; if its subfolders \(blue, green, red\) are the classes, give that folder"
    with pytest.raises(ConfigError, match=message):
        check_classes(dataset.labels, dataset.samples)


def test_what_is_skipped_is_named(tmp_path: Path) -> None:
    make_folders(tmp_path, 3)
    for name in ("notes.txt", "clip.mp4", "phone.dng", "no extension"):
        (tmp_path / "red" / name).write_text("no image")
    (tmp_path / "blue" / "gone.png").symlink_to("nowhere")
    (tmp_path / "beside.jfif").touch()
    kind, other, link, outside = load_dataset(tmp_path).warnings
    assert "red/phone.dng" in kind and "convert" in kind
    assert other == "skipped, not an image file: red/clip.mp4, red/no extension, red/notes.txt"
    assert "blue/gone.png" in link and outside == "skipped, image outside any class folder: beside.jfif"


def test_a_file_without_permission_is_skipped(public: Path) -> None:
    make_folders(public, 3)
    (public / "red" / "red-001.png").chmod(0)
    with as_nobody():
        dataset = load_dataset(public)
    assert len(dataset.samples) == 8
    (warning,) = dataset.warnings
    assert warning.endswith(": red/red-001.png")


@pytest.mark.parametrize("inner", [".", "red", "red/2024"])
def test_a_folder_without_permission_is_refused(public: Path, inner: str) -> None:
    data = make_folders(public / "data", 3)
    write_image(data / "red" / "2024" / "one.png", RED, seed=5)
    (data / inner).chmod(0)
    with as_nobody(), pytest.raises(ConfigError, match=r": cannot be listed \(Permission denied\)"):
        load_dataset(data)
    (data / inner).chmod(0o755)


def make_official(root: Path, *parts: str) -> Path:
    for number, part in enumerate(parts):
        for label in ("blue", "red"):
            for image in range(10):
                write_image(root / part / label / f"{image}.png", RED, seed=image + 100 * number + 17 * len(label))
    return root


@pytest.mark.parametrize("val", ["val", "valid", "validation", "Validation"])
def test_official_parts_are_recognised(tmp_path: Path, val: str) -> None:
    dataset = load_dataset(make_official(tmp_path, "train", val, "test"))
    assert dataset.labels == ("blue", "red") and len(dataset.samples) == 60
    assert all(
        sample.part == {val: "val"}.get(sample.name.split("/")[0], sample.name.split("/")[0])
        for sample in dataset.samples
    )
    assert split(dataset.samples, Shares(), 1) == [sample.part for sample in dataset.samples]


def test_an_official_test_part_alone_leaves_val_to_be_cut(tmp_path: Path) -> None:
    dataset = load_dataset(make_official(tmp_path, "test", "train"))
    check_classes(dataset.labels, dataset.samples)
    parts = split(dataset.samples, Shares(), 1)
    assert all((part == "test") == (sample.part == "test") for sample, part in zip(dataset.samples, parts, strict=True))
    assert parts.count("val") == 2


def test_folders_beside_train_and_test_make_them_classes(tmp_path: Path) -> None:
    for label in ("test", "train", "walk"):
        write_image(tmp_path / label / "1.png", RED, seed=len(label))
    dataset = load_dataset(tmp_path)
    assert dataset.labels == ("test", "train", "walk") and {sample.part for sample in dataset.samples} == {None}
    shutil.rmtree(tmp_path / "walk")
    with pytest.raises(ConfigError, match=r"test: no class; an official part holds one subfolder per class"):
        load_dataset(tmp_path)


def test_mistakes_in_official_parts(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="val, valid: two folders of one part"):
        load_dataset(make_official(tmp_path / "twice", "train", "val", "valid"))
    root = make_official(tmp_path / "lacking", "train", "test")
    write_image(root / "test" / "yellow" / "1.png", RED, seed=1)
    dataset = load_dataset(root)
    message = "'yellow' has 0 readable images in its official train part; it needs 2 or more, so that one can train and"
    with pytest.raises(ConfigError, match=message):
        check_classes(dataset.labels, dataset.samples)
    shutil.copy(root / "train" / "red" / "1.png", root / "test" / "red" / "leak.png")
    (leak, _) = load_dataset(root).warnings
    assert leak.startswith("1 identical image in two") and leak.endswith(": test/red/leak.png = train/red/1.png")


def make_captures(folder: Path, sessions: dict[str, int]) -> Path:
    for number, (session, images) in enumerate(sessions.items()):
        for image in range(images):
            write_image(
                folder / session / f"{image:03}.png",
                RED,
                seed=1000 * len(folder.name) + ord(folder.name[0]) + 100 * number + image,
            )
    return folder


def test_a_capture_session_stays_on_one_side(tmp_path: Path) -> None:
    sessions = {f"2026-11-24_23-{minute:02}-00": 4 for minute in range(12)}
    for label in ("reading", "writing"):
        make_captures(tmp_path / label, sessions)
    dataset = load_dataset(tmp_path)
    assert groups_of(dataset)["reading/2026-11-24_23-03-00/002.png"] == "reading/2026-11-24_23-03-00"
    parts = split(dataset.samples, Shares(), 3)
    sides = {(sample.group, part) for sample, part in zip(dataset.samples, parts, strict=True)}
    assert len(sides) == 24 and set(parts) == {"train", "val", "test"}
    check_classes(dataset.labels, dataset.samples)


@pytest.mark.parametrize(
    "folders",
    [
        {"s1": 10, "s2": 10},
        {"indoors": 10, "outdoors": 10, "garden": 10},
        {"s1": 10, "s2": 10, "s3": 10, ".": 1},
        {"s1": 10, "s2": 10, "s3/again": 10},
    ],
    ids=["two", "named in words", "an image beside them", "deeper"],
)
def test_other_nested_folders_hold_independent_images(tmp_path: Path, folders: dict[str, int]) -> None:
    for label in ("reading", "writing"):
        make_captures(tmp_path / label, folders)
    dataset = load_dataset(tmp_path)
    assert all(sample.group == sample.sha256 for sample in dataset.samples)
    check_classes(dataset.labels, dataset.samples)
    parts = split(dataset.samples, Shares(), 3)
    size = sum(folders.values())
    assert (parts.count("val"), parts.count("test")) == (2 * round(size / 10), 2 * round(size / 10))


def test_bursts_are_not_guessed_from_file_names(tmp_path: Path) -> None:
    for number in range(6):
        write_image(tmp_path / "red" / f"clip-{number:04}.png", RED, seed=number)
    assert len(set(groups_of(load_dataset(tmp_path)).values())) == 6


def test_the_shipped_dataset_lists_its_sixteen_classes() -> None:
    root = ROOT
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


def test_pinned_groups_name_the_part_of_their_images(tmp_path: Path) -> None:
    for seed, name in enumerate(("ann-1.png", "ann-2.png", "bob-1.png")):
        write_image(tmp_path / "people" / name, RED, seed)
    make_folders(tmp_path, per_class=3, labels=("blue",))
    text = (
        "name: set\nclasses: {red: [people], blue: [blue]}\n"
        "groups: {people: '^([a-z]+)-'}\npinned: {test: ['people:ann']}\n"
    )
    dataset = load_dataset(write_yaml(tmp_path / "set.yaml", text))
    pinned = {sample.name: dataset.pinned.get(sample.sha256) for sample in dataset.samples if sample.label == "red"}
    assert pinned == {"people/ann-1.png": "test", "people/ann-2.png": "test", "people/bob-1.png": None}
    with pytest.raises(ConfigError, match="pinned: the group 'people:eve'"):
        load_dataset(write_yaml(tmp_path / "set.yaml", text.replace("people:ann", "people:eve")))


def test_classes_without_one_for_everything_else_are_told() -> None:
    assert len(list(without_other(["reading", "writing"]))) == 1
    assert not list(without_other(["Other", "reading"]))
