"""What the user asks of a session."""

from dataclasses import dataclass
from pathlib import Path

AUTO = "auto"  # the first camera that works, else the demo


@dataclass(frozen=True)
class SessionOptions:
    """The command line's flags, typed.

    Attributes:
        sources: AUTO, or what `open_source` takes.
        model: an ONNX model; None: that of the settings.
        config: the YAML file with the settings; None: the project's own.
        overrides: single settings, "group.key=value", that go before the file.
        record: an MP4 file; with several sources one for each, numbered.
        log: a CSV file, a row for each stretch of one label.
        predictions: a CSV file, a row for each classified frame.
        truth: a CSV file of what the user marks as really going on.
        append: continue the log and the predictions that exist.
        diary: keep a diary, whatever the settings say.
        diary_folder: where it lies; None: as the settings say.
        jsonl: a file descriptor that gets each event as a line of JSON; None: none does.
        stats: a JSON file with the figures of the session.
        overwrite: replace files that exist.
        window: open a window, where there is a screen.
        max_seconds: of each source's own time; None: no limit.
    """

    sources: tuple[str, ...] = (AUTO,)
    model: Path | None = None
    config: Path | None = None
    overrides: tuple[str, ...] = ()
    record: Path | None = None
    log: Path | None = None
    predictions: Path | None = None
    truth: Path | None = None
    append: bool = False
    diary: bool = False
    diary_folder: Path | None = None
    jsonl: int | None = None
    stats: Path | None = None
    overwrite: bool = False
    window: bool = True
    max_seconds: float | None = None
