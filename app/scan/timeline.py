"""From what the network said to a file's timeline, by the app's own smoothing."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from app.config.settings import Settings
from app.entities import Activity, Frame
from app.labelling.presence import Presence, with_findings
from app.labelling.smoothing import ActivitySmoother
from app.model.contract import ModelContract
from app.scan.looks import Looks
from app.scan.manifest import File, Part
from app.sinks.segments import Segment, Segmenter
from app.sources.media import without_password

_UNSEEN = np.zeros((1, 1, 3), np.uint8)  # images stay with the workers


class Row(NamedTuple):
    """A row of the table: a segment, or a problem.

    Attributes:
        file: the path as it was given, or the address without a password.
        start_s: when it begins, in seconds of the file; None for a file that could not be read.
        end_s: when it ends.
        label: the label, "unsure" or "nobody"; "" for a problem.
        confidence: the mean over the looks, 0..1; None for a problem.
        seconds: how long it is.
        problem: what went wrong, in words; "" for a segment.
    """

    file: str
    start_s: float | None
    end_s: float | None
    label: str
    confidence: float | None
    seconds: float | None
    problem: str


class Look(NamedTuple):
    """A row of the table of looks; `label` and `confidence` are smoothed, `probs` are not."""

    file: str
    time_s: float
    label: str
    confidence: float
    probs: tuple[float, ...]


class Timeline:
    """Makes the rows of one file after another.

    Attributes:
        looks: of the file whose rows were made last.
    """

    def __init__(self, contract: ModelContract, settings: Settings, keep_looks: bool) -> None:
        """Takes the rules.

        Args:
            contract: of the model.
            settings: of the run.
            keep_looks: whether `looks` is wanted.
        """
        self._contract, self._settings, self._keep_looks = contract, settings, keep_looks
        self.looks: list[Look] = []

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes, in the order of the probabilities of a look."""
        return self._contract.labels

    def rows(self, file: File) -> Iterator[Row]:
        """Yields the rows of a file."""
        self.looks = []
        name = without_password(file.name)
        smoother = ActivitySmoother.from_settings(self._contract, self._settings)
        presence = Presence()
        for stretch in _unbroken(file.parts):
            if stretch[0].looks is None:
                start_s, end_s = round(stretch[0].start_s, 3), round(stretch[0].end_s, 3)
                if stretch[0].problem:
                    yield Row(name, start_s, end_s, "", None, round(end_s - start_s, 3), stretch[0].problem)
                continue
            segmenter = Segmenter()
            for frame, activity in self._labelled(name, stretch, smoother, presence):
                if self._keep_looks:
                    self.looks.append(_look(name, frame, activity))
                if ended := segmenter.add(frame, activity):
                    yield _row(ended)
            if segmenter.running():
                yield _row(segmenter.end(name))
        if file.problem:
            yield Row(name, None, None, "", None, None, file.problem)

    def _labelled(
        self, name: str, stretch: list[Part], smoother: ActivitySmoother, presence: Presence
    ) -> Iterator[tuple[Frame, Activity]]:
        looks = [part.looks for part in stretch if part.looks is not None]
        times_s = [*(time_s for one in looks for time_s in one.times_s.tolist()), stretch[-1].end_s]
        rows = (row for one in looks for row in one.rows)
        empty = (state for one in looks for state in _empty(one))
        for (time_s, next_s), probs, sees_nobody in zip(pairwise(times_s), rows, empty, strict=True):
            activity = smoother.update(probs, time_s)
            if sees_nobody is not None:
                activity = with_findings(activity, None, presence.nobody(sees_nobody, time_s))
            yield Frame(_UNSEEN, 0, time_s, name, lasts_s=next_s - time_s), activity


def _unbroken(parts: list[Part]) -> Iterator[list[Part]]:
    """Groups pieces that follow one another; one that failed stands alone."""
    group: list[Part] = []
    for part in parts:
        if part.looks is None:
            if group:
                yield group
            yield [part]
            group = []
        else:
            group.append(part)
    if group:
        yield group


def _empty(looks: Looks) -> list[bool | None]:
    return [None] * len(looks.times_s) if looks.is_empty is None else looks.is_empty.tolist()


def _row(segment: Segment) -> Row:
    start_s, end_s = round(segment.start_s, 3), round(segment.end_s, 3)  # so that the seconds of segments add up
    confidence, seconds = round(segment.confidence, 4), round(end_s - start_s, 3)
    return Row(segment.source, start_s, end_s, segment.label, confidence, seconds, "")


def _look(name: str, frame: Frame, activity: Activity) -> Look:
    return Look(name, round(frame.time_s, 3), activity.state, round(activity.confidence, 4), activity.probs)
