import csv
import os
import subprocess
import sys
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from app.errors import ConfigError
from tests.conftest import ROOT
from training import run_folder as run
from training.__main__ import main
from training.commands.compare import CompareOptions, compare
from training.recipe import Mix, Optimizer, Recipe, Schedule
from training.reports.compare_page import ticks

LABELS = ["cooking", "reading"]
ACCURACIES = ["train", "validation", "test", "gap"]
HEADS = ["run", "architecture", "parameters", *ACCURACIES, "epochs", "schedule", "augmentation", "minutes"]


def write_run(
    folder: Path,
    recipe: Recipe | None = None,
    accuracies: Sequence[float] = (0.5, 0.6, 0.7),
    test: int | None = 70,
    warmup: int = 1,
    pictures: str = "p",
) -> Path:
    """An epoch for each validation accuracy; `test` of 100 test pictures are right, None: the run is unfinished."""
    folder.mkdir(parents=True)
    config = run.RunConfig(
        dataset="toy",
        data="toy",
        data_root="/toy",
        weights="imagenet",
        trained_on="2026-11-20",
        labels=LABELS,
        versions={},
        recipe=recipe or Recipe(),
    )
    run.write_config(folder, config)
    write_history(folder, accuracies, warmup)
    with (folder / run.SPLIT).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [
                ["path", "sha256", "label", "part"],
                *([f"{pictures}{n}.png", f"{pictures}{n}", "cooking", "test"] for n in range(3)),
            ]
        )
    if test is not None:
        run.write_metrics(folder, metrics(test))
    return folder


def write_history(folder: Path, accuracies: Sequence[float], warmup: int = 1) -> None:
    rows = []
    for number, accuracy in enumerate(accuracies, 1):
        figures = {"loss": 2 / number, "accuracy": accuracy + 0.1, "val_loss": 2.5 / number, "val_accuracy": accuracy}
        figures["val_nll"] = figures["val_loss"]
        stage = "warmup" if number <= warmup else "finetune"
        rows.append({"stage": stage, "epoch": number, **figures, "learning_rate": 1e-4, "seconds": 30.0})
    run.write_history(folder, rows)


def metrics(right: int) -> dict[str, Any]:
    return {
        "temperature": 1.0,
        "thresholds": [0.5, 0.5],
        "parameters": 2_260_546,
        "minutes": 12.34,
        "images": {"train": 800, "val": 100, "test": 100},
        "images_per_class": {},
        "train": {"accuracy": 0.95},
        "val": {"accuracy": 0.71},
        "test": {"images": 100, "accuracy": right / 100, "macro_f1": 0.5, "confusion": [[right, 100 - right], [0, 0]]},
    }


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
    assert row == [
        "small",
        "mobilenet_v2 x0.35, 96 px, grey",
        "2,260,546",
        "95.0 %",
        "71.0 %",
        "70.0 %",
        "25.0 %",
        "1 + 2",
        "gradual from epoch 5; sgd 0.05, plateau 0.5/5",
        "light, webcam, mixup 0.2",
        "12.3",
    ]


def test_every_strategy_and_schedule_has_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    strategies = ("frozen", "warmup_then_full", "top_n", "gradual", "full")
    for strategy in strategies:
        write_run(tmp_path / strategy, Recipe(strategy=strategy, augment=("none",)))
    for name in ("step", "constant"):
        write_run(tmp_path / name, Recipe(schedule=Schedule(name=name)))
    main(["compare", *map(str, tmp_path.iterdir())])
    rows = {row[0]: row for row in table(capsys.readouterr().out)}
    column = HEADS.index("schedule")
    assert rows["top_n"][column].startswith("warm-up, last 30 layers; adamw 1e-4, cosine")
    assert rows["frozen"][column] == "head alone; adamw 2e-3"
    assert rows["step"][column].endswith("step 0.3/10") and rows["constant"][column].endswith("constant")
    assert len({rows[strategy][column] for strategy in strategies}) == 5 and rows["full"][-2] == "none"


