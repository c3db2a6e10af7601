"""Hostile input by the hundred thousand: python -m tests.fuzz.campaign [--inputs N] [--seed N] [--target NAME]

A finding is whatever is neither taken nor refused with one line: another exception, a warning, a crash, an input that
takes more than five seconds of processor or a gigabyte of memory, a file outside the folder. Linux only. With atheris
(`pip install atheris`; not in the extra `test`) coverage guides a tenth of the inputs of the Python targets;
all others are made by tests/fuzz/hostile.py. Exit status 1 when there are findings.

An input is made anew from its number: python -m tests.fuzz.worker TARGET SEED NUMBER NUMBER+1
"""

import argparse
import importlib.util
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.fuzz.targets import TARGETS

HANG_S = 120.0
_BATCH = 6_000  # inputs of a child: its peak of memory starts anew


@dataclass
class Tally:
    """Of a target. findings: kind and place -> how often, and the first in full."""

    target: str
    inputs: int = 0
    guided: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def found(self, finding: str, which: str) -> None:
        kind = finding.partition(": ")[0]
        self.findings[kind] += 1
        self.first.setdefault(kind, f"{finding} [{which}]")


def main() -> int:
    parser = argparse.ArgumentParser(description="Gives the product hostile input and counts what it makes of it.")
    parser.add_argument("--inputs", type=int, default=100_000, metavar="N", help="over all targets (100,000)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="another seed, other inputs (1)")
    parser.add_argument("--target", choices=TARGETS, action="append", help="only this one; may be repeated")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="children at once")
    arguments = parser.parse_args()
    names = arguments.target or list(TARGETS)
    shares = sum(TARGETS[name].share for name in names)
    start_s = time.monotonic()

    def work(name: str) -> Tally:
        tally = fuzz(name, arguments.seed, -(-arguments.inputs * TARGETS[name].share // shares))
        print(summary(tally), flush=True)
        return tally

    with ThreadPoolExecutor(arguments.jobs) as pool:
        tallies = list(pool.map(work, names))
    inputs, findings = sum(tally.inputs for tally in tallies), sum(tally.findings.total() for tally in tallies)
    print(f"{inputs:,} inputs, {findings:,} findings, {time.monotonic() - start_s:.0f} s, seed {arguments.seed}")
    return 1 if findings else 0


def fuzz(name: str, seed: int, inputs: int) -> Tally:
    tally = Tally(name)
    if TARGETS[name].guided and importlib.util.find_spec("atheris"):
        guided(tally, seed, inputs // 10)
    start, end = 0, inputs - tally.inputs
    while start < end:
        start = batch(tally, seed, start, min(end, start + _BATCH))
    return tally


def guided(tally: Tally, seed: int, runs: int) -> None:
    """Stops at the first crash or hang, which nothing can go on from."""
    for message in follow("tests.fuzz.guided", tally.target, seed, runs):
        if "finding" in message:
            tally.found(message["finding"], f"guided {message.get('data', '')[:200]}")
        tally.inputs += "at" in message
        tally.guided += "at" in message


def batch(tally: Tally, seed: int, start: int, end: int) -> int:
    """Where the next one starts: after the input that ended the child, or at `end`."""
    number = start
    for message in follow("tests.fuzz.worker", tally.target, seed, start, end):
        number = message.get("at", number)
        tally.inputs += "at" in message
        if "finding" in message:
            tally.found(message["finding"], f"number {number}")
    return number + 1


def follow(module: str, *arguments: object) -> Iterator[dict[str, Any]]:
    """What a child tells; a finding of its own when it crashes or is silent for too long."""
    with tempfile.TemporaryFile() as errors:
        command = [sys.executable, "-m", module, *map(str, arguments)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as child:
            assert child.stdout is not None
            rest = b""
            while True:
                if not select.select([child.stdout], [], [], HANG_S)[0]:
                    child.kill()
                    yield {"finding": f"hang: silent for {HANG_S:.0f} s"}
                    return
                data = os.read(child.stdout.fileno(), 1 << 16)
                if not data:
                    break
                *lines, rest = (rest + data).split(b"\n")
                yield from map(json.loads, lines)
        if child.returncode:
            errors.seek(0)
            last = (errors.read().decode(errors="replace").strip().splitlines() or [""])[-1]
            yield {"finding": f"crash with status {child.returncode}: {last[:300]}"}


def summary(tally: Tally) -> str:
    guided = f", {tally.guided:,} of them guided by coverage" if tally.guided else ""
    lines = [f"{tally.target:9} {tally.inputs:7,} inputs{guided}, {tally.findings.total():,} findings"]
    return "\n".join(lines + [f"  {count:,} x {tally.first[kind]}" for kind, count in tally.findings.most_common()])


if __name__ == "__main__":
    sys.exit(main())
