import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.errors import OutputError
from tests.conftest import ROOT
from tests.training.reports.runs import write_run
from training.__main__ import main
from training.commands.compare import CompareOptions, compare
from training.recipe import Mix, Optimizer, Recipe, Schedule
from training.reports.comparison import COLUMNS

HEADS = [column.name for column in COLUMNS]


def table(text: str) -> list[list[str]]:
    """The cells of a Markdown table without the rule under its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in [lines[0], *lines[2:]]]


def names(text: str) -> list[str]:
    return [row[0] for row in table(text)[1:]]


def test_a_run_is_one_line_of_what_r4_compares(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = Recipe(
        alpha=0.35,
        input_size=96,
        colour="grey",
        strategy="gradual",
        augment=("light", "webcam"),
        mix=Mix(mixup=0.2),
        optimizer=Optimizer(name="sgd", learning_rate=0.05),
        schedule=Schedule(name="plateau", factor=0.5, patience=5),
    )
    write_run(tmp_path / "small", recipe)
    assert main(["compare", str(tmp_path / "small")]) == 0
    heads, row = table(capsys.readouterr().out)
    assert heads == HEADS
    assert dict(zip(heads, row, strict=True)) == {
        "run": "small",
        "architecture": "mobilenet_v2 x0.35, 96 px, grey",
        "parameters": "2,260,546",
        "train": "95.0 %",
        "validation": "71.0 %",
        "test": "70.0 %",
        "gap": "25.0 %",
        "epochs": "1 + 2",
        "schedule": "gradual from epoch 5; sgd 0.05, plateau 0.5/5",
        "augmentation": "light, webcam, mixup 0.2",
        "minutes": "12.3",
    }


def test_the_best_test_accuracy_comes_first_and_unfinished_runs_last(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [
        write_run(tmp_path / "running", test=None, accuracies=(0.5, 0.9, 0.8)),
        write_run(tmp_path / "worse", test=60),
        write_run(tmp_path / "better", test=80),
    ]
    compare(CompareOptions(runs=runs))
    captured = capsys.readouterr()
    assert names(captured.out) == ["better", "worse", "running (unfinished)"]
    assert captured.err.startswith("warning: unfinished: running; ") and captured.err.count("\n") == 1


def test_rows_are_chosen_and_ordered_on_demand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [str(write_run(tmp_path / name)) for name in ("b", "a", "other")]
    assert main(["compare", *runs, "--sort", "run"]) == 0
    assert names(capsys.readouterr().out) == ["a", "b", "other"]
    assert main(["compare", *runs, "--filter", "THE"]) == 0
    assert names(capsys.readouterr().out) == ["other"]
    for wrong in (["--sort", "speed"], ["--filter", "vgg"]):
        assert main(["compare", *runs, *wrong]) == 2
        out, err = capsys.readouterr()
        assert out == "" and err.startswith(f"error: {' '.join(wrong)}: ")


def test_a_folder_that_is_no_run_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = write_run(tmp_path / "good")
    (tmp_path / "empty").mkdir()
    assert main(["compare", str(good), str(tmp_path / "empty"), "--report", str(tmp_path / "r.html")]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"error: {tmp_path / 'empty'}: ") and captured.out == ""
    assert captured.err.count("\n") == 1 and not (tmp_path / "r.html").exists()


def test_the_report_replaces_an_older_one_only_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "reports" / "all.html"
    compare(CompareOptions(runs=[write_run(tmp_path / "a")], report=report))
    old = report.read_bytes()
    with pytest.raises(OutputError, match="--overwrite"):
        compare(CompareOptions(runs=[write_run(tmp_path / "b")], report=report))
    assert report.read_bytes() == old
    compare(CompareOptions(runs=[tmp_path / "b"], report=report, overwrite=True))
    assert report.read_bytes() != old
    assert f"report: {report}" in capsys.readouterr().out
    assert list(report.parent.iterdir()) == [report] and "<html" in report.read_text(encoding="utf-8")


def test_a_report_that_cannot_be_written_is_a_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_run(tmp_path / "a")
    (tmp_path / "file").write_text("")
    for report in (tmp_path / "file" / "r.html", folder):
        with pytest.raises(OutputError, match=str(report)):
            compare(CompareOptions(runs=[folder], report=report))
    assert capsys.readouterr().out == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "file"]


@pytest.mark.skipif(sys.platform != "linux", reason="file names of any bytes are Linux's")
def test_a_name_of_any_bytes_can_be_shown(tmp_path: Path) -> None:
    folder = write_run(Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9\x1b[31m")))
    report = tmp_path / "report.html"
    command = [sys.executable, "-m", "training", "compare", os.fsencode(folder), "--report", report]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    assert b"caf" in result.stdout and b"\x1b" not in result.stdout and b"\x1b" not in report.read_bytes()


def test_it_needs_no_tensorflow(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "a")
    script = (
        "import sys; from training.__main__ import main; "
        f"assert main(['compare', {str(folder)!r}, '--report', {str(tmp_path / 'r.html')!r}]) == 0; "
        "assert not {'tensorflow', 'keras', 'matplotlib'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True)
