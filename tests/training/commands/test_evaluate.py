import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.images.prepare import InputSpec
from app.model.contract import ModelContract
from tests import toy
from tests.conftest import ROOT
from tests.training.pictures import make_folders
from training.__main__ import main
from training.data.dataset import load_dataset
from training.data.split_file import write_split


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The colour model, with labels in another order than the folders'; its file knows temperature and data set."""
    contract = ModelContract(toy.LABELS, InputSpec(32, "crop"), (0.5,) * 3, {"temperature": 2.0, "dataset": "known"})
    return toy.write_model(tmp_path_factory.mktemp("model") / "colours.onnx", metadata=contract.to_metadata())


@pytest.fixture
def discs(tmp_path: Path) -> Path:
    return make_folders(tmp_path / "discs", 5)


def evaluate(*arguments: Path | str) -> int:
    return main(["evaluate", *(str(argument) for argument in arguments)])


def rows_of(split: Path) -> list[list[str]]:
    with split.open(newline="") as file:
        return list(csv.reader(file))


def store_split(root: Path, path: Path, parts: str = "train train val test test") -> Path:
    """Every class has five images, which go to `parts` in turn."""
    samples = load_dataset(root).samples
    write_split(path, samples, parts.split() * (len(samples) // 5))
    return path


def test_scores_on_folders(model: Path, discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (discs / "red" / "red-004.png").rename(discs / "green" / "really-red.png")
    (discs / "blue" / "broken.webp").write_bytes(b"RIFF")
    result = tmp_path / "out" / "scores.json"

    assert evaluate(model, "--data", discs, "--json", result) == 0

    out, err = capsys.readouterr()
    assert err == "warning: 1 unreadable file skipped: blue/broken.webp\n"
    assert out.startswith("15 images: accuracy 0.933, macro F1 0.933; ")
    assert "green      1.000   0.833  0.909       6" in out and "most confused: green as red 1" in out
    scores = json.loads(result.read_text())
    assert scores["labels"] == ["red", "green", "blue"] and scores["confusion"] == [[4, 0, 0], [1, 5, 0], [0, 0, 5]]
    assert scores["accuracy"] == 0.9333 and 0 < scores["accepted"] <= 1
    assert scores["calibration_error_before"] != scores["calibration_error"]
    assert not {"part", "tta", "ensemble", "cross"} & scores.keys()


def test_classes_are_matched_by_name(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_folders(tmp_path, 3, ("red", "green"))
    (tmp_path / "red").rename(tmp_path / "cooking")
    assert evaluate(model, "--data", tmp_path) == 0
    out, err = capsys.readouterr()
    assert [line.rpartition(": ")[2] for line in err.splitlines()] == ["cooking", "red, blue"]
    assert out.startswith("3 images: accuracy 1.000, macro F1 1.000;")


def test_no_class_in_common(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_folders(tmp_path, 1, ("red",))
    (tmp_path / "red").rename(tmp_path / "cooking")
    assert evaluate(model, "--data", tmp_path) == 2
    assert capsys.readouterr().err.startswith("error: no class of the data (cooking) ")


def test_one_part_of_a_stored_split(
    model: Path, discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    split = store_split(discs, tmp_path / "split.csv")
    for part, images in (("test", 6), ("val", 3), ("train", 6)):
        assert evaluate(model, "--data", discs, "--split", split, "--part", part) == 0
        assert capsys.readouterr().out.startswith(f"{images} images: accuracy 1.000")
    elsewhere = make_folders(tmp_path / "elsewhere", 1)
    assert evaluate(model, "--data", elsewhere, "--split", split, "--part", "val") == 2
    assert capsys.readouterr().err.startswith(f"error: {split}: ")


def test_changed_images_of_a_split_are_named(
    model: Path, discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    split = store_split(discs, tmp_path / "split.csv")
    changed = next(row[0] for row in rows_of(split) if row[3] == "test")
    (discs / changed).write_bytes((discs / changed).read_bytes() + b"more")
    assert evaluate(model, "--data", discs, "--split", split) == 0
    out, err = capsys.readouterr()
    assert err.startswith("warning: 1 test images of ") and err.endswith(f": {changed}\n")
    assert out.startswith("5 images")


def test_images_of_the_training_data_set_are_doubted(
    model: Path, discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = discs.rename(tmp_path / "known")
    assert evaluate(model, "--data", known) == 0
    err = capsys.readouterr().err
    assert err.startswith("warning: the model was trained on known: ")
    assert "--split runs/NAME/split.csv" in err and err.count("\n") == 1
    assert evaluate(model, "--data", known, "--split", store_split(known, tmp_path / "split.csv")) == 0
    assert capsys.readouterr().err == ""


def test_views_and_ensembles(model: Path, discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other, result = toy.write_model(tmp_path / "other.onnx", size=64), tmp_path / "scores.json"
    arguments = ("--tta", "five", "--ensemble", other, "--ensemble", model, "--json", result)
    assert evaluate(model, "--data", discs, *arguments) == 0
    scores = json.loads(result.read_text())
    assert (scores["tta"], scores["ensemble"], scores["accuracy"]) == ("five", ["other.onnx", "colours.onnx"], 1)
    assert scores["calibration_error_before"] is None, "the other model does not tell its temperature"

    stranger = toy.write_model(tmp_path / "stranger.onnx", labels=("green", "red", "blue"))
    assert evaluate(model, "--data", discs, "--ensemble", stranger) == 2
    err = capsys.readouterr().err
    assert f"error: --ensemble {stranger}: its labels (green, red, blue) are not those of colours.onnx" in err


def test_another_source_stands_beside_the_first(
    model: Path, discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = make_folders(tmp_path / "elsewhere", 4, ("red", "green", "blue"))
    (elsewhere / "blue" / "blue-000.png").rename(elsewhere / "red" / "really-blue.png")
    (elsewhere / "red").rename(elsewhere / "crimson")
    (elsewhere / "blue").rename(elsewhere / "rowing")
    (tmp_path / "map.yaml").write_text("crimson: red\n")
    result = tmp_path / "scores.json"
    arguments = ("--cross-data", elsewhere, "--class-map", tmp_path / "map.yaml", "--json", result)
    assert evaluate(model, "--data", discs, *arguments) == 0

    out, err = capsys.readouterr()
    assert "warning: classes of the other source that have no counterpart, left out: rowing\n" in err
    cross = json.loads(result.read_text())["cross"]
    assert cross["classes"] == {"crimson": "red", "green": "green"} and cross["data"] == "elsewhere"
    assert (cross["in_source"]["images"], cross["in_source"]["accuracy_mapped"]) == (10, 1)
    there = cross["cross_source"]
    assert (there["images"], there["accuracy_all"]) == (9, 0.8889)
    assert there["accuracy_mapped"] in (0.8889, 1), "blue or not, it must be red or green"
    table = out.splitlines()[-2:]
    assert table[0].split()[0] == "discs" and table[1].split()[0] == "elsewhere" and table[1].endswith("     9")


def test_another_source_that_was_trained_on_is_doubted(
    model: Path, discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    split = store_split(discs, tmp_path / "split.csv")
    assert evaluate(model, "--data", discs, "--split", split, "--cross-data", discs) == 0
    err = capsys.readouterr().err
    assert err.startswith("warning: 6 of the 15 images of the other source ") and str(split) in err


def test_options_that_need_another(model: Path, discs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(model, "--data", discs, "--cross-root", discs) == 2
    err = capsys.readouterr().err
    assert all(flag in err for flag in ("--cross-root", "--class-map", "--cross-data")) and err.count("\n") == 1


@pytest.mark.parametrize("name", ["model", "data"])
def test_what_is_missing_is_one_line(
    model: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    make_folders(tmp_path / "discs", 1)
    paths = {"model": model, "data": tmp_path / "discs"} | {name: tmp_path / "gone"}
    assert evaluate(paths["model"], "--data", paths["data"]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"error: {tmp_path / 'gone'}: no such") and err.count("\n") == 1


def test_a_report_that_cannot_be_written_costs_no_scoring(
    model: Path, discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    for option, path in (
        ("--report", tmp_path / "file" / "r.html"),
        ("--report", tmp_path / "report"),
        ("--json", tmp_path),
    ):
        assert evaluate(model, "--data", discs, option, path) == 2
        out, err = capsys.readouterr()
        assert out == "" and err.startswith(f"error: {path}: ") and err.count("\n") == 1


def test_nothing_readable(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "red").mkdir()
    (tmp_path / "red" / "a.png").write_bytes(b"")
    assert evaluate(model, "--data", tmp_path) == 2
    assert capsys.readouterr().err.splitlines()[-1] == f"error: {tmp_path}: none of its 1 images can be read"


@pytest.mark.skipif(sys.platform != "linux", reason="file names are any bytes on Linux only")
def test_names_of_any_bytes_reach_every_report(model: Path, discs: Path, tmp_path: Path) -> None:
    folder = os.fsencode(discs) + b"-\xff"
    discs.rename(os.fsdecode(folder))
    os.rename(folder + b"/red/red-000.png", folder + b"/green/\xff\xfe.png")  # noqa: PTH104
    report, result = tmp_path / "report.html", tmp_path / "scores.json"
    assert evaluate(model, "--data", os.fsdecode(folder), "--report", report, "--json", result) == 0
    assert json.loads(result.read_text(encoding="utf-8"))["data"] == "discs-\udcff"
    assert "green/&#56575;&#56574;.png" in report.read_text(encoding="utf-8")


def test_scoring_needs_no_tensorflow_and_without_a_report_no_extras(model: Path, discs: Path, tmp_path: Path) -> None:
    script = (
        "import sys; from training.__main__ import main\n"
        "assert main(sys.argv[1:5]) == 0\n"
        "heavy = {'tensorflow', 'keras', 'tf2onnx', 'matplotlib', 'scipy'}\n"
        "assert not (heavy | {'jinja2', 'onnx', 'PIL'}) & sys.modules.keys()\n"
        "assert main(sys.argv[1:]) == 0\n"
        "assert not heavy & sys.modules.keys()\n"
    )
    arguments = ["evaluate", model, "--data", discs, "--report", tmp_path / "report.html"]
    subprocess.run([sys.executable, "-c", script, *arguments], cwd=ROOT, check=True)


def test_unknown_images_are_judged_beside_the_known_ones(
    model: Path, discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In any folders, under any names: here a mixture of colours that is no class."""
    make_folders(tmp_path / "street" / "deep", 2, ("red", "green"))
    result, report = tmp_path / "scores.json", tmp_path / "report.html"
    assert evaluate(model, "--data", discs, "--unknown", tmp_path / "street", "--json", result, "--report", report) == 0
    found = json.loads(result.read_text())["unknown"]
    assert found["images"] == 4 and found["data"] == "street" and found["named"] == 1, "this model rejects nothing"
    assert 0.3 < found["auroc"] < 0.7
    assert "street: 100.0% of 4 images" in capsys.readouterr().out
    page = report.read_text()
    assert "None of the classes" in page and page.count('class="known"') == 1


@pytest.mark.parametrize("content", ["missing", "empty"])
def test_a_folder_without_unknown_images_is_named(
    model: Path, discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    if content == "empty":
        (tmp_path / "street").mkdir()
    assert evaluate(model, "--data", discs, "--unknown", tmp_path / "street") == 2
    err = capsys.readouterr().err
    assert err.startswith(f"error: {tmp_path / 'street'}: ") and err.count("\n") == 1


@pytest.mark.parametrize("flag", ["--report", "--json"])
def test_files_are_replaced_only_when_asked(
    model: Path, discs: Path, tmp_path: Path, flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "scores.html"
    target.write_text("mine")
    assert evaluate(model, "--data", discs, flag, target) == 2
    assert "--overwrite" in capsys.readouterr().err and target.read_text() == "mine"
    assert evaluate(model, "--data", discs, flag, target, "--overwrite") == 0
    assert target.read_text() != "mine"
