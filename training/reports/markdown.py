"""The comparison as a Markdown table that is aligned in a terminal too, whatever the script of the names."""

import re
import unicodedata
from collections.abc import Sequence

from training.reports.comparison import COLUMNS, Column
from training.reports.summary import Summary


def format_markdown(summaries: Sequence[Summary]) -> str:
    """Formats runs as a Markdown table.

    Args:
        summaries: the rows, in order.

    Returns:
        Lines of equal width: the column names, a rule, and one line a run.
    """
    cells = [[_escape(column.cell(row)) for column in COLUMNS] for row in summaries]
    heads = [column.name for column in COLUMNS]
    widths = [max(_width(text) for text in texts) for texts in zip(heads, *cells, strict=True)]
    rule = [_rule(column, width) for column, width in zip(COLUMNS, widths, strict=True)]
    return "\n".join(_format_line(row, widths) for row in [heads, rule, *cells])


def _rule(column: Column, width: int) -> str:
    return "-" * (width - 1) + (":" if column.is_number else "-")


def _format_line(texts: Sequence[str], widths: Sequence[int]) -> str:
    padded = []
    for text, width, column in zip(texts, widths, COLUMNS, strict=True):
        space = " " * (width - _width(text))
        padded.append(space + text if column.is_number else text + space)
    return f"| {' | '.join(padded)} |"


def _escape(text: str) -> str:
    """Bars would end the cell, and a renderer of Markdown takes `<` for HTML."""
    return re.sub(r"([\\|<])", r"\\\1", text)


def _width(text: str) -> int:
    """Columns of a terminal: East Asian wide characters take two, combining marks none."""
    return sum(0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF") for char in text)
