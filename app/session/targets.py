"""The files that a session will write, checked before the camera opens."""

from pathlib import Path

from app.errors import OutputError
from app.outputs import check_space, check_target
from app.session.options import SessionOptions
from app.sinks.recording.recorder import numbered_path

_SUFFIXES = {"record": ".mp4", "log": ".csv", "predictions": ".csv", "stats": ".json"}  # by flag


def check_targets(options: SessionOptions, min_free_mb: int) -> None:
    """Checks that every file can be written, and that none is given twice or is a source.

    Args:
        options: what the user asks.
        min_free_mb: the room that a recording needs.

    Raises:
        OutputError: one of them cannot be written.
    """
    recordings = _recordings(options)
    for uri in options.sources:
        if Path(uri.removeprefix("file://")).resolve() in [path.resolve() for path in recordings]:
            raise OutputError(f"{uri}: --record would overwrite this source; record to another file")
    seen: dict[Path, str] = {}
    for flag, suffix in _SUFFIXES.items():
        path: Path | None = getattr(options, flag)
        if path is None:
            continue
        check_target(path, suffix, overwrite=options.overwrite)
        same = seen.setdefault(path.resolve(), flag)
        if same != flag:
            raise OutputError(f"{path}: given for --{same} and --{flag}; give each its own file")
    for path in recordings:
        check_target(path, ".mp4", overwrite=options.overwrite)
        check_space(path.parent, min_free_mb)


def _recordings(options: SessionOptions) -> list[Path]:
    """What --record writes: the file, or one for each of several sources."""
    if options.record is None:
        return []
    count = len(options.sources)
    return [options.record] if count < 2 else [numbered_path(options.record, position) for position in range(count)]
