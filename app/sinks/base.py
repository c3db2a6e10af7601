"""What every sink promises."""

from abc import ABC, abstractmethod
from typing import Self

from app.entities import Activity, Command, Frame, NewModel


class Sink(ABC):
    """Takes the labelled frames. A context manager, closed on every way out.

    A sink of your own needs a `name`, `write` and `close`.

    Attributes:
        name: the stage in the figures of a session, such as "window".

    Example:
        >>> from app import Recogniser, Sink, open_source
        >>> class Seconds(Sink):
        ...     name = "seconds"
        ...     def __init__(self):
        ...         self.last_s = 0.0
        ...     def write(self, frame, activity):
        ...         self.last_s = frame.time_s
        ...     def close(self):
        ...         print(f"{self.last_s:.2f} s")
        >>> with Seconds() as seconds:
        ...     for frame, activity in Recogniser().watch(open_source("demo")):
        ...         seconds.write(frame, activity)
        ...         if frame.index == 10:
        ...             break
        0.40 s
    """

    name: str

    @abstractmethod
    def write(self, frame: Frame, activity: Activity) -> None:
        """Takes a labelled frame.

        Args:
            frame: the frame; `frame.image` must not be changed.
            activity: what is going on in it.

        Raises:
            OutputError: it cannot be written.

        Example:
            >>> from app import Sink
            >>> class Printer(Sink):
            ...     name = "printer"
            ...     def write(self, frame, activity):
            ...         print(f"{frame.time_s:.1f} s", activity.label)
            ...     def close(self):
            ...         pass
        """

    def poll(self) -> Command | NewModel | None:
        """Returns what the user asks for, if anything; called between frames, at least every 50 ms.

        Example:
            >>> from app import Overlay, Recorder, Settings
            >>> settings = Settings()
            >>> Recorder(settings.record, Overlay(("a", "b"), settings.display), ["demo"]).poll() is None
            True
        """
        return None

    @abstractmethod
    def close(self) -> None:
        """Finishes what was written. May be called twice.

        Raises:
            OutputError: it cannot be finished.

        Example:
            >>> from app import Overlay, Recorder, Settings
            >>> settings = Settings()
            >>> Recorder(settings.record, Overlay(("a", "b"), settings.display), ["demo"]).close()
        """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.close()
