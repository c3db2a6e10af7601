"""The command line: python -m app.benchmark [CLIP | --scan CLIP] [--model FILE]"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.command import Parser, program, run_command
from app.errors import SourceError
from app.outputs import check_target, write_text
from app.paths import DEMO_CLIP
from app.system.process import prepare_process, use_one_opencv_thread


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the benchmark.

    Args:
        argv: the arguments; None: those of the process.

    Returns:
        The exit status: 0, 2 for a user's mistake, 130 for Ctrl-C.
    """
    description = "Measure each stage alone and the product as a whole, and how close the one comes to the other."
    parser = Parser(prog=program("benchmark"), description=description, allow_abbrev=False)
    parser.add_argument("clip", nargs="?", default=str(DEMO_CLIP), help="a video file (the demo)")
    parser.add_argument("--scan", metavar="CLIP", help="measure instead what a scan of this video file costs a core")
    parser.add_argument("--model", type=Path, metavar="FILE", help="an ONNX model (that of config.yaml)")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write every figure here as well")
    parser.add_argument("--overwrite", action="store_true", help="replace that file if it exists")
    parser.add_argument("--rounds", type=_count, default=5, metavar="N", help="how often everything is measured (5)")
    parser.add_argument("--frames", type=_count, default=500, metavar="N", help="of the clip, at most (500)")
    options = parser.parse_args(argv)
    prepare_process()
    return run_command(lambda: _benchmark(options), "interrupted; nothing was written")


def _benchmark(options: argparse.Namespace) -> None:
    from app.benchmark.bench import Bench  # late: --help needs no OpenCV
    from app.benchmark.figures import measure, session
    from app.benchmark.report import report
    from app.benchmark.scan import measure_scan, scan_report
    from app.config.settings import load_project_settings, model_path

    settings = load_project_settings(overrides=["cues.use=off"] if options.scan else [])
    model = options.model or model_path(settings)
    _check(options.scan or options.clip, model, options.json, options.overwrite)
    use_one_opencv_thread()
    if options.scan:
        figures = measure_scan(Path(options.scan), model, settings, options.rounds)
        print(scan_report(figures))
        _write(figures, options.json)
        return
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        bench = Bench(options.clip, model, settings, options.frames, Path(name))
        figures = {"session": session(options.clip, model, Path(name)), **measure(bench, options.rounds)}
    print(report(figures))
    _write(figures, options.json)


def _write(figures: dict[str, Any], target: Path | None) -> None:
    if target is not None:
        write_text(target, json.dumps(figures, indent=2) + "\n")


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, got {text!r}")
    return int(text)


def _check(clip: str, model: Path, target: Path | None, overwrite: bool) -> None:
    if not Path(clip).is_file():
        what = "a folder" if Path(clip).is_dir() else "no such file"
        raise SourceError(f"{clip}: {what}; expected a video file, or nothing for the demo")
    if target is not None:
        check_target(target, ".json", overwrite=overwrite, inputs=[Path(clip), model])


if __name__ == "__main__":
    sys.exit(main())
