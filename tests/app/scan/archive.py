"""A small archive of films in plain colours, and a scan as a user starts it."""

import csv
import os
import sqlite3
import sys
from pathlib import Path

from tests import toy
from tests.app.process import Running
from tests.conftest import ROOT

COLOURS = (toy.RED, toy.GREEN, toy.GREY, toy.BLUE, toy.RED)
DENSE = {"g": "10", "bf": "2", "x264-params": "scenecut=0"}  # a keyframe a second


def film(path: Path, seconds: float = 12.0, each_s: float = 2.5) -> Path:
    """A film at 10 frames a second whose colour changes every `each_s`."""
    times = [index / 10 for index in range(round(seconds * 10))]
    pictures = ((toy.plain(COLOURS[int(time_s / each_s) % len(COLOURS)]), time_s) for time_s in times)
    return toy.write_clip(path, pictures, options=DENSE)


def archive(folder: Path, films: int = 3) -> Path:
    """A folder of films of different lengths."""
    folder.mkdir()
    for number in range(films):
        film(folder / f"film{number}.mp4", 9.0 + number, 2.0 + 0.3 * number)
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def start(*arguments: object, folder: Path) -> Running:
    """`python -m app.scan`, which finds the project wherever it runs."""
    environment = dict(os.environ) | {"PYTHONPATH": str(ROOT)}
    return Running([sys.executable, "-W", "error", "-m", "app.scan", *arguments], folder=folder, env=environment)


def answered(output: Path) -> int:
    """How many pieces have their answer; -1 before there is a list."""
    manifest = output.with_name(f"{output.name}.manifest")
    if not manifest.exists():
        return -1
    try:
        with sqlite3.connect(f"file:{manifest}?mode=ro&nolock=1", uri=True) as base:
            found: int = base.execute("SELECT count(looks) FROM pieces").fetchone()[0]
            return found
    except sqlite3.Error:
        return -1
