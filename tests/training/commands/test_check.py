import os
import shutil
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from app.errors import ConfigError
from tests.fakes import rows
from tests.training.inspection.files import png_bomb, textured, write
from tests.training.pictures import make_folders
from training.__main__ import main
from training.commands.check import CheckOptions, check
from training.inspection.findings import Finding, Kind


@pytest.fixture(scope="module")
def hundreds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("hundreds")
    for number in range(100):
        for position, label in enumerate(("a", "b")):
            write(root / label / f"{number:03}.jpg", textured(2 * number + position)[:120, :160], 60)
    return root


@pytest.fixture
def clean(hundreds: Path, tmp_path: Path) -> Path:
    """Two classes of a hundred good images, all different."""
    return shutil.copytree(hundreds, tmp_path / "set")


def of_files(findings: list[Finding]) -> dict[str, list[Kind]]:
    named: dict[str, list[Kind]] = {}
    for finding in findings:
        if finding.file is not None:
            named.setdefault(finding.file.name, []).append(finding.kind)
    return named


def found(data: Path, **options: Path) -> dict[str, list[Kind]]:
    return of_files(check(CheckOptions(data, **options)))


def tree(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_clean_set_has_no_finding(clean: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = tree(clean)
    assert main(["check", str(clean)]) == 0
    assert "200 of 200 images can be used\n0 errors, 0 warnings, 0 remarks\n" in capsys.readouterr().out
    assert tree(clean) == before


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes")
def test_files_that_cannot_be_read_are_told_apart(clean: Path, capfd: pytest.CaptureFixture[str]) -> None:
    whole = (clean / "a" / "000.jpg").read_bytes()
    webp = cv2.imencode(".webp", textured(900))[1].tobytes()
    png = cv2.imencode(".png", textured(901))[1].tobytes()
    files = {
        "half.jpg": (whole[: len(whole) // 2], Kind.TRUNCATED),
        "end.jpg": (whole[:-40], Kind.TRUNCATED),
        "half.webp": (webp[: len(webp) // 2], Kind.TRUNCATED),
        "half.png": (png[: len(png) // 2], Kind.TRUNCATED),
        "end.png": (png[:-3], Kind.TRUNCATED),
        "empty.jpg": (b"", Kind.UNREADABLE),
        "start.jpg": (whole[:12], Kind.TRUNCATED),
        "header.jpg": (b"\xff\xd8\xff" + bytes(2000), Kind.UNREADABLE),
        "page.jpg": (b"<!doctype html><title>404</title>", Kind.NOT_AN_IMAGE),
        "noise.png": (bytes(range(256)) * 9, Kind.NOT_AN_IMAGE),
        "bomb.png": (png_bomb(20_000), Kind.HUGE),
        "large.png": (png_bomb(12_000), Kind.HUGE),
        "notes.txt": (b"notes", Kind.OTHER_FILE),
    }
    for name, (data, _) in files.items():
        (clean / "a" / name).write_bytes(data)
    (clean / "a" / "link.jpg").symlink_to("nowhere.jpg")
    os.mkfifo(clean / "a" / "pipe.jpg")
    Pillow.new("P", (90, 90)).save(clean / "a" / "old.gif")
    shutil.copy(clean / "a" / "000.jpg", clean / "lost.jpg")

    named = found(clean)

    captured = capfd.readouterr()
    expected = {f"a/{name}": [kind] for name, (_, kind) in files.items()}
    expected |= {"a/link.jpg": [Kind.UNREADABLE], "a/pipe.jpg": [Kind.UNREADABLE]}
    assert named == expected | {"a/old.gif": [Kind.UNUSED_IMAGE], "lost.jpg": [Kind.OUTSIDE]}
    assert "200 of 212 images can be used" in captured.out
    assert captured.err.startswith("warning: no class 'other'") and captured.err.count("\n") == 1, "no library's noise"


def test_damaged_bytes_never_end_a_check(clean: Path) -> None:
    rng = np.random.default_rng(0)
    image = Pillow.fromarray(textured(1)[:60, :80])
    for kind in ("jpg", "png", "webp", "bmp", "tif"):
        path = clean / "a" / f"x.{kind}"
        image.save(path)
        whole = np.frombuffer(path.read_bytes(), np.uint8)
        for number in range(10):
            damaged = whole.copy()
            damaged[rng.integers(0, min(len(whole), 300), 12)] = rng.integers(0, 256, 12)
            (clean / "a" / f"{number}.{kind}").write_bytes(damaged.tobytes())
    kinds = {kind for found_kinds in found(clean).values() for kind in found_kinds}
    assert Kind.UNREADABLE in kinds and Kind.TINY in kinds


def test_doubtful_images(clean: Path) -> None:
    a = clean / "a"
    write(a / "tiny.png", textured(500)[:79, :200])
    write(a / "fits.png", textured(501)[:80, :200])
    write(a / "dark.png", (textured(502) * 0.15).astype(np.uint8))
    write(a / "night.png", (textured(503) * 0.5).astype(np.uint8))
    write(a / "blank.png", np.full((200, 200, 3), 90, np.uint8))
    write(a / "blank2.png", np.full((210, 200, 3), 91, np.uint8))
    write(a / "blurred.png", cv2.GaussianBlur(textured(504), (0, 0), 3))
    turned = Pillow.Exif()
    turned[0x0112] = 6
    Pillow.fromarray(textured(505)).save(a / "turned.jpg", exif=turned)
    assert found(clean) == {
        "a/tiny.png": [Kind.TINY],
        "a/dark.png": [Kind.DARK],
        "a/blank.png": [Kind.BLANK],
        "a/blank2.png": [Kind.BLANK],
        "a/blurred.png": [Kind.BLURRED],
        "a/turned.jpg": [Kind.ROTATED],
    }


def test_copies_within_and_across_classes(clean: Path) -> None:
    shutil.copy(clean / "a" / "001.jpg", clean / "a" / "zz.jpg")
    shutil.copy(clean / "a" / "002.jpg", clean / "b" / "copy.jpg")
    near = cv2.imread(str(clean / "a" / "003.jpg"))
    write(clean / "b" / "near.jpg", near, 40)
    write(clean / "a" / "nearly.jpg", cv2.resize(cv2.imread(str(clean / "a" / "004.jpg")), None, fx=2, fy=2))
    findings = check(CheckOptions(clean))
    assert of_files(findings) == {
        "a/002.jpg": [Kind.COPY_ACROSS_CLASSES],
        "a/003.jpg": [Kind.NEAR_ACROSS_CLASSES],
        "a/zz.jpg": [Kind.COPY],
        "a/nearly.jpg": [Kind.NEAR],
    }
    others = {finding.file.name: finding.other.name for finding in findings if finding.file and finding.other}
    assert others["a/002.jpg"] == "b/copy.jpg" and others["a/003.jpg"] == "b/near.jpg", "each pair once"
    assert others["a/nearly.jpg"] == "a/004.jpg"
    severities = [finding.kind.severity for finding in findings]
    assert severities == sorted(severities)


def test_copies_across_official_parts_are_named_as_such(clean: Path) -> None:
    root = clean.parent / "official"
    for label in ("a", "b"):
        shutil.copytree(clean / label, root / "train" / label)
        for number in range(2):
            write(root / "test" / label / f"t{number}.jpg", textured(700 + 2 * number + (label == "b")))
    shutil.copy(root / "train" / "a" / "001.jpg", root / "test" / "a" / "leak.jpg")
    write(root / "test" / "b" / "near.jpg", cv2.imread(str(root / "train" / "a" / "002.jpg")), 40)
    assert found(root) == {
        "test/a/leak.jpg": [Kind.COPY_ACROSS_PARTS],
        "train/a/002.jpg": [Kind.NEAR_ACROSS_PARTS, Kind.NEAR_ACROSS_CLASSES],
    }


def test_classes_by_their_size(clean: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (clean / "empty").mkdir()
    for number in range(30):
        write(clean / "few" / f"{number}.jpg", textured(1000 + number))
        if number < 19:
            write(clean / "small" / f"{number}.jpg", textured(2000 + number))
    findings = [(finding.kind, finding.label) for finding in check(CheckOptions(clean))]
    assert findings == [
        (Kind.EMPTY_CLASS, "empty"),
        (Kind.SMALL_CLASS, "small"),
        (Kind.IMBALANCE, "small"),
        (Kind.FEW_IMAGES, "few"),
    ]
    assert "small (5.3 to 1: a has 100, small 19)" in capsys.readouterr().out


def test_a_class_that_training_refuses_is_an_error(clean: Path) -> None:
    write(clean / "single" / "0.jpg", textured(3000))
    found = {finding.kind: finding for finding in check(CheckOptions(clean)) if finding.label == "single"}
    assert found[Kind.UNTRAINABLE_CLASS].detail == "1 image" and Kind.SMALL_CLASS not in found


def test_one_class_and_nested_folders(tmp_path: Path) -> None:
    for number in range(3):
        write(tmp_path / "set" / "all" / "red" / f"{number}.jpg", textured(number))
        write(tmp_path / "set" / "all" / "blue" / "deep" / f"{number}.jpg", textured(10 + number))
    findings = check(CheckOptions(tmp_path / "set"))
    assert [finding.kind for finding in findings] == [Kind.SINGLE_CLASS, Kind.SMALL_CLASS]
    assert "if its subfolders (blue, red) are the classes, give that folder" in findings[0].detail
    assert findings[1].detail == "6 images"


def test_a_yaml_counts_what_training_would_take(clean: Path) -> None:
    file = clean.parent / "set.yaml"
    file.write_text("name: n\nclasses: {x: [{folder: a, at_most: 25}], y: [b]}\nskip: ['00*']", encoding="utf-8")
    findings = check(CheckOptions(file, clean))
    sizes = {finding.label: finding.detail for finding in findings if finding.kind is Kind.FEW_IMAGES}
    assert sizes == {"x": "25 images", "y": "90 images"}
    with pytest.raises(ConfigError, match=r"class 'x': .*a: no such folder; is --data-root right\?"):
        check(CheckOptions(file))


@pytest.mark.skipif(sys.platform != "linux", reason="file names of any bytes")
def test_odd_names_reach_the_report_as_text(clean: Path, capsys: pytest.CaptureFixture[str]) -> None:
    label = "<script>alert(1)</script>".replace("/", "\\")
    names = [b"caf\xe9.jpg", "später\u202e.jpg".encode(), b"line\nbreak.jpg", b"--x.jpg", b"=1+1.jpg", b"a'b\"&.jpg"]
    folder = clean / label
    folder.mkdir()
    for name in names:
        (folder / os.fsdecode(name)).write_bytes(b"no image")
    report = clean.parent / "report"
    check(CheckOptions(clean, report=report))
    page = (report / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page and "&lt;script&gt;" in page and r"caf\udce9.jpg" in page
    assert r"line\nbreak.jpg" in page and "\u202e" not in page and 'src="http' not in page
    found = rows(report / "findings.csv", errors="surrogateescape")
    assert {os.fsencode(row["file"].rpartition("/")[2]) for row in found if row["file"]} == set(names)
    capsys.readouterr().out.encode("utf-8")


def test_the_report_shows_findings_worst_first_and_a_sheet_per_class(clean: Path) -> None:
    (clean / "a" / "zzz.jpg").write_bytes(b"no image")
    shutil.copy(clean / "a" / "002.jpg", clean / "b" / "copy.jpg")
    (clean / "a" / "notes.txt").write_bytes(b"x")
    (clean / "empty").mkdir()
    report = clean.parent / "report"
    check(CheckOptions(clean, report=report))
    page = (report / "report.html").read_text(encoding="utf-8")
    places = [page.index(kind.title) for kind in (Kind.NOT_AN_IMAGE, Kind.COPY_ACROSS_CLASSES, Kind.OTHER_FILE)]
    assert places == sorted(places)
    assert page.count("data:image/jpeg;base64,") == 2 + 2  # a pair of thumbnails, two sheets
    assert sorted(path.name for path in (report / "sheets").iterdir()) == ["001-a.jpg", "002-b.jpg"]
    sheet = cv2.imread(str(report / "sheets" / "001-a.jpg"))
    assert sheet is not None and sheet.shape == (5 * 112, 12 * 112, 3)
    found = rows(report / "findings.csv")
    assert [row["severity"] for row in found] == ["error"] * 3 + ["remark"]
    assert found[1] | {"part": ""} == found[1] and found[1]["other"] == "b/copy.jpg"


def test_reports_and_quarantine_may_not_become_classes(clean: Path) -> None:
    for option in ("report", "quarantine"):
        with pytest.raises(ConfigError, match=f"--{option} .*is inside the dataset"):
            check(CheckOptions(clean, **{option: clean / "new"}))
        with pytest.raises(ConfigError, match=f"--{option} .*expected a folder, this is a file"):
            check(CheckOptions(clean, **{option: clean / "a" / "000.jpg"}))
    assert sorted(path.name for path in clean.iterdir()) == ["a", "b"]


@pytest.mark.parametrize("name", ["nowhere", "set/a/000.jpg"])
def test_what_is_no_dataset_is_one_line(clean: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(clean.parent / name)]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_a_small_toy_set_through_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_folders(tmp_path / "discs", 3)
    assert main(["check", str(tmp_path / "discs"), "--report", str(tmp_path / "r")]) == 0
    out = capsys.readouterr().out
    assert "class with fewer than 20 images" in out and f"report: {tmp_path / 'r' / 'report.html'}" in out


def test_a_report_is_replaced_only_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_folders(tmp_path / "discs", 3)
    arguments = ["check", str(tmp_path / "discs"), "--report", str(tmp_path / "r")]
    assert main(arguments) == 0
    (tmp_path / "r" / "report.html").write_text("mine")
    capsys.readouterr()
    for name in ("report.html", "findings.csv", "sheets"):
        assert main(arguments) == 2
        told = capsys.readouterr()
        assert name in told.err and "--overwrite" in told.err and told.out == ""
        if name != "sheets":
            (tmp_path / "r" / name).unlink()
    (tmp_path / "r" / "sheets" / "009-gone.jpg").write_bytes(b"of a class that is gone")
    assert main([*arguments, "--overwrite"]) == 0
    assert sorted(path.name for path in (tmp_path / "r" / "sheets").iterdir()) == [
        "001-blue.jpg",
        "002-green.jpg",
        "003-red.jpg",
    ]


def test_images_behind_links_are_counted_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_folders(tmp_path / "set", 3, ("red", "green"))
    make_folders(tmp_path / "elsewhere", 2, ("red",))
    (tmp_path / "set" / "red" / "more").symlink_to(tmp_path / "elsewhere" / "red")
    assert main(["check", str(tmp_path / "set")]) == 0
    assert capsys.readouterr().out.startswith("checking 8 images in 2 classes, some through 1 linked folder\n")
