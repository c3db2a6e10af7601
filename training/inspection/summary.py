"""The findings of a check as lines for a terminal."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from app.text import counted, printable
from training.data.layout import Layout
from training.inspection.findings import Finding, Kind, Severity
from training.inspection.rules import MeasuredImage

_NAMED = 3  # files of a kind


def summary(layout: Layout, images: Sequence[MeasuredImage], findings: Sequence[Finding]) -> Iterator[str]:
    """Yields the lines, the worst kind first.

    Args:
        layout: of the dataset.
        images: all that were examined.
        findings: the worst first.
    """
    usable = sum(image.measurement.problem is None for image in images)
    yield f"{printable(layout.name)}: {usable:,} of {counted(len(images), 'image')} can be used"
    of_kind: dict[Kind, list[Finding]] = defaultdict(list)
    for finding in findings:
        of_kind[finding.kind].append(finding)
    for kind, found in of_kind.items():
        more = f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
        shown = ", ".join(_in_brief(finding) for finding in found[:_NAMED])
        yield f"{kind.severity.name.lower():7} {len(found):6,}  {kind.title}: {shown}{more}"
    counts = [sum(finding.kind.severity is severity for finding in findings) for severity in Severity]
    yield ", ".join(counted(count, severity.name.lower()) for count, severity in zip(counts, Severity, strict=True))


def _in_brief(finding: Finding) -> str:
    if finding.file is None:
        detail = f"({finding.detail})" if finding.label else finding.detail
        return printable(f"{finding.label} {detail}".strip() if finding.detail else finding.label)
    return printable(f"{finding.file.name} = {finding.other.name}" if finding.other else finding.file.name)