def test_the_table_is_aligned_in_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [write_run(tmp_path / name) for name in ("short", "a-rather-long-name", "Küche")]
    compare(CompareOptions(runs=runs))
    lines = capsys.readouterr().out.splitlines()
    assert len({tuple(place for place, char in enumerate(line) if char == "|") for line in lines}) == 1
    assert lines[1].startswith("| ---") and lines[1].split("|")[3].strip().endswith("-:")
    # wide characters take two columns each
    compare(CompareOptions(runs=[*runs, write_run(tmp_path / "料理")]))
    out = capsys.readouterr().out
    short, wide = (next(line for line in out.splitlines() if name in line) for name in ("short", "料"))
    assert wide.index("|", 1) == short.index("|", 1) - 2


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
    running = dict(zip(HEADS, table(captured.out)[-1], strict=True))
    assert (running["parameters"], running["test"], running["gap"]) == ("-", "-", "-")
    assert (running["validation"], running["train"], running["epochs"]) == ("90.0 %", "100.0 %", "1 + 2")
    assert running["minutes"] == "1.5"
    assert captured.err.startswith("warning: unfinished: running; ")


def test_a_run_that_only_just_began_has_dashes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_run(tmp_path / "young", test=None)
    (folder / run.HISTORY).unlink()
    (folder / run.SPLIT).unlink()
    report = tmp_path / "report.html"
    compare(CompareOptions(runs=[folder], report=report))
    row = dict(zip(HEADS, table(capsys.readouterr().out)[1], strict=True))
    assert {row[name] for name in ("parameters", "train", "validation", "test", "gap", "epochs", "minutes")} == {"-"}
    assert "<svg" not in report.read_text(encoding="utf-8")


def test_a_damaged_history_is_named(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "a")
    (folder / run.HISTORY).write_text("stage,epoch\nwarmup,one\n", encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        compare(CompareOptions(runs=[folder]))
    assert str(error.value).startswith(f"{folder / run.HISTORY}: ")


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("run", ["aa", "B", "c"]),
        ("test", ["c", "aa", "B"]),
        ("gap", ["c", "aa", "B"]),
        ("architecture", ["c", "B", "aa"]),
        ("epochs", ["B", "aa", "c"]),
    ],
)
def test_rows_sort_by_any_column(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], column: str, expected: list[str]
) -> None:
    write_run(tmp_path / "c", Recipe(backbone="compact_cnn"), test=90, accuracies=[0.5] * 12)
    write_run(tmp_path / "B", test=60, accuracies=[0.5])
    write_run(tmp_path / "aa", Recipe(backbone="resnet50"), test=70)
    assert main(["compare", *(str(tmp_path / name) for name in ("c", "B", "aa")), "--sort", column]) == 0
    assert names(capsys.readouterr().out) == expected


def test_an_unknown_column_is_a_mistake_that_names_them_all(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "a")
    with pytest.raises(ConfigError) as error:
        compare(CompareOptions(runs=[folder], sort="speed"))
    assert str(error.value) == f"--sort speed: no such column; columns are {', '.join(HEADS)}"


def test_the_filter_looks_into_every_cell_in_any_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [write_run(tmp_path / "a"), write_run(tmp_path / "b", Recipe(backbone="resnet50"))]
    compare(CompareOptions(runs=runs, filter="RESNET"))
    assert names(capsys.readouterr().out) == ["b"]
    with pytest.raises(ConfigError, match=r"^--filter vgg: none of the 2 runs contains it; give another text$"):
        compare(CompareOptions(runs=runs, filter="vgg"))


def test_a_folder_that_is_no_run_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = write_run(tmp_path / "good")
    (tmp_path / "empty").mkdir()
    assert main(["compare", str(good), str(tmp_path / "empty"), "--report", str(tmp_path / "r.html")]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"error: {tmp_path / 'empty'}: no training run here") and captured.out == ""
    assert captured.err.count("\n") == 1 and not (tmp_path / "r.html").exists()


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"temperature": 1, "thresholds": [], "images": {}, "images_per_class": {}, "val": 3, "test": {}}'],
)
def test_damaged_metrics_are_named(tmp_path: Path, text: str) -> None:
    folder = write_run(tmp_path / "a")
    (folder / run.METRICS).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        compare(CompareOptions(runs=[folder]))
    assert str(folder / run.METRICS) in str(error.value) and "\n" not in str(error.value)


def test_runs_of_one_name_are_told_apart_by_their_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    runs = [write_run(Path(folder) / "net") for folder in ("monday", "tuesday")]
    compare(CompareOptions(runs=runs))
    assert names(capsys.readouterr().out) == ["monday/net", "tuesday/net"]


