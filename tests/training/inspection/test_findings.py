from pathlib import Path

import pytest

from training.inspection.findings import ACROSS, USELESS, File, Finding, Kind, Severity


def test_kinds_stand_worst_first() -> None:
    severities = [kind.severity for kind in Kind]
    assert severities == sorted(severities) and set(severities) == set(Severity)


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)
def test_every_kind_says_what_to_make_of_it(kind: Kind) -> None:
    assert kind.title == kind.title.lower() or "EXIF" in kind.title
    assert kind.advice.endswith(".") and kind.advice[0].isupper()


def test_only_what_training_cannot_read_is_useless() -> None:
    assert {Kind.UNREADABLE, Kind.TRUNCATED} < USELESS
    assert not USELESS & (ACROSS | {Kind.COPY, Kind.DARK, Kind.HUGE, Kind.UNUSED_IMAGE})


def test_findings_sort_by_kind_then_class_then_name() -> None:
    def file(name: str) -> File:
        return File(Path(name), name, name[0], name[0])

    findings = [
        Finding(Kind.DARK, "a", file("a/1.jpg")),
        Finding(Kind.UNREADABLE, "b", file("b/1.jpg")),
        Finding(Kind.UNREADABLE, "a", file("a/2.jpg")),
        Finding(Kind.UNREADABLE, "a", file("a/1.jpg")),
        Finding(Kind.EMPTY_CLASS, "c"),
    ]
    order = sorted(findings, key=lambda finding: finding.order)
    assert order == [findings[3], findings[2], findings[1], findings[4], findings[0]]
