"""What command lines set for their process, and what a library must not."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from app.system.process import MAX_PIXELS, environment, prepare_process, use_one_opencv_thread
from tests import toy
from tests.conftest import ROOT

OURS = ("OPENCV_IO_MAX_IMAGE_PIXELS", "OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "ORT_DISABLE_TELEMETRY")
QUIET = ("OPENCV_LOG_LEVEL", "QT_LOGGING_RULES")

# Runs a command line until it first imports OpenCV, and prints what is set then.
WATCH = """
import os, runpy, sys
class Watch:
    def find_spec(self, name, path, target=None):
        if name == "cv2":
            print(os.environ.get("OPENCV_IO_MAX_IMAGE_PIXELS"), os.environ.get("ORT_DISABLE_TELEMETRY"), flush=True)
            os._exit(0)
sys.meta_path.insert(0, Watch())
module, sys.argv = sys.argv[1], sys.argv[1:]
runpy.run_module(module, run_name="__main__")
"""


def bare() -> dict[str, str]:
    """This process's environment without what the tests themselves have set."""
    kept = {name: value for name, value in os.environ.items() if name not in (*OURS, *QUIET)}
    return kept | {"PYTHONPATH": str(ROOT)}


def test_it_sets_what_the_user_has_not(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*OURS, *QUIET):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENCV_IO_MAX_IMAGE_PIXELS", "1000")
    prepare_process()
    assert os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"] == "1000"
    assert all(name in os.environ for name in OURS)
    assert not any(name in os.environ for name in QUIET)
    prepare_process(quiet=True)
    assert all(name in os.environ for name in QUIET)


@pytest.mark.parametrize(
    "command",
    [
        ("app", "--source", "synthetic", "--no-window"),
        ("app.teach", "--data", "photos", "--output", "out.onnx"),
        ("app.doctor",),
        ("app.benchmark", "clip.mp4"),
        ("training", "check", "photos"),
        ("training", "evaluate", "model.onnx", "--data", "photos"),
        ("training", "explain", "model.onnx", "photo.jpg"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_every_command_line_sets_its_limits_before_opencv_is_imported(command: tuple[str, ...], tmp_path: Path) -> None:
    toy.write_model(tmp_path / "model.onnx")
    (tmp_path / "photos" / "red").mkdir(parents=True)
    for path in ("photo.jpg", "photos/red/1.jpg", "clip.mp4"):
        (tmp_path / path).write_bytes(cv2.imencode(".jpg", toy.plain(toy.RED))[1].tobytes())
    done = subprocess.run(
        [sys.executable, "-c", WATCH, *command], cwd=tmp_path, env=bare(), capture_output=True, text=True, timeout=60
    )
    assert done.stdout.splitlines()[-1:] == [f"{MAX_PIXELS} 1"], done.stderr


def test_the_library_leaves_the_environment_and_the_threads_as_they_are() -> None:
    """Every public name is loaded, a model opened, an image labelled."""
    program = """
import os, cv2, av  # OpenCV sets where its Qt lies
threads, before = cv2.getNumThreads(), dict(os.environ)
import app
names = [getattr(app, name) for name in app.__all__]
with app.open_source("demo") as source:
    frame = next(iter(source))
app.Recogniser().label(frame.image)
list(zip(range(3), app.Recogniser().watch(app.open_source("demo"))))
assert dict(os.environ) == before, set(os.environ.items()) ^ set(before.items())
assert cv2.getNumThreads() == threads
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program], env=bare(), cwd=ROOT, check=True, timeout=60)


def test_an_environment_lasts_for_its_block_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SET_BEFORE", "theirs")
    monkeypatch.delenv("NOT_SET", raising=False)
    with pytest.raises(ZeroDivisionError), environment({"SET_BEFORE": "ours", "NOT_SET": "ours"}):
        assert (os.environ["SET_BEFORE"], os.environ["NOT_SET"]) == ("theirs", "ours")
        raise ZeroDivisionError
    assert os.environ["SET_BEFORE"] == "theirs"
    assert "NOT_SET" not in os.environ


def test_one_thread_of_opencv() -> None:
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(2)
        use_one_opencv_thread()
        assert cv2.getNumThreads() == 1
    finally:
        cv2.setNumThreads(before)
