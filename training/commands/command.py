"""What every command is made of: its name, its flags, and what runs when it is called.

A command's file must be quick to import, because `--help` imports them all: what takes long is imported where it runs.
"""

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command of `python -m training`.

    Attributes:
        name: what people type.
        help: one line for the list of commands.
        add_flags: adds the command's flags to its parser.
        options: the dataclass of its options, one field a flag; its defaults hold for flags that are not given.
        run: does the work, from the options.
        after_ctrl_c: says, after Ctrl-C, what is left.
    """

    name: str
    help: str
    add_flags: Callable[[argparse.ArgumentParser], None]
    options: type[Any]
    run: Callable[[Any], object]
    after_ctrl_c: Callable[[Any], str] = lambda options: "nothing was written"

    def options_from(self, flags: argparse.Namespace) -> Any:
        """Returns the options that the parsed flags ask for."""
        names = {field.name for field in fields(self.options)}
        return self.options(**{name: value for name, value in vars(flags).items() if name in names})


def add_data_flags(parser: argparse.ArgumentParser) -> None:
    """Adds `--data` and `--data-root`: the labelled images."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR|YAML", help="one folder per class, or a YAML")
    parser.add_argument("--data-root", type=Path, metavar="DIR", help="where the YAML's folders are (beside it)")


def add_recipe_flags(parser: argparse.ArgumentParser) -> None:
    """Adds `--recipe`, `--weights` and `--set`: what to train, and how."""
    parser.add_argument("--recipe", type=Path, metavar="FILE", help="experiment YAML (training/recipes/default.yaml)")
    parser.add_argument("--weights", metavar="imagenet|PATH|RUN|none", help="where the base starts (imagenet)")
    parser.add_argument("--set", dest="overrides", action="append", metavar="KEY=VALUE", help="override a recipe key")


def import_tensorflow() -> None:
    """Imports TensorFlow without its greeting, which it prints before any log level applies."""
    with silent_stderr():
        import tensorflow

        tensorflow.get_logger().setLevel("ERROR")  # Keras's own predict draws warnings that no user can act on


@contextmanager
def silent_stderr() -> Iterator[None]:
    """Discards what libraries write to file descriptor 2."""
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
