"""What other programs are told."""

import json
from dataclasses import dataclass
from enum import StrEnum

from app.system.wall_clock import iso_time
from app.text import display_name


class Kind(StrEnum):
    """Kinds of events.

    Attributes:
        LABEL: the label of a source has changed, or a live source shows nothing any more.
        RULE: a label has lasted as long as a rule says.
        END: a source shows nothing any more, because the session ends.
        PROGRESS: where a stretch of one label has got to; for those who keep times, not for people.
        AGAIN: the label is as before, after a gap or with another model; for those whose listeners may have forgotten.
    """

    LABEL = "label"
    RULE = "rule"
    END = "end"
    PROGRESS = "progress"
    AGAIN = "again"


NEWS = frozenset((Kind.LABEL, Kind.RULE, Kind.END))  # what people want to hear


@dataclass(frozen=True)
class Event:
    """One thing that other programs are told.

    Attributes:
        kind: what it is.
        source: where it was seen.
        label: the label, "unsure" or "nobody"; of END, the last one. None: the camera is off or the stream is away.
        confidence: 0..1; of PROGRESS the mean so far.
        time_s: the source's own time.
        start: since when the label is seen, seconds since 1970; None for a file.
        end: the moment of the event, likewise.
        previous: of LABEL, the label before; None at the beginning and after a gap.
        seconds: how long the label has lasted; of LABEL, the one before. No gap is in it.
        rule: of RULE, in words.
    """

    kind: Kind
    source: str
    label: str | None
    confidence: float
    time_s: float
    start: float | None
    end: float | None
    previous: str | None = None
    seconds: float = 0.0
    rule: str | None = None

    def to_json(self) -> str:
        """Returns the event as one line of JSON; `time` is RFC 3339, local, with the distance from UTC."""
        values = {
            "event": self.kind.value,
            "time": None if self.end is None else iso_time(self.end),
            "time_s": round(self.time_s, 3),
            "source": self.source,
            "label": self.label,
            "name": None if self.label is None else display_name(self.label),
            "confidence": round(self.confidence, 4),
            "previous": self.previous,
            "seconds": round(self.seconds, 3),
        }
        return json.dumps(values | ({"rule": self.rule} if self.rule else {}), ensure_ascii=True)
