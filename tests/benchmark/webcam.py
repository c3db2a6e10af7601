"""What the shipped model makes of people before a webcam whom it never saw, person by person.

    python tests/benchmark/webcam.py --data-root ../shared/data [--model FILE] [--part test]

The people are those that training/datasets/daily_activity.yaml pins to the part. For each: dozing called sleeping, a
phone in the hand called texting or calling, and idling shown as another activity with sure confidence (at or above that
class's threshold; using_computer counts as right, for that is what somebody before a laptop may be doing).
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from app.model.classifier import Classifier  # noqa: E402
from training.data.dataset import load_dataset  # noqa: E402
from training.data.decode import prepared_chunks  # noqa: E402

PHONE, IDLE = ("texting", "calling"), ("other", "using_computer")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "daily_activity.onnx")
    parser.add_argument("--data-root", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--part", default="test")
    options = parser.parse_args()
    dataset = load_dataset(ROOT / "training" / "datasets" / "daily_activity.yaml", options.data_root)
    classifier = Classifier(options.model, threads=2)
    people = defaultdict(list)
    for sample in dataset.samples:
        if dataset.pinned.get(sample.sha256) == options.part:
            people[sample.group].append(sample)
    table = []
    for person, samples in sorted(people.items()):
        chunks = list(prepared_chunks(samples, classifier.contract.input))
        truth = [sample.label for chunk, _ in chunks for sample in chunk]
        probs = np.concatenate([classifier.predict(pictures).probs for _, pictures in chunks])
        row = figures(truth, probs, classifier.contract.labels, classifier.contract.thresholds)
        table.append(row)
        print(f"{person:24}" + "".join(format_figure(name, *row[name]) for name in row))
    for name in table[0]:
        shares = [share for share, number in (row[name] for row in table) if number]
        print(f"mean over {len(shares)} people: {name} {np.mean(shares):.1%}" if shares else f"nobody: {name}")


def figures(
    truth: Sequence[str], probs: npt.NDArray[np.float32], labels: Sequence[str], thresholds: Sequence[float]
) -> dict[str, tuple[float, int]]:
    """Name -> share and number of pictures it is of."""
    answers = probs.argmax(axis=1)
    names = [labels[answer] for answer in answers]
    sure = probs.max(axis=1) >= np.asarray(thresholds)[answers]
    dozing = [name == "sleeping" for name, label in zip(names, truth, strict=True) if label == "sleeping"]
    phone = [name in PHONE for name, label in zip(names, truth, strict=True) if label in PHONE]
    wrong = [bool(is_sure) and name not in IDLE for name, is_sure in zip(names, sure, strict=True)]
    idle = [is_wrong for is_wrong, label in zip(wrong, truth, strict=True) if label == "other"]
    found = {"dozing found": dozing, "phone found": phone, "idle taken for more": idle}
    return {name: (float(np.mean(hits)) if hits else float("nan"), len(hits)) for name, hits in found.items()}


def format_figure(name: str, share: float, number: int) -> str:
    return f"  {name} {share:6.1%} of {number:3}" if number else f"  {name}      - of   0"


if __name__ == "__main__":
    main()
