"""What a scan found, for people: a line for the terminal, and an HTML page that needs nothing else."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path

from app.labels import NOBODY, UNSURE, is_other
from app.outputs import write_text
from app.overlay.colours import GREY, STRIP, label_colour
from app.overlay.colours import UNSURE as UNSURE_GREY
from app.scan.progress import Progress
from app.scan.timeline import Row
from app.text import counted, display_name, duration, printable

_MOST_FILES = 300  # whose strips are drawn: a page of more is slow
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; color: #222 }}
h1 {{ font-size: 1.4rem }} h2 {{ font-size: 1.1rem; margin-top: 2rem }}
table {{ border-collapse: collapse; width: 100% }}
td, th {{ padding: .25rem .6rem .25rem 0; text-align: left; vertical-align: middle }}
td.number, th.number {{ text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }}
td.wide {{ width: 55% }} td.name {{ overflow-wrap: anywhere }}
svg {{ display: block; width: 100%; height: 16px; border-radius: 3px }}
.key {{ display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .4em }}
</style></head><body>
<h1>{title}</h1><p>{lead}</p>
<h2>Activities</h2>
<table><tr><th>Activity</th><th class="number">Time</th><th class="number">Share</th><th></th></tr>
{activities}</table>
{problems}<h2>Files</h2>
<table>{files}</table>{more}
</body></html>
"""


class Summary:
    """Adds up the rows of all files.

    Attributes:
        files: how many there are.
        problems: how many of them have a problem.
        seconds: of video.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        """Starts with nothing.

        Args:
            labels: the classes, in the order that gives them their colours.
        """
        self.files = self.problems = 0
        self.seconds = 0.0
        self._labels = labels
        self._by_label: defaultdict[str, float] = defaultdict(float)
        self._strips: list[tuple[str, list[Row]]] = []
        self._told: list[Row] = []

    def add(self, rows: Sequence[Row], end_s: float | None) -> None:
        """Takes in the rows of a file, and when it ends."""
        self.files += 1
        self.seconds += end_s or 0.0
        told = [row for row in rows if row.problem]
        self.problems += bool(told)
        self._told += told[: _MOST_FILES - len(self._told)]
        for row in rows:
            self._by_label[row.label] += (row.seconds or 0.0) if row.label else 0.0
        if rows and len(self._strips) < _MOST_FILES:
            self._strips.append((rows[0].file, [row for row in rows if row.label]))

    def line(self, progress: Progress) -> str:
        """Says what was done, for the terminal."""
        done = f"{counted(self.files, 'file')}, {duration(self.seconds)}"
        speed = f", {progress.speed:.0f} times real time" if progress.seconds else ""
        return done + speed + (f", {counted(self.problems, 'file')} with a problem" if self.problems else "")

    def page(self, title: str) -> str:
        """Makes the HTML page; every name in it is escaped."""
        more = f"<p>and {counted(self.files - _MOST_FILES, 'file')} more, in the table</p>"
        return _PAGE.format(
            title=escape(printable(title)),
            lead=f"{counted(self.files, 'file')}, {duration(self.seconds)} of video.",
            activities="".join(self._activities()),
            problems=self._problems(),
            files="".join(self._files()),
            more=more if self.files > _MOST_FILES else "",
        )

    def _activities(self) -> Iterator[str]:
        total = sum(self._by_label.values()) or 1.0
        for label, seconds in sorted(self._by_label.items(), key=lambda item: -item[1]):
            if not label:
                continue
            colour = self._colour(label)
            bar = f'<svg><rect width="{100 * seconds / total:.2f}%" height="16" fill="{colour}"/></svg>'
            yield (
                f'<tr><td class="name"><span class="key" style="background:{colour}"></span>'
                f'{escape(display_name(printable(label)))}</td><td class="number">{duration(seconds)}</td>'
                f'<td class="number">{seconds / total:.1%}</td><td class="wide">{bar}</td></tr>\n'
            )

    def _problems(self) -> str:
        rows = "".join(
            f'<tr><td class="name">{escape(printable(row.file))}</td><td>{escape(printable(row.problem))}</td></tr>\n'
            for row in self._told
        )
        return f"<h2>Problems</h2>\n<table>{rows}</table>\n" if rows else ""

    def _files(self) -> Iterator[str]:
        for name, rows in self._strips:
            end_s = max((row.end_s or 0.0 for row in rows), default=0.0)
            bars = "".join(self._bars(rows, end_s))
            strip = f'<svg><rect width="100%" height="16" fill="{_css(STRIP)}"/>{bars}</svg>' if rows else ""
            length = _clock(end_s) if rows else ""
            yield (
                f'<tr><td class="name">{escape(printable(name))}</td><td class="number">{length}</td>'
                f'<td class="wide">{strip}</td></tr>\n'
            )

    def _bars(self, rows: Iterable[Row], end_s: float) -> Iterator[str]:
        for row in rows:
            start_s, seconds = row.start_s or 0.0, row.seconds or 0.0
            told = f"{display_name(row.label)}, {_clock(start_s)} to {_clock(start_s + seconds)}"
            yield (
                f'<rect x="{100 * start_s / end_s:.3f}%" width="{100 * seconds / end_s:.3f}%" height="16" '
                f'fill="{self._colour(row.label)}"><title>{escape(printable(told))}</title></rect>'
            )

    def _colour(self, label: str) -> str:
        if label in (UNSURE, NOBODY):
            return _css(UNSURE_GREY if label == UNSURE else STRIP)
        if is_other(label):  # no activity
            return _css(GREY)
        return _css(label_colour(self._labels.index(label)))


def write_report(path: Path, summary: Summary, title: str) -> None:
    """Writes the page, whole.

    Raises:
        OutputError: it cannot be written.
    """
    write_text(path, summary.page(title))


def _css(colour: tuple[int, int, int]) -> str:
    return "#{2:02x}{1:02x}{0:02x}".format(*colour)


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
