"""Ctrl-C at random moments of sessions that record a network camera: python tests/benchmark/interrupts.py [--seconds S]

How many ended with 130 within five seconds, and the slowest. The stacks of one that hangs are printed.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests import toy
from tests.app import process
from tests.app.servers import NetworkCamera, mjpeg

LIMIT_S = 5.0


def interrupt_one(folder: Path, model: Path, port: int, random_: random.Random) -> float:
    """Seconds from the signal to the end. Raises AssertionError, with the stacks, for a session that hangs."""
    files = ("--predictions", "p.csv", "--log", "log.csv", "--record", "r.mp4")
    camera = f"http://127.0.0.1:{port}/video"
    app = process.start(
        "--no-window", "--model", model, "--source", camera, *files, folder=folder, PYTHONFAULTHANDLER="1"
    )
    table, rows = folder / "p.csv", random_.randrange(8, 28)
    while not table.exists() or table.read_text(encoding="utf-8").count("\n") < rows:
        time.sleep(0.02)
    time.sleep(random_.random() * 0.05)
    began_s = time.monotonic()
    app.send_signal(signal.SIGINT)
    try:
        app.communicate(timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        app.send_signal(signal.SIGABRT)
        raise AssertionError(app.communicate()[1]) from None
    assert app.returncode == 130, app.returncode
    return time.monotonic() - began_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0)
    options = parser.parse_args()
    camera, took_s, random_ = NetworkCamera(mjpeg), [], random.Random(os.getpid())
    camera.switch_on()
    try:
        with tempfile.TemporaryDirectory() as name:
            model = toy.write_model(Path(name) / "model.onnx")
            until_s = time.monotonic() + options.seconds
            while time.monotonic() < until_s:
                folder = Path(name) / str(len(took_s))
                folder.mkdir()
                took_s.append(interrupt_one(folder, model, camera.port, random_))
    finally:
        camera.switch_off()
        print(f"{len(took_s)} sessions ended, the slowest after {max(took_s, default=0):.2f} s")


if __name__ == "__main__":
    main()
