"""What a joint head makes of people before a webcam whose whole source it never saw: every source held out in turn.

    python tests/benchmark/held_out.py MODEL.onnx --split FILE.csv --data-root DIR [--cues FILE.npz] [--without SIDE]

MODEL is one without cues, the split names the images. The sources of the folder `webcam`, whose files are called
<source>-<person>-<number>, are dealt into three groups; for each, a head is fitted on all other images of the training
part and of the other groups. Figures are means over people: found (the most probable class), and idle images shown as
an activity with a confidence of 0.7 and of 0.8. The network below the head may have seen some of the sources.
"""

import argparse
import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from app.cues.vector import SPEC  # noqa: E402
from app.model.probabilities import softmax  # noqa: E402
from app.teach.general_network import attach_general_network  # noqa: E402
from training.commands.command import import_tensorflow  # noqa: E402

GROUPS, WEBCAM = 3, "webcam/"
FOUND = {
    "dozing": ({"sleeping"}, {"sleeping"}),
    "phone": ({"texting", "calling"}, {"texting", "calling"}),
    "waving": ({"waving"}, {"waving"}),
    "brushing teeth": ({"brushing_teeth"}, {"brushing_teeth"}),
    "writing": ({"writing"}, {"writing"}),
}
QUIET = ("other", "using_computer")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--split", type=Path, required=True)
    parser.add_argument("--data-root", type=Path, required=True)
    parser.add_argument("--cues", type=Path)
    parser.add_argument(
        "--without", action="append", default=[], metavar="SIDE", help="face, eyes, hands, objects, scene"
    )
    parser.add_argument("--set", dest="overrides", action="append", default=[])
    options = parser.parse_args()
    import_tensorflow()
    from training.data.image_cues import image_cues
    from training.data.stored_samples import stored_samples
    from training.evaluation.cue_influence import side_of
    from training.fitting.join import Seen, calibrated, fit_on, look
    from training.recipe import load_recipe

    recipe = load_recipe(None, options.overrides)
    base = attach_general_network(options.model, None)
    labels = base.contract.labels
    parts = stored_samples(options.split, options.data_root, labels)
    everything = [sample for samples in parts.values() for sample in samples]
    seen = look(base, everything, image_cues(everything, options.cues), "whole")
    hidden = [side_of(name) in options.without for name in SPEC.names]
    seen = replace(seen, cues=np.where(hidden, np.float32(0), seen.cues))
    part_of = {sample.sha256: part for part, samples in parts.items() for sample in samples}
    names = [sample.name for sample in seen.samples]
    webcam = np.array([name.startswith(WEBCAM) for name in names])
    people = np.array(["-".join(Path(name).name.split("-")[:2]) for name in names])
    sources = np.array([person.split("-")[0] for person in people])
    group = {source: number % GROUPS for number, source in enumerate(sorted(set(sources[webcam])))}
    held = np.array([group[source] if is_web else -1 for source, is_web in zip(sources, webcam, strict=True)])
    trained = np.array([part_of[sample.sha256] == "train" for sample in seen.samples]) | webcam
    judged = np.array([part_of[sample.sha256] == "val" for sample in seen.samples]) & ~webcam

    def rows(chosen: npt.NDArray[np.bool_]) -> Seen:
        samples = [sample for sample, is_chosen in zip(seen.samples, chosen, strict=True) if is_chosen]
        return Seen(samples, seen.probs[chosen], seen.cues[chosen], seen.truth[chosen])

    probs = np.zeros_like(seen.probs)
    for number in range(GROUPS):
        head = calibrated(
            fit_on(rows(trained & (held != number)), msgspec.structs.replace(recipe, seed=recipe.seed + number)),
            rows(judged),
        )
        probs[held == number] = softmax(head.logits(seen.probs[held == number], seen.cues[held == number]))
    report(probs[webcam], [labels[label] for label in seen.truth[webcam]], people[webcam], labels)


def report(
    probs: npt.NDArray[np.float32], truth: list[str], people: npt.NDArray[np.str_], labels: tuple[str, ...]
) -> None:
    answers = [labels[answer] for answer in probs.argmax(axis=1)]
    for name, (classes, right) in FOUND.items():
        found = [
            (person, answer in right)
            for person, label, answer in zip(people, truth, answers, strict=True)
            if label in classes
        ]
        print(f"{name}: {mean_of_people(found)}")
    for least in (0.7, 0.8):
        taken = [
            (person, answer not in QUIET and share >= least)
            for person, label, answer, share in zip(people, truth, answers, probs.max(axis=1), strict=True)
            if label == "other"
        ]
        print(f"idle shown as an activity with {least} or more: {mean_of_people(taken)}")


def mean_of_people(found: list[tuple[str, bool]]) -> str:
    of_person = defaultdict(list)
    for person, is_found in found:
        of_person[person].append(is_found)
    shares = [float(np.mean(each)) for each in of_person.values()]
    return f"{np.mean(shares):.2f} of {len(shares)} people" if shares else "nobody"


if __name__ == "__main__":
    main()
