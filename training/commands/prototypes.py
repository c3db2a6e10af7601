"""`prototypes`: lets a model remember its classes, so that new ones can be taught beside them."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from app.outputs import check_target
from training.commands.command import Command


@dataclass(frozen=True, kw_only=True)
class PrototypeOptions:
    """Which model to update, and with which images.

    Attributes:
        model: the ONNX file, which is updated in place.
        split: split.csv of the run that the model comes from.
        data_root: where that run's images are.
        count: training images of each class.
        cues: the file that keeps the cues, for a model that takes them; None: they are found again.
    """

    model: Path
    split: Path
    data_root: Path
    count: int = 40
    cues: Path | None = None


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of `prototypes`."""
    parser.add_argument("model", type=Path, metavar="MODEL.onnx", help="updated in place")
    parser.add_argument("--split", type=Path, required=True, metavar="runs/NAME/split.csv", help="of the model's run")
    parser.add_argument("--data-root", type=Path, required=True, metavar="DIR", help="where its images are")
    parser.add_argument("--count", type=int, metavar="N", help="training images of each class (40)")
    parser.add_argument("--cues", type=Path, metavar="FILE.npz", help="keeps what was found of face, hands and objects")


def prototypes(options: PrototypeOptions) -> None:
    """Updates the model in place; after an error it is as it was.

    Raises:
        AppError: every mistake of a user.
    """
    from training.onnx_files.add_exemplars import add_exemplars

    check_target(options.model, overwrite=True, inputs=[options.split, options.data_root])  # before the work
    add_exemplars(options.model, options.split, options.data_root, options.count, options.cues)


COMMAND = Command(
    name="prototypes",
    help="let a model remember its classes, so that it can be taught",
    add_flags=add_flags,
    options=PrototypeOptions,
    run=prototypes,
    after_ctrl_c=lambda options: "the model is as it was",
)
