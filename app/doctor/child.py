"""The doctor's child process: tries one camera, or lists them, and prints JSON lines."""

import argparse
import faulthandler
import sys
from collections.abc import Sequence

import msgspec

from app.config.settings import CameraSettings
from app.doctor.findings import AGAIN, Finding
from app.doctor.probe import START_S, probe
from app.sources.camera import CameraInfo, backends, list_cameras


def main(argv: Sequence[str] | None = None) -> None:
    """Prints a `CameraInfo` for each camera of the system, or ever more complete `Finding`s about one camera.

    Args:
        argv: the arguments; None: those of the process.
    """
    options = _parser().parse_args(argv)
    # The doctor may end before it can kill this process, which must not stay then, whatever blocks it.
    faulthandler.dump_traceback_later(options.limit + START_S, exit=True)
    backend = backends()[options.backend]
    if options.command == "list":
        for camera in list_cameras(backend):
            _tell(camera)
    else:
        wish = msgspec.json.decode(options.wish, type=CameraSettings)
        probe(backend, options.index, wish, options.limit, _tell)
    faulthandler.cancel_dump_traceback_later()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app.doctor.child", description=f"A part of `{AGAIN}`.")
    commands = parser.add_subparsers(dest="command", required=True)
    listing, probing = commands.add_parser("list"), commands.add_parser("probe")
    for command in (listing, probing):
        command.add_argument("backend", choices=backends())
        command.add_argument("--limit", type=float, required=True, help="seconds after which it ends itself")
    probing.add_argument("index", type=int)
    probing.add_argument("--wish", default="{}", help="the settings below source.camera, as JSON")
    return parser


def _tell(what: Finding | CameraInfo) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(what) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
