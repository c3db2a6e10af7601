"""The child of a campaign whose inputs are guided by coverage (atheris, which drives libFuzzer); tells as worker.py."""

import argparse
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["app", "training", "yaml", "json"]):
    from tests.fuzz import worker

_SEEDS = 150
_SLOW_S = 60.0  # of processor time: instrumented, the code takes ten times as long


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("target", choices=worker.TARGETS)
    parser.add_argument("seed", type=int)
    parser.add_argument("runs", type=int)
    arguments = parser.parse_args()
    worker.prepare_process()
    with tempfile.TemporaryDirectory(dir=worker.FAST if Path(worker.FAST).is_dir() else None) as name:
        folder = Path(name)
        (folder / "corpus").mkdir()
        for number in range(min(_SEEDS, arguments.runs // 4)):
            data = worker.input_of(arguments.target, arguments.seed, number)
            (folder / "corpus" / str(number)).write_bytes(data[:4096])

        def one(data: bytes) -> None:
            worker.tell(at=-1)
            if finding := worker.problem_with(arguments.target, data, folder, _SLOW_S):
                worker.tell(finding=finding, data=data.hex())

        options = [f"-runs={arguments.runs}", f"-seed={arguments.seed}", "-max_len=4096", "-rss_limit_mb=0"]
        atheris.Setup([sys.argv[0], str(folder / "corpus"), *options, f"-artifact_prefix={folder}/"], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
