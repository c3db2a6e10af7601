"""A report on the terminal."""

from collections.abc import Iterator
from datetime import datetime

from app.day.report import Report
from app.day.summary import DaySummary, Gap, Stretch, Summary
from app.day.words import clock_time, day_name, days_name, difference
from app.text import counted, display_name, duration, printable

_BAR = 20  # characters of the longest bar
_STRETCHES = 3
_LONG_GAP_S = 300.0


def report_lines(report: Report) -> Iterator[str]:
    """Yields the lines of a report."""
    summary = report.summary
    if not summary.days:
        yield f"{days_name(report.first, report.last)}: nothing was seen."
        return
    yield f"{days_name(report.first, report.last)}: {_span(report, summary)}"
    yield ""
    yield from _table(report)
    yield ""
    yield f"Nobody there {duration(summary.away_s)}, unsure or other {duration(summary.unsure_s)}, {_off(report)}."
    yield f"{counted(summary.switches, 'switch', 'switches')} from one activity to another."
    if summary.stretches:
        longest = "; ".join(_stretch(stretch, report) for stretch in summary.stretches[:_STRETCHES])
        yield f"Longest: {longest}."
    if len(summary.days) > 1:
        yield ""
        yield from map(_day, summary.days)
    if len(summary.sources) > 1:
        named = ", ".join(f"{printable(name)} {duration(seconds)}" for name, seconds in summary.sources.items())
        yield f"Several sources, each counted: {named}. --source NAME takes one."
    if report.usual is not None:
        until = f" until {report.usual.until:%H:%M}" if report.usual.until else ""
        yield f"The usual day is the median of {counted(report.usual.days, 'day')} of the four weeks before{until}."


def _span(report: Report, summary: Summary) -> str:
    first, last = summary.days[0], summary.days[-1]
    if report.first == report.last:
        span = f"{clock_time(first.start)} to {clock_time(last.end)}"
    else:
        span = f"{counted(len(summary.days), 'day')} with entries"
    return f"{span}, {duration(summary.seen_s)} before the camera"


def _table(report: Report) -> Iterator[str]:
    summary, changes = report.summary, report.changes
    labels = list(summary.activities)
    width = max((len(display_name(printable(label))) for label in labels), default=0)
    most_s = max(summary.activities.values(), default=0.0)
    usual = {label: difference(changes[label]) for label in labels if label in changes}
    usual_width = max(map(len, usual.values()), default=0)
    for label in labels:
        seconds, longest = summary.seconds[label], summary.longest[label]
        bar = "█" * max(1, round(_BAR * seconds / most_s)) if most_s else ""
        share = f"{seconds / summary.active_s:4.0%}" if summary.active_s else ""
        line = f"  {display_name(printable(label)):<{width}}  {duration(seconds):>12}  {share}  {bar:<{_BAR}}"
        if usual:
            line += f"  {usual.get(label, ''):<{usual_width}}"
        yield f"{line}  longest {duration(longest.seconds)} from {clock_time(longest.start)}"


def _off(report: Report) -> str:
    summary = report.summary
    if not summary.gaps:
        return "camera on throughout"
    long = [gap for gap in summary.gaps if gap.seconds >= _LONG_GAP_S][:_STRETCHES]
    named = ", ".join(_gap(gap, report) for gap in sorted(long, key=lambda gap: gap.start))
    return f"camera off {duration(summary.off_s)}" + (f" ({named})" if named else "")


def _gap(gap: Gap, report: Report) -> str:
    return f"{_moment(gap.start, report)} to {clock_time(gap.end)}"


def _stretch(stretch: Stretch, report: Report) -> str:
    return f"{display_name(printable(stretch.label))} {duration(stretch.seconds)} from {_moment(stretch.start, report)}"


def _moment(moment: datetime, report: Report) -> str:
    return clock_time(moment) if report.first == report.last else f"{moment:%a} {clock_time(moment)}"


def _day(day: DaySummary) -> str:
    activities = Summary([day], day.seconds, {}).activities
    most = ", ".join(f"{display_name(printable(label))} {duration(s)}" for label, s in list(activities.items())[:3])
    return f"  {day_name(day.day)}: {clock_time(day.start)} to {clock_time(day.end)}; {most or 'no activity'}"
