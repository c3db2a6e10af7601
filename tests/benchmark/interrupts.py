"""Ctrl-C at random moments: python tests/benchmark/interrupts.py [--seconds S]

In turn a session that records a network camera, and `python -m app.benchmark`. Says how many of each ended with 130,
and the slowest. The stacks of one that hangs are printed.
"""

import argparse
import random
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests import toy
from tests.app import process
from tests.app.servers import NetworkCamera, mjpeg
from tests.conftest import ROOT

WITHIN_S = 3.0  # of a command's work, when Ctrl-C comes


def session(folder: Path, model: Path, camera: str) -> process.Running:
    """A session with all its files, once it is under way."""
    files = ("--predictions", "p.csv", "--log", "log.csv", "--record", "r.mp4")
    app = process.start("--no-window", "--model", model, "--source", camera, *files, folder=folder)
    app.waits_until(lambda: (folder / "p.csv").exists())
    return app


def benchmark(folder: Path, model: Path, camera: str) -> process.Running:
    """A benchmark of many short rounds, once its first has begun."""
    clip = toy.colour_clip(folder / "clip.mp4", 1.0, 30, lambda _: toy.RED, width=320, height=240)
    command = [sys.executable, "-m", "app.benchmark", clip, "--model", model, "--rounds", "1000"]
    app = process.Running(command, folder=ROOT)
    app.waits_until(lambda: app.err)
    return app


def interrupt(start: Callable[[Path, Path, str], process.Running], model: Path, camera: str) -> float:
    """Seconds from the signal to the end."""
    with tempfile.TemporaryDirectory() as name, start(Path(name), model, camera) as app:
        time.sleep(random.random() * WITHIN_S)
        began_s = time.monotonic()
        ended = app.ends(signal.SIGINT)
        assert ended.returncode == 130 and "Traceback" not in ended.stderr, ended
        return time.monotonic() - began_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300.0)
    options = parser.parse_args()
    camera = NetworkCamera(mjpeg)
    camera.switch_on()
    took_s: dict[str, list[float]] = defaultdict(list)
    try:
        with tempfile.TemporaryDirectory() as name:
            model = toy.write_model(Path(name) / "model.onnx")
            until_s = time.monotonic() + options.seconds
            while time.monotonic() < until_s:
                for start in (session, benchmark):
                    took_s[start.__name__].append(interrupt(start, model, f"http://127.0.0.1:{camera.port}/video"))
    finally:
        camera.switch_off()
        for kind, values in took_s.items():
            print(f"{kind}: {len(values)} ended, the slowest after {max(values):.2f} s")


if __name__ == "__main__":
    main()
