"""Scores clips that are run, and logs that exist."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from app.errors import SourceError, TruthError
from app.score.names import Names
from app.score.result import ScoredClip, scored_clip
from app.score.score import COLLARS
from app.score.stills import Stills
from app.score.timeline import make_timeline
from app.score.truth.read import of_source, read_segments
from app.score.truth.truth import Truth, read_truth
from app.score.watch import Watcher
from app.text import comparable, shortened


@dataclass(frozen=True, kw_only=True)
class How:
    """How truth files are read and scores are counted.

    Attributes:
        names: what labels mean.
        fps: frames a second, for Label Studio; None: as the file says.
        tier: the tier, for ELAN; None: the only one.
        collars: of the event-based F1, s.
        stills: whether images of mistakes are taken.
    """

    names: Names
    fps: float | None = None
    tier: str | None = None
    collars: Sequence[float] = COLLARS
    stills: bool = False

    def truth(self, file: Path, clip: str) -> Truth:
        """Reads the truth of a clip, as `read_truth` does."""
        return read_truth(file, clip, self.names, self.fps, self.tier)


class Job(NamedTuple):
    """A clip that is to be run.

    Attributes:
        name: in reports.
        clip: what `open_source` takes.
        truth: its truth file.
    """

    name: str
    clip: str
    truth: Path


class Scored(NamedTuple):
    """What has been scored.

    Attributes:
        clips: the clips.
        notes: on them, a line each.
        failed: why others could not be scored, a line each.
    """

    clips: list[ScoredClip]
    notes: list[str]
    failed: list[str]


def score_clips(jobs: Sequence[Job], watcher: Watcher, how: How, done: Callable[[ScoredClip], None]) -> Scored:
    """Runs clips and scores them. Every truth file is read before the first clip is run.

    One of several clips that fails is left out; the work on the others is not lost.

    Args:
        jobs: the clips.
        watcher: the model.
        how: the rest.
        done: is told of each clip when it is scored.

    Raises:
        TruthError: a truth file that cannot be read; or the last clip's does not fit it.
        SourceError: the last clip does not open, or fails.
    """
    truths = [how.truth(job.truth, job.clip) for job in jobs]
    result = Scored([], [], [])
    for job, truth in zip(jobs, truths, strict=True):
        try:
            clip = _run(job, truth, watcher, how)
        except (SourceError, TruthError) as error:
            if not result.clips and job is jobs[-1]:
                raise
            result.failed.append(str(error))
            continue
        result.clips.append(clip)
        result.notes.extend(clip.truth.notes)
        done(clip)
    return result


def _run(job: Job, truth: Truth, watcher: Watcher, how: How) -> ScoredClip:
    stills = Stills(truth.timeline, how.names)
    with stills:
        shown = watcher.watch(job.clip, [stills] if how.stills else []).renamed(how.names.of)
    return scored_clip(job.name, shown, truth, how.collars, stills=stills.images)


def score_log(log: Path, truth: Path, duration_s: float | None, how: How) -> Scored:
    """Scores a log that exists; of several sources each that both files have.

    Args:
        log: the log.
        truth: the truth file.
        duration_s: the length of the clip; None: the end of the log.
        how: the rest.

    Raises:
        TruthError: one of them cannot be read, or they do not fit.
    """
    shown = read_segments(log)
    of_truth = list(read_segments(truth, how.fps, how.tier))
    _check_named(log, list(shown), truth, of_truth)
    if len(shown) > 1 and len(of_truth) == 1:
        shown = {of_truth[0]: of_source(shown, of_truth[0], log)}
    result = Scored([], [], [])
    for source, segments in shown.items():
        timeline, left_out = make_timeline((one for one in segments if one.label), str(log))
        timeline = timeline.renamed(how.names.of)
        if duration_s is None and timeline.end_s == math.inf:
            raise TruthError(f"{log}: its last label has no end; give --duration S, the length of the clip")
        clip = scored_clip(source or log.name, timeline, how.truth(truth, source), how.collars, duration_s)
        result.clips.append(clip)
        result.notes.extend([*left_out, *clip.truth.notes, *_on_the_log(log, clip)])
    return result


def _check_named(log: Path, shown: Sequence[str], truth: Path, of_truth: Sequence[str]) -> None:
    for nameless, own, other, sources in ((truth, of_truth, log, shown), (log, shown, truth, of_truth)):
        if list(own) == [""] and len(sources) > 1:
            raise TruthError(
                f"{nameless}: names no source, but {other} has {shortened(sources)}; "
                "add a column source (source,label,start_s,end_s) with the one that is meant"
            )


def _on_the_log(log: Path, clip: ScoredClip) -> list[str]:
    notes: list[str] = []
    if gaps := list(clip.shown.gaps(clip.end_s)):
        notes.append(f"{log}: nothing was shown from {shortened(gaps)}; that counts as unsure")
    shown = {comparable(label) for label in clip.shown.labels}
    if never := [label for label in clip.truth.timeline.labels if comparable(label) not in shown]:
        notes.append(f"{log}: never shows {shortened(never)}; are they spelled as in {clip.truth.file}?")
    return notes
