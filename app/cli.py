"""The command line: flags over --set over config.yaml; a user's mistake is one line on stderr and exit status 2."""

import argparse
import logging
import time
from collections.abc import Sequence
from pathlib import Path

from app import __version__
from app.command import EXIT_MISTAKE, Parser, not_loadable, number_above_zero, program, run_command
from app.session.options import AUTO, SessionOptions
from app.system.process import prepare_process
from app.system.terminal import say, stdout_for_data
from app.text import counted

STARTED_S = time.perf_counter()

EPILOG = """\
sources: a camera index (0), a video file, a folder of images, an rtsp:// or http(s):// URL, synthetic, demo, auto
keys in the window: q quit, space pause, r record, s snapshot, m mirror, t teach, c correct, h help"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the app.

    Args:
        argv: the arguments; None: those of the process.

    Returns:
        The exit status: 0 end or quit, 2 a user's mistake, 130 Ctrl-C, 143 SIGTERM.
    """
    arguments = _parse(argv)
    prepare_process(quiet=not arguments.debug)
    logging.basicConfig(format="%(levelname)s: %(message)s", level="DEBUG" if arguments.debug else "WARNING")
    logging.addLevelName(logging.WARNING, "warning")
    return run_command(lambda: _run(arguments), after_ctrl_c="", debug=arguments.debug)


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = _parser()
    arguments, unknown = parser.parse_known_args(argv)
    if unknown:
        hint = "" if unknown[0].startswith("-") else f"; did you mean --source {unknown[0]}?"
        parser.error(f"unrecognized arguments: {' '.join(unknown)}{hint}")
    return arguments


def _run(arguments: argparse.Namespace) -> int:
    try:  # late: they load OpenCV and ONNX Runtime, which --help does not need
        from app.config.settings import load_project_settings
        from app.doctor.doctor import examine
        from app.session.run import run_session
        from app.sources.camera import list_cameras
    except ImportError as error:
        raise not_loadable(error) from error
    if arguments.doctor:
        settings = load_project_settings(arguments.config, arguments.overrides)
        return 0 if examine(settings.source, STARTED_S, debug=arguments.debug) else EXIT_MISTAKE
    if arguments.pause or arguments.resume:
        return _ask_sessions(arguments.pause)
    if arguments.list_cameras:
        found = [f"{camera.index}  {camera.name}" for camera in list_cameras()]
        for line in found or ["no camera found; try --source FILE, a URL, or --source synthetic"]:
            say(line)
    else:
        run_session(_options(arguments), STARTED_S)
    return 0


def _ask_sessions(pause: bool) -> int:
    from app.session.control import ask_all, control_folder

    found, left = ask_all(control_folder(), pause)
    if not found:
        say("no session with a camera runs")
    elif left:
        say(f"{counted(left, 'session')} of {found} did not {'let go of the camera' if pause else 'go on'} in time")
    else:
        say(f"{counted(found, 'session')} {'paused: the camera is off' if pause else 'going on'}")
    return EXIT_MISTAKE if left else 0


def _options(arguments: argparse.Namespace) -> SessionOptions:
    return SessionOptions(
        sources=tuple(arguments.source or [AUTO]),
        model=arguments.model,
        config=arguments.config,
        overrides=(*arguments.overrides, *(["source.realtime=true"] if arguments.realtime else [])),
        record=arguments.record,
        log=arguments.log,
        predictions=arguments.predictions,
        truth=arguments.truth,
        append=arguments.append,
        diary=bool(arguments.diary),
        diary_folder=arguments.diary if isinstance(arguments.diary, Path) else None,
        jsonl=stdout_for_data() if arguments.jsonl else None,
        stats=arguments.stats,
        overwrite=arguments.overwrite,
        window=not arguments.no_window,
        max_seconds=arguments.max_seconds,
    )


def _parser() -> Parser:
    parser = Parser(
        prog=program("run"),
        description="The live image with a calm activity label.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--source", action="append", metavar="SRC", help="where images come from (default: auto); may be repeated")
    add("--model", type=Path, metavar="FILE", help="an ONNX model exported by this project")
    add("--config", type=Path, metavar="FILE", help="settings (default: the project's own config.yaml)")
    add("--record", type=Path, metavar="OUT.mp4", help="record to this file from the start")
    add("--log", type=Path, metavar="OUT.csv", help="one row an activity segment")
    add("--predictions", type=Path, metavar="OUT.csv", help="one row a frame with every probability")
    add("--truth", type=Path, metavar="OUT.csv", help="keys mark what is really going on, for `score`")
    add("--append", action="store_true", help="continue the log and the predictions that exist")
    add(
        "--diary", nargs="?", const=True, type=Path, metavar="FOLDER", help="keep a diary of what is seen, as text only"
    )
    add("--jsonl", action="store_true", help="print each event as a line of JSON, and all else on stderr")
    add("--stats", type=Path, metavar="OUT.json", help="rates, latencies and versions, written at the end")
    add("--overwrite", action="store_true", help="replace files that exist")
    add("--no-window", action="store_true", help="no window; label changes go to the terminal")
    add("--realtime", action="store_true", help="play files at their own pace, like a camera")
    add(
        "--max-seconds",
        type=number_above_zero("seconds above 0"),
        metavar="S",
        help="stop after S seconds of each source",
    )
    add("--list-cameras", action="store_true", help="show the cameras of this computer and end")
    add("--doctor", action="store_true", help="try every camera, say what is wrong and how to fix it, within 20 s")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--pause", action="store_true", help="make every running session let go of its camera, and end")
    which.add_argument("--resume", action="store_true", help="make them take it again, and end")
    add("--set", action="append", default=[], dest="overrides", metavar="key=value", help="one setting of config.yaml")
    add("--version", action="version", version=__version__, help="print the version and end")
    add("--debug", action="store_true", help="show tracebacks and what the libraries say")
    return parser
