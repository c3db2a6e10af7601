"""`check`: bad, doubtful and repeated images and small classes, found before anything is trained on them."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import ConfigError
from app.system.terminal import warn
from app.text import counted
from training.commands.command import Command, silent_stderr

if TYPE_CHECKING:
    from training.data.layout import Layout
    from training.inspection.findings import Finding


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What to check, and what to leave.

    Attributes:
        data: a folder of class folders, or a dataset YAML.
        data_root: where the YAML's folders are; None: beside it.
        report: folder for findings.csv, report.html and contact sheets; None: none.
        quarantine: folder that useless files are moved to; None: nothing is moved.
        overwrite: whether an earlier report may be replaced.
    """

    data: Path
    data_root: Path | None = None
    report: Path | None = None
    quarantine: Path | None = None
    overwrite: bool = False


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of `check`."""
    parser.add_argument("data", type=Path, metavar="DIR|YAML", help="one folder per class, or a dataset YAML")
    parser.add_argument("--data-root", type=Path, metavar="DIR", help="where the YAML's folders are (beside it)")
    parser.add_argument(
        "--report", type=Path, metavar="DIR", help="write findings as CSV and HTML, with contact sheets"
    )
    parser.add_argument("--quarantine", type=Path, metavar="DIR", help="move the files that cannot be used there")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier report")


def check(options: CheckOptions) -> "list[Finding]":
    """Prints a summary of what was found; without `quarantine` nothing is changed.

    Only what training cannot read is moved. Copies stay, even across classes: no program can tell which label is right.

    Returns:
        The findings, the worst first.

    Raises:
        ConfigError: what `load_dataset` refuses, except for empty classes, which are findings.
    """
    from training.data.dataset import without_other
    from training.data.layout import read_layout
    from training.inspection.examine import examine_images, find_all, linked_folders, list_files
    from training.inspection.report import check_report, write_report
    from training.inspection.summary import summary

    layout = read_layout(options.data, options.data_root)
    _refuse_inside(layout, options.data, options.report, "--report")
    _refuse_inside(layout, options.data, options.quarantine, "--quarantine")
    if options.report is not None:
        check_report(options.report, options.overwrite)
    files, skipped = list_files(layout)
    linked = linked_folders(layout, files)
    through = f", some through {counted(linked, 'linked folder')}" if linked else ""
    classes = counted(len(layout.classes), "class", "classes")
    print(f"checking {counted(len(files), 'image')} in {classes}{through}", flush=True)
    with silent_stderr():  # damaged files are findings: what image libraries print about them is noise
        images = examine_images(files)
    findings = find_all(layout, options.data, images, skipped)
    print("\n".join(summary(layout, images, findings)))
    for line in without_other(layout.classes):
        warn(line)
    if options.report is not None:
        print(f"report: {write_report(options.report, layout, images, findings)}")
    if options.quarantine is not None:
        _quarantine(findings, options.quarantine)
    return findings


def _refuse_inside(layout: "Layout", data: Path, folder: Path | None, option: str) -> None:
    """Refuses a folder inside the dataset: the next training would take it for a class."""
    if folder is None:
        return
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{option} {folder}: expected a folder, this is a file")
    entries = [entry for of_class in layout.classes.values() for entry in of_class]
    for top in [data] if data.is_dir() else [layout.root / entry.folder for entry in entries]:
        if Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(top)):
            raise ConfigError(f"{option} {folder}: is inside the dataset ({top}); choose a folder outside")


def _quarantine(findings: "list[Finding]", folder: Path) -> None:
    from training.inspection.findings import USELESS
    from training.inspection.quarantine import MOVES, quarantine

    useless = [finding for finding in findings if finding.kind in USELESS]
    if not useless:
        print("nothing to move to quarantine")
        return
    moved, failed = quarantine(useless, folder)
    print("\n".join([f"moved {counted(moved, 'file')} to {folder}, listed in {folder / MOVES}", *failed]))
    print(f"to undo: python -m training.inspection.quarantine {folder}")


COMMAND = Command(
    name="check",
    help="find bad, doubtful and repeated images before training",
    add_flags=add_flags,
    options=CheckOptions,
    run=check,
    after_ctrl_c=lambda options: "nothing was changed",
)
