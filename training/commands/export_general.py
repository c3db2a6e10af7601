"""`general`: writes the general network, on which new classes are taught, as int8 ONNX."""

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.outputs import check_target, written_whole
from training.commands.command import Command, import_tensorflow


@dataclass(frozen=True, kw_only=True)
class GeneralOptions:
    """What to write, and from what.

    Attributes:
        output: the ONNX file.
        data: a folder of images to calibrate on.
        weights: "imagenet", which Keras downloads, or a file of them.
        overwrite: whether the output may be replaced.
    """

    output: Path
    data: Path
    weights: str = "imagenet"
    overwrite: bool = False


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of `general`."""
    parser.add_argument("--output", type=Path, required=True, metavar="FILE.onnx", help="models/general.onnx")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="images to calibrate int8 on")
    parser.add_argument("--weights", metavar="imagenet|PATH", help="of MobileNetV2, without top (imagenet)")
    parser.add_argument("--overwrite", action="store_true", help="replace the file if it exists")


def export_general(options: GeneralOptions) -> None:
    """Writes uint8 RGB (N, S, S, 3), any S from 32 up -> float32 (N, 1280); nothing is written after an error.

    Raises:
        AppError: weights that do not fit, too few images, or Keras and ONNX Runtime disagree.
    """
    import_tensorflow()
    import onnx

    from app.model.contract import EMBEDDING_NAME
    from training.networks.model import without_xla
    from training.onnx_files.convert import to_onnx
    from training.onnx_files.general_network import calibration_images, general_network, verify_embedding
    from training.onnx_files.quantise import Quantiser

    weights = [Path(options.weights)] if options.weights else []
    check_target(options.output, overwrite=options.overwrite, inputs=[options.data, *weights])
    model = general_network(options.weights)
    images = calibration_images(options.data)
    with (
        written_whole(options.output) as draft,
        tempfile.TemporaryDirectory(prefix=".general-", dir=draft.parent) as folder,
    ):
        fp32 = Path(folder) / "fp32.onnx"
        onnx.save(to_onnx(without_xla(model), None, [EMBEDDING_NAME]), fp32)
        Quantiser(fp32, images, Path(folder)).write(draft, 0)
        alike = verify_embedding(model, draft, images)
    print(f"{options.output}: {options.output.stat().st_size / 1e6:.1f} MB; cosine to Keras {alike:.3f}")


COMMAND = Command(
    name="general",
    help="write the network that new classes are taught on",
    add_flags=add_flags,
    options=GeneralOptions,
    run=export_general,
)
