"""The findings of a check as a table and as one self-contained HTML page, with a contact sheet for each class."""

import base64
import csv
import io
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import OutputError
from app.outputs import check_target, write_text
from app.system.threads import map_in_threads
from app.text import printable
from training.data.layout import Layout
from training.inspection.contact_sheet import contact_sheet, encode, thumbnail
from training.inspection.findings import ACROSS, USELESS, File, Finding, Kind, Severity
from training.inspection.rules import MAX_RATIO, MeasuredImage, class_sizes
from training.reports.pages import render_page

PAGE, TABLE, SHEETS = "report.html", "findings.csv", "sheets"
_COLUMNS = ["severity", "finding", "file", "class", "part", "detail", "other"]
_SHOWN = 120  # findings of a kind on the page; findings.csv has them all
_UNSEEN = USELESS | {Kind.HUGE, Kind.UNUSED_IMAGE, Kind.LEFT_OUT}  # nothing that could be decoded


@dataclass(frozen=True)
class Section:
    """The findings of a kind on the page.

    Attributes:
        kind: what they are.
        count: how many there are in all.
        findings: those that the page shows.
        thumbnails: of each, JPEG data in base64 of its file and of what that repeats; None where there is none.
    """

    kind: Kind
    count: int
    findings: Sequence[Finding]
    thumbnails: Sequence[tuple[str | None, str | None]]


@dataclass(frozen=True)
class Class:
    """A class on the page.

    Attributes:
        label: its name.
        size: usable images.
        share: of the largest class, 0..1.
        is_small: far smaller than the largest.
        shown: images on its contact sheet.
        jpeg: the contact sheet; empty without a readable image.
    """

    label: str
    size: int
    share: float
    is_small: bool
    shown: int
    jpeg: bytes

    @property
    def sheet(self) -> str:
        """The contact sheet in base64."""
        return base64.b64encode(self.jpeg).decode()


def check_report(folder: Path, overwrite: bool) -> None:
    """Checks, before the work, that a report can be written.

    Args:
        folder: as of `write_report`.
        overwrite: whether an earlier report may be replaced.

    Raises:
        OutputError: it cannot, or one is there that may not be replaced.
    """
    for name in (PAGE, TABLE):
        check_target(folder / name, overwrite=overwrite, make_folder=True)
    sheets = folder / SHEETS
    if not overwrite and sheets.is_dir() and any(sheets.iterdir()):
        raise OutputError(f"{sheets}: holds contact sheets; choose another folder, or replace them with --overwrite")


def write_report(folder: Path, layout: Layout, images: Sequence[MeasuredImage], findings: Sequence[Finding]) -> Path:
    """Writes findings.csv, report.html and sheets/*.jpg.

    Args:
        folder: where to; made if missing.
        layout: of the dataset.
        images: all that were measured.
        findings: the worst first.

    Returns:
        The page.

    Raises:
        OutputError: they cannot be written.
    """
    classes = _classes(layout, images, findings)
    try:
        (folder / SHEETS).mkdir(parents=True, exist_ok=True)
        for old in (folder / SHEETS).glob("[0-9][0-9][0-9]-*.jpg"):
            old.unlink()  # of classes that may be gone
        for number, of_class in enumerate(classes, 1):
            if of_class.jpeg:
                (folder / SHEETS / f"{number:03}-{_slug(of_class.label)}.jpg").write_bytes(of_class.jpeg)
    except OSError as error:
        raise OutputError(f"{folder}: the report cannot be written ({error.strerror}); choose another place") from None
    write_text(folder / TABLE, _table(findings), errors="surrogateescape")
    page = folder / PAGE
    write_text(page, _page(layout, images, findings, classes))
    return page


def _slug(label: str) -> str:
    """A file name made of a label, which itself may hold anything."""
    return re.sub(r"[^a-z0-9]+", "-", label.casefold()).strip("-")[:40]


def _table(findings: Sequence[Finding]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for finding in findings:
        file, other = finding.file, finding.other
        named = [file.name if file else "", finding.label, (file.part if file else None) or "", finding.detail]
        severity = finding.kind.severity.name.lower()
        writer.writerow([severity, finding.kind.title, *named, other.name if other else ""])
    return text.getvalue()


def _page(
    layout: Layout, images: Sequence[MeasuredImage], findings: Sequence[Finding], classes: Sequence[Class]
) -> str:
    return render_page(
        "check.html",
        {"printable": printable},
        name=layout.name,
        usable=sum(image.measurement.problem is None for image in images),
        total=len(images),
        counts=[(s.name.lower(), sum(f.kind.severity is s for f in findings)) for s in Severity],
        sections=_sections(findings),
        classes=classes,
    )


def _sections(findings: Sequence[Finding]) -> list[Section]:
    of_kind: dict[Kind, list[Finding]] = defaultdict(list)
    for finding in findings:
        of_kind[finding.kind].append(finding)
    shown = {kind: found[:_SHOWN] for kind, found in of_kind.items()}
    seen = [finding for kind, found in shown.items() if kind not in _UNSEEN for finding in found]
    thumbs = _thumbnails(file for finding in seen for file in (finding.file, finding.other) if file is not None)

    def pair(finding: Finding) -> tuple[str | None, str | None]:
        one, two = (thumbs.get(file.path) if file else None for file in (finding.file, finding.other))
        return one, two

    return [Section(kind, len(of_kind[kind]), found, [pair(f) for f in found]) for kind, found in shown.items()]


def _thumbnails(files: Iterable[File]) -> dict[Path, str]:
    """JPEG data in base64, of the files that can be read."""
    paths = sorted({file.path for file in files})
    images = map_in_threads(thumbnail, paths, os.cpu_count())
    return {
        path: base64.b64encode(encode(image)).decode()
        for path, image in zip(paths, images, strict=True)
        if image is not None
    }


def _classes(layout: Layout, images: Sequence[MeasuredImage], findings: Sequence[Finding]) -> list[Class]:
    sizes = class_sizes(layout, images)
    totals = {label: sum(size for (of, _), size in sizes.items() if of == label) for label in sorted(layout.classes)}
    most = max(1, *totals.values())
    flagged = _flagged(findings)
    readable: dict[str, list[Path]] = defaultdict(list)
    for file, found in images:
        if found.problem is None:
            readable[file.label].append(file.path)
    classes = []
    for label, size in totals.items():
        jpeg, shown = contact_sheet(readable[label], flagged)
        classes.append(Class(label, size, size / most, size * MAX_RATIO < most, shown, jpeg))
    return classes


def _flagged(findings: Iterable[Finding]) -> set[Path]:
    """The files with an error or a warning."""
    found = [finding for finding in findings if finding.kind.severity is not Severity.REMARK]
    files = [finding.file for finding in found] + [finding.other for finding in found if finding.kind in ACROSS]
    return {file.path for file in files if file is not None}
