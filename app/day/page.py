"""A report as one self-contained HTML page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app import __version__
from app.day.report import Report
from app.day.strip import DAY_MIN, Run, hours, strip
from app.day.summary import DaySummary, Stretch
from app.day.words import clock_time, day_name, days_name, difference
from app.labels import NOBODY, is_activity
from app.pages import render_page
from app.text import display_name, duration, printable, rounded

_TEMPLATE = Path(__file__).parent / "templates" / "day.html"
MOST_STRIPS = 31
_LISTED = 12  # longest stretches, and gaps
_GOLDEN_ANGLE = 137.508  # degrees: neighbours in the list get far-apart colours
_FIRST_HUE = 208


@dataclass(frozen=True)
class Label:
    """A label on the page.

    Attributes:
        name: as people read it.
        kind: the CSS class of its colour.
        hue: degrees; None for what is no activity.
    """

    name: str
    kind: str
    hue: float | None


@dataclass(frozen=True)
class Row:
    """An activity in the list of totals.

    Attributes:
        label: the activity.
        time: its duration.
        share: of the longest one, 0..1.
        percent: of all activities.
        usual: how it differs from the usual day; empty without one.
    """

    label: Label
    time: str
    share: float
    percent: str
    usual: str


@dataclass(frozen=True)
class Strip:
    """A day of one source.

    Attributes:
        title: the day, and the source if there are several.
        told: what a screen reader says.
        runs: what was seen when.
        stretches: the same as text.
    """

    title: str
    told: str
    runs: Sequence[tuple[Run, Label, str]]
    stretches: Sequence[Stretch]


@dataclass(frozen=True)
class HeatRow:
    """A day of the heat map.

    Attributes:
        title: the day.
        cells: minutes of all activities in each hour, and of each activity as the page's script reads them.
    """

    title: str
    cells: Sequence[tuple[float, str]]


def report_page(report: Report) -> str:
    """Draws the page of a report.

    Args:
        report: the report.

    Returns:
        HTML that loads nothing from elsewhere.
    """
    summary = report.summary
    labels = _labels(report)
    shown = summary.days[-MOST_STRIPS:]
    first_hour, last_hour = _hours_shown(shown)
    activities = [label for label in labels if is_activity(label)]
    return render_page(
        _TEMPLATE,
        {"duration": duration, "rounded": rounded, "clock": clock_time},
        title=days_name(report.first, report.last),
        report=report,
        summary=summary,
        labels=labels,
        rows=_rows(report, labels),
        strips=[one for day in shown for one in _strips(day, labels, len(summary.sources) > 1)],
        left_out=len(summary.days) - len(shown),
        hours=range(first_hour, last_hour + 1),
        start_min=60 * first_hour,
        minutes=60 * (last_hour - first_hour),
        week=[_heat_row(day, activities) for day in report.week.days],
        activities=activities,
        longest=summary.stretches[:_LISTED],
        gaps=summary.gaps[:_LISTED],
        several_days=len(summary.days) > 1,
        version=__version__,
    )


def _labels(report: Report) -> dict[str, Label]:
    """Gives each label its colour, in the order of the names: the same from day to day as long as these are."""
    names = sorted({*report.summary.seconds, *report.week.seconds})
    active = [name for name in names if is_activity(name)]
    found = {}
    for position, name in enumerate(active):
        hue = round((_FIRST_HUE + position * _GOLDEN_ANGLE) % 360, 1)
        found[name] = Label(display_name(printable(name)), f"c{position}", hue)
    for name in names:
        if not is_activity(name):
            found[name] = Label(display_name(name), "nobody" if name == NOBODY else "unsure", None)
    return found


def _rows(report: Report, labels: dict[str, Label]) -> list[Row]:
    activities, changes = report.summary.activities, report.changes
    most_s, all_s = max(activities.values(), default=1.0) or 1.0, report.summary.active_s or 1.0
    return [
        Row(
            labels[name],
            duration(seconds),
            round(seconds / most_s, 4),
            f"{100 * seconds / all_s:.0f} %",
            difference(changes[name]) if name in changes else "",
        )
        for name, seconds in activities.items()
    ]


def _strips(day: DaySummary, labels: dict[str, Label], several: bool) -> list[Strip]:
    found = []
    for source in dict.fromkeys(entry.source for entry in day.entries):
        entries = [entry for entry in day.entries if entry.source == source]
        runs = [(run, labels[run.label], _told(run, labels[run.label])) for run in strip(entries)]
        title = _short(day.day) + (f", {printable(source)}" if several else "")
        most = ", ".join(f"{labels[name].name} {duration(s)}" for name, s in list(day.seconds.items())[:4])
        told = f"{day_name(day.day)}, {clock_time(day.start)} to {clock_time(day.end)}: {most}"
        stretches = [stretch for stretch in day.stretches if stretch.seconds >= 60] if source == _first(day) else []
        found.append(Strip(title, told, runs, stretches))
    return found


def _first(day: DaySummary) -> str:
    return day.entries[0].source


def _told(run: Run, label: Label) -> str:
    end = run.start_min + run.minutes
    return f"{label.name}, {_clock(run.start_min)} to {_clock(end)}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _short(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def _hours_shown(days: Sequence[DaySummary]) -> tuple[int, int]:
    """Returns the first and the last hour in which something was seen, eight at least."""
    runs = [run for day in days for run in strip(day.entries)]
    if not runs:
        return 8, 18
    first = min(run.start_min for run in runs) // 60
    last = -(-max(run.start_min + run.minutes for run in runs) // 60)
    while last - first < 8:
        first, last = max(0, first - 1), min(DAY_MIN // 60, last + 1)
    return first, last


def _heat_row(day: DaySummary, activities: Sequence[str]) -> HeatRow:
    cells = []
    for hour in hours(day):
        minutes = [round(hour.get(name, 0.0), 1) for name in activities]
        cells.append((min(60.0, sum(minutes)), " ".join(f"{each:g}" for each in minutes)))
    return HeatRow(_short(day.day), cells)
