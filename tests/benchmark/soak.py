"""Is the app the same after an hour? python tests/benchmark/soak.py [--seconds 3600] [--sessions 1000]

First one session on the 720p, 30 fps test picture that records and logs, watched from outside; then many sessions, each
opened and closed, in one process. Memory, threads and file handles of both must stay flat (Linux only, from /proc).
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
SAMPLE_S = 5.0
SETTLED = 0.1  # of the samples; before that the libraries still fill their pools

SESSIONS = """
import logging, sys
from pathlib import Path
from app.session.options import SessionOptions
from app.session.run import run_session
clip, count = sys.argv[1], int(sys.argv[2])
options = SessionOptions((clip,), record=Path("r.mp4"), log=Path("l.csv"), window=False, max_seconds=0.2)
for number in range(count):
    run_session(options, 0.0)
    for name in ("r.mp4", "l.csv"):
        Path(name).unlink()
    if number % max(1, count // 100) == 0:
        sys.stderr.write("sample\\n")
        sys.stderr.flush()
        sys.stdin.readline()
"""


class Sample(NamedTuple):
    """What a process holds: resident memory in MB, threads, open file handles."""

    memory_mb: float
    threads: int
    handles: int


def main() -> None:
    """Prints a line a figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600.0, help="length of the one long session")
    parser.add_argument("--sessions", type=int, default=1000, help="how many short ones")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.seconds > 0:
            show("one session", long_session(options.seconds, Path(folder)))
        if options.sessions > 0:
            show(f"{options.sessions} sessions", list(short_sessions(options.sessions, Path(folder))))


def show(what: str, samples: list[Sample]) -> None:
    """From when the process has settled to its end."""
    samples = samples[int(len(samples) * SETTLED) :]
    first, last = samples[0], samples[-1]
    most = Sample(*(max(column) for column in zip(*samples, strict=True)))
    print(
        f"{what}: memory {first.memory_mb:.0f} MB, at the end {last.memory_mb:.0f}, at most {most.memory_mb:.0f}; "
        f"threads {first.threads}, {last.threads}, {most.threads}; "
        f"file handles {first.handles}, {last.handles}, {most.handles}",
        flush=True,
    )


def long_session(seconds: float, folder: Path) -> list[Sample]:
    """Samples of a session that records and logs."""
    command = [sys.executable, str(ROOT / "run_webcam.py"), "--no-window", "--source", "synthetic"]
    command += ["--max-seconds", str(seconds), "--stats", "s.json", "--record", "r.mp4", "--log", "l.csv"]
    samples = []
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            time.sleep(SAMPLE_S)
            if (taken := sample(process.pid)) is not None:
                samples.append(taken)
    stats = json.loads((folder / "s.json").read_text(encoding="utf-8"))
    latency = stats["latency_ms"]
    print(
        f"one session of {seconds:.0f} s: {stats['frames_processed']} labelled, {stats['frames_dropped']} dropped,"
        f" capture to label {latency['median']} ms, 95th percentile {latency['p95']} ms"
    )
    return samples


def short_sessions(count: int, folder: Path) -> Iterator[Sample]:
    """Samples of a process that opens and closes sessions: model, clip, recording and log."""
    command = [sys.executable, "-c", SESSIONS, str(ROOT / "assets/demo.mp4"), str(count)]
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        env={"PYTHONPATH": str(ROOT)},
    ) as process:  # fmt: skip
        assert process.stderr is not None and process.stdin is not None
        for line in process.stderr:
            if line != "sample\n":
                print(line, end="", file=sys.stderr)
                continue
            if (taken := sample(process.pid)) is not None:
                yield taken
            process.stdin.write("\n")
            process.stdin.flush()


def sample(pid: int) -> Sample | None:
    """None for a process that has ended."""
    folder = Path(f"/proc/{pid}")
    try:
        status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
        return Sample(
            int(status["VmRSS"].split()[0]) / 1024, int(status["Threads"]), sum(1 for _ in (folder / "fd").iterdir())
        )
    except (OSError, KeyError):
        return None


if __name__ == "__main__":
    main()
