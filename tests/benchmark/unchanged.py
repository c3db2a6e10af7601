"""What two checkouts make of the same inputs, byte for byte: the proof that a rearrangement changed nothing.

    python tests/benchmark/unchanged.py record CHECKOUT --shared DIR --work DIR --output before.json
    python tests/benchmark/unchanged.py compare before.json after.json

`record` runs the checkout's own command lines, with this Python, on the clips and photographs of the shared folder: the
app's log, predictions, terminal lines and recording, taught models, and check, train, export, evaluate and compare on a
few classes. It writes a SHA-256 a file. Removed before hashing: times, versions and the folder in which it ran.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import onnx

CLIPS = ("eat.mkv", "classroom.gif", "face-demographics-walking.gif", "generated_clapping.mp4", "walking_corridor.mp4")
DEMO_CLIPS = ("texting.mp4", "want.mkv")
CLASSES = ("fishing", "gardening", "jumping", "playing_violin")
TRAIN_CLASSES = ("applauding", "climbing", "fishing")
PER_CLASS, PER_TRAINED_CLASS = 20, 60
RECIPE = ("epochs=2", "warmup.epochs=4", "input_size=96", "train_size=0", "batch_size=16")
# Lines and values that tell of the moment or the place, not of the work.
VOLATILE = (
    (re.compile(r"\d+(\.\d+)? (a second|s\b|MB)"), "# \\2"),
    (re.compile(r'"(seconds|minutes|trained_at|trained_on|fps|memory_mb)": [^,\n}]+'), r'"\1": 0'),
    (re.compile(r"\d{4}-\d\d-\d\d"), "DATE"),
)
# Recipe keys that have a new name since 0.1.0.
RENAMED = ((re.compile(r"\bkeep(?=\"?: )"), "monitor"), (re.compile(r"\bchance(?=\"?: )"), "prob"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    record = commands.add_parser("record")
    record.add_argument("checkout", type=Path)
    record.add_argument("--shared", type=Path, required=True)
    record.add_argument("--work", type=Path, required=True)
    record.add_argument("--output", type=Path, required=True)
    record.add_argument("--overwrite", action="store_true")
    record.add_argument("--no-training", action="store_true", help="only what the app does")
    compare = commands.add_parser("compare")
    compare.add_argument("before", type=Path)
    compare.add_argument("after", type=Path)
    options = parser.parse_args()
    if options.command == "record":
        if options.output.exists() and not options.overwrite:
            parser.error(f"{options.output}: exists; choose another name, or replace it with --overwrite")
        recorder = Recorder(options.checkout.resolve(), options.shared.resolve(), options.work.resolve())
        options.output.write_text(json.dumps(dict(recorder.all(not options.no_training)), indent=1) + "\n")
    else:
        sys.exit(differences(json.loads(options.before.read_text()), json.loads(options.after.read_text())))


class Recorder:
    """Runs the checkout's commands in a fresh working folder and hashes what they leave."""

    def __init__(self, checkout: Path, shared: Path, work: Path) -> None:
        self._checkout, self._shared, self._work = checkout, shared, work
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)

    def all(self, training: bool) -> Iterator[tuple[str, str]]:
        clips = [self._shared / "clips" / name for name in CLIPS] + [
            self._shared / "demo" / name for name in DEMO_CLIPS
        ]
        for clip in clips:
            yield from self._session(clip, clip.stem, "--record", "r.mp4", "--set", "record.overlay=false")
        photos = self._copies("photos", "stanford40", ("reading", "drinking"), 15)
        yield from self._session(photos / "reading", "photos")
        for model in ("har15", "stanford40"):
            yield from self._session(clips[0], model, "--model", self._checkout / "models" / f"{model}.onnx")
        yield from self._session(clips[0], "slow", "--set", "inference.adaptive=true", "--set", "smoothing.tau_s=0.2")
        data = self._copies("captures", "stanford40", CLASSES, PER_CLASS)
        for how in ("--only-new", "--keep-classes"):
            yield from self._taught(data, how)
        if training:
            yield from self._trained()

    def _session(self, source: Path, name: str, *flags: object) -> Iterator[tuple[str, str]]:
        folder = self._folder(f"run-{name}")
        tables = ("--log", "l.csv", "--predictions", "p.csv")
        said = self._run(folder, "run_webcam.py", "--source", source, "--no-window", *tables, *flags)
        yield from self._hashes(folder, said)

    def _taught(self, data: Path, how: str) -> Iterator[tuple[str, str]]:
        folder = self._folder(f"teach{how}")
        said = self._run(folder, "-m", "app.teach", "--data", data, "--output", "t.onnx", "--json", "t.json", how)
        yield from self._hashes(folder, said)

    def _trained(self) -> Iterator[tuple[str, str]]:
        folder = self._folder("training")
        data = self._copies("three", "stanford40", TRAIN_CLASSES, PER_TRAINED_CLASS)
        weights = next((self._shared / "weights").glob("*notop*.h5"))
        settings = [part for setting in RECIPE for part in ("--set", setting)]
        train = ["train", "--data", data, "--run", "runs/a", "--weights", weights, *settings]
        commands = (
            ["check", data, "--report", "checked"],
            train,
            ["export", "runs/a", "--output", "m.onnx"],
            ["evaluate", "m.onnx", "--data", data, "--split", "runs/a/split.csv", "--json", "e.json"],
            ["compare", "runs/a"],
            ["explain", "m.onnx", next((data / "fishing").iterdir())],
        )
        said = "".join(self._run(folder, "-m", "training", *command) for command in commands)
        yield from self._hashes(folder, said)

    def _copies(self, name: str, source: str, classes: tuple[str, ...], count: int) -> Path:
        target = self._work / "data" / name
        for label in classes:
            (target / label).mkdir(parents=True, exist_ok=True)
            for path in sorted((self._shared / "data" / source / label).iterdir())[:count]:
                shutil.copyfile(path, target / label / path.name)
        return target

    def _folder(self, name: str) -> Path:
        folder = self._work / name
        folder.mkdir()
        return folder

    def _run(self, folder: Path, *command: object) -> str:
        command = tuple(self._checkout / part if part == "run_webcam.py" else part for part in command)
        print(*command, file=sys.stderr, flush=True)
        done = subprocess.run(
            [sys.executable, *map(str, command)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(self._checkout)},
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        return f"{done.stdout}{done.stderr}exit {done.returncode}\n"

    def _hashes(self, folder: Path, said: str) -> Iterator[tuple[str, str]]:
        (folder / "terminal.txt").write_text(said, encoding="utf-8")
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix not in (".pictures", ".html"):
                yield path.relative_to(self._work).as_posix(), hashlib.sha256(self._content(path)).hexdigest()

    def _content(self, path: Path) -> bytes:
        if path.suffix == ".onnx":
            model = onnx.load(path)
            metadata = {item.key: self._steady(item.value) for item in model.metadata_props}
            # by value: tf2onnx numbers some names, and so their order, at random
            tensors = sorted(tensor.raw_data for tensor in model.graph.initializer)
            kinds = " ".join(node.op_type for node in model.graph.node)
            return b"".join(tensors) + kinds.encode() + json.dumps(metadata, sort_keys=True).encode()
        if path.suffix == ".csv" and path.name == "history.csv":
            return "\n".join(line.rpartition(",")[0] for line in path.read_text().splitlines()).encode()
        if path.suffix in (".txt", ".json", ".csv", ".yaml"):
            return self._steady(path.read_text(encoding="utf-8")).encode()
        return path.read_bytes()

    def _steady(self, text: str) -> str:
        text = text.replace(str(self._work), "WORK").replace(str(self._checkout), "CHECKOUT")
        for pattern, by in (*VOLATILE, *RENAMED):
            text = pattern.sub(by, text)
        return text


def differences(before: dict[str, str], after: dict[str, str]) -> int:
    """Names the files that differ; the exit status, 0 when there are none."""
    names = sorted(before.keys() | after.keys())
    changed = [name for name in names if before.get(name) != after.get(name)]
    for name in changed:
        what = "gone" if name not in after else "new" if name not in before else "differs"
        print(f"{name}: {what}")
    print(f"{len(names) - len(changed)} of {len(names)} files are the same")
    return 1 if changed else 0


if __name__ == "__main__":
    main()
