"""The figures of a live session, as README's table has them: python tests/benchmark/live.py [--seconds 600]

Start to first label from outside, five cold processes; then one session on the 720p, 30 fps test picture without a
window: drops, latency, CPU and memory (memory and CPU on Linux only, from /proc).
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, str(ROOT / "run_webcam.py"), "--no-window", "--source", "synthetic")
STARTS, SAMPLE_S = 5, 5.0


def main() -> None:
    """Prints a line a figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0, help="length of the session")
    seconds = parser.parse_args().seconds
    starts = [start_to_first_label_s() for _ in range(STARTS)]
    print(f"start to first label   median {statistics.median(starts):.2f} s, worst of {STARTS} {max(starts):.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        session(seconds, Path(folder) / "stats.json")


def start_to_first_label_s() -> float:
    """Seconds from starting the process to the line with its first label."""
    began_s = time.perf_counter()
    with subprocess.Popen([*COMMAND, "--max-seconds", "0.5"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        passed_s = time.perf_counter() - began_s
        process.communicate()
    return passed_s


def session(seconds: float, stats_path: Path) -> None:
    """One live session, watched from outside."""
    command = [*COMMAND, "--max-seconds", str(seconds), "--stats", str(stats_path)]
    began_s = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        watched = list(watch(process))
    passed_s = time.perf_counter() - began_s
    stats = json.loads(stats_path.read_text(encoding="utf-8"))
    latency = stats["latency_ms"]
    print(f"frames                 {stats['frames_processed']} labelled, {stats['frames_dropped']} dropped")
    print(f"rate                   {stats['fps']:.2f} a second")
    print(f"capture to label       median {latency['median']} ms, 95th percentile {latency['p95']} ms")
    if watched:
        memory = [megabytes for megabytes, _ in watched]
        early, late = memory[min(len(memory) - 1, len(memory) // 10 + 1)], memory[-1]
        print(f"memory                 {early:.0f} MB after a tenth, {late:.0f} MB at the end, {max(memory):.0f} most")
        print(f"CPU                    {watched[-1][1] / passed_s:.0%} of one core")


def watch(process: subprocess.Popen[bytes]) -> Iterator[tuple[float, float]]:
    """Resident memory in MB and CPU seconds so far, every `SAMPLE_S`, until the process ends."""
    status, stat = Path(f"/proc/{process.pid}/status"), Path(f"/proc/{process.pid}/stat")
    while process.poll() is None:
        try:
            kilobytes = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmRSS"))
            user, system = stat.read_text().rpartition(")")[2].split()[11:13]
        except (OSError, StopIteration):
            process.wait()  # no /proc here, or the process has just ended
            return
        yield int(kilobytes) / 1024, (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
        time.sleep(SAMPLE_S)


if __name__ == "__main__":
    main()
