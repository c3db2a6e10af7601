"""Findings about a dataset before anything is trained on it: bad, doubtful and repeated pictures, small classes."""

import os
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image as Pillow

from app.errors import ConfigError
from app.images.class_folders import is_image
from training.data import folders
from training.data.layout import Layout, read_layout
from training.inspection import rules as check_rules
from training.inspection.findings import USELESS, File, Finding, Kind, Severity, printable
from training.inspection.measure import look, look_at_other
from training.inspection.quarantine import MOVES, quarantine
from training.inspection.report import write_report
from training.inspection.rules import Picture

_NAMED = 3  # files of a kind on the terminal


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """data: folder of class folders, or a dataset YAML with its folders below data_root.

    report: folder for findings.csv, report.html and contact sheets. quarantine: folder that useless files are moved to.
    """

    data: Path
    data_root: Path | None = None
    report: Path | None = None
    quarantine: Path | None = None


def check(options: CheckOptions) -> list[Finding]:
    """Prints a summary, and returns the findings, the worst first. Nothing is changed without `quarantine`.

    That moves only what training cannot read. Copies stay, even across classes: which label is right, no program can
    tell. Raises ConfigError for what load_dataset refuses, except for empty classes, which are findings.
    """
    layout = read_layout(options.data, options.data_root)
    _refuse_inside(layout, options.data, options.report, "--report")
    _refuse_inside(layout, options.data, options.quarantine, "--quarantine")
    files, others = list_files(layout)
    print(f"checking {len(files):,} pictures in {_plural(len(layout.classes), 'class', 'classes')}", flush=True)
    pictures = look_at(files)
    findings = [
        *check_rules.of_pictures(pictures),
        *check_rules.of_copies(pictures),
        *check_rules.of_classes(layout, pictures),
        *_of_others(others),
        *_outside_classes(layout, options.data),
    ]
    findings.sort(key=lambda finding: finding.order)
    print("\n".join(summary(layout, pictures, findings)))
    if options.report is not None:
        print(f"report: {write_report(options.report, layout, pictures, findings)}")
    if options.quarantine is not None:
        _quarantine(findings, options.quarantine)
    return findings


def list_files(layout: Layout) -> tuple[list[File], list[File]]:
    """The pictures by their names, and the other files, of every class. Raises ConfigError for a missing folder."""
    pictures: list[File] = []
    others: list[File] = []
    for label in sorted(layout.classes):
        for entry in layout.classes[label]:
            folder = layout.root / entry.folder
            if not folders.is_folder(folder):
                raise ConfigError(f"class {label!r}: {folder}: no such folder; is --data-root right?")
            for paths, into in zip(folders.scan(folder, layout.skip), (pictures, others), strict=True):
                names = [path.relative_to(layout.root).as_posix() for path in paths]
                into += [
                    File(path, name, label, entry.folder, entry.part) for path, name in zip(paths, names, strict=True)
                ]
    return pictures, others


def look_at(files: Sequence[File]) -> list[Picture]:
    """At all pictures, in order, in as many threads as there are cores."""
    with _silence(), warnings.catch_warnings(), ThreadPoolExecutor(os.cpu_count()) as pool:
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Pillow.DecompressionBombWarning)
        looks = list(pool.map(look, [file.path for file in files]))
    return [Picture(file, seen) for file, seen in zip(files, looks, strict=True)]


@contextmanager
def _silence() -> Iterator[None]:
    """Damaged files are findings: what OpenCV, libpng and libtiff print about them to file descriptor 2 is noise."""
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def summary(layout: Layout, pictures: Sequence[Picture], findings: Sequence[Finding]) -> Iterator[str]:
    """Lines for a terminal, the worst first."""
    usable = sum(look.problem is None for _, look in pictures)
    yield f"{printable(layout.name)}: {usable:,} of {_plural(len(pictures), 'picture', 'pictures')} can be used"
    of_kind: dict[Kind, list[Finding]] = defaultdict(list)
    for finding in findings:
        of_kind[finding.kind].append(finding)
    for kind, found in of_kind.items():
        more = f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
        shown = ", ".join(_in_brief(finding) for finding in found[:_NAMED])
        yield f"{kind.severity.name.lower():7} {len(found):6,}  {kind.title}: {shown}{more}"
    counts = [sum(finding.kind.severity is severity for finding in findings) for severity in Severity]
    yield ", ".join(
        _plural(count, s.name.lower(), f"{s.name.lower()}s") for count, s in zip(counts, Severity, strict=True)
    )


def _in_brief(finding: Finding) -> str:
    if finding.file is None:
        return printable(f"{finding.label} ({finding.detail})" if finding.detail else finding.label)
    return printable(f"{finding.file.name} = {finding.other.name}" if finding.other else finding.file.name)


def _of_others(files: Sequence[File]) -> Iterator[Finding]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Pillow.DecompressionBombWarning)
        for file in files:
            problem = look_at_other(file.path)
            yield Finding(problem.kind, file.label, file, problem.detail)


def _outside_classes(layout: Layout, data: Path) -> Iterator[Finding]:
    """Pictures beside the class folders; in a YAML's data root they may belong to anything."""
    if not data.is_dir():
        return
    parts = {Path(entry.folder).parent for entries in layout.classes.values() for entry in entries if entry.part}
    for folder in sorted({data} | {data / part for part in parts}):
        for path in sorted(folder.iterdir()):
            if is_image(path) and not path.name.startswith("."):
                name = path.relative_to(data).as_posix()
                yield Finding(Kind.OUTSIDE, "", File(path, name, "", ""))


def _refuse_inside(layout: Layout, data: Path, folder: Path | None, option: str) -> None:
    """The next training would take it for a class."""
    if folder is None:
        return
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{option} {folder}: expected a folder, this is a file")
    tops = [data] if data.is_dir() else [layout.root / e.folder for entries in layout.classes.values() for e in entries]
    for top in tops:
        if folder.resolve().is_relative_to(top.resolve()):
            raise ConfigError(f"{option} {folder}: lies inside the dataset ({top}); choose a folder outside")


def _quarantine(findings: Sequence[Finding], folder: Path) -> None:
    useless = [finding for finding in findings if finding.kind in USELESS]
    if not useless:
        print("nothing to move to quarantine")
        return
    moved, failed = quarantine(useless, folder)
    print("\n".join([f"moved {_plural(moved, 'file', 'files')} to {folder}, listed in {folder / MOVES}", *failed]))
    print(f"to undo: python -m training.inspection.quarantine {folder}")


def _plural(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
