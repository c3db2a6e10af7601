"""Makes a model that knows new classes, from folders of images.

DIR/<class>/*.jpg, or DIR/<class>/<session>/*.jpg when the pictures of a class come from several sittings: those of one
sitting are then never judged by a model that saw the others.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from app.command import Parser, not_loadable, program, run_command
from app.paths import CONFIG
from app.system.process import prepare_process


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit status: 0, or 2 for a user's mistake."""
    parser = Parser(
        prog=program("teach"),
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--data", type=Path, required=True, metavar="DIR", help="a folder for each class")
    add("--output", type=Path, required=True, metavar="FILE.onnx", help="the model that is written")
    add("--model", type=Path, metavar="FILE", help="the model that is taught (that of config.yaml)")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--keep-classes", action="store_true", help="the old classes stay beside the new ones")
    which.add_argument("--only-new", action="store_true", help="the new classes replace the old ones (default)")
    add("--overwrite", action="store_true", help="replace the output if it exists")
    add("--json", type=Path, metavar="OUT", help="write the report here as well")
    options = parser.parse_args(argv)
    prepare_process()
    return run_command(lambda: _teach(options))


def _teach(options: argparse.Namespace) -> None:
    try:  # late: --help needs none of it
        from app.config.settings import load, model_path
        from app.model.classifier import Classifier
        from app.outputs import check_target
        from app.teach.captures import read_captures
        from app.teach.teach import check_output, teach
    except ImportError as error:
        raise not_loadable(error) from error

    check_output(options.output, options.overwrite)
    if options.json is not None:
        check_target(options.json, ".json")
    model = options.model or model_path(load(CONFIG, []))
    found = read_captures(options.data, Classifier(model).contract.input)
    report = teach(
        found.pictures,
        model,
        options.output,
        keep=options.keep_classes,
        overwrite=options.overwrite,
        unreadable=found.unreadable,
    )
    print(*report.lines(), sep="\n")
    if options.json is not None:
        options.json.write_text(json.dumps(report.to_json(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
