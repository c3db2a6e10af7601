"""Bars for a measure, as `--fail-under` sets them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.errors import ConfigError
from app.score.meaning import measure
from app.score.score import Scores
from app.text import suggestion


@dataclass(frozen=True)
class Bar:
    """What a measure must reach.

    Attributes:
        measure: a name of `Scores.values`.
        value: the least that will do; the most, where less is better.
    """

    measure: str
    value: float

    @property
    def is_ceiling(self) -> bool:
        """Whether less is better, as with delays, switches and mistakes."""
        return measure(self.measure).is_better == "less"


def parse_bar(text: str, known: Sequence[str]) -> Bar:
    """Reads a bar.

    Args:
        text: METRIC=VALUE, such as "frame_accuracy=0.8".
        known: the measures that there are.

    Raises:
        ConfigError: no such measure, no number, or a share above 1.
    """
    name, _, number = text.partition("=")
    try:
        value = float(number)
    except ValueError:
        value = float("nan")
    if value != value:
        raise ConfigError(f"--fail-under {text}: expected METRIC=VALUE, such as frame_accuracy=0.8")
    if name not in known:
        raise ConfigError(f"--fail-under {text}: no measure {name!r}; {suggestion(name, known)}")
    if measure(name).unit == "share" and value > 1:
        hint = f"did you mean {name}={value / 100:g}?" if value <= 100 else f"such as {name}=0.8"
        raise ConfigError(f"--fail-under {text}: expected a share from 0 to 1; {hint}")
    return Bar(name, value)


def missed(bars: Sequence[Bar], scores: Scores) -> Iterator[str]:
    """Yields a line for each bar that is missed, also where the measure has no value."""
    values = scores.values()
    for bar in bars:
        value = values[bar.measure]
        expected = f"expected {'at most' if bar.is_ceiling else 'at least'} {bar.value:g}"
        if value is None:
            yield f"{bar.measure} has no value here, {expected}"
        elif value > bar.value if bar.is_ceiling else value < bar.value:
            yield f"{bar.measure} is {value:.4g}, {expected}"
