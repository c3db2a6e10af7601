"""What teaching from folders is worth: Stanford 40 classes that the shipped model has no class for, 20 pictures each.

    python tests/benchmark/teach.py [--model FILE] [--data-root DIR] [--split FILE] [--draws 5] [--json OUT]

Ten classes a draw are taught alone and judged on all their other pictures; some of those the shipped model has seen in
training as `other`, so that the figure of those it has not is given beside it. With --split, that of the model's run,
the same are taught beside the old classes too, and these judged on the test part before and after, without the pictures
whose folder is now a class of its own. At last five classes are taught against the clock, pictures in memory.
"""

import argparse
import csv
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from app.images.prepare import prepare  # noqa: E402
from app.images.read import read_image  # noqa: E402
from app.model.classifier import Classifier  # noqa: E402
from app.teach.captures import Capture  # noqa: E402
from app.teach.teach import teach  # noqa: E402

OWN = {  # those that are classes of daily_activity already
    "applauding",
    "brushing_teeth",
    "cleaning_the_floor",
    "cooking",
    "cutting_vegetables",
    "drinking",
    "phoning",
    "reading",
    "texting_message",
    "using_a_computer",
    "walking_the_dog",
    "washing_dishes",
    "waving_hands",
    "writing_on_a_board",
    "writing_on_a_book",
}
CLASSES, PICTURES = 10, 20
_BATCH = 32
_FIRST_DRAW = 100  # the earlier ones chose how features are spread, and the penalties
Rows = list[dict[str, str]]


class Bench:
    """The model, and where pictures lie."""

    def __init__(self, model: Path, root: Path, rows: Rows, folder: Path) -> None:
        """rows: of the split; may be empty. folder: for what is taught."""
        self.model, self.root, self.rows, self.folder = model, root, rows, folder
        self.base = Classifier(model, threads=2)
        self.trained = {row["path"] for row in rows if row["part"] == "train"}

    def draw(self, number: int) -> dict[str, float]:
        """One draw of ten classes. Shares, 0..1."""
        rng = np.random.default_rng(_FIRST_DRAW + number)
        names = sorted(path.name for path in (self.root / "stanford40").iterdir() if path.is_dir())
        chosen = sorted(rng.choice([name for name in names if name not in OWN], CLASSES, replace=False).tolist())
        taught: list[Capture] = []
        rest: list[tuple[str, str]] = []
        for label in chosen:
            paths = sorted(path for path in (self.root / "stanford40" / label).iterdir() if path.is_file())
            order = rng.permutation(len(paths))
            taught += [Capture(self._read(paths[at]), label) for at in order[:PICTURES]]
            rest += [(label, str(paths[at].relative_to(self.root))) for at in order[PICTURES:]]
        target = self.folder / "taught.onnx"
        teach(taught, self.model, target, overwrite=True)
        right = self._right(Classifier(target, threads=2), rest)
        unseen = np.array([name not in self.trained for _, name in rest])
        found = {"alone": float(right.mean()), "alone, never seen": float(right[unseen].mean())}
        if self.rows:
            teach(taught, self.model, target, keep=True, overwrite=True)
            both = Classifier(target, threads=2)
            old = [(row["label"], row["path"]) for row in self.rows if row["part"] == "test"]
            old = [(label, name) for label, name in old if not set(Path(name).parts) & set(chosen)]
            before, after = self._right(self.base, old).mean(), self._right(both, old).mean()
            found |= {
                "old classes lose": float(before - after),
                "beside the old": float(self._right(both, rest).mean()),
            }
        return found

    def seconds(self) -> list[tuple[float, float]]:
        """Five classes of 20 pictures, five times, alone: on the clock, and of all processors together."""
        names = sorted(path for path in (self.root / "stanford40").iterdir() if path.name not in OWN)[:5]
        taught = [
            Capture(self._read(path), folder.name) for folder in names for path in sorted(folder.iterdir())[:PICTURES]
        ]
        target = self.folder / "timed.onnx"
        found = []
        for _ in range(5):
            cpu_s = time.process_time()
            found.append((teach(taught, self.model, target, overwrite=True).seconds, time.process_time() - cpu_s))
        return found

    def _right(self, model: Classifier, wanted: list[tuple[str, str]]) -> npt.NDArray[np.bool_]:
        right: list[bool] = []
        for start in range(0, len(wanted), _BATCH):
            part = wanted[start : start + _BATCH]
            probs = model.predict(np.stack([self._read(self.root / name) for _, name in part])).probs
            answers = [model.contract.labels[answer] for answer in probs.argmax(axis=1)]
            right += [answer == label for answer, (label, _) in zip(answers, part, strict=True)]
        return np.array(right)

    def _read(self, path: Path) -> npt.NDArray[np.uint8]:
        image = read_image(path)
        if image is None:
            raise SystemExit(f"{path}: cannot be read")
        return prepare(image, self.base.contract.input)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "daily_activity.onnx")
    parser.add_argument("--data-root", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--split", type=Path)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows: Rows = []
    if options.split:
        with options.split.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options.model, options.data_root, rows, Path(folder))
        draws = []
        for number in range(options.draws):
            draws.append(bench.draw(number))
            print(
                f"draw {number}: " + ", ".join(f"{name} {value:.1%}" for name, value in draws[-1].items()), flush=True
            )
        seconds = bench.seconds()
    figures: dict[str, Any] = {"draws": draws, "seconds": seconds}
    for name in draws[0]:
        values = [draw[name] for draw in draws]
        print(f"{name}: {statistics.mean(values):.1%} ({min(values):.1%} to {max(values):.1%})")
    for name, values in (
        ("on the clock", [wall for wall, _ in seconds]),
        ("of processors", [cpu for _, cpu in seconds]),
    ):
        print(f"five classes: {statistics.median(values):.2f} s {name} ({min(values):.2f} to {max(values):.2f})")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
