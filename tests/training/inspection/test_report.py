from pathlib import Path

import cv2
import numpy as np
import pytest

from app.errors import OutputError
from tests.fakes import rows
from tests.training.inspection.files import textured, write
from tests.training.reports.page import Page
from training.data.layout import Layout, read_layout
from training.inspection.examine import examine_images, find_all, list_files
from training.inspection.findings import Finding, Kind
from training.inspection.report import write_report
from training.inspection.rules import MeasuredImage


def examined(root: Path) -> tuple[Layout, list[MeasuredImage], list[Finding]]:
    layout = read_layout(root, None)
    files, others = list_files(layout)
    images = examine_images(files)
    return layout, images, find_all(layout, root, images, others)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two classes of three images; one stands in both, one is broken."""
    for number, label in enumerate(("a", "b <&>")):
        for image in range(3):
            write(tmp_path / "set" / label / f"{image}.png", textured(10 * number + image))
    write(tmp_path / "set" / "b <&>" / "same.png", textured(0))
    (tmp_path / "set" / "a" / "broken.jpg").write_bytes(b"no image")
    return tmp_path / "set"


def test_a_table_a_page_and_a_sheet_for_each_class(root: Path, tmp_path: Path) -> None:
    page = write_report(tmp_path / "new" / "report", *examined(root))
    assert page == tmp_path / "new" / "report" / "report.html"
    assert sorted(path.relative_to(page.parent).as_posix() for path in page.parent.rglob("*.*")) == [
        "findings.csv",
        "report.html",
        "sheets/001-a.jpg",
        "sheets/002-b.jpg",
    ]


def test_the_table_has_a_row_for_each_finding(root: Path, tmp_path: Path) -> None:
    layout, images, findings = examined(root)
    write_report(tmp_path / "report", layout, images, findings)
    table = rows(tmp_path / "report" / "findings.csv")
    assert [(row["severity"], row["finding"]) for row in table] == [
        (finding.kind.severity.name.lower(), finding.kind.title) for finding in findings
    ]
    across = next(row for row in table if row["finding"] == Kind.COPY_ACROSS_CLASSES.title)
    assert (across["file"], across["class"], across["other"]) == ("a/0.png", "a", "b <&>/same.png")


def test_the_page_counts_and_escapes(root: Path, tmp_path: Path) -> None:
    html = write_report(tmp_path / "report", *examined(root)).read_text(encoding="utf-8")
    page = Page(html)
    assert "7 of 8 images can be used, in 2 classes." in page.text
    assert "b <&>" in page.text and "<&>" not in html
    assert [attrs.get("class") for tag, attrs in page.tags if tag == "details"][:2] == ["error", "error"]
    assert html.count("data:image/jpeg;base64,") == 2 + 2, (
        "the pair across classes, two sheets; broken has no thumbnail"
    )


def test_both_files_of_a_pair_across_classes_are_framed(root: Path, tmp_path: Path) -> None:
    write_report(tmp_path / "report", *examined(root))
    for sheet in ("001-a.jpg", "002-b.jpg"):
        image = cv2.imread(str(tmp_path / "report" / "sheets" / sheet)).astype(int)
        assert (np.abs(image - (43, 112, 214)).max(axis=2) < 60).any(), sheet


def test_a_long_list_is_cut_on_the_page_only(root: Path, tmp_path: Path) -> None:
    layout, images, findings = examined(root)
    many = [finding for finding in findings if finding.kind is Kind.NOT_AN_IMAGE] * 130
    html = write_report(tmp_path / "report", layout, images, many).read_text(encoding="utf-8")
    assert html.count('<div class="card">') == 120 and "The first 120 are shown" in html
    assert len((tmp_path / "report" / "findings.csv").read_text().splitlines()) == 131


def test_a_place_that_cannot_be_written_is_one_line(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match=r"file.report: "):
        write_report(tmp_path / "file" / "report", *examined(root))
