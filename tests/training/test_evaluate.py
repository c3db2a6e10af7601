import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import toy
from tests.training.pictures import make_folders
from training.__main__ import main

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The colour model, with labels in another order than the folders'."""
    return toy.write_model(tmp_path_factory.mktemp("model") / "colours.onnx", threshold=0.5)


def write_split(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["path", "sha256", "label", "part"], *rows])
    return path


def test_scores_on_folders(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = make_folders(tmp_path / "discs", 5)
    (root / "red" / "red-004.png").rename(root / "green" / "really-red.png")
    (root / "blue" / "broken.webp").write_bytes(b"RIFF")
    result, report = tmp_path / "out" / "scores.json", tmp_path / "report"

    arguments = ["evaluate", str(model), "--data", str(root), "--json", str(result), "--report", str(report)]
    assert main(arguments) == 0

    out, err = capsys.readouterr()
    assert err == "warning: 1 unreadable files skipped: blue/broken.webp\n"
    assert out.startswith("15 images: accuracy 0.933, macro F1 0.933; ")
    assert "green      1.000   0.833  0.909       6" in out
    scores = json.loads(result.read_text())
    assert scores["labels"] == ["red", "green", "blue"] and scores["confusion"] == [[4, 0, 0], [1, 5, 0], [0, 0, 5]]
    assert scores["accuracy"] == 0.9333 and 0 < scores["accepted"] <= 1
    assert (report / "confusion.png").read_bytes().startswith(b"\x89PNG")


def test_classes_are_matched_by_name(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_folders(tmp_path, 3, ("red", "green"))
    (tmp_path / "red").rename(tmp_path / "cooking")
    assert main(["evaluate", str(model), "--data", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert "warning: classes the model does not know, left out: cooking\n" in err
    assert "warning: classes of the model without pictures here: red, blue\n" in err
    assert out.startswith("3 images: accuracy 1.000, macro F1 1.000;")


def test_no_class_in_common(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_folders(tmp_path, 1, ("red",))
    (tmp_path / "red").rename(tmp_path / "cooking")
    assert main(["evaluate", str(model), "--data", str(tmp_path)]) == 2
    err = capsys.readouterr().err
    assert err == "error: no class of the data (cooking) is one of the model's (red, green, blue)\n"


def test_one_part_of_a_stored_split(
    run_folder: Path, folders: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    split = run_folder / "split.csv"
    for part, images in (("test", 9), ("val", 9), ("train", 72)):
        arguments = ["evaluate", str(model), "--data", str(folders), "--split", str(split), "--part", part]
        assert main(arguments) == 0
        assert capsys.readouterr().out.startswith(f"{images} images: accuracy 1.000")
    foreign = write_split(tmp_path / "split.csv", [["red/elsewhere.png", "0", "red", "test"]])
    assert main(["evaluate", str(model), "--data", str(folders), "--split", str(foreign)]) == 2
    assert "none of its test pictures is below" in capsys.readouterr().err


def test_changed_pictures_of_a_split_are_named(
    run_folder: Path, folders: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (run_folder / "split.csv").open() as file:
        rows = list(csv.reader(file))[1:]
    tested = [row for row in rows if row[3] == "test"]
    tested[0][1] = "another hash"
    split = write_split(tmp_path / "split.csv", tested)
    assert main(["evaluate", str(model), "--data", str(folders), "--split", str(split)]) == 0
    out, err = capsys.readouterr()
    assert f"1 test pictures of {split} are missing or have changed: {tested[0][0]}" in err
    assert out.startswith("8 images")


@pytest.mark.parametrize("name", ["model", "data"])
def test_what_is_missing_is_one_line(
    model: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    make_folders(tmp_path / "discs", 1)
    paths = {"model": model, "data": tmp_path / "discs"} | {name: tmp_path / "gone"}
    assert main(["evaluate", str(paths["model"]), "--data", str(paths["data"])]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"error: {tmp_path / 'gone'}: no such") and err.count("\n") == 1


def test_a_report_that_cannot_be_written(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = make_folders(tmp_path / "discs", 1)
    (tmp_path / "file").write_text("")
    assert main(["evaluate", str(model), "--data", str(root), "--report", str(tmp_path / "file")]) == 2
    assert "error: the report cannot be written: " in capsys.readouterr().err


def test_nothing_readable(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "red").mkdir()
    (tmp_path / "red" / "a.png").write_bytes(b"")
    assert main(["evaluate", str(model), "--data", str(tmp_path)]) == 2
    assert "none of the 1 pictures can be read" in capsys.readouterr().err


def test_scoring_needs_neither_tensorflow_nor_matplotlib(model: Path, tmp_path: Path) -> None:
    root = make_folders(tmp_path, 1)
    script = (
        "import sys; from training.__main__ import main\n"
        "assert main(sys.argv[1:]) == 0\n"
        "assert not {'tensorflow', 'keras', 'tf2onnx', 'matplotlib', 'scipy'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", script, "evaluate", model, "--data", root], cwd=ROOT, check=True)
