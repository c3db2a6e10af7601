"""The doctor's child process, `python -m app.doctor.child`: tries one camera, or lists them, and prints JSON lines."""

import argparse
import faulthandler
import sys
from collections.abc import Sequence

import msgspec

from app.config.settings import CameraSettings
from app.doctor.doctor import Budget
from app.doctor.findings import AGAIN, Finding
from app.doctor.probe import START_S, probe
from app.sources.camera import CameraInfo, backends, list_cameras


def main(argv: Sequence[str] | None = None) -> None:
    """The child process: JSON lines on stdout, of `CameraInfo`s or of ever more complete `Finding`s."""
    parser = argparse.ArgumentParser(prog="python -m app.doctor.child", description=f"A part of `{AGAIN}`.")
    commands = parser.add_subparsers(dest="command", required=True)
    listing, probing = commands.add_parser("list"), commands.add_parser("probe")
    for command in (listing, probing):
        command.add_argument("backend", choices=backends())
        command.add_argument("--limit", type=float, default=Budget.most_s, help="seconds after which it ends itself")
    probing.add_argument("index", type=int)
    probing.add_argument("--wish", default="{}", help="the settings below source.camera, as JSON")
    options = parser.parse_args(argv)
    # In case that the doctor is gone before it can kill: no process stays, whatever blocks it.
    faulthandler.dump_traceback_later(options.limit + START_S, exit=True)
    backend = backends()[options.backend]
    if options.command == "list":
        for camera in list_cameras(backend):
            _tell(camera)
    else:
        wish = msgspec.json.decode(options.wish, type=CameraSettings)
        probe(backend, options.index, wish, options.limit, _tell)
    faulthandler.cancel_dump_traceback_later()


def _tell(what: Finding | CameraInfo) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(what) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
