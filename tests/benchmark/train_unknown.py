"""Does a trained model know what it does not know? python tests/benchmark/train_unknown.py [--set KEY=VALUE]...

Three classes of Stanford 40, 80 images each, are trained by the default recipe and exported, several draws of classes;
what judges them is that of teach_unknown.py. Before this was built: --set reject_unknown=false --set interpolate=false
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "benchmark")]

from teach_unknown import PER_CLASS, kept_out, shares, shown, unused  # noqa: E402

from app.model.classifier import Classifier  # noqa: E402
from training.__main__ import main as training  # noqa: E402
from training.data.dataset import load_dataset  # noqa: E402

CLASSES, EACH = 3, 80


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--set", dest="overrides", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args()
    found = []
    for number in range(options.draws):
        with tempfile.TemporaryDirectory() as folder:
            found.append(judged(number, options.shared / "data", Path(folder), options.overrides))
    print(f"mean: {shown({name: float(np.mean([figures[name] for figures in found])) for name in found[0]})}")


def judged(number: int, data: Path, folder: Path, overrides: list[str]) -> dict[str, float]:
    """Trains on one draw of classes; the shares that are shown."""
    photos, dice = load_dataset(data / "stanford40"), random.Random(number)
    taught = dice.sample(photos.labels, CLASSES)
    own = []
    for label in taught:
        of_class = [sample for sample in photos.samples if sample.label == label]
        drawn = dice.sample(of_class, len(of_class))
        (folder / "images" / label).mkdir(parents=True)
        for sample in drawn[:EACH]:
            shutil.copy(sample.path, folder / "images" / label)
        own += drawn[EACH:]
    rest = [label for label in photos.labels if label not in taught]
    others = [one for label in rest for one in unused([s for s in photos.samples if s.label == label])[:PER_CLASS]]
    began_s = time.monotonic()
    settings = [part for override in overrides for part in ("--set", override)]
    run, model = folder / "run", folder / "model.onnx"
    assert training(["train", "--data", str(folder / "images"), "--run", str(run), *settings]) == 0
    assert training(["export", str(run), "--output", str(model)]) == 0
    minutes = (time.monotonic() - began_s) / 60
    unknown = {"webcam": kept_out(load_dataset(data / "webcam").samples), "others": others}
    figures = shares(Classifier(model), own, unknown, {})
    print(f"{', '.join(taught)}: {shown(figures)}; {minutes:.1f} min", flush=True)
    return figures


if __name__ == "__main__":
    main()
