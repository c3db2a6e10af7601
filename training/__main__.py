"""The command line: python -m training COMMAND."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from app.command import Parser, program, run_command
from app.errors import ConfigError
from app.paths import INSTALLED
from training.commands import (
    background,
    benchmark,
    check,
    compare,
    evaluate,
    explain,
    export,
    export_general,
    export_helpers,
    find_rate,
    import_model,
    join,
    prototypes,
    train,
)
from training.commands.command import Command
from training.process import prepare_process

_COMMANDS = (
    *(check, train, find_rate, evaluate, compare, explain),
    *(export, import_model, join, prototypes, background, export_general, export_helpers, benchmark),
)
_OPTIONAL = {"tensorflow", "keras", "tf2onnx", "onnx", "scipy", "matplotlib", "jinja2", "PIL", "imagehash", "sympy"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command.

    Args:
        arguments: the command and its flags; None: those of the process.

    Returns:
        The exit status: 0, 2 for what the user can fix, 130 after Ctrl-C, 141 when nobody reads stdout, 143 after
        SIGTERM.
    """
    flags, unknown = _parser().parse_known_args(arguments)
    command: Command = flags.command
    if unknown:
        flags.parser.error(f"unrecognized arguments: {' '.join(unknown)}")  # and points to the command's own --help
    options = command.options_from(flags)
    prepare_process()
    return run_command(
        lambda: _run(command, options),
        after_ctrl_c=lambda: f"\ninterrupted; {command.after_ctrl_c(options)}",
        debug=flags.debug,
    )


def _run(command: Command, options: Any) -> None:
    try:
        command.run(options)
    except ModuleNotFoundError as error:
        if error.name not in _OPTIONAL:
            raise
        installed = "in the project's folder: python -m pip install '.[train]'"
        fix = installed if INSTALLED else "run make train-env, then .venv-train/bin/python -m training"
        raise ConfigError(f"{error.name} is not installed; {fix}") from None


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog=program("train"), description="Train, judge and publish a recogniser.")
    parsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (module.COMMAND for module in _COMMANDS):
        # flags that are not given are left out, so that the defaults stand in the command's options alone
        own = parsers.add_parser(command.name, help=command.help, argument_default=argparse.SUPPRESS)
        command.add_flags(own)
        own.add_argument("--debug", action="store_true", default=False, help="show the traceback of an error")
        own.set_defaults(command=command, parser=own)
    return parser


if __name__ == "__main__":
    sys.exit(main())
