import hashlib
from pathlib import Path

import pytest

from app.errors import ConfigError
from app.images.folder_images import Why
from training.data import folders


def touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def names(root: Path, paths: list[Path]) -> list[str]:
    return [path.relative_to(root).as_posix() for path in paths]


def test_classes_are_sorted_by_the_names_of_their_folders(tmp_path: Path) -> None:
    touch(tmp_path, "b10/1.jpg", "b9/1.jpg", "a/1.jpg", ".git/1.jpg", "file.jpg")
    (tmp_path / "a" / "label.txt").write_text("zebra")
    found = folders.listed_classes(tmp_path)
    assert [(path.name, label) for path, label in found] == [("a", "zebra"), ("b10", "b10"), ("b9", "b9")]


def test_a_folder_that_is_none_cannot_be_listed(tmp_path: Path) -> None:
    touch(tmp_path, "file")
    for path in (tmp_path / "gone", tmp_path / "file"):
        with pytest.raises(ConfigError, match=path.name):
            folders.listed_classes(path)
        with pytest.raises(ConfigError, match=path.name):
            folders.scan(path, [])
    assert folders.is_folder(tmp_path) and not folders.is_folder(tmp_path / "file")


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        (["train", "val", "test"], {"train": "train", "val": "val", "test": "test"}),
        (["Train", "VALID"], {"Train": "train", "VALID": "val"}),
        (["train", "validation"], {"train": "train", "validation": "val"}),
        (["val", "test"], {}),
        (["train"], {}),
        (["train", "test", "reading"], {}),
        ([], {}),
    ],
)
def test_the_names_of_a_published_split(given: list[str], parts: dict[str, str]) -> None:
    assert folders.official_parts(given) == parts


def test_two_folders_of_one_part_are_a_mistake() -> None:
    with pytest.raises(ConfigError, match="val, valid: "):
        folders.official_parts(["train", "val", "valid"])


def test_images_and_other_files_at_any_depth(tmp_path: Path) -> None:
    touch(tmp_path, "b.JPG", "a/deep/a.webp", "notes.txt", "a-weak-1.png", ".hidden.png", ".cache/x.png", "Thumbs.db")
    (tmp_path / "folder.jpg").mkdir()
    images, skipped = folders.scan(tmp_path, ["*-weak-*"])
    assert names(tmp_path, images) == ["a/deep/a.webp", "b.JPG"]
    assert skipped == [(tmp_path / ".hidden.png", Why.HIDDEN), (tmp_path / "notes.txt", Why.NO_IMAGE)]


def test_linked_folders_are_entered_once(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/1.jpg", "a/2.jpg")
    (tmp_path / "a" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "a" / "again").symlink_to(tmp_path / "a")
    images, skipped = folders.scan(tmp_path / "a", [])
    assert names(tmp_path / "a", images) == ["2.jpg", "linked/1.jpg"]
    assert skipped == [(tmp_path / "a" / "again", Why.READ_ALREADY)]


def test_sessions_are_three_folders_named_by_number_or_time(tmp_path: Path) -> None:
    sessions = [tmp_path / f"2026-01-0{day}" / "1.jpg" for day in range(3)]
    assert folders.holds_sessions(tmp_path, sessions)
    for others in (sessions[:2], [*sessions, tmp_path / "1.jpg"], [*sessions, tmp_path / "indoors" / "1.jpg"]):
        assert not folders.holds_sessions(tmp_path, others)


def test_the_hash_is_of_the_bytes(tmp_path: Path) -> None:
    touch(tmp_path, "x.jpg")
    assert folders.sha256(tmp_path / "x.jpg") == hashlib.sha256(b"x").hexdigest()
    assert folders.sha256(tmp_path / "gone.jpg") is None and folders.sha256(tmp_path) is None
