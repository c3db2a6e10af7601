"""The command line: python -m training COMMAND."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.command import program
from app.errors import AppError
from training.process import prepare_process

_OPTIONAL = {"tensorflow", "keras", "tf2onnx", "onnx", "scipy", "matplotlib", "jinja2", "PIL", "imagehash", "sympy"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, 2 for what the user can mend, 130 after Ctrl-C."""
    options = _parser().parse_args(arguments)
    prepare_process()
    # a shell without job control starts `... &` with SIGINT ignored; `kill -INT` must end such a run as well
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        options.command(options)
    except AppError as error:
        if options.debug:
            raise
        print(f"error: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        if options.debug or error.name not in _OPTIONAL:
            raise
        print(
            f"error: {error.name} is not installed; in the project's folder: python -m pip install '.[train]'",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        if options.debug:
            raise
        run = getattr(options, "run", None)
        kept = options.kept if run is None or run.is_dir() else "the run had not begun"
        print(f"\ninterrupted; {kept}", file=sys.stderr)
        return 130
    return 0


def _import_tensorflow() -> None:
    """Late, for it takes seconds, and silently: its greeting goes to file descriptor 2 before any log level applies."""
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            import tensorflow

            tensorflow.get_logger().setLevel("ERROR")  # Keras's own predict draws warnings that no user can act on
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _check(options: argparse.Namespace) -> None:
    from training.commands.check import CheckOptions, check

    check(CheckOptions(**_picked(options, "data", "data_root", "report", "quarantine")))


def _train(options: argparse.Namespace) -> None:
    _import_tensorflow()
    from training.commands.train import TrainOptions, train

    names = ("data", "run", "data_root", "recipe", "weights", "split", "teacher", "overwrite", "resume", "tensorboard")
    train(TrainOptions(overrides=options.set, **_picked(options, *names)))


def _find_rate(options: argparse.Namespace) -> None:
    _import_tensorflow()
    from training.commands.find_rate import FindRateOptions, find_rate

    names = ("data", "data_root", "recipe", "weights", "plot")
    find_rate(FindRateOptions(overrides=options.set, **_picked(options, *names)))


def _evaluate(options: argparse.Namespace) -> None:
    from training.commands.evaluate import EvaluateOptions, evaluate

    names = ("model", "data", "data_root", "split", "part", "tta", "ensemble", "cross_data", "cross_root", "class_map")
    evaluate(EvaluateOptions(**_picked(options, *names, "json", "report")))


def _compare(options: argparse.Namespace) -> None:
    from training.commands.compare import CompareOptions, compare

    compare(CompareOptions(**_picked(options, "runs", "report", "sort", "filter")))


def _explain(options: argparse.Namespace) -> None:
    from training.commands.explain import ExplainOptions, explain

    explain(ExplainOptions(**_picked(options, "model", "images", "output", "label")))


def _export(options: argparse.Namespace) -> None:
    _import_tensorflow()
    from training.commands.export import ExportOptions, export

    export(ExportOptions(**_picked(options, "run", "output", "data_root", "int8", "fp16", "mirror", "overwrite")))


def _general(options: argparse.Namespace) -> None:
    from training.commands.export_general import GeneralOptions, write_general

    write_general(GeneralOptions(**_picked(options, "output", "data", "weights")))


def _prototypes(options: argparse.Namespace) -> None:
    from training.commands.add_exemplars import ExemplarOptions, add_exemplars

    add_exemplars(ExemplarOptions(**_picked(options, "model", "split", "data_root", "count")))


def _benchmark(options: argparse.Namespace) -> None:
    _import_tensorflow()
    from training.commands.benchmark import BenchmarkOptions, benchmark

    benchmark(BenchmarkOptions(**_picked(options, "data", "data_root", "weights", "json")))


def _picked(options: argparse.Namespace, *names: str) -> dict[str, Any]:
    return {name: getattr(options, name) for name in names}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=program("train"), description="Train, judge and publish a recogniser.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_check(commands.add_parser("check", help="find bad, doubtful and repeated pictures before training"))
    _add_train(commands.add_parser("train", help="fine-tune on image folders"))
    _add_find_rate(commands.add_parser("find-rate", help="plot loss against learning rate and suggest one"))
    _add_evaluate(commands.add_parser("evaluate", help="score an exported model on labelled pictures"))
    _add_compare(commands.add_parser("compare", help="runs side by side, as Markdown and HTML"))
    _add_explain(commands.add_parser("explain", help="show where in a picture the model looks"))
    _add_export(commands.add_parser("export", help="publish a run as one verified ONNX file"))
    _add_prototypes(
        commands.add_parser("prototypes", help="let a model remember its classes, so that it can be taught")
    )
    _add_general(commands.add_parser("general", help="write the network that new classes are taught on"))
    _add_benchmark(commands.add_parser("benchmark", help="training speed here, against the plain Keras guide"))
    for command in commands.choices.values():
        command.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", type=Path, metavar="DIR|YAML", help="one folder per class, or a dataset YAML")
    parser.add_argument("--data-root", type=Path, metavar="DIR", help="where the YAML's folders lie (beside it)")
    parser.add_argument(
        "--report", type=Path, metavar="DIR", help="write findings as CSV and HTML, with contact sheets"
    )
    parser.add_argument("--quarantine", type=Path, metavar="DIR", help="move the files that cannot be used there")
    parser.set_defaults(command=_check, kept="nothing was changed")


def _add_train(parser: argparse.ArgumentParser) -> None:
    _add_data(parser)
    parser.add_argument("--run", type=Path, required=True, metavar="runs/NAME", help="folder for all the run leaves")
    _add_recipe(parser)
    parser.add_argument("--split", type=Path, metavar="FILE", help="keep the parts of a stored split.csv")
    parser.add_argument(
        "--teacher", type=Path, action="append", default=[], metavar="runs/NAME", help="distil from it (repeatable)"
    )
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted run of this name")
    parser.add_argument("--overwrite", action="store_true", help="replace a run of the same name")
    parser.add_argument(
        "--tensorboard", action="store_true", help="also write TensorBoard events into the run's folder"
    )
    parser.set_defaults(command=_train, kept="the best weights and the history so far are kept; go on with --resume")


def _add_find_rate(parser: argparse.ArgumentParser) -> None:
    _add_data(parser)
    _add_recipe(parser)
    parser.add_argument("--plot", type=Path, default=Path("rates.png"), metavar="FILE.png", help="(rates.png)")
    parser.set_defaults(command=_find_rate, kept="no plot was written")


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, metavar="MODEL.onnx")
    _add_data(parser)
    parser.add_argument("--split", type=Path, metavar="runs/NAME/split.csv", help="only pictures of a stored split")
    parser.add_argument("--part", choices=("train", "val", "test"), default="test", help="part of the split (test)")
    parser.add_argument("--tta", choices=("none", "flip", "five"), default="none", help="average several views")
    parser.add_argument(
        "--ensemble", type=Path, action="append", default=[], metavar="MODEL.onnx", help="average with it (repeatable)"
    )
    parser.add_argument("--cross-data", type=Path, metavar="DIR|YAML", help="another source, scored beside the first")
    parser.add_argument("--cross-root", type=Path, metavar="DIR", help="where the other YAML's folders lie")
    parser.add_argument("--class-map", type=Path, metavar="YAML", help="class of the other source: class of the model")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the scores as JSON")
    parser.add_argument("--report", type=Path, metavar="FILE.html", help="write one self-contained report")
    parser.set_defaults(command=_evaluate, kept="no score was written")


def _add_compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", type=Path, nargs="+", metavar="runs/NAME")
    parser.add_argument("--report", type=Path, metavar="FILE.html", help="write a table that sorts and filters")
    parser.add_argument("--sort", default="test", metavar="COLUMN", help="order of the rows (test)")
    parser.add_argument("--filter", default="", metavar="TEXT", help="only rows that contain it")
    parser.set_defaults(command=_compare, kept="nothing was written")


def _add_explain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, metavar="MODEL.onnx")
    parser.add_argument("images", type=Path, nargs="+", metavar="IMAGE")
    parser.add_argument("--output", type=Path, default=Path("explained"), metavar="DIR", help="(explained)")
    parser.add_argument("--label", metavar="CLASS", help="the class to explain (the model's answer)")
    parser.set_defaults(command=_explain, kept="the pictures done so far are kept")


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="runs/NAME", help="folder of a finished training run")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE.onnx")
    parser.add_argument("--data-root", type=Path, metavar="DIR", help="where the run's pictures lie, if they moved")
    smaller = parser.add_mutually_exclusive_group()
    smaller.add_argument("--int8", action="store_true", help="quantise; refused when it costs more than half a point")
    smaller.add_argument("--fp16", action="store_true", help="keep the weights in half precision: half the file")
    parser.add_argument("--mirror", action="store_true", help="look at each picture's mirror image too; twice the time")
    parser.add_argument("--overwrite", action="store_true", help="replace the file if it exists")
    parser.set_defaults(command=_export, kept="nothing was exported")


