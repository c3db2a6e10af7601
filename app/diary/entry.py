"""A line of the diary."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone


@dataclass(frozen=True, slots=True)
class Entry:
    """A stretch of one label. It lies within one local day, and within one distance from UTC.

    Attributes:
        source: where it was seen, such as "camera 0".
        label: what was seen: a class, "unsure" or "nobody".
        start_ms: milliseconds since 1970, UTC.
        end_ms: likewise.
        utc_offset_s: how far the local time was ahead of UTC.
        zone: the system's name of the local time then, such as "CET".
        confidence: the mean over its frames, 0..1.
    """

    source: str
    label: str
    start_ms: int
    end_ms: int
    utc_offset_s: int
    zone: str
    confidence: float

    @property
    def seconds(self) -> float:
        """How long it lasted."""
        return (self.end_ms - self.start_ms) / 1000

    @property
    def start(self) -> datetime:
        """When it began, in the local time of then."""
        return self._local(self.start_ms)

    @property
    def end(self) -> datetime:
        """When it ended, in the local time of then."""
        return self._local(self.end_ms)

    @property
    def day(self) -> date:
        """The local day that it belongs to."""
        return self.start.date()

    def _local(self, unix_ms: int) -> datetime:
        utc = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=unix_ms)
        return utc.astimezone(timezone(timedelta(seconds=self.utc_offset_s), self.zone))
