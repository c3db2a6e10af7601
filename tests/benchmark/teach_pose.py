"""Is a pose that twenty images of one person teach found on others? python tests/benchmark/teach_pose.py

For each pose: 20 images of one person and 20 of the same person idle teach two classes; judged on other people, each
from another source where there is one. Figures: the mean of both classes' recall, with cues and without.
"""

import argparse
import random
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from app.images.prepare import prepare  # noqa: E402
from app.images.read import read_image  # noqa: E402
from app.paths import GENERAL_MODEL  # noqa: E402
from app.teach import embed as embedding  # noqa: E402
from app.teach.capture_cues import with_cues  # noqa: E402
from app.teach.captures import Capture  # noqa: E402
from app.teach.classes import find_classes  # noqa: E402
from app.teach.fit import fit_new_classes  # noqa: E402
from app.teach.general_network import BaseModel, attach_general_network  # noqa: E402

TAUGHT, JUDGED = 20, 40
SHARE = embedding.CUE_SHARE
POSES = {  # class: who teaches; who is judged, and under which name the same person is idle
    "waving": (
        "signs1-A",
        {who: who for who in ("signs1-B", "signs2-A", "signs2-B", "signs3-A", "signs5-A", "signs7-A")},
    ),
    "sleeping": (
        "learnlens-L1",
        {"learnlens-L2": "learnlens-L2", "learnlens-L3": "learnlens-L3", "yawn15-A": "yawn15-ABC"}
        | {who: who for who in ("dileep-P5", "achraf-P3")},
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "daily_activity.onnx")
    parser.add_argument("--data-root", type=Path, default=ROOT.parent / "shared" / "data")
    options = parser.parse_args()
    base = attach_general_network(options.model, GENERAL_MODEL)
    for pose, (teacher, others) in POSES.items():
        taught = images(base, options.data_root, pose, teacher, teacher, TAUGHT)
        judged = [images(base, options.data_root, pose, who, idle, JUDGED) for who, idle in others.items()]
        for name, share in (("with cues", SHARE), ("without", 1e-9)):
            recalls = [round(recall(base, taught, one, share), 2) for one in judged]
            print(f"{pose}, {name}: mean {np.mean(recalls):.3f} of {len(recalls)} people {recalls}", flush=True)


def images(base: BaseModel, root: Path, pose: str, who: str, idle: str, count: int) -> list[Capture]:
    found = []
    for label, folder, person in ((pose, pose, who), ("idle", "other", idle)):
        paths = [path for path in sorted((root / "webcam" / folder).glob(f"{person}-*")) if "-weak-" not in path.name]
        random.Random(0).shuffle(paths)
        for path in paths[:count]:
            image = read_image(path)
            assert image is not None, path
            found.append(Capture(prepare(image, base.contract.input), label, path=path))
    return with_cues(found, 2)


def recall(base: BaseModel, taught: list[Capture], judged: list[Capture], share: float) -> float:
    """The mean of both classes' recall."""
    embedding.CUE_SHARE = share
    classes = find_classes(taught, ())
    columns = (base.general_columns, 2, base.cue_columns)
    head = fit_new_classes(taught, classes, embedding.embed(taught, base.classifier, *columns)).head
    seen = embedding.embed(judged, base.classifier, *columns).originals
    answers, truth = head.logits(embedding.power_normalise(seen)).argmax(axis=1), classes.targets(judged)
    return float(np.mean([(answers[truth == label] == label).mean() for label in (0, 1)]))


if __name__ == "__main__":
    main()
