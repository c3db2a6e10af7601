"""What tuning found: the present settings, the chosen ones, how the choice itself does, and what else there was."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from app.config.settings import SmoothingSettings
from app.score.measures.felt import Felt
from app.score.tuning.search import GRID, Search
from app.score.tuning.wish import Wish

_MOST_ROWS = 12  # of the trade-off


@dataclass(frozen=True)
class Tuned:
    """The result of a search.

    Attributes:
        search: what every candidate gives.
        wish: what was wished.
        judged: what settings give that were chosen on other clips (cross-validation).
    """

    search: Search
    wish: Wish
    judged: Felt

    @cached_property
    def totals(self) -> list[Felt]:
        """What each candidate gives on all clips."""
        return self.search.totals()

    @cached_property
    def chosen(self) -> int:
        """The position of the chosen candidate."""
        return self.wish.best(self.totals)

    @property
    def settings(self) -> SmoothingSettings:
        """The chosen settings."""
        return self.search.candidates[self.chosen]

    @property
    def is_met(self) -> bool:
        """Whether the chosen settings meet the wish on these clips."""
        return self.wish.excess(self.totals[self.chosen]) == 0

    @cached_property
    def trade_off(self) -> list[int]:
        """The candidates that keep every limit but the delay's, and of which no other is both faster and less wrong.

        The fastest comes first. Without any such candidate it is empty.
        """
        in_time = self.wish.without_delay()
        kept = [at for at, felt in enumerate(self.totals) if in_time.excess(felt) == 0]
        kept.sort(key=lambda at: (_delay_s(self.totals[at]), self.totals[at].sure_wrong))
        front: list[int] = []
        for at in kept:
            if not front or self.totals[at].sure_wrong < self.totals[front[-1]].sure_wrong:
                front.append(at)
        return front

    def lines(self) -> Iterator[str]:
        """Yields the result as a table for the terminal."""
        first = self.totals[0]
        wish = self.wish
        yield (
            f"wish: least wrong; at most {wish.max_switches_per_min:g} switches a minute while nothing changes, "
            f"a delay of {wish.max_delay_s:g} s at most, {wish.min_right_min_per_h:.1f} right minutes an hour at least"
        )
        yield "switches: a minute while nothing changes; delay: s, the median; wrong, unsure, right: minutes an hour"
        yield ""
        yield _HEAD
        yield _row("present", self.search.candidates[0], first)
        yield _row("chosen", self.settings, self.totals[self.chosen])
        yield _row("cross-validated", None, self.judged)
        yield ""
        yield "the trade-off between delay and mistakes, the other limits kept:"
        for at in self._few():
            yield _row("* chosen" if at == self.chosen else "", self.search.candidates[at], self.totals[at])
        if not self.is_met:
            yield "no settings meet the wish on these clips; those that come nearest were chosen"

    def _few(self) -> list[int]:
        """Some of the trade-off, evenly, with both ends and the chosen one."""
        front = self.trade_off
        step = max(1, -(-len(front) // _MOST_ROWS))
        return [at for place, at in enumerate(front) if place % step == 0 or at in (front[-1], self.chosen)]


def figures(felt: Felt) -> tuple[float | None, ...]:
    """Returns switches a minute while nothing changes, the median delay in s, and wrong, unsure and right minutes an
    hour."""
    return (
        felt.settled_switches_per_min,
        felt.delay_s(50),
        felt.minutes_per_hour(felt.sure_wrong),
        felt.minutes_per_hour(felt.unsure),
        felt.minutes_per_hour(felt.right),
    )


_HEAD = f"{'':16}" + "".join(f"{name:>12}" for name in GRID) + "   switches  delay   wrong  unsure   right"


def _row(name: str, settings: SmoothingSettings | None, felt: Felt) -> str:
    values = [""] * len(GRID) if settings is None else [f"{getattr(settings, key):g}" for key in GRID]
    numbers = ["-" if value is None else f"{value:.2f}" for value in figures(felt)]
    widths = (11, 7, 8, 8, 8)
    return (
        f"{name:16}"
        + "".join(f"{value:>12}" for value in values)
        + "".join(f"{number:>{width}}" for number, width in zip(numbers, widths, strict=True))
    )


def _delay_s(felt: Felt) -> float:
    return felt.delay_s(50) or 0.0
