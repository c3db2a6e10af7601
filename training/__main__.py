"""The command line: python -m training train | export | evaluate."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from app.errors import AppError

_OPTIONAL = {"tensorflow", "keras", "tf2onnx", "onnx", "scipy", "matplotlib"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, 2 for what the user can mend, 130 after Ctrl-C."""
    options = _parser().parse_args(arguments)
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
        print(f"error: {error.name} is not installed; pip install -r training/requirements.txt", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        if options.debug:
            raise
        print(f"\ninterrupted; {options.kept}", file=sys.stderr)
        return 130
    return 0


def _import_tensorflow() -> None:
    """Late, for it takes seconds, and silently: its greeting goes to file descriptor 2 before any log level applies."""
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            import tensorflow  # noqa: F401
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _train(options: argparse.Namespace) -> None:
    _import_tensorflow()
    from training.train import TrainOptions, train

    train(
        TrainOptions(
            data=options.data,
            run=options.run,
            data_root=options.data_root,
            recipe=options.recipe,
            weights=options.weights,
            overrides=options.set,
            overwrite=options.overwrite,
        )
    )


def _export(options: argparse.Namespace) -> None:
    _import_tensorflow()
    from training.export import ExportOptions, export

    export(
        ExportOptions(run=options.run, output=options.output, data_root=options.data_root, overwrite=options.overwrite)
    )


def _evaluate(options: argparse.Namespace) -> None:
    from training.evaluate import EvaluateOptions, evaluate

    evaluate(
        EvaluateOptions(
            model=options.model,
            data=options.data,
            data_root=options.data_root,
            json=options.json,
            report=options.report,
            split=options.split,
            part=options.part,
        )
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description="Train, export and evaluate a recogniser.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    train = commands.add_parser("train", help="fine-tune on image folders")
    _add_data(train)
    train.add_argument(
        "--run", type=Path, required=True, metavar="runs/NAME", help="folder for all that the run leaves"
    )
    train.add_argument("--recipe", type=Path, metavar="FILE", help="experiment YAML (training/recipes/default.yaml)")
    train.add_argument("--weights", default="imagenet", metavar="imagenet|PATH|none", help="where the base starts")
    train.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a recipe key")
    train.add_argument("--overwrite", action="store_true", help="replace a run of the same name")
    train.set_defaults(command=_train, kept="the best weights and the history so far are in the run folder")

    export = commands.add_parser("export", help="publish a run as one verified ONNX file")
    export.add_argument("run", type=Path, metavar="runs/NAME", help="folder of a finished training run")
    export.add_argument("--output", type=Path, required=True, metavar="FILE.onnx")
    export.add_argument("--data-root", type=Path, metavar="DIR", help="where the run's pictures lie, if they moved")
    export.add_argument("--overwrite", action="store_true", help="replace the file if it exists")
    export.set_defaults(command=_export, kept="nothing was exported")

    evaluate = commands.add_parser("evaluate", help="score an exported model on labelled pictures")
    evaluate.add_argument("model", type=Path, metavar="MODEL.onnx")
    _add_data(evaluate)
    evaluate.add_argument("--split", type=Path, metavar="runs/NAME/split.csv", help="only pictures of a stored split")
    evaluate.add_argument("--part", choices=("train", "val", "test"), default="test", help="part of the split (test)")
    evaluate.add_argument("--json", type=Path, metavar="FILE", help="write the scores as JSON")
    evaluate.add_argument("--report", type=Path, metavar="DIR", help="write the confusion matrix as a picture")
    evaluate.set_defaults(command=_evaluate, kept="no score was written")

    for command in commands.choices.values():
        command.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, metavar="DIR|YAML", help="one folder per class, or a YAML")
    parser.add_argument("--data-root", type=Path, metavar="DIR", help="where the YAML's folders lie (beside it)")


if __name__ == "__main__":
    sys.exit(main())
