"""Whether anybody is there, from what one look after another found."""

import math
from dataclasses import replace

from app.cues.findings import Findings
from app.entities import Activity

ABSENT_S = 1.0  # s without a sign of a person before nobody is there: a head that turns away is lost for a moment


class Presence:
    """Remembers when a person was last seen in a source."""

    def __init__(self) -> None:
        """Starts with nobody ever seen: an empty first image shows nobody."""
        self._seen_s = -math.inf

    def nobody(self, sees_nobody: bool, time_s: float) -> bool:
        """Takes in what was seen, and tells whether nobody is there.

        Args:
            sees_nobody: whether the newest look found no sign of a person.
            time_s: of the frame, in the source's seconds.
        """
        if not sees_nobody:
            self._seen_s = time_s
        return time_s - self._seen_s >= ABSENT_S


def with_findings(activity: Activity, findings: Findings | None, nobody: bool) -> Activity:
    """Adds to an activity what was found; where nobody is, there is no activity.

    Args:
        activity: as the smoother gave it.
        findings: of the newest look; None where they were not kept.
        nobody: whether nobody is there.
    """
    return replace(without_person(activity) if nobody else activity, findings=findings)


def without_person(activity: Activity) -> Activity:
    """Returns what is shown in place of an activity where nobody is."""
    return replace(activity, label=None, nobody=True)
