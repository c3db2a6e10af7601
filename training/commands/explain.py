"""`explain`: where in an image a model looks."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import ConfigError
from app.system.terminal import warn
from app.text import printable, same_name
from training.commands.command import Command


@dataclass(frozen=True, kw_only=True)
class ExplainOptions:
    """What to explain.

    Attributes:
        model: an exported ONNX file.
        images: the files.
        output: folder for the results.
        label: the class to explain; None: the model's answer for each image.
    """

    model: Path
    images: Sequence[Path]
    output: Path = Path("explained")
    label: str | None = None


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of `explain`."""
    parser.add_argument("model", type=Path, metavar="MODEL.onnx")
    parser.add_argument("images", type=Path, nargs="+", metavar="IMAGE")
    parser.add_argument("--output", type=Path, metavar="DIR", help="folder for the results (explained)")
    parser.add_argument("--label", metavar="CLASS", help="the class to explain (the model's answer)")


def explain(options: ExplainOptions) -> None:
    """Writes a PNG for every readable image: what the model saw, the same with its heatmap, label and confidence.

    Raises:
        AppError: a model that cannot be explained, an unknown label, or no image that can be read.
    """
    import numpy as np

    from app.images.prepare import prepare
    from app.images.read import read_image
    from training.evaluation.gradcam import GradCam
    from training.reports.explained import caption_of, draw_explained, save_explained

    grad_cam = GradCam(options.model)
    labels = grad_cam.contract.labels
    label = None if options.label is None else same_name(options.label, labels)
    if options.label is not None and label is None:
        raise ConfigError(f"--label {options.label}: not a class of this model; it knows {', '.join(labels)}")
    wanted = None if label is None else np.array([labels.index(label)])
    done = 0
    for path in options.images:
        image = read_image(path)
        if image is None:
            warn(f"{path}: not a readable image, skipped")
            continue
        seen = prepare(image, grad_cam.contract.input)
        maps, probs = grad_cam(seen[None], wanted)
        caption = caption_of(labels, probs[0], label)
        target = save_explained(draw_explained(seen, maps[0], caption), options.output, path.stem)
        print(f"{printable(str(target))}: {caption}")
        done += 1
    if not done:
        raise ConfigError(f"none of the {len(options.images)} images can be read; give JPEG, PNG or WebP files")


COMMAND = Command(
    name="explain",
    help="show where in an image the model looks",
    add_flags=add_flags,
    options=ExplainOptions,
    run=explain,
    after_ctrl_c=lambda options: "the images done so far are kept",
)
