import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.system.terminal import say, warn
from tests.conftest import ROOT


def test_a_line_is_out_at_once(capfd: pytest.CaptureFixture[str]) -> None:
    assert say("먹기 87%")
    assert capfd.readouterr().out == "먹기 87%\n"


def test_a_warning_is_one_line_whatever_it_names(capfd: pytest.CaptureFixture[str]) -> None:
    warn("left out: a\nb, c\x1b[2J")
    assert capfd.readouterr().err == "warning: left out: a\\nb, c\\x1b[2J\n"


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


ENCODINGS = [
    *({"PYTHONIOENCODING": name} for name in ("ascii", "cp437", "cp1252", "latin-1")),
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]
TEXT = "먹기 caf\udce9 ü"


@pytest.mark.parametrize("variables", ENCODINGS, ids=str)
@pytest.mark.parametrize(
    "command",
    [
        *(["-m", "app", "run", flag, TEXT] for flag in ("--source", "--model", "--config", "--set", "--nothing")),
        ["-m", "app", TEXT],
        ["-m", "app.teach", "--data", TEXT, "--output", "t.onnx"],
        ["-m", "app.doctor", "--config", TEXT],
        ["-m", "app.benchmark", TEXT],
        ["-m", "training", "check", TEXT],
        ["-m", "training", "compare", TEXT],
    ],
    ids=lambda command: "-".join(command[1:3]),
)
@pytest.mark.skipif(sys.platform != "linux", reason="names that are not UTF-8")
def test_letters_that_the_terminal_lacks_are_escaped(command: list[str], variables: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=os.environ | variables, capture_output=True)
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: ") and done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("variables", ENCODINGS, ids=str)
def test_stdout_takes_every_letter_too(variables: dict[str, str]) -> None:
    code = f"from app.command import run_command; raise SystemExit(run_command(lambda: print({TEXT!a})))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ | variables, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"\\uba39\\uae30 caf\\udce9 ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("work", ["print('x' * 99999)", "__import__('app.system.terminal').system.terminal.say('x')"])
def test_a_full_disk_behind_stdout_is_one_line(work: str) -> None:
    code = f"from app.command import run_command; raise SystemExit(run_command(lambda: {work} and None))"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert (
        done.stderr.startswith("error: what is printed or kept cannot be written (No space left")
        and done.stderr.count("\n") == 1
    )


@pytest.mark.skipif(sys.platform == "win32", reason="the shell's way to close a stream")
@pytest.mark.parametrize("closed", ["2>&-", ">&-", "<&-", "<&- >&- 2>&-"])
def test_a_process_without_stdin_stdout_or_stderr_keeps_its_files_apart(tmp_path: Path, closed: str) -> None:
    """The file that is opened first took the number of the missing one, and got what is printed."""
    code = f"""
import os
from pathlib import Path
from app.command import run_command
from app.system.terminal import complain
from training.commands.command import silent_stderr

def work():
    with Path({str(tmp_path / "log")!r}).open("w") as log:
        with silent_stderr():
            os.write(1, b"of a library")
        print("a line")
        complain("an error")
        os.write(2, b"of another library")
        log.write("mine")

raise SystemExit(run_command(work))
"""
    (tmp_path / "work.py").write_text(code)
    command = f"PYTHONPATH={ROOT} {sys.executable} -W error {tmp_path / 'work.py'} {closed}"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True)
    assert done.returncode == 0
    assert (tmp_path / "log").read_text() == "mine"
    assert b"Traceback" not in done.stderr and b"an error" not in done.stdout
