"""`background`: writes the embeddings from which taught classes are told apart."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from app.outputs import check_target, written_whole
from app.paths import GENERAL_MODEL
from training.commands.command import Command, add_data_flags


@dataclass(frozen=True, kw_only=True)
class BackgroundOptions:
    """Which images make the background, and in whose embedding.

    Attributes:
        model: the ONNX file that is taught later.
        output: the .npz file.
        data: a dataset YAML or a folder; each class is a group of images that show one activity.
        data_root: where the YAML's folders are; None: beside it.
        cues: the file that keeps the cues, for a model that takes them; None: they are found again.
        overwrite: whether the output may be replaced.
    """

    model: Path
    output: Path
    data: Path
    data_root: Path | None = None
    cues: Path | None = None
    overwrite: bool = False


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of `background`."""
    parser.add_argument("model", type=Path, metavar="MODEL.onnx", help="the model that is taught later")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE.npz", help="models/background.npz")
    add_data_flags(parser)
    parser.add_argument("--cues", type=Path, metavar="FILE.npz", help="keeps what was found of face, hands and objects")
    parser.add_argument("--overwrite", action="store_true", help="replace the file if it exists")


def background(options: BackgroundOptions) -> None:
    """Writes the embeddings of the images, and of frames that show nothing; nothing is written after an error.

    Raises:
        AppError: every mistake of a user.
    """
    import numpy as np

    from app.teach.background import probe_frames, write_background
    from app.teach.general_network import attach_general_network
    from training.data.dataset import load_dataset
    from training.data.decode import prepared_chunks
    from training.data.image_cues import image_cues, vectors
    from training.data.layout import folders_read

    inputs = [options.model, *folders_read(options.data, options.data_root)]
    check_target(options.output, ".npz", overwrite=options.overwrite, inputs=inputs)
    base = attach_general_network(options.model, GENERAL_MODEL)
    dataset = load_dataset(options.data, options.data_root)
    cues = image_cues(dataset.samples, options.cues) if base.contract.cues is not None else {}
    nothing = base.classifier.predict(probe_frames(base.contract.input.size)).embedding
    rows, groups = [nothing], [0] * len(nothing)
    for chunk, images in prepared_chunks(dataset.samples, base.contract.input):
        if chunk:
            rows.append(base.classifier.predict(images, vectors(base.contract, chunk, cues)).embedding)
            groups += [1 + dataset.labels.index(sample.label) for sample in chunk]
    with written_whole(options.output) as draft:
        write_background(draft, np.concatenate(rows), np.array(groups), base.general_columns)
    size_mb = options.output.stat().st_size / 1e6
    print(f"{options.output}: {len(groups):,} embeddings in {len(set(groups))} groups, {size_mb:.1f} MB")


COMMAND = Command(
    name="background",
    help="write what taught classes are told apart from",
    add_flags=add_flags,
    options=BackgroundOptions,
    run=background,
)
