from pathlib import Path

import pytest

from app.errors import OutputError
from tests.training.reports.page import Page
from tests.training.reports.runs import write_run
from training.recipe import Recipe
from training.reports.compare_page import bars, charts, differences, write_page
from training.reports.comparison import COLUMNS
from training.reports.summary import summarise
from training.run_folder import HISTORY


def having(page: Page, tag: str, class_: str = "") -> list[dict[str, str | None]]:
    return [attrs for name, attrs in page.tags if name == tag and class_ in (attrs.get("class") or "")]


def test_the_page_has_a_table_curves_and_bars_and_needs_nothing_else(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / "a"), write_run(tmp_path / "b", Recipe(backbone="resnet50"), test=90)]
    rows = [summarise(run) for run in (*runs, write_run(tmp_path / "c", test=None))]
    path = tmp_path / "reports" / "all.html"
    path.parent.mkdir()
    path.write_text("older")
    write_page(path, rows)
    page = Page(path.read_text(encoding="utf-8"))
    assert len(having(page, "tr", "c")) == 3 and len(having(page, "button")) == len(COLUMNS)
    assert [bar["width"] for bar in having(page, "rect", "value")] == ["70.0", "90.0"]
    curves = having(page, "path", "curve")
    assert len(curves) == 2 * 2 * 3 and all(curve["d"] and curve["d"].startswith("M") for curve in curves)
    assert "backbone" in page.text and "seed" not in page.text  # what differs, and nothing else
    assert not any(attrs.get(name) for _, attrs in page.tags for name in ("src", "href"))
    assert list(path.parent.iterdir()) == [path]


def test_names_are_text_never_html(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "<script>alert(1)<|>\"'&".replace("/", ""))
    write_page(tmp_path / "r.html", [summarise(folder)])
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert len(having(Page(text), "script")) == 1 and "alert" not in text.split("<script>")[1]


def test_a_run_without_epochs_or_test_has_no_chart_and_no_bar(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "young", test=None)
    (folder / HISTORY).unlink()
    rows = [summarise(folder)]
    assert charts(rows) == [] and list(bars(rows)) == []


def test_a_bar_has_the_ends_of_its_interval(tmp_path: Path) -> None:
    (bar,) = bars([summarise(write_run(tmp_path / "a", test=70))])
    assert (bar.run, bar.accuracy) == (0, 70) and 60 < bar.low < 70 < bar.high < 79


def test_a_diverged_run_leaves_a_gap_in_its_curve(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "a")
    history = folder / HISTORY
    history.write_text(history.read_text(encoding="utf-8").replace(",1.25,", ",nan,"), encoding="utf-8")
    _, loss = charts([summarise(folder)])
    train, val = loss.lines
    assert train.path.count("M") == 1 and val.path.count("M") == 2 and "nan" not in val.path


def test_settings_that_are_the_same_in_all_runs_are_no_difference(tmp_path: Path) -> None:
    rows = [summarise(write_run(tmp_path / str(seed), Recipe(seed=seed))) for seed in (1, 2)]
    assert differences(rows) == [("seed", ["1", "2"])] and differences(rows[:1]) == []


def test_a_page_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    row = summarise(write_run(tmp_path / "a"))
    with pytest.raises(OutputError):
        write_page(tmp_path / "nowhere" / "r.html", [row])
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
