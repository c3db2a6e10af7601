"""`join`: gives an exported model face, hands and objects beside its view of the whole image."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from app.outputs import check_target
from training.commands.command import Command, import_tensorflow


@dataclass(frozen=True, kw_only=True)
class JoinOptions:
    """Which model to join with cues, and on which images.

    Attributes:
        model: the exported ONNX file; it stays as it is.
        output: the ONNX file to write.
        split: split.csv of the run that the model comes from.
        data_root: where that run's images are.
        cues: the file that keeps the cues; None: cues.npz beside the split.
        recipe: the recipe file; None: the default one.
        overrides: recipe keys, such as "join.hidden=32".
        overwrite: replace the output if it exists.
    """

    model: Path
    output: Path
    split: Path
    data_root: Path
    cues: Path | None = None
    recipe: Path | None = None
    overrides: tuple[str, ...] = ()
    overwrite: bool = False


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of `join`."""
    parser.add_argument("model", type=Path, metavar="MODEL.onnx", help="an exported model; it stays as it is")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE.onnx")
    parser.add_argument("--split", type=Path, required=True, metavar="runs/NAME/split.csv", help="of the model's run")
    parser.add_argument("--data-root", type=Path, required=True, metavar="DIR", help="where its images are")
    parser.add_argument("--cues", type=Path, metavar="FILE.npz", help="keeps what was found (beside the split)")
    parser.add_argument("--recipe", type=Path, metavar="FILE", help="experiment YAML (training/recipes/default.yaml)")
    parser.add_argument("--set", dest="overrides", action="append", metavar="KEY=VALUE", help="override a recipe key")
    parser.add_argument("--overwrite", action="store_true", help="replace the file if it exists")


def join(options: JoinOptions) -> None:
    """Writes the joint model; nothing is written after an error.

    Raises:
        AppError: every mistake of a user.
    """
    import_tensorflow()
    from training.fitting.join import join as join_model
    from training.recipe import load_recipe
    from training.reports.score_text import format_scores

    inputs = [options.model, options.split, options.data_root, *([options.recipe] if options.recipe else [])]
    check_target(options.output, ".onnx", overwrite=options.overwrite, make_folder=True, inputs=inputs)
    scores = join_model(
        options.model,
        options.output,
        options.split,
        options.data_root,
        options.cues or options.split.parent / "cues.npz",
        load_recipe(options.recipe, options.overrides),
    )
    print(f"validation accuracy {scores['val'].accuracy:.4f}")
    print(f"test part: {format_scores(scores['test'])}")
    print(f"{options.output}: {options.output.stat().st_size / 1e6:.1f} MB")


COMMAND = Command(
    name="join",
    help="let a model use face, hands and objects as well",
    add_flags=add_flags,
    options=JoinOptions,
    run=join,
    after_ctrl_c=lambda options: "no model was written; the cues found so far are kept",
)
