import unicodedata
from pathlib import Path

import pytest

from app.images.class_folders import (
    ClassFolder,
    ClassImage,
    class_folders,
    class_images,
    joined_classes,
    label_of,
)
from app.images.folder_images import Why


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
    paths = [tmp_path / "tea" / name for name in ("2.jpg", "10.PNG", "s1/3.webp", "s1/deeper/4.jpg", "s2/1.jpg")]
    touch(*paths)
    sessions = ["", "", "s1", "s1", "s2"]
    images = [ClassImage(path, "tea", session) for path, session in zip(paths, sessions, strict=True)]
    assert class_images(tmp_path) == (images, [])


def test_only_visible_image_files_count(tmp_path: Path) -> None:
    touch(*(tmp_path / "tea" / name for name in ("notes.txt", ".hidden.jpg", ".s/1.jpg", "s/.1.jpg", "new.CR3")))
    (tmp_path / "tea" / "folder.jpg").mkdir()
    (tmp_path / "tea" / "gone.jpg").symlink_to("nowhere")
    (tmp_path / "beside.jpg").touch()
    images, skipped = class_images(tmp_path)
    assert images == []
    assert {path.relative_to(tmp_path).as_posix(): why for path, why in skipped} == {
        "beside.jpg": Why.OUTSIDE,
        "tea/notes.txt": Why.NO_IMAGE,
        "tea/.hidden.jpg": Why.HIDDEN,
        "tea/s/.1.jpg": Why.HIDDEN,
        "tea/new.CR3": Why.OTHER_KIND,
        "tea/gone.jpg": Why.NO_FILE,
    }


def test_a_link_to_the_whole_is_no_class(tmp_path: Path) -> None:
    touch(tmp_path / "tea" / "1.jpg")
    (tmp_path / "all").symlink_to(tmp_path)
    assert [found.label for found in class_folders(tmp_path)] == ["tea"]


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
