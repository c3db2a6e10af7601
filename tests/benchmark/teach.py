"""Measures what teaching from folders is worth: Stanford 40 classes that the shipped model has no class for.

    python tests/benchmark/teach.py [--model FILE] [--data-root DIR] [--split FILE] [--draws 5] [--json OUT]

In each draw ten classes are taught alone, from 20 images each, and judged on all their other images. The shipped model
has seen some of those in training, as `other`; so the accuracy on those that it has not seen is given beside it. With
--split, that of the model's run, the same classes are taught beside the old ones too, and these are judged on the test
part before and after, without the images whose folder is now a class of its own. At last five classes are taught
against the clock, images in memory.
"""

import argparse
import csv
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from app.arrays import Bools, Image  # noqa: E402
from app.images.prepare import prepare  # noqa: E402
from app.images.read import read_image  # noqa: E402
from app.model.classifier import Classifier  # noqa: E402
from app.teach.capture_cues import with_cues  # noqa: E402
from app.teach.captures import Capture, Captures  # noqa: E402
from app.teach.teach import TeachOptions, teach  # noqa: E402

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
CLASSES, IMAGES = 10, 20
TIMED_CLASSES, TIMED_RUNS = 5, 5
_BATCH = 32
_FIRST_DRAW = 100  # the earlier ones chose the power normalisation and the penalties
Rows = list[dict[str, str]]
Labelled = list[tuple[str, str]]  # label, path below the data root


class Bench:
    """The model, and where images are."""

    def __init__(self, model: Path, root: Path, rows: Rows, folder: Path) -> None:
        """Opens the model.

        Args:
            model: the ONNX file that is taught.
            root: the data root; Stanford 40 is in stanford40/.
            rows: of the model's split.csv; may be empty.
            folder: for taught models.
        """
        self.model, self.root, self.rows, self.folder = model, root, rows, folder
        self.base = Classifier(model, threads=2)
        self.trained = {row["path"] for row in rows if row["part"] == "train"}

    def draw(self, number: int) -> dict[str, float]:
        """Teaches one draw of ten classes; returns accuracies, 0..1."""
        rng = np.random.default_rng(_FIRST_DRAW + number)
        chosen = sorted(rng.choice(self._new_classes(), CLASSES, replace=False).tolist())
        taught, rest = self._split(chosen, rng)
        is_right = self._is_right(self._teach(taught), rest)
        is_unseen = np.array([name not in self.trained for _, name in rest])
        found = {"alone": float(is_right.mean()), "alone, never seen": float(is_right[is_unseen].mean())}
        return found | (self._beside_old(taught, rest, chosen) if self.rows else {})

    def seconds(self) -> list[tuple[float, float]]:
        """Teaches five classes of 20 images alone, five times: on the clock, and of all processors together."""
        folders = [self.root / "stanford40" / name for name in self._new_classes()[:TIMED_CLASSES]]
        taught = [
            Capture(self._read(path), folder.name) for folder in folders for path in sorted(folder.iterdir())[:IMAGES]
        ]
        found = []
        for _ in range(TIMED_RUNS):
            cpu_s = time.process_time()
            report = teach(Captures(taught), self.model, self.folder / "timed.onnx", TeachOptions(overwrite=True))
            found.append((report.seconds, time.process_time() - cpu_s))
        return found

    def _beside_old(self, taught: Sequence[Capture], rest: Labelled, chosen: Sequence[str]) -> dict[str, float]:
        both = self._teach(taught, keep_classes=True)
        old = [(row["label"], row["path"]) for row in self.rows if row["part"] == "test"]
        old = [(label, name) for label, name in old if not set(Path(name).parts) & set(chosen)]
        before, after = self._is_right(self.base, old).mean(), self._is_right(both, old).mean()
        return {
            "old classes lose": float(before - after),
            "beside the old": float(self._is_right(both, rest).mean()),
        }

    def _new_classes(self) -> list[str]:
        folders = (path for path in (self.root / "stanford40").iterdir() if path.is_dir())
        return sorted(path.name for path in folders if path.name not in OWN)

    def _split(self, chosen: Sequence[str], rng: np.random.Generator) -> tuple[list[Capture], Labelled]:
        """IMAGES of each class to teach from, and the rest."""
        taught: list[Capture] = []
        rest: Labelled = []
        for label in chosen:
            paths = sorted(path for path in (self.root / "stanford40" / label).iterdir() if path.is_file())
            order = rng.permutation(len(paths))
            taught += [Capture(self._read(paths[at]), label, path=paths[at]) for at in order[:IMAGES]]
            rest += [(label, str(paths[at].relative_to(self.root))) for at in order[IMAGES:]]
        return taught, rest

    def _teach(self, captures: Sequence[Capture], keep_classes: bool = False) -> Classifier:
        target = self.folder / "taught.onnx"
        teach(Captures(captures), self.model, target, TeachOptions(keep_classes=keep_classes, overwrite=True))
        return Classifier(target, threads=2)

    def _is_right(self, model: Classifier, wanted: Labelled) -> Bools:
        is_right: list[bool] = []
        for start in range(0, len(wanted), _BATCH):
            part = wanted[start : start + _BATCH]
            images = [Capture(self._read(self.root / name), "", path=self.root / name) for _, name in part]
            images = with_cues(images, 2) if model.contract.cues else images
            cues = np.stack([image.cues for image in images]) if model.contract.cues else None
            probs = model.predict(np.stack([image.image for image in images]), cues).probs
            answers = [model.contract.labels[answer] for answer in probs.argmax(axis=1)]
            is_right += [answer == label for answer, (label, _) in zip(answers, part, strict=True)]
        return np.array(is_right)

    def _read(self, path: Path) -> Image:
        image = read_image(path)
        if image is None:
            raise SystemExit(f"{path}: cannot be read")
        return prepare(image, self.base.contract.input)


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "daily_activity.onnx")
    parser.add_argument("--data-root", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--split", type=Path)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--overwrite", action="store_true")
    options = parser.parse_args()
    if options.json and options.json.exists() and not options.overwrite:
        parser.error(f"{options.json}: exists; choose another name, or replace it with --overwrite")
    rows: Rows = []
    if options.split:
        with options.split.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options.model, options.data_root, rows, Path(folder))
        draws = []
        for number in range(options.draws):
            draws.append(bench.draw(number))
            print(f"draw {number}: {_percent(draws[-1])}", flush=True)
        seconds = bench.seconds()
    _summarise(draws, seconds)
    if options.json:
        options.json.write_text(json.dumps({"draws": draws, "seconds": seconds}, indent=2) + "\n", encoding="utf-8")


def _percent(draw: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.1%}" for name, value in draw.items())


def _summarise(draws: list[dict[str, float]], seconds: list[tuple[float, float]]) -> None:
    for name in draws[0]:
        values = [draw[name] for draw in draws]
        print(f"{name}: {statistics.mean(values):.1%} ({min(values):.1%} to {max(values):.1%})")
    clock, processors = zip(*seconds, strict=True)
    for name, values in (("on the clock", clock), ("of processors", processors)):
        print(f"five classes: {statistics.median(values):.2f} s {name} ({min(values):.2f} to {max(values):.2f})")


if __name__ == "__main__":
    main()
