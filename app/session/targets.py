"""The files that a session will write, checked before the camera opens."""

from collections.abc import Iterator
from pathlib import Path

from app.errors import OutputError
from app.file_urls import path_of
from app.outputs import check_distinct, check_space, check_target
from app.session.options import SessionOptions
from app.sinks.recording.recorder import numbered_path
from app.sinks.tables import LOG_COLUMNS, columns_to_continue

_SUFFIXES = {"record": ".mp4", "log": ".csv", "predictions": ".csv", "truth": ".csv", "stats": ".json"}  # by flag
_CONTINUED = ("log", "predictions")  # by --append


def check_targets(options: SessionOptions, model: Path, min_free_mb: int) -> None:
    """Checks that every file can be written, and that none is given twice or is read, as a source is.

    Args:
        options: what the user asks.
        model: the model that will be opened.
        min_free_mb: the room that a recording needs.

    Raises:
        OutputError: one of them cannot be written.
    """
    if options.append and (options.overwrite or not (options.log or options.predictions)):
        raise OutputError(
            "--append continues the files of --log and --predictions; give one, and leave out --overwrite"
        )
    inputs = [model, *map(path_of, options.sources), *([options.config] if options.config else [])]
    targets = list(_targets(options))
    for flag, path in targets:
        whole = flag in ("stats", "truth")  # the others grow
        overwrite = options.overwrite or (options.append and flag in _CONTINUED)
        check_target(path, _SUFFIXES[flag], overwrite=overwrite, inputs=inputs, whole=whole)
    if options.append and options.log:
        columns_to_continue(options.log, LOG_COLUMNS)
    check_distinct((f"--{flag}", path) for flag, path in targets)
    for flag, path in targets:
        if flag == "record":
            check_space(path.parent, min_free_mb)


def _targets(options: SessionOptions) -> Iterator[tuple[str, Path]]:
    """What is written, by flag; for each of several sources --record writes a file of its own, numbered."""
    for flag in _SUFFIXES:
        path: Path | None = getattr(options, flag)
        if path is None:
            continue
        yield flag, path
        if flag == "record" and len(options.sources) > 1:
            yield from ((flag, numbered_path(path, position)) for position in range(len(options.sources)))
