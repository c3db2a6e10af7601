import os
import random
from pathlib import Path

import pytest

from app.images.folder_images import Skipped, Why, find_images, is_image, list_folder, natural_key, skipped_lines


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def names(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in find_images(folder).images]


def test_images_at_any_depth_those_of_a_folder_before_those_below_it(tmp_path: Path) -> None:
    wanted = ["2.jpg", "10.PNG", "a/3.webp", "a/deep/deeper/1.tif", "b/1.bmp"]
    touch(*(tmp_path / name for name in reversed(wanted)))
    assert names(tmp_path) == wanted


def test_linked_folders_are_read_once(tmp_path: Path) -> None:
    touch(tmp_path / "elsewhere" / "1.jpg", tmp_path / "in" / "real" / "2.jpg")
    (tmp_path / "in" / "a").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in" / "again").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in" / "inner").symlink_to("real")
    for number, target in enumerate((".", "..", "/", tmp_path / "in")):
        (tmp_path / "in" / f"round{number}").symlink_to(target)
    found = find_images(tmp_path / "in")
    assert names(tmp_path / "in") == ["real/2.jpg", "a/1.jpg"]
    assert {path.name for path, why in found.skipped if why is Why.READ_ALREADY} == {
        *("again", "inner", "round0", "round1", "round2", "round3")
    }


def test_a_folder_may_be_a_link_itself(tmp_path: Path) -> None:
    touch(tmp_path / "real" / "1.jpg")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert names(tmp_path / "link") == ["1.jpg"]


@pytest.mark.parametrize("seed", range(20))
def test_no_file_is_lost_in_silence_and_no_way_round_is_endless(tmp_path: Path, seed: int) -> None:
    drawn = random.Random(seed)
    folders = [tmp_path / "root"]
    folders[0].mkdir()
    for number in range(12):
        inner = drawn.choice(folders) / f"d{number}"
        if drawn.random() < 0.4:
            inner.symlink_to(drawn.choice(folders))
        else:
            inner.mkdir()
            folders.append(inner)
    for number in range(12):
        suffix = drawn.choice((".jpg", ".gif", ".txt", ".PNG"))
        touch(drawn.choice(folders) / f"{drawn.choice(('', '.'))}{number}{suffix}")
    found = find_images(tmp_path / "root")
    images = [os.path.realpath(path) for path in found.images]
    assert len(set(images)) == len(images)
    named = {*images, *(os.path.realpath(path) for path, _ in found.skipped)}
    here = {os.path.realpath(path) for path in (tmp_path / "root").rglob("*") if path.is_file()}
    hidden = {path for path in here if Path(path).name.startswith(".") and not path.endswith((".jpg", ".PNG"))}
    assert here - named == hidden


def test_the_lines_name_the_reason_and_the_first_files(tmp_path: Path) -> None:
    skipped = [Skipped(tmp_path / f"{number}.jxl", Why.OTHER_KIND) for number in range(5)]
    skipped.append(Skipped(tmp_path / "a\x1b.txt", Why.NO_IMAGE))
    kind, other = skipped_lines(skipped, tmp_path)
    assert "0.jxl, 1.jxl, 2.jxl and 2 more" in kind and "convert" in kind
    assert other == "skipped, not an image file: a\\x1b.txt"


def test_a_listing_leaves_out_what_is_no_data(tmp_path: Path) -> None:
    touch(*(tmp_path / name for name in ("a.txt", "label.txt", "Thumbs.db", "desktop.ini", ".DS_Store", "b/1", ".c/1")))
    assert list_folder(tmp_path) == ([tmp_path / "b"], [tmp_path / "a.txt"], [])


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
