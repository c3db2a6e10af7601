"""Makes a model that knows new classes, from folders of images.

DIR/<class>/*.jpg, or DIR/<class>/<session>/*.jpg when the images of a class come from several sittings: those of one
sitting are then never judged by a model that saw the others. A label.txt in a class folder names the class where the
folder cannot be called like it.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from app.command import Parser, not_loadable, program, run_command
from app.system.process import prepare_process
from app.text import printable


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        argv: the flags; None: those of the process.

    Returns:
        The exit status: 0, 2 for a user's mistake, 130 for Ctrl-C.
    """
    options = _parse(argv)
    prepare_process()
    return run_command(lambda: _teach(options))


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(
        prog=program("teach"),
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--data", type=Path, required=True, metavar="DIR", help="a folder with a subfolder for each class")
    add("--output", type=Path, required=True, metavar="FILE.onnx", help="the model that is written")
    add("--model", type=Path, metavar="FILE", help="the model that is taught (that of config.yaml)")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--keep-classes", action="store_true", help="the old classes stay beside the new ones (default)")
    which.add_argument("--only-new", action="store_true", help="the new classes replace the old ones")
    add("--overwrite", action="store_true", help="replace the files that are written if they exist")
    add("--json", type=Path, metavar="OUT.json", help="write the report here as well")
    return parser.parse_args(argv)


def _teach(options: argparse.Namespace) -> None:
    try:  # late: --help needs none of it
        from app.config.settings import load_project_settings, model_path
        from app.model.classifier import Classifier
        from app.outputs import check_distinct, check_target, write_text
        from app.teach.captures import read_captures
        from app.teach.teach import TeachOptions, teach
    except ImportError as error:
        raise not_loadable(error) from error

    model = options.model or model_path(load_project_settings())
    inputs = [model, options.data]
    check_target(options.output, ".onnx", overwrite=options.overwrite, inputs=inputs)
    if options.json is not None:
        check_target(options.json, ".json", overwrite=options.overwrite, inputs=inputs)
    check_distinct([("--output", options.output), ("--json", options.json)])
    captures = read_captures(options.data, Classifier(model).contract.input)
    how = TeachOptions(keep_classes=not options.only_new, overwrite=options.overwrite)
    report = teach(captures, model, options.output, how)
    print(*map(printable, report.lines()), sep="\n")
    print(f"next: {program('run')} --model {options.output}")
    if options.json is not None:
        write_text(options.json, json.dumps(report.to_json(), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