def _add_prototypes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, metavar="MODEL.onnx", help="is updated in place")
    parser.add_argument("--split", type=Path, required=True, metavar="runs/NAME/split.csv", help="of the model's run")
    parser.add_argument("--data-root", type=Path, required=True, metavar="DIR", help="where its pictures lie")
    parser.add_argument("--count", type=int, default=40, metavar="N", help="training pictures of each class (40)")
    parser.set_defaults(command=_prototypes, kept="the model is as it was")


def _add_general(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", type=Path, required=True, metavar="FILE.onnx", help="models/general.onnx")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="pictures to calibrate int8 on")
    parser.add_argument("--weights", default="imagenet", metavar="imagenet|PATH", help="of MobileNetV2, no top")
    parser.set_defaults(command=_general, kept="nothing was written")


def _add_benchmark(parser: argparse.ArgumentParser) -> None:
    _add_data(parser)
    parser.add_argument("--weights", default="none", metavar="imagenet|PATH|none", help="where the base starts")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    parser.set_defaults(command=_benchmark, kept="nothing was written")


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, metavar="DIR|YAML", help="one folder per class, or a YAML")
    parser.add_argument("--data-root", type=Path, metavar="DIR", help="where the YAML's folders lie (beside it)")


def _add_recipe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--recipe", type=Path, metavar="FILE", help="experiment YAML (training/recipes/default.yaml)")
    parser.add_argument(
        "--weights", default="imagenet", metavar="imagenet|PATH|RUN|none", help="where the base starts (imagenet)"
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a recipe key")


if __name__ == "__main__":
    sys.exit(main())
