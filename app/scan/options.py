"""What the user asks of a scan."""

from dataclasses import dataclass
from pathlib import Path

EVERY_S, PIECE_S = 0.5, 600.0


@dataclass(frozen=True)
class ScanOptions:
    """The command line's flags, typed.

    Attributes:
        paths: files, folders, patterns, addresses; "-" for a list on stdin.
        output: the table of segments, CSV or Parquet.
        looks: the table of looks; None: not written.
        report: an HTML page; None: not written.
        every_s: seconds between two looks.
        keyframes: look at keyframes alone.
        piece_s: seconds of a piece, about.
        workers: how many processes; None: one a core.
        model: an ONNX model; None: that of the settings.
        config: the YAML file with the settings; None: the project's own.
        overrides: single settings, "group.key=value".
        engine: "pool" or "ray".
        address: of the Ray cluster; None: a new one on this machine.
        resume: go on where an earlier run ended.
        overwrite: replace files that exist, and begin again.
    """

    paths: tuple[str, ...]
    output: Path
    looks: Path | None = None
    report: Path | None = None
    every_s: float = EVERY_S
    keyframes: bool = False
    piece_s: float = PIECE_S
    workers: int | None = None
    model: Path | None = None
    config: Path | None = None
    overrides: tuple[str, ...] = ()
    engine: str = "pool"
    address: str | None = None
    resume: bool = False
    overwrite: bool = False
