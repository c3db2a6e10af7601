"""Clips of a folder, each with the truth file of the same name."""

from collections.abc import Callable, Iterator
from pathlib import Path

from app.errors import TruthError
from app.score.truth.read import SUFFIXES
from app.text import shortened

_NO_CLIP = {*SUFFIXES, ".html", ".htm", ".md", ".onnx", ".yaml", ".yml"}


def pair_up(folder: Path, truths: Path) -> tuple[list[tuple[Path, Path]], list[str]]:
    """Finds the clips of a folder, and their truth files.

    Args:
        folder: with clips, also in the folders below it.
        truths: with a truth file for each clip, at the same place; may be `folder` itself.

    Returns:
        Each clip with its truth file, sorted by name, and notes on files that have no partner.

    Raises:
        TruthError: a clip has several truth files, two clips have one, or no clip has any.
    """
    files_of_truth = list(_files(truths, lambda suffix: suffix in SUFFIXES))
    clips = list(_files(folder, lambda suffix: suffix not in _NO_CLIP))
    pairs: list[tuple[Path, Path]] = []
    alone: list[str] = []
    for clip in clips:
        stem = clip.relative_to(folder).with_suffix("")
        found = [file for file in files_of_truth if file.relative_to(truths).with_suffix("") == stem]
        if len(found) > 1:
            raise TruthError(f"{clip}: {len(found)} truth files, {shortened([one.name for one in found])}; keep one")
        if found:
            pairs.append((clip, found[0]))
        else:
            alone.append(str(clip.relative_to(folder)))
    taken = [truth for _, truth in pairs]
    twice = next((truth for truth in taken if taken.count(truth) > 1), None)
    if twice is not None:
        both = [clip.name for clip, truth in pairs if truth == twice]
        raise TruthError(f"{twice}: is it the truth of {shortened(both)}? give each clip a name of its own")
    if not pairs:
        raise TruthError(
            f"{folder}: no clip with a truth file of the same name ({', '.join(SUFFIXES)}) in {truths}; "
            "clip.mp4 needs clip.csv, for example"
        )
    notes = [f"{folder}: skipped {shortened(alone)}: no truth file of the same name"] if alone else []
    unused = [file.name for file in files_of_truth if file not in taken]
    if unused:
        notes.append(f"{truths}: skipped {shortened(unused)}: no clip of the same name")
    return pairs, notes


def _files(folder: Path, fits: Callable[[str], bool]) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and path.is_file() and fits(path.suffix.lower()):
            yield path
