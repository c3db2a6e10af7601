"""`helpers`: writes the networks that find face, eyes, hands and objects, from the published files."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from training.commands.command import Command, import_tensorflow


@dataclass(frozen=True, kw_only=True)
class HelperOptions:
    """What to convert, and where to.

    Attributes:
        source: the folder with the published files; models/helpers/NOTICE names them.
        output: the folder to write to.
        overwrite: whether files that are there may be replaced.
    """

    source: Path
    output: Path
    overwrite: bool = False


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of `helpers`."""
    parser.add_argument("--source", type=Path, required=True, metavar="DIR", help="the published files")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="models/helpers")
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist")


def export_helpers(options: HelperOptions) -> None:
    """Converts them, compares their answers with those of the published files, and writes checksums.

    Raises:
        AppError: a file is missing, or a converted one answers otherwise.
    """
    import_tensorflow()
    from training.onnx_files.helper_networks import convert_helpers

    for name, difference in convert_helpers(options.source, options.output, overwrite=options.overwrite).items():
        size = (options.output / f"{name}.onnx").stat().st_size / 1e6
        print(f"{name}.onnx: {size:.1f} MB; differs from the published file by at most {difference:.1e}")


COMMAND = Command(
    name="helpers",
    help="write the networks that find face, hands and objects",
    add_flags=add_flags,
    options=HelperOptions,
    run=export_helpers,
)
