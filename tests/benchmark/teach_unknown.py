"""Does a taught model know what it does not know? python tests/benchmark/teach_unknown.py [--shared ../shared]

Four classes of Stanford 40 are taught from 20 images each, several draws of classes. Shown as one of the four: the
other images of the four (right or wrong), people idle or dozing before webcams of whom the background holds none,
images of the 36 other classes that are not in the background, and frames that show nothing. Once at the model's own
thresholds, once at the one confidence that shows 90 % of the four classes' own images.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import yaml

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from app.arrays import Float32s, Images  # noqa: E402
from app.images.prepare import InputSpec  # noqa: E402
from app.model.classifier import Classifier  # noqa: E402
from app.paths import BACKGROUND, MODELS  # noqa: E402
from app.teach.background import probe_frames  # noqa: E402
from app.teach.captures import Capture, Captures  # noqa: E402
from app.teach.teach import TeachOptions, teach  # noqa: E402
from training.data.dataset import Dataset, Sample, load_dataset  # noqa: E402
from training.data.decode import prepared_chunks  # noqa: E402
from training.data.image_cues import image_cues  # noqa: E402
from training.evaluation.predictions import predict  # noqa: E402

MODEL = MODELS / "daily_activity.onnx"
TAUGHT, PER_CLASS = 20, 12  # images of a class that teach; of the other classes that are judged
IN_BACKGROUND = 12  # images of a class: see training/datasets/background.yaml


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--cues", type=Path, metavar="FILE.npz", help="keeps what was found of face, hands and objects")
    parser.add_argument("--without-background", action="store_true")
    options = parser.parse_args()
    photos = load_dataset(options.shared / "data" / "stanford40")
    webcam = kept_out(load_dataset(options.shared / "data" / "webcam").samples)
    background = None if options.without_background else BACKGROUND
    found = []
    for number in range(options.draws):
        draw = Draw.of(photos, webcam, random.Random(number))
        figures = draw.judged(options.cues, background)
        print(f"{', '.join(draw.taught)}: {shown(figures)}", flush=True)
        found.append(figures)
    print(f"mean: {shown({name: float(np.mean([figures[name] for figures in found])) for name in found[0]})}")


@dataclass(frozen=True)
class Draw:
    """Four classes, the images that teach them, and what judges the model."""

    taught: list[str]
    teaching: list[Sample]
    own: list[Sample]
    unknown: dict[str, list[Sample]]

    @classmethod
    def of(cls, photos: Dataset, webcam: list[Sample], dice: random.Random) -> "Draw":
        taught = dice.sample(photos.labels, 4)
        of_class = {label: unused([s for s in photos.samples if s.label == label]) for label in photos.labels}
        drawn = {label: dice.sample(samples, len(samples)) for label, samples in of_class.items()}
        return cls(
            taught,
            [sample for label in taught for sample in drawn[label][:TAUGHT]],
            [sample for label in taught for sample in drawn[label][TAUGHT:]],
            {
                "webcam": webcam,
                "others": [one for label in photos.labels if label not in taught for one in drawn[label][:PER_CLASS]],
            },
        )

    def judged(self, store: Path | None, background: Path | None) -> dict[str, float]:
        """The shares that are shown."""
        spec = Classifier(MODEL).contract.input
        judging = [*self.own, *(sample for samples in self.unknown.values() for sample in samples)]
        cues = image_cues([*self.teaching, *judging], store)
        captures = [
            Capture(images[row], sample.label, name=sample.name, cues=cues[sample.sha256])
            for chunk, images in prepared_chunks(self.teaching, spec)
            for row, sample in enumerate(chunk)
        ]
        with tempfile.TemporaryDirectory() as name:
            teach(Captures(captures), MODEL, Path(name) / "four.onnx", TeachOptions(background=background))
            model = Classifier(Path(name) / "four.onnx")
        return shares(model, self.own, self.unknown, cues)


def shares(
    model: Classifier, own: Sequence[Sample], unknown: Mapping[str, Sequence[Sample]], cues: Mapping[str, Float32s]
) -> dict[str, float]:
    """The shares that a model shows, at its own thresholds and where 90 % of its own images are shown."""
    probs, thresholds = predict([model], own, cues=cues).probs, np.array(model.contract.thresholds)
    right = probs.argmax(axis=1) == [model.contract.labels.index(sample.label) for sample in own]
    found = {name: predict([model], samples, cues=cues).probs for name, samples in unknown.items()}
    found["nothing"] = model.predict(nothing(own, model.contract.input)).probs
    above, least = passes(probs, thresholds), float(np.quantile(probs.max(axis=1), 0.1))
    figures = {"own": float(above.mean()), "right": float(right[above].mean())}
    figures |= {name: float(passes(of, thresholds).mean()) for name, of in found.items()}
    return figures | {f"{name} at 90": float((of.max(axis=1) >= least).mean()) for name, of in found.items()}


def nothing(own: Sequence[Sample], spec: InputSpec) -> Images:
    """Frames of one grey, ramps, noise, and a few images far out of focus."""
    images = np.concatenate([images for _, images in prepared_chunks(own[:: max(1, len(own) // 10)], spec)])
    blurred = [cv2.GaussianBlur(image, (0, 0), 0.12 * spec.size) for image in images]
    return np.concatenate([probe_frames(spec.size), np.stack(blurred).astype(np.uint8)])


def unused(samples: Sequence[Sample]) -> list[Sample]:
    """Those that the background has not: `at_most` takes the first by hash."""
    return sorted(samples, key=lambda sample: sample.sha256)[IN_BACKGROUND:]


def kept_out(webcam: Sequence[Sample]) -> list[Sample]:
    """Of the people whom the dataset keeps from training, idle or dozing, at most fifteen images each."""
    pinned = yaml.safe_load((ROOT / "training/datasets/daily_activity.yaml").read_text())["pinned"]
    people = [group.split(":")[1] for part in ("val", "test") for group in pinned[part]]
    idle = [sample for sample in webcam if sample.label in ("other", "sleeping")]
    return [one for who in people for one in [s for s in idle if s.path.name.startswith(f"{who}-")][:15]]


def passes(probs: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    return np.asarray(probs.max(axis=1) >= thresholds[probs.argmax(axis=1)])


def shown(figures: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.1%}" for name, value in figures.items())


if __name__ == "__main__":
    main()
