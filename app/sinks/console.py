"""Prints label changes on the terminal, for sessions without a window."""

from app.entities import Activity, Command, Frame
from app.labels import is_activity
from app.sinks.base import Sink
from app.system.terminal import say
from app.text import display_name


class Console(Sink):
    """Prints the time, the source if there are several, and the label, whenever the label changes or a gap ends."""

    name = "console"

    def __init__(self, several: bool) -> None:
        """Prints nothing yet.

        Args:
            several: whether there are several sources, so that each line names its own.
        """
        self._several = several
        self._is_read = True
        self._shown: dict[str, str] = {}  # the last state of each source

    def write(self, frame: Frame, activity: Activity) -> None:
        if self._shown.get(frame.source_id) == activity.state and not activity.restarted:
            return
        self._shown[frame.source_id] = activity.state
        percent = f" {activity.confidence:.0%}" if is_activity(activity.label) else ""
        source = f"  {frame.source_id}" if self._several else ""
        is_read = say(f"{frame.time_s:8.1f} s{source}  {display_name(activity.state)}{percent}")
        self._is_read = self._is_read and is_read  # `say` tells it once only

    def poll(self) -> Command | None:
        """Quits when nobody reads the lines any more."""
        return None if self._is_read else Command.QUIT

    def close(self) -> None:
        """Does nothing: the terminal stays as it is."""
