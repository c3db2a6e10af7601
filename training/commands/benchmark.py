"""`benchmark`: how fast training is on this machine, against the plain Keras guide on the same images."""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.outputs import check_target, write_text
from training.commands.command import Command, add_data_flags, import_tensorflow

if TYPE_CHECKING:
    from training.benchmark.measure import Plan


@dataclass(frozen=True, kw_only=True)
class BenchmarkOptions:
    """What to train on, and where the figures go.

    Attributes:
        data: a folder of class folders, or a dataset YAML.
        data_root: where the YAML's folders are; None: beside it.
        weights: where the base starts: "imagenet", "none", a file or a run.
        json: file for the figures; None: none.
        overwrite: whether that file may be replaced.
    """

    data: Path
    data_root: Path | None = None
    weights: str = "none"
    json: Path | None = None
    overwrite: bool = False


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of `benchmark`."""
    add_data_flags(parser)
    parser.add_argument("--weights", metavar="imagenet|PATH|none", help="where the base starts (none)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    parser.add_argument("--overwrite", action="store_true", help="replace that file if it exists")


def benchmark(options: BenchmarkOptions, plan: "Plan | None" = None) -> None:
    """Prints the speeds and writes them as JSON if asked to.

    Args:
        options: what to train on.
        plan: how much to measure; None: enough for a steady ratio.

    Raises:
        AppError: every mistake of a user.
    """
    import_tensorflow()
    from training.benchmark.measure import DEFAULT_PLAN, measure
    from training.benchmark.report import format_figures
    from training.data.dataset import load_dataset
    from training.data.layout import folders_read

    if options.json is not None:  # before minutes of work, not after them
        inputs = folders_read(options.data, options.data_root)
        check_target(options.json, overwrite=options.overwrite, inputs=inputs)
    figures = measure(load_dataset(options.data, options.data_root), options.weights, plan or DEFAULT_PLAN)
    print(format_figures(figures))
    if options.json is not None:
        write_text(options.json, json.dumps(figures, indent=2) + "\n")


COMMAND = Command(
    name="benchmark",
    help="training speed here, against the plain Keras guide",
    add_flags=add_flags,
    options=BenchmarkOptions,
    run=benchmark,
)