def test_other_test_pictures_are_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [write_run(tmp_path / "a"), write_run(tmp_path / "b"), write_run(tmp_path / "c", pictures="q")]
    compare(CompareOptions(runs=runs[:2]))
    assert capsys.readouterr().err == ""
    compare(CompareOptions(runs=runs))
    assert "not tested on the same pictures" in capsys.readouterr().err


class Page(HTMLParser):
    """Tags with their attributes, the cells of the first table, and what would be fetched from elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def having(self, tag: str, class_: str = "") -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag and class_ in (attrs.get("class") or "")]


def test_the_report_is_one_page_with_table_curves_and_bars(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [write_run(tmp_path / "a"), write_run(tmp_path / "b", Recipe(backbone="resnet50"), test=90)]
    runs.append(write_run(tmp_path / "c", test=None))
    report = tmp_path / "reports" / "all.html"
    compare(CompareOptions(runs=runs, report=report))
    text = report.read_text(encoding="utf-8")
    page = Page(text)
    assert f"report: {report}" in capsys.readouterr().out
    assert len(page.having("tr", "c")) == 3 and len(page.having("button")) == len(HEADS)
    assert [bar["width"] for bar in page.having("rect", "value")] == ["90.0", "70.0"]
    curves = page.having("path", "curve")
    assert len(curves) == 2 * 2 * 3 and all(curve["d"] and curve["d"].startswith("M") for curve in curves)
    assert "backbone" in page.text and "seed" not in page.text  # what differs, and nothing else
    assert not any(attrs.get(name) for _, attrs in page.tags for name in ("src", "href"))
    assert list(report.parent.iterdir()) == [report]


def test_names_are_text_never_html(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "<script>alert(1)<|>\"'&"
    evil = evil.replace("/", "")
    folder = write_run(tmp_path / evil)
    report = tmp_path / "report.html"
    compare(CompareOptions(runs=[folder], report=report))
    page = Page(report.read_text(encoding="utf-8"))
    assert len(page.having("script")) == 1 and "alert" not in report.read_text(encoding="utf-8").split("<script>")[1]
    assert "\\<script>alert(1)\\<\\|>" in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="file names of any bytes are Linux's")
def test_a_name_of_any_bytes_can_be_shown(tmp_path: Path) -> None:
    folder = write_run(Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9\x1b[31m")))
    report = tmp_path / "report.html"
    script = (
        "import sys; from pathlib import Path; from training.commands.compare import *; "
        "compare(CompareOptions(runs=[Path(sys.argv[1])], report=Path(sys.argv[2])))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, os.fsencode(folder), report], cwd=ROOT, capture_output=True, check=True
    )
    assert b"caf" in result.stdout and b"\x1b" not in result.stdout and b"\x1b" not in report.read_bytes()


def test_a_diverged_run_leaves_a_gap_in_its_curve(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "a")
    history = folder / run.HISTORY
    history.write_text(history.read_text(encoding="utf-8").replace(",1.25,", ",nan,"), encoding="utf-8")
    report = tmp_path / "report.html"
    compare(CompareOptions(runs=[folder], report=report))
    text = report.read_text(encoding="utf-8")
    assert "nan" not in text.split("<h2>Learning curves")[1].split("</figure>")[1]
    assert any((curve["d"] or "").count("M") == 2 for curve in Page(text).having("path", "curve"))


def test_a_report_that_cannot_be_written_is_a_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_run(tmp_path / "a")
    (tmp_path / "file").write_text("")
    for report in (tmp_path / "file" / "r.html", folder):
        with pytest.raises(ConfigError, match=r"^the report cannot be written: "):
            compare(CompareOptions(runs=[folder], report=report))
    assert capsys.readouterr().out == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "file"]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 3, [0, 1, 2, 3]),
        (0, 200, [0, 50, 100, 150, 200]),
        (52, 96, [50, 60, 70, 80, 90, 100]),
        (0.5, 0.5, [0.5, 0.500001]),
    ],
)
def test_ticks_are_round_and_embrace_the_values(low: float, high: float, expected: list[float]) -> None:
    found = ticks(low, high)
    assert found[:2] == pytest.approx(expected[:2], rel=1e-3)
    assert found[0] <= low and found[-1] >= high - 1e-9 and len(found) <= 7


def test_it_needs_no_tensorflow(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "a")
    script = (
        "import sys; from training.__main__ import main; "
        f"assert main(['compare', {str(folder)!r}, '--report', {str(tmp_path / 'r.html')!r}]) == 0; "
        "assert not {'tensorflow', 'keras', 'matplotlib'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True)
