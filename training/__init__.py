"""Fine-tunes an image classifier on folders of images and publishes it as one self-contained ONNX file.

The names below are for other programs; each is loaded when it is first used. A function takes the options of the
command of the same name: `train(TrainOptions(...))` does what `python -m training train` does. A program that wants
TensorFlow as the command line has it, quiet and with oneDNN, calls `training.process.prepare_process()` first.

Example:
    >>> from pathlib import Path
    >>> from training import load_dataset
    >>> dataset = load_dataset(Path("labelled"))
    >>> dataset.labels, len(dataset.samples)
    (('one', 'two'), 4)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from training.commands.check import CheckOptions, check
    from training.commands.evaluate import EvaluateOptions, evaluate
    from training.commands.export import ExportOptions, export
    from training.commands.train import TrainOptions, train
    from training.data.dataset import Dataset, load_dataset
    from training.recipe import Recipe

__all__ = [
    "CheckOptions",
    "Dataset",
    "EvaluateOptions",
    "ExportOptions",
    "Recipe",
    "TrainOptions",
    "check",
    "evaluate",
    "export",
    "load_dataset",
    "train",
]

_HOMES = {  # where each name is defined
    "CheckOptions": "training.commands.check.CheckOptions",
    "Dataset": "training.data.dataset.Dataset",
    "EvaluateOptions": "training.commands.evaluate.EvaluateOptions",
    "ExportOptions": "training.commands.export.ExportOptions",
    "Recipe": "training.recipe.Recipe",
    "TrainOptions": "training.commands.train.TrainOptions",
    "check": "training.commands.check.check",
    "evaluate": "training.commands.evaluate.evaluate",
    "export": "training.commands.export.export",
    "load_dataset": "training.data.dataset.load_dataset",
    "train": "training.commands.train.train",
}


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


if not TYPE_CHECKING:  # with it, a type checker would believe every name

    def __getattr__(name: str) -> Any:
        """Loads a public name (PEP 562)."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, _, attribute = _HOMES[name].rpartition(".")
        value = globals()[name] = getattr(import_module(module), attribute)
        return value
