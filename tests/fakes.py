"""Stand-ins that several tests share, and the reading of what the program writes."""

import csv
import io
import time
from collections.abc import Iterable
from pathlib import Path

from app.entities import Activity, Command, Frame, NewModel
from app.sinks.base import Sink


def rows(path: Path, errors: str = "strict") -> list[dict[str, str]]:
    """The rows of a CSV file, by column; errors: of its encoding, as of `open`."""
    with path.open(newline="", encoding="utf-8", errors=errors) as file:
        written = file.read()  # at once: a reader of a file that grows could miss its first line alone
    return list(csv.DictReader(io.StringIO(written, newline="")))


class Keeper(Sink):
    """Keeps what it gets; takes `seconds` over each frame; raises `error` at frame `at`; says `commands` in turn."""

    name = "keeper"

    def __init__(
        self,
        seconds: float = 0.0,
        error: BaseException | None = None,
        at: int = 0,
        commands: Iterable[Command | NewModel | None] = (),
    ) -> None:
        self.seconds, self.error, self.at, self.commands = seconds, error, at, iter(commands)
        self.got: list[tuple[Frame, Activity]] = []
        self.polls = 0

    def write(self, frame: Frame, activity: Activity) -> None:
        if self.error is not None and len(self.got) == self.at:
            raise self.error
        self.got.append((frame, activity))
        time.sleep(self.seconds)

    def poll(self) -> Command | NewModel | None:
        self.polls += 1
        return next(self.commands, None)

    def close(self) -> None:
        pass

    def indices(self, source_id: str = "pictures") -> list[int]:
        return [frame.index for frame, _ in self.got if frame.source_id == source_id]
