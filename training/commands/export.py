"""`export`: a finished run as one self-contained ONNX file, published only after it proved to equal the Keras model."""

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.outputs import check_target, written_whole
from training.commands.command import Command, import_tensorflow


@dataclass(frozen=True, kw_only=True)
class ExportOptions:
    """What to export, and in which form.

    Attributes:
        run: folder of a finished run.
        output: the ONNX file.
        data_root: where the run's images are now; None: where they were.
        int8: quantise; refused when it costs more than half a point of accuracy.
        fp16: keep the weights in half precision.
        mirror: the model sees each image's mirror image too.
        overwrite: a file that is there is replaced.
    """

    run: Path
    output: Path
    data_root: Path | None = None
    int8: bool = False
    fp16: bool = False
    mirror: bool = False
    overwrite: bool = False


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of `export`."""
    parser.add_argument("run", type=Path, metavar="runs/NAME", help="folder of a finished training run")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE.onnx")
    parser.add_argument("--data-root", type=Path, metavar="DIR", help="where the run's images are, if they moved")
    smaller = parser.add_mutually_exclusive_group()
    smaller.add_argument("--int8", action="store_true", help="quantise; refused when it costs more than half a point")
    smaller.add_argument("--fp16", action="store_true", help="keep the weights in half precision: half the file")
    parser.add_argument("--mirror", action="store_true", help="see each image's mirror image too; twice the time")
    parser.add_argument("--overwrite", action="store_true", help="replace the file if it exists")


def export(options: ExportOptions) -> None:
    """Writes the file, or leaves things as they were.

    Raises:
        AppError: every mistake of a user, and when the two models disagree.
    """
    import_tensorflow()
    from app.model.classifier import Classifier
    from training.networks.model import load_run
    from training.onnx_files.compress import to_fp16, to_int8
    from training.onnx_files.convert import convert, publishable
    from training.onnx_files.parity import verify
    from training.onnx_files.run_contract import run_contract
    from training.onnx_files.run_images import RunImages
    from training.run_folder import read_config, read_metrics, read_rejection

    check_target(options.output, ".onnx", overwrite=options.overwrite, make_folder=True, inputs=[options.run])
    config, metrics = read_config(options.run), read_metrics(options.run)
    _, trained = load_run(options.run)
    contract = run_contract(config, metrics, options.mirror)
    run_images = RunImages(options.run, config, options.data_root)
    images = run_images.parity()
    model = publishable(
        trained, contract.input.size, metrics["temperature"], options.mirror, read_rejection(options.run)
    )
    with (
        written_whole(options.output) as draft,
        tempfile.TemporaryDirectory(prefix=".export-", dir=draft.parent) as folder,
    ):
        fp32, smaller = Path(folder) / "fp32.onnx", Path(folder) / "smaller.onnx"
        fp32.write_bytes(convert(model, contract).SerializeToString())
        worst = verify(model, Classifier(fp32), images)
        said = f"Keras and ONNX Runtime differ by {worst:.1e} on {len(images)} images"
        if options.int8:
            said = f"{to_int8(fp32, smaller, contract, run_images)}\nbefore it became int8, {said}"
        if options.fp16:
            said = f"{said}; {to_fp16(fp32, smaller, images)}"
        (smaller if options.int8 or options.fp16 else fp32).replace(draft)
    print(f"{options.output}: {options.output.stat().st_size / 1e6:.1f} MB; {said}")


COMMAND = Command(
    name="export",
    help="publish a run as one verified ONNX file",
    add_flags=add_flags,
    options=ExportOptions,
    run=export,
    after_ctrl_c=lambda options: "nothing was exported",
)
