"""A text file for Prometheus, as node_exporter's textfile collector reads it."""

import os
import time
from pathlib import Path

from app.hooks.event import Event, Kind
from app.hooks.outlet import Outlet

EVERY_S = 10.0
_HELP = (
    ("daily_activity_seconds_total", "counter", "Seconds of each label since the session began."),
    ("daily_activity_current", "gauge", "1 for the label that is seen now."),
    ("daily_activity_changes_total", "counter", "Changes of the label since the session began."),
    ("daily_activity_up", "gauge", "1 while a session runs."),
)


class PrometheusFile(Outlet):
    """Replaces the file every EVERY_S, and at the end."""

    def __init__(self, path: Path) -> None:
        """Writes nothing yet.

        Args:
            path: the file, which ends in .prom.
        """
        super().__init__()
        self.name = f"{path}"
        self._path = path
        self._done: dict[tuple[str, str], float] = {}  # seconds of finished stretches, by source and label
        self._running: dict[str, Event] = {}  # the newest progress, by source
        self._changes: dict[str, int] = {}
        self._written_s = -EVERY_S

    def handle(self, events: list[Event]) -> float | None:
        for event in events:
            self._take(event)
        left_s = self._written_s + EVERY_S - time.monotonic()
        if left_s > 0 and not any(event.kind is Kind.LABEL for event in events):
            return left_s
        self._write(up=True)
        return EVERY_S

    def end(self) -> None:
        self._write(up=False)

    def _take(self, event: Event) -> None:
        if event.kind is Kind.LABEL and event.label is None:
            self._finish(event.source)
        elif event.kind is Kind.LABEL:
            if event.previous is not None or event.source not in self._changes:  # not the first one after a gap
                self._changes[event.source] = self._changes.get(event.source, -1) + 1
        elif event.kind is Kind.PROGRESS:
            before = self._running.get(event.source)
            if before is not None and (before.start, before.label) != (event.start, event.label):
                self._finish(event.source)
            self._running[event.source] = event

    def _finish(self, source: str) -> None:
        event = self._running.pop(source, None)
        if event is not None and event.label is not None:
            key = source, event.label
            self._done[key] = self._done.get(key, 0.0) + event.seconds

    def _write(self, up: bool) -> None:
        seconds = dict(self._done)
        for event in self._running.values():
            key = event.source, event.label or ""
            seconds[key] = seconds.get(key, 0.0) + event.seconds
        samples = {
            "daily_activity_seconds_total": [
                f"{_labels(source=source, label=label)} {total:.3f}" for (source, label), total in seconds.items()
            ],
            "daily_activity_current": [
                f"{_labels(source=event.source, label=event.label or '')} 1" for event in self._running.values() if up
            ],
            "daily_activity_changes_total": [
                f"{_labels(source=source)} {count}" for source, count in self._changes.items()
            ],
            "daily_activity_up": [f" {int(up)}"],
        }
        lines = []
        for name, kind, text in _HELP:
            if samples[name]:
                lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}", *(name + one for one in samples[name])]
        self._written_s = time.monotonic()
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}")  # not *.prom, which would be read half-written
        try:
            draft.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="backslashreplace")
            draft.replace(self._path)
            self.works()
        except OSError as error:
            self.complain(f"cannot be written ({error.strerror})")


def _labels(**labels: str) -> str:
    escaped = {
        name: value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"") for name, value in labels.items()
    }
    return "{" + ",".join(f'{name}="{value}"' for name, value in escaped.items()) + "}"
