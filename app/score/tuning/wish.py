"""What a user wishes of the label, and which of several settings meets it best."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.score.measures.felt import Felt

KEPT_RIGHT = 0.95  # of the right minutes of the present settings: who is always unsure is never wrong


@dataclass(frozen=True)
class Wish:
    """The least wrong minutes, with limits.

    Attributes:
        max_switches_per_min: while what goes on stays the same.
        max_delay_s: at a change, the median.
        min_right_min_per_h: minutes of an hour in which the right label is shown.
    """

    max_switches_per_min: float
    max_delay_s: float
    min_right_min_per_h: float

    def excess(self, felt: Felt) -> float:
        """Returns by how much the limits are broken, as the sum of shares of them; 0 when the wish is met."""
        delay_s = felt.delay_s(50)
        never_there = delay_s is None and felt.missed > 0
        return (
            _over(felt.settled_switches_per_min or 0.0, self.max_switches_per_min)
            + _over(math.inf if never_there else delay_s or 0.0, self.max_delay_s)
            + _over(self.min_right_min_per_h, felt.minutes_per_hour(felt.right) or 0.0)
        )

    def without_delay(self) -> "Wish":
        """Returns the wish without the limit of the delay."""
        return replace(self, max_delay_s=math.inf)

    def best(self, outcomes: Sequence[Felt]) -> int:
        """Chooses among what several settings give on the same clips.

        Args:
            outcomes: what each gives, N.

        Returns:
            The position of the one with the least wrong time among those that meet the wish, or else of the one that
            comes nearest to it. The first one of equals.
        """

        def rank(position: int) -> tuple[float, int, int]:
            felt = outcomes[position]
            return self.excess(felt), felt.sure_wrong, -felt.right

        return min(range(len(outcomes)), key=rank)


def _over(value: float, limit: float) -> float:
    if value <= limit:
        return 0.0
    return value / limit - 1 if limit > 0 else math.inf
