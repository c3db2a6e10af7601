"""The command line."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from app import benchmark
from app.benchmark.bench import Bench
from app.benchmark.figures import measure, session
from app.benchmark.report import report
from app.command import Parser, program, run_command
from app.config.settings import load, model_path
from app.errors import SourceError
from app.outputs import check_target
from app.paths import CONFIG, DEMO_CLIP


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, got {text!r}")
    return int(text)


def _check(clip: str, target: Path | None) -> None:
    if not Path(clip).is_file():
        what = "a folder" if Path(clip).is_dir() else "no such file"
        raise SourceError(f"{clip}: {what}; expected a video file, or nothing for the demo")
    if target is not None:
        check_target(target, ".json", overwrite=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit status: 0, or 2 for a user's mistake."""
    parser = Parser(prog=program("benchmark"), description=benchmark.__doc__, allow_abbrev=False)
    parser.add_argument("clip", nargs="?", default=str(DEMO_CLIP), help="a video file (the demo)")
    parser.add_argument("--model", type=Path, help="an ONNX model exported by this project")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write every figure here as well")
    parser.add_argument("--rounds", type=_count, default=5, help="how often everything is measured (5)")
    parser.add_argument("--frames", type=_count, default=500, help="of the clip, at most (500)")
    options = parser.parse_args(argv)
    return run_command(lambda: _benchmark(options), "interrupted; nothing was written")


def _benchmark(options: argparse.Namespace) -> None:
    model = options.model or model_path(load(CONFIG, []))
    _check(options.clip, options.json)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        bench = Bench(options.clip, model, options.frames, Path(name))
        figures = {"session": session(options.clip, model, Path(name)), **measure(bench, options.rounds)}
    print(report(figures))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
