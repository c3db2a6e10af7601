"""The child of a campaign: one input after the other, each announced before it is tried, so that a crash has a name.

It writes a line of JSON for each input that it begins ("at") and for each finding. The parent ends it when it hangs.
"""

import argparse
import json
import os
import resource
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from random import Random

from tests.fuzz.targets import TARGETS, try_one

MEMORY = 4 << 30  # address space: what a laptop can bear
GROWTH = 1 << 30  # of the peak, for one input
SLOW_S = 5.0  # of processor time
_parent = os.dup(1)
FAST = "/dev/shm"  # a disk of memory, where there is one


def input_of(target: str, seed: int, number: int) -> bytes:
    """The `number`th input of a campaign."""
    return TARGETS[target].make(Random(f"{target} {seed} {number}"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("seed", type=int)
    parser.add_argument("start", type=int)
    parser.add_argument("end", type=int)
    arguments = parser.parse_args()
    prepare_process()
    input_of(arguments.target, arguments.seed, arguments.start)  # makes the seeds, whose memory is not the product's
    with tempfile.TemporaryDirectory(dir=FAST if Path(FAST).is_dir() else None) as folder:
        for number in range(arguments.start, arguments.end):
            tell(at=number)
            finding = problem_with(arguments.target, input_of(arguments.target, arguments.seed, number), Path(folder))
            if finding:
                tell(finding=finding, number=number)


def prepare_process() -> None:
    """Warnings are findings, memory has an end, and what the libraries print does not reach the parent."""
    os.dup2(2, 1)
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    warnings.simplefilter("error")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def problem_with(target: str, data: bytes, folder: Path, slow_s: float = SLOW_S) -> str:
    """What one input showed; "" for nothing."""
    before, start_s = peak_bytes(), time.process_time()
    try:
        try_one(TARGETS[target], data, folder)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is a finding)
        return described(error)
    took_s, grown = time.process_time() - start_s, peak_bytes() - before
    if took_s > slow_s:
        return f"slow: {took_s:.0f} s"
    return f"memory: {grown / 1e9:.1f} GB" if grown > GROWTH else ""


def described(error: Exception) -> str:
    """Kind, place in the product and message: findings with the same beginning are one."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if "/tests/fuzz/" not in frame.filename]
    product = [
        frame for frame in own if "/site-packages/" not in frame.filename and "/lib/python" not in frame.filename
    ]
    frame = (product or own or traceback.extract_tb(error.__traceback__))[-1]
    where = f"{Path(frame.filename).parent.name}/{Path(frame.filename).name}:{frame.lineno} {frame.name}"
    return f"{type(error).__name__} in {where}: {str(error)[:300]!r}"


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def tell(**message: object) -> None:
    os.write(_parent, json.dumps(message).encode() + b"\n")


if __name__ == "__main__":
    main()
