from dataclasses import replace
from pathlib import Path

from tests.training.reports.runs import write_run
from training.reports.comparison import COLUMNS
from training.reports.markdown import format_markdown
from training.reports.summary import summarise


def test_bars_stand_below_each_other(tmp_path: Path) -> None:
    short = summarise(write_run(tmp_path / "short"))
    rows = [short, replace(short, name="a-rather-long-name"), replace(short, name="Ku\u0308che")]
    lines = format_markdown(rows).splitlines()
    assert len(lines) == 2 + len(rows)
    bars = {tuple(place for place, char in enumerate(line) if char == "|") for line in lines[:-1]}
    assert len(bars) == 1 and lines[-1].index("|", 1) == lines[0].index("|", 1) + 1, "a combining mark takes no column"
    numbers = [cell.strip().endswith("-:") for cell in lines[1].strip("|").split("|")]
    assert numbers == [column.is_number for column in COLUMNS]


def test_wide_characters_take_two_columns(tmp_path: Path) -> None:
    short = summarise(write_run(tmp_path / "short"))
    lines = format_markdown([short, replace(short, name="料理料理")]).splitlines()
    assert lines[-1].index("|", 1) == lines[-2].index("|", 1) - 4


def test_names_are_text_to_a_renderer_of_markdown(tmp_path: Path) -> None:
    row = replace(summarise(write_run(tmp_path / "a")), name="<b>a|b\\")
    assert "\\<b>a\\|b\\\\" in format_markdown([row])
