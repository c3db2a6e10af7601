"""The split that models/daily_activity.onnx was trained with, made again: the images that it never learned from.

Its network was trained when six of the webcam sources were there, with the pinned people of that day; the split
follows from the images, the shares and the seed. The webcam images that came later were added to the training part, but
for those that the dataset file still pins to validation (see "Reproduce" in models/daily_activity.md).
"""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.images.read import read_image
from app.system.threads import map_in_threads
from training.data.dataset import Sample, load_dataset
from training.data.near_duplicates import NO_HASH, near_duplicates, perceptual_hash
from training.data.split import split
from training.recipe import load_recipe

DATASET = Path(__file__).parents[2] / "training" / "datasets" / "daily_activity.yaml"
SHARES = "split={train: 0.85, val: 0.05, test: 0.1}"
FIRST_SOURCES = ("achraf", "deepwork", "devansh", "dileep", "gesture15", "learnlens")
FIRST_PINS = {
    "deepwork-P2": "train",
    "gesture15-G": "train",
    "deepwork-empty": "train",
    "achraf-P3": "val",
    "learnlens-L3": "test",
}
COUNTS = {"train": 7207, "val": 423, "test": 848}  # as the model's card says


def held_out(data_root: Path) -> dict[str, list[Sample]]:
    """Finds the images that the shipped model never learned from.

    Args:
        data_root: the folder of har15, stanford40, stanford40_extra and webcam.

    Returns:
        "val" and "test" -> their images; near-duplicates have one `group`. The validation part chose the epoch and the
        thresholds, the test part nothing.

    Raises:
        SystemExit: the split does not come out as the model's card counts it.
    """
    dataset = load_dataset(DATASET, data_root)
    first = [replace(sample, part=None) for sample in dataset.samples if is_first(sample)]
    pinned = {sample.sha256: FIRST_PINS[person(sample)] for sample in first if person(sample) in FIRST_PINS}
    recipe = load_recipe(None, [SHARES])
    hashes = np.array(map_in_threads(_hash, first), np.uint64)
    clusters = near_duplicates(hashes).tolist()
    parts = split(first, recipe.split, recipe.seed, clusters=clusters, stored=pinned)
    if (counts := Counter(parts)) != COUNTS:
        raise SystemExit(
            f"{data_root}: expected the {COUNTS} images of the model's card, the split made {dict(counts)}"
        )
    found = {name: [one for one, part in zip(first, parts, strict=True) if part == name] for name in ("val", "test")}
    later = (sample for sample in dataset.samples if not is_first(sample))
    found["val"] += [sample for sample in later if dataset.pinned.get(sample.sha256) == "val"]
    return found


def person(sample: Sample) -> str:
    """Returns who is before the webcam, "<source>-<person>"; "" for a photograph of a set."""
    return "-".join(Path(sample.name).name.split("-")[:2]) if sample.source == "webcam" else ""


def is_first(sample: Sample) -> bool:
    """Tells whether the network below the cues was trained when this image was already there."""
    return sample.source != "webcam" or person(sample).split("-")[0] in FIRST_SOURCES


def _hash(sample: Sample) -> int:
    image = read_image(sample.path)
    return NO_HASH if image is None else perceptual_hash(image)
