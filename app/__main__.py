"""The program `daily-activity`, also started as `python -m app`: hands its arguments to one of its commands.

A command is a module with a function `main(argv)` that returns the exit status. To add one, add its line to COMMANDS.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from app import __version__
from app.command import EXIT_MISTAKE, program
from app.file_urls import exists
from app.text import suggestion

COMMANDS = {  # name: (module, line in the help)
    "run": ("app.cli", "show the live image with its activity"),
    "day": ("app.day.__main__", "tell how a day was, from the diary"),
    "service": ("app.service.__main__", "start at each login: install, status, remove"),
    "teach": ("app.teach.__main__", "make a model that knows new classes, from folders of images"),
    "score": ("app.score.__main__", "score the label over time, against what is really going on"),
    "scan": ("app.scan.__main__", "make the timeline of many hours of video, from a few looks a second"),
    "doctor": ("app.doctor.__main__", "try every camera and say how to fix one that does not work"),
    "benchmark": ("app.benchmark.__main__", "measure the speed on this computer"),
}

HELP = """\
usage: {program} [COMMAND] [FLAGS]

Live activity recognition, and what belongs to it.

commands:
{commands}

`{program} COMMAND --help` shows the flags of a command. Without a command, they are those of `run`.
To train a model of your own: {train} --help"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command that the first argument names, or `run`.

    Args:
        argv: the arguments; None for those of this process.

    Returns:
        The exit status of the command.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    first = arguments[0] if arguments else ""
    if first in ("-h", "--help"):
        commands = "\n".join(f"  {name:<10} {line}" for name, (_, line) in COMMANDS.items())
        print(HELP.format(program=program(), commands=commands, train=program("train")))
        return 0
    if first == "--version":
        print(__version__)
        return 0
    named = bool(arguments) and not first.startswith("-")
    command, rest = (first, arguments[1:]) if named else ("run", arguments)
    if command not in COMMANDS:
        shown = f"did you mean {program('run')} --source {command}?"
        hint = shown if _is_source(command) else suggestion(command, list(COMMANDS))
        print(f"error: no command {command!r}; {hint}", file=sys.stderr)
        return EXIT_MISTAKE
    module = import_module(COMMANDS[command][0])  # late: --help loads no command
    status: int = module.main(rest)
    return status


def _is_source(text: str) -> bool:
    return text.isdecimal() or "." in text or "/" in text or exists(Path(text))


if __name__ == "__main__":
    sys.exit(main())
