"""A report as JSON."""

from datetime import datetime
from typing import Any

from app.day.report import Report
from app.day.summary import DaySummary, Gap, Stretch


def report_json(report: Report) -> dict[str, Any]:
    """Returns a report as JSON values; times are RFC 3339, durations seconds.

    Args:
        report: the report.

    Returns:
        `seconds` by label, "unsure" and "nobody" too; the same for each of `days`; `stretches`, `gaps`, `switches`;
        `usual` and `changes`, of a day on average.
    """
    summary, usual = report.summary, report.usual
    return {
        "first": report.first.isoformat(),
        "last": report.last.isoformat(),
        "seconds": summary.seconds,
        "seen_s": summary.seen_s,
        "active_s": summary.active_s,
        "away_s": summary.away_s,
        "unsure_s": summary.unsure_s,
        "off_s": summary.off_s,
        "switches": summary.switches,
        "sources": summary.sources,
        "longest": {label: _stretch(stretch) for label, stretch in summary.longest.items()},
        "days": [_day(day) for day in summary.days],
        "usual": None if usual is None else {"days": usual.days, "seconds": usual.seconds},
        "changes": {label: round(seconds, 3) for label, seconds in report.changes.items()},
    }


def _day(day: DaySummary) -> dict[str, Any]:
    return {
        "date": day.day.isoformat(),
        "start": _time(day.start),
        "end": _time(day.end),
        "seconds": day.seconds,
        "switches": day.switches,
        "stretches": [_stretch(stretch) for stretch in day.stretches],
        "gaps": [_gap(gap) for gap in day.gaps],
    }


def _stretch(stretch: Stretch) -> dict[str, Any]:
    return {"label": stretch.label, **_gap(Gap(stretch.start, stretch.end, stretch.seconds))}


def _gap(gap: Gap) -> dict[str, Any]:
    return {"start": _time(gap.start), "end": _time(gap.end), "seconds": round(gap.seconds, 3)}


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
