from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import ConfigError
from tests.training.reports.runs import write_run
from training.recipe import Recipe
from training.reports.comparison import COLUMNS, doubts, filter_rows, find_column, is_missing, sort_rows
from training.reports.summary import Summary, summarise
from training.run_folder import WEIGHTS

HEADS = [column.name for column in COLUMNS]


@pytest.fixture
def rows(tmp_path: Path) -> list[Summary]:
    return [
        summarise(write_run(tmp_path / "c", Recipe(backbone="compact_cnn"), test=90, accuracies=[0.5] * 12)),
        summarise(write_run(tmp_path / "B", test=60, accuracies=[0.5])),
        summarise(write_run(tmp_path / "aa", Recipe(backbone="resnet50"), test=70)),
    ]


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
def test_rows_sort_by_any_column(rows: list[Summary], column: str, expected: list[str]) -> None:
    assert [row.name for row in sort_rows(rows, find_column(column))] == expected


def test_runs_without_a_value_come_last(rows: list[Summary]) -> None:
    rows[0] = replace(rows[0], test=None)
    assert [row.name for row in sort_rows(rows, find_column("test"))] == ["aa", "B", "c"]
    rows[1] = replace(rows[1], test=float("nan"))
    assert [row.name for row in sort_rows(rows, find_column("test"))] == ["aa", "c", "B"]


def test_an_unknown_column_is_a_mistake_that_names_them_all() -> None:
    with pytest.raises(ConfigError) as error:
        find_column("speed")
    assert str(error.value) == f"--sort speed: no such column; columns are {', '.join(HEADS)}"


def test_the_filter_looks_into_every_cell_in_any_case(rows: list[Summary]) -> None:
    assert [row.name for row in filter_rows(rows, "RESNET")] == ["aa"]
    assert filter_rows(rows, "") == rows
    with pytest.raises(ConfigError, match="--filter vgg: none of the 3 runs"):
        filter_rows(rows, "vgg")


@pytest.mark.parametrize(("value", "missing"), [(None, True), (float("nan"), True), (0.0, False), ("", False)])
def test_what_counts_as_missing(value: float | str | None, missing: bool) -> None:
    assert is_missing(value) is missing


def test_every_cell_of_a_run_that_knows_nothing_is_a_dash(rows: list[Summary]) -> None:
    empty = replace(rows[0], train=None, validation=None, test=None, parameters=None, minutes=None, history=())
    dashes = {column.name for column in COLUMNS if column.cell(empty) == "-"}
    assert dashes == {"parameters", "train", "validation", "test", "gap", "epochs", "minutes"}


def test_figures_that_cannot_be_compared_are_doubted(rows: list[Summary]) -> None:
    assert list(doubts(rows)) == []
    rows[0] = replace(rows[0], test_images=frozenset("q"))
    rows[1] = replace(rows[1], is_finished=False)
    unfinished, other_images = doubts(rows)
    assert unfinished.startswith("unfinished: B; ") and "not tested on the same images" in other_images


def test_runs_of_one_and_the_same_model_are_told(tmp_path: Path) -> None:
    rows = []
    for name, content in (("short", b"one"), ("long", b"one"), ("other", b"two")):
        folder = write_run(tmp_path / name)
        (folder / WEIGHTS).write_bytes(content)
        rows.append(summarise(folder))
    told = [line for line in doubts(rows) if "same model" in line]
    assert len(told) == 1 and "short and long" in told[0]
