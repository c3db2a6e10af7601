"""Heartbeats for ActivityWatch: a bucket for each source, events with the label alone.

Each heartbeat begins where its stretch began and is as long as the stretch so far: ActivityWatch then lengthens the
event that it has. So a lost one changes no sum, and none joins two stretches across a gap.
(https://docs.activitywatch.net/en/latest/api/rest.html)
"""

import json
import socket
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from app.hooks.event import Event, Kind
from app.hooks.http import Answer, Server
from app.hooks.sender import Sender
from app.text import slug

PULSE_S = 1.0  # a heartbeat begins within its event, or begins another
_CLIENT = "aw-watcher-daily-activity"
_TYPE = "app.activity.camera"


class ActivityWatch(Sender):
    """Sends heartbeats."""

    def __init__(self, server: Server, folder: Path, most: int, hostname: str | None = None) -> None:
        """Sends nothing yet.

        Args:
            server: of ActivityWatch, such as http://127.0.0.1:5600.
            folder: where heartbeats are kept that could not be sent.
            most: how many.
            hostname: of this machine; None: the system's.

        Raises:
            OutputError: they cannot be kept there.
        """
        self.name = f"ActivityWatch {server.shown}"
        super().__init__(folder, "activitywatch", most)
        self._server, self._hostname = server, hostname or socket.gethostname()
        self._made: set[str] = set()  # buckets

    def texts(self, events: list[Event]) -> list[str]:
        """Returns heartbeats; of those of one stretch that wait together, the last one is enough."""
        newest: dict[tuple[str, float], Event] = {}
        for event in events:
            if event.kind is Kind.PROGRESS and event.start is not None:
                newest[event.source, event.start] = event
        return [json.dumps({"bucket": self._bucket(event.source), **_heartbeat(event)}) for event in newest.values()]

    def send(self, text: str) -> Answer:
        heartbeat = json.loads(text)
        bucket = heartbeat.pop("bucket")
        path = f"/api/0/buckets/{quote(bucket, safe='')}"
        if bucket not in self._made:
            what = {"client": _CLIENT, "type": _TYPE, "hostname": self._hostname}
            answer = self._server.post(json.dumps(what), path)
            if answer.problem:
                return answer
            self._made.add(bucket)
        answer = self._server.post(json.dumps(heartbeat), f"{path}/heartbeat?pulsetime={PULSE_S}")
        if answer.status == 404:  # somebody deleted the bucket
            self._made.discard(bucket)
            return Answer(0, "has lost the bucket")
        return answer

    def _bucket(self, source: str) -> str:
        return f"{_CLIENT}-{slug(source)}_{self._hostname}"


def _heartbeat(event: Event) -> dict[str, object]:
    assert event.start is not None and event.end is not None
    start = datetime.fromtimestamp(event.start, UTC).isoformat(timespec="milliseconds")
    return {"timestamp": start, "duration": round(event.end - event.start, 3), "data": {"label": event.label}}
