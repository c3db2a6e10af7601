"""`import`: a model made elsewhere as one of this project, written only after it proved to answer as the original."""

import argparse
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from app.outputs import check_target, written_whole
from app.system.terminal import warn
from training.commands.command import Command, import_tensorflow

_THRESHOLD = 0.5


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """What to import; None: as the YAML file beside the model says, else as the model tells.

    Attributes:
        file: a Keras, HDF5, TensorFlow Lite or ONNX file, or a SavedModel folder.
        output: the ONNX file that is written.
        labels: text file of class names.
        size: side of the image, px.
        scaling: which numbers the pixels are.
        layout: NCHW or NHWC.
        answers: "probs" or "logits".
        resize: how an image of another shape becomes square.
        images: folder of images to compare on; None: made ones.
        overwrite: a file that is there is replaced.
    """

    file: Path
    output: Path
    labels: str | None = None
    size: int | None = None
    scaling: str | None = None
    layout: str | None = None
    answers: str | None = None
    resize: str | None = None
    images: Path | None = None
    overwrite: bool = False


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of `import`."""
    parser._negative_number_matcher = re.compile(r"-\d")  # so that -1..1 is a value, not a flag
    parser.add_argument("file", type=Path, metavar="FILE", help=".keras, .h5, .tflite, .onnx or a SavedModel folder")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE.onnx")
    parser.add_argument("--labels", metavar="FILE.txt", help="class names, one a line (labels.txt beside the model)")
    parser.add_argument("--size", type=int, metavar="S", help="side of the image in px, where the model leaves it free")
    scalings = ("0..1", "-1..1", "imagenet", "caffe", "none")
    parser.add_argument("--scaling", choices=scalings, help="which numbers the pixels were in its training")
    parser.add_argument("--layout", choices=("NCHW", "NHWC"), help="where the colours are in its input")
    answers = parser.add_mutually_exclusive_group()
    for kind, meaning in (("probs", "probabilities"), ("logits", "logits, before the softmax")):
        answers.add_argument(
            f"--{kind}", dest="answers", action="store_const", const=kind, help=f"its answers are {meaning}"
        )
    parser.add_argument("--resize", choices=("squeeze", "crop", "stretch"), help="how an image becomes square")
    parser.add_argument("--images", type=Path, metavar="DIR", help="images to compare on (made ones)")
    parser.add_argument("--overwrite", action="store_true", help="replace the file if it exists")


def import_model(options: ImportOptions) -> None:
    """Writes the file, or leaves things as they were.

    Raises:
        AppError: every mistake of a user, a model that cannot be imported, and one that answers otherwise.
    """
    check_target(options.output, ".onnx", overwrite=options.overwrite, make_folder=True)
    from app.model.contract import ModelContract
    from app.model.foreign import form_of
    from training.onnx_files.adopt import adopt
    from training.onnx_files.foreign_model import NEED_TENSORFLOW, open_foreign, original_answers
    from training.onnx_files.foreign_output import expected_probs, find_output
    from training.onnx_files.import_choices import find_facts, native_input, read_choices
    from training.onnx_files.import_images import import_images
    from training.onnx_files.import_proof import write_proved
    from training.onnx_files.parity import MIN_DIFFERENCE, variety

    choices = read_choices(options.file, _said(options))
    if form_of(options.file) in NEED_TENSORFLOW:
        import_tensorflow()
    foreign = open_foreign(options.file, choices.size)
    facts = find_facts(options.file, foreign, choices)
    images = import_images(options.images, facts.input)
    native = native_input(images, facts)
    outputs = original_answers(options.file, foreign, native)
    output = find_output(options.file, outputs, len(facts.labels), choices.answers)
    expected = expected_probs(outputs, output)
    info = {"imported_from": options.file.name, "form": foreign.what, "pixels": facts.scaling}
    contract = ModelContract(facts.labels, facts.input, (_THRESHOLD,) * len(facts.labels), info)
    adopted_model = partial(adopt, foreign.graph, facts, output, contract, native[:1])
    with written_whole(options.output) as draft:
        adopted, worst = write_proved(options.file, draft, adopted_model, images, expected)
    found = {
        **facts.origins,
        "answers": f"{'probabilities' if output.is_probs else 'logits'} "
        f"({'as you say' if choices.answers else 'as its answers look'})",
        "embedding": f"{adopted.embedding} numbers, what the last linear layer sees"
        if adopted.embedding
        else "none found; the probabilities stand in its place, and teaching works less well",
        "thresholds": f"{_THRESHOLD} for each class, not calibrated",
    }
    kind = "images" if options.images else "made images"
    print(f"{options.file}: {foreign.what}")
    print("".join(f"  {name}: {value}\n" for name, value in found.items()), end="")
    print(f"{options.output}: answers as the original, within {worst:.1e} on {len(images)} {kind}")
    if variety(expected) < MIN_DIFFERENCE:
        said = f"all {len(images)} {kind} get nearly the same answer, which proves little; give others with --images"
        warn(said)


def _said(options: ImportOptions) -> dict[str, Any]:
    """The flags that say what the model takes and answers, where they were given."""
    names = ("labels", "size", "scaling", "layout", "answers", "resize")
    return {name: value for name in names if (value := getattr(options, name)) is not None}


COMMAND = Command(
    name="import",
    help="bring in a model made elsewhere",
    add_flags=add_flags,
    options=ImportOptions,
    run=import_model,
    after_ctrl_c=lambda options: "nothing was imported",
)
