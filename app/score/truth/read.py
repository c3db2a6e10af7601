"""Reads a file of labels, whatever its format; what is in it decides, not its name."""

import itertools
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from app.errors import TruthError
from app.score.timeline import ROUNDING_S, Segment
from app.score.truth.audacity import is_audacity, read_labels
from app.score.truth.change_list import is_change_list, read_changes
from app.score.truth.elan import is_elan, read_elan
from app.score.truth.label_studio import is_json, read_label_studio
from app.score.truth.log_csv import header_of, read_log
from app.score.truth.text import read_text
from app.text import shortened

SUFFIXES = (".csv", ".tsv", ".txt", ".json", ".eaf")  # of the files that are looked for beside a clip
_FORMATS = (
    "expected a log (label,start_s,end_s), labels of Audacity, a change list (00:05 reading), JSON of Label Studio, "
    "or .eaf of ELAN"
)


def read_segments(path: Path, fps: float | None = None, tier: str | None = None) -> dict[str, list[Segment]]:
    """Reads a file of labels.

    Args:
        path: a log, labels of Audacity, a change list, JSON of Label Studio, or .eaf of ELAN.
        fps: as of `read_label_studio`.
        tier: as of `read_elan`.

    Returns:
        Name of the source -> its segments as the file has them; "" where the format names none. Rows of a log that
        follow one another are one source, whatever their names: those of a folder name its images.

    Raises:
        TruthError: the file cannot be read; the message names the line.
    """
    text, file = read_text(path), str(path)
    if is_elan(text):
        return {"": read_elan(text, file, tier)}
    if is_json(text):
        return read_label_studio(text, file, fps)
    if header_of(text) is not None:
        return _joined(read_log(text, file))
    if is_audacity(text):
        return {"": read_labels(text, file)}
    if is_change_list(text):
        return {"": read_changes(text, file)}
    raise TruthError(f"{path}, line 1: no labels that are known; {_FORMATS}")


def of_source(found: Mapping[str, list[Segment]], name: str, file: Path) -> list[Segment]:
    """Chooses the segments of a clip.

    Args:
        found: as of `read_segments`.
        name: of the clip.
        file: where they come from, for messages.

    Returns:
        Those of the source of that name; of a file that has one source only, those, whatever its name is.

    Raises:
        TruthError: several sources, none of which has that name.
    """
    if len(found) <= 1:
        return next(iter(found.values()), [])
    wanted = PurePosixPath(name).name
    for source, segments in found.items():
        own = PurePosixPath(source).name
        if own == wanted or own.endswith(f"-{wanted}"):  # Label Studio puts a number before the name of an upload
            return segments
    raise TruthError(f"{file}: has {shortened(list(found))}, but not {wanted}; correct the names of the sources")


def _joined(found: dict[str, list[Segment]]) -> dict[str, list[Segment]]:
    together = sorted(itertools.chain.from_iterable(found.values()), key=lambda one: (one.start_s, one.end_s))
    overlap = any(one.end_s > after.start_s + ROUNDING_S for one, after in itertools.pairwise(together))
    return found if overlap else {next(iter(found), ""): together}
