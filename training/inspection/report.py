"""The findings of a check as a table and as one self-contained HTML page, with a contact sheet for each class."""

import base64
import csv
import io
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from app.errors import ConfigError
from app.outputs import write_text
from training.data.layout import Layout
from training.inspection.contact_sheet import contact_sheet, encode, thumbnail
from training.inspection.findings import USELESS, File, Finding, Kind, Severity, printable
from training.inspection.rules import MAX_RATIO, Picture, class_sizes
from training.reports.pages import render_page

_COLUMNS = ["severity", "finding", "file", "class", "part", "detail", "other"]
_SHOWN = 120  # findings of a kind on the page; findings.csv has them all
_UNSEEN = USELESS | {Kind.HUGE, Kind.UNUSED_PICTURE}  # nothing that could be decoded


@dataclass(frozen=True)
class Section:
    """The findings of a kind. pictures: JPEG data in base64, or None, of each finding and of what it repeats."""

    kind: Kind
    count: int
    findings: Sequence[Finding]
    pictures: Sequence[tuple[str | None, str | None]]


@dataclass(frozen=True)
class Class:
    """sheet: JPEG data in base64, None without a readable picture. share: of the largest class, 0..1."""

    label: str
    size: int
    share: float
    is_small: bool
    shown: int
    sheet: str | None


def write_report(folder: Path, layout: Layout, pictures: Sequence[Picture], findings: Sequence[Finding]) -> Path:
    """findings.csv, report.html and sheets/*.jpg in the folder; returns the page. Raises ConfigError when it cannot."""
    try:
        (folder / "sheets").mkdir(parents=True, exist_ok=True)
        write_text(folder / "findings.csv", _table(findings), errors="surrogateescape")
        classes = _classes(folder / "sheets", layout, pictures, findings)
    except OSError as error:
        raise ConfigError(f"the report cannot be written: {folder}: {error.strerror}") from None
    page = folder / "report.html"
    write_text(page, _page(layout, pictures, findings, classes))
    return page


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


def _page(layout: Layout, pictures: Sequence[Picture], findings: Sequence[Finding], classes: Sequence[Class]) -> str:
    return render_page(
        "check.html",
        {"printable": printable},
        name=layout.name,
        usable=sum(look.problem is None for _, look in pictures),
        total=len(pictures),
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
    thumbs = _thumbs(file for finding in seen for file in (finding.file, finding.other) if file is not None)

    def pair(finding: Finding) -> tuple[str | None, str | None]:
        one, two = (thumbs.get(file.path) if file else None for file in (finding.file, finding.other))
        return one, two

    return [Section(kind, len(of_kind[kind]), found, [pair(f) for f in found]) for kind, found in shown.items()]


def _thumbs(files: Iterable[File]) -> dict[Path, str]:
    paths = sorted({file.path for file in files})
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        images = pool.map(thumbnail, paths)
        return {
            path: base64.b64encode(encode(image)).decode()
            for path, image in zip(paths, images, strict=True)
            if image is not None
        }


def _classes(folder: Path, layout: Layout, pictures: Sequence[Picture], findings: Sequence[Finding]) -> list[Class]:
    """Writes the contact sheets on the way. A label is never trusted as a file name."""
    sizes = class_sizes(layout, pictures)
    totals = {label: sum(size for (of, _), size in sizes.items() if of == label) for label in sorted(layout.classes)}
    most = max(1, *totals.values())
    flagged = {f.file.path for f in findings if f.file and f.kind.severity is not Severity.REMARK}
    readable: dict[str, list[Path]] = defaultdict(list)
    for file, look in pictures:
        if look.problem is None:
            readable[file.label].append(file.path)
    classes = []
    for number, (label, size) in enumerate(totals.items(), 1):
        jpeg, shown = contact_sheet(readable[label], flagged)
        if jpeg:
            slug = re.sub(r"[^a-z0-9]+", "-", label.casefold()).strip("-")[:40]
            (folder / f"{number:03}-{slug}.jpg").write_bytes(jpeg)
        sheet = base64.b64encode(jpeg).decode() if jpeg else None
        classes.append(Class(label, size, size / most, size * MAX_RATIO < most, shown, sheet))
    return classes
