import unicodedata
from pathlib import Path

import pytest

from app.images.class_folders import (
    ClassFolder,
    ClassImage,
    class_folders,
    class_images,
    is_image,
    joined_classes,
    label_of,
    list_folder,
    natural_key,
)


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_classes_in_natural_order_with_their_labels(tmp_path: Path) -> None:
    touch(tmp_path / "step10" / "1.jpg", tmp_path / "step2" / "1.jpg", tmp_path / "readme.txt", tmp_path / ".git" / "x")
    (tmp_path / "step2" / "label.txt").write_text("step 2/10\n")
    assert class_folders(tmp_path) == [
        ClassFolder(tmp_path / "step2", "step 2/10"),
        ClassFolder(tmp_path / "step10", "step10"),
    ]


def test_names_that_differ_in_form_are_one_class(tmp_path: Path) -> None:
    composed, in_pieces = "müde", unicodedata.normalize("NFD", "müde")
    touch(*(tmp_path / name / "1.jpg" for name in (composed, in_pieces, "Essen", "essen", "essen ", "lesen")))
    found = class_folders(tmp_path)
    assert [folder.label for folder in found] == ["Essen", "Essen", "Essen", "lesen", composed, composed]
    lines = list(joined_classes(folder.path for folder in found))
    assert len(lines) == 2 and "'Essen', 'essen' and 'essen '" in lines[0]


def test_several_folders_of_one_label_are_no_news(tmp_path: Path) -> None:
    touch(*(tmp_path / name / "label.txt" for name in ("a", "b")))
    for name in ("a", "b"):
        (tmp_path / name / "label.txt").write_text("tea")
    assert list(joined_classes(folder.path for folder in class_folders(tmp_path))) == []


def test_images_without_a_session_come_first(tmp_path: Path) -> None:
    paths = [tmp_path / "tea" / name for name in ("2.jpg", "10.PNG", "s1/3.webp", "s2/1.jpg")]
    touch(*paths)
    sessions = ["", "", "s1", "s2"]
    assert list(class_images(tmp_path)) == [
        ClassImage(path, "tea", session) for path, session in zip(paths, sessions, strict=True)
    ]


def test_only_visible_image_files_count(tmp_path: Path) -> None:
    touch(*(tmp_path / "tea" / name for name in ("notes.txt", ".hidden.jpg", ".s/1.jpg", "s/.1.jpg", "s/deeper/1.jpg")))
    (tmp_path / "tea" / "folder.jpg").mkdir()
    (tmp_path / "tea" / "gone.jpg").symlink_to("nowhere")
    (tmp_path / "beside.jpg").touch()
    assert list(class_images(tmp_path)) == []


def test_a_listing_leaves_out_what_is_no_data(tmp_path: Path) -> None:
    touch(*(tmp_path / name for name in ("a.txt", "label.txt", "Thumbs.db", "desktop.ini", ".DS_Store", "b/1", ".c/1")))
    assert list_folder(tmp_path) == ([tmp_path / "b"], [tmp_path / "a.txt"])


@pytest.mark.parametrize("content", ["coffee: yes?\n", "\ufeffcoffee: yes?", "  coffee: yes?  \r\n"])
def test_a_label_file_names_the_class(tmp_path: Path, content: str) -> None:
    (tmp_path / "label.txt").write_text(content, encoding="utf-8", newline="")
    assert label_of(tmp_path) == "coffee: yes?"


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe", None])
def test_without_a_usable_label_file_the_folder_names_the_class(tmp_path: Path, content: bytes | None) -> None:
    if content is None:
        (tmp_path / "label.txt").mkdir()
    else:
        (tmp_path / "label.txt").write_bytes(content)
    assert label_of(tmp_path) == tmp_path.name


def test_a_folder_that_cannot_be_listed_is_the_callers_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "nowhere", tmp_path / "file"):
        with pytest.raises(OSError, match=folder.name):
            class_folders(folder)


@pytest.mark.parametrize(
    ("name", "expected"), [("a.jpg", True), ("a.TIFF", True), ("a.txt", False), ("jpg", False), ("a.jpg.part", False)]
)
def test_an_image_is_known_by_its_suffix(tmp_path: Path, name: str, expected: bool) -> None:
    (tmp_path / name).touch()
    assert is_image(tmp_path / name) is expected


@pytest.mark.parametrize(
    "names",
    [
        ["frame2", "frame10"],
        ["2", "10", "a"],
        ["a1b2", "a1b10", "a2b1"],
        ["IMG_9", "img_10", "IMG_11"],
        ["1.2", "1.10"],
        ["a", "²"],
        ["١", "2"],
        ["a1", "A", "a"],
    ],
)
def test_natural_order(tmp_path: Path, names: list[str]) -> None:
    paths = [tmp_path / f"{name}.png" for name in reversed(names)]
    assert [path.stem for path in sorted(paths, key=natural_key)] == names
