import subprocess
import sys

import pytest

from app.system.terminal import say
from tests.conftest import ROOT


def test_a_line_is_out_at_once(capfd: pytest.CaptureFixture[str]) -> None:
    assert say("먹기 87%")
    assert capfd.readouterr().out == "먹기 87%\n"


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break in another way there")
def test_a_reader_that_leaves_is_noticed_and_nobody_complains() -> None:
    """As behind `| head -1`: no traceback, not even from Python's own flush at the end."""
    code = """
import sys, time
from app.system.terminal import say
said = [say("first")]
sys.stdin.readline()
said += [say("second") for _ in range(3)]
print(said, file=sys.stderr)
"""
    command = [sys.executable, "-W", "error", "-c", code]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as running:
        assert running.stdin and running.stdout and running.stderr
        assert running.stdout.readline() == "first\n"
        running.stdout.close()
        running.stdin.write("go on\n")
        running.stdin.flush()
        err = running.stderr.read()
    assert running.returncode == 0
    first, second, *later = err.strip().strip("[]").split(", ")
    assert (first, second) == ("True", "False")
    assert later == ["True", "True"], "they go nowhere, and are no error"
