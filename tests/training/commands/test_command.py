import argparse
import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

from tests.conftest import ROOT
from training.commands.command import Command, add_data_flags, add_recipe_flags, silent_stderr


@dataclass(frozen=True, kw_only=True)
class Options:
    data: str
    weights: str = "imagenet"
    overrides: tuple[str, ...] = ()


COMMAND = Command(name="c", help="h", add_flags=add_data_flags, options=Options, run=print)


def parse(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(argument_default=argparse.SUPPRESS)
    add_data_flags(parser)
    add_recipe_flags(parser)
    return parser.parse_args(["--data", "d", *arguments])


def test_flags_that_are_not_given_leave_the_options_defaults() -> None:
    options = COMMAND.options_from(parse())
    assert (str(options.data), options.weights, options.overrides) == ("d", "imagenet", ())


def test_flags_that_are_given_go_over_them_and_others_are_left_out() -> None:
    options = COMMAND.options_from(parse("--weights", "none", "--set", "a=1", "--set", "b=2", "--data-root", "r"))
    assert (options.weights, options.overrides) == ("none", ["a=1", "b=2"])


def test_after_ctrl_c_a_command_says_that_nothing_was_written_unless_it_knows_better() -> None:
    assert COMMAND.after_ctrl_c(COMMAND.options_from(parse())) == "nothing was written"


def test_what_libraries_print_is_discarded_and_later_output_is_not(capfd: pytest.CaptureFixture[str]) -> None:
    with silent_stderr():
        os.write(2, b"noise")
    os.write(2, b"news")
    with pytest.raises(KeyError), silent_stderr():
        raise KeyError
    os.write(2, b", more news")
    assert capfd.readouterr().err == "news, more news"


def test_tensorflow_starts_in_silence() -> None:
    script = "from training.commands.command import import_tensorflow; import_tensorflow()"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")
