"""Label changes as lines on the terminal, for sessions without a window."""

from app.entities import Activity, Command, Frame
from app.sinks.base import Sink
from app.system.terminal import say
from app.text import display_name


class Console(Sink):
    """Prints the time, the source when there are several, and the label, whenever it changes."""

    name = "console"

    def __init__(self, several: bool) -> None:
        self._several = several
        self._read = True
        self._shown: dict[str, str | None] = {}

    def write(self, frame: Frame, activity: Activity) -> None:
        known = frame.source_id in self._shown
        if known and self._shown[frame.source_id] == activity.label and not activity.restarted:
            return
        self._shown[frame.source_id] = activity.label
        percent = f" {activity.confidence:.0%}" if activity.label is not None else ""
        source = f"  {frame.source_id}" if self._several else ""
        self._read = say(f"{frame.time_s:8.1f} s{source}  {display_name(activity.label)}{percent}")

    def poll(self) -> Command | None:
        """Quits when nobody reads the lines any more."""
        return None if self._read else Command.QUIT

    def close(self) -> None:
        """The terminal stays as it is."""
