"""The command line: flags over --set over config.yaml; a user's mistake is one line on stderr and exit status 2."""

import argparse
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from app.command import EXIT_CTRL_C, EXIT_MISTAKE, EXIT_SIGTERM, Parser, not_loadable, program
from app.errors import AppError
from app.system.interrupts import Interrupted, interrupts

STARTED_S = time.perf_counter()

EPILOG = """\
sources: a camera index (0), a video file, a folder of images, an rtsp:// or http(s):// URL, synthetic, demo, auto
keys in the window: q quit, space pause, r record, s snapshot, m mirror, t teach, c correct, h help"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the app and returns its exit status: 0 end or quit, 2 a user's mistake, 130 Ctrl-C, 143 SIGTERM."""
    arguments = _parse(argv)
    _prepare_process(arguments.debug)
    try:
        session = _load_session()  # OpenCV and ONNX Runtime: not for --help
        if arguments.doctor:
            return 0 if session.check_cameras(arguments, STARTED_S) else EXIT_MISTAKE
        session.list_cameras() if arguments.list_cameras else session.run_session(arguments, STARTED_S)
    except Interrupted as interrupted:
        return interrupted.status
    except AppError as error:
        if arguments.debug:
            raise
        print(f"error: {error}", file=sys.stderr)
        return EXIT_MISTAKE
    return 0


def _load_session() -> ModuleType:
    """`app.session`. Raises AppError when a package is missing, or a library that it needs."""
    try:
        from app import session
    except ImportError as error:
        raise not_loadable(error) from error
    return session


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(
        prog=program("run"),
        description="Live picture with a calm activity label.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--source", action="append", metavar="SRC", help="where pictures come from (default: auto); may be repeated")
    add("--model", type=Path, metavar="FILE", help="an ONNX model exported by this project")
    add("--config", type=Path, metavar="FILE", help="settings (default: the project's own config.yaml)")
    add("--record", type=Path, metavar="OUT.mp4", help="record to this file from the start")
    add("--log", type=Path, metavar="OUT.csv", help="one row an activity segment")
    add("--predictions", type=Path, metavar="OUT.csv", help="one row a frame with every probability")
    add("--stats", type=Path, metavar="OUT.json", help="rates, latencies and versions, written at the end")
    add("--overwrite", action="store_true", help="replace files that are there already")
    add("--no-window", action="store_true", help="no window; label changes go to the terminal")
    add("--realtime", action="store_true", help="play files at their own pace, like a camera")
    add("--max-seconds", type=_positive, metavar="S", help="stop after S seconds of each source")
    add("--list-cameras", action="store_true", help="show the cameras of this computer and end")
    add("--doctor", action="store_true", help="try every camera, say what is wrong and its cure, and end within 20 s")
    add("--set", action="append", default=[], dest="overrides", metavar="key=value", help="one setting of config.yaml")
    add("--debug", action="store_true", help="show tracebacks and what the libraries say")
    return parser.parse_args(argv)


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected seconds above 0, got {text!r}")
    return value


def _prepare_process(debug: bool) -> None:
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.DEBUG if debug else logging.WARNING)
    logging.addLevelName(logging.WARNING, "warning")
    if not debug:  # what fails arrives as an exception; the libraries would print it a second time
        os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
        os.environ.setdefault("QT_LOGGING_RULES", "*.warning=false")
    interrupts.install({signal.SIGINT: EXIT_CTRL_C, signal.SIGTERM: EXIT_SIGTERM})
