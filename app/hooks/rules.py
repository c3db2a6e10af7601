"""Rules such as "texting for ten minutes"."""

from collections.abc import Iterator, Sequence

from app.config.hook_settings import RuleSettings
from app.text import comparable, display_name


class RuleWatch:
    """Watches one source. A rule is met once a stretch; short lapses do not end one."""

    def __init__(self, rules: Sequence[RuleSettings]) -> None:
        """Starts with nothing seen.

        Args:
            rules: what to watch for.
        """
        self._stretches = [_Stretch(rule) for rule in rules]

    def see(self, label: str, time_s: float) -> Iterator[tuple[str, float]]:
        """Takes a frame in.

        Args:
            label: what it shows.
            time_s: its time, which increases.

        Yields:
            Each rule that is met now, in words, and the seconds of its stretch.
        """
        for stretch in self._stretches:
            seconds = stretch.see(label, time_s)
            if seconds is not None:
                yield stretch.words, seconds


class _Stretch:
    def __init__(self, rule: RuleSettings) -> None:
        self._rule, self._label = rule, comparable(rule.label)
        self.words = f"{display_name(rule.label)} for {_words(rule.for_s)}"
        self._start_s = self._seen_s = 0.0
        self._running = self._met = False

    def see(self, label: str, time_s: float) -> float | None:
        if comparable(label) != self._label:
            return None
        if not self._running or time_s - self._seen_s > self._rule.lapse_s:
            self._running, self._met, self._start_s = True, False, time_s
        self._seen_s = time_s
        seconds = time_s - self._start_s
        if self._met or seconds < self._rule.for_s:
            return None
        self._met = True
        return seconds


def _words(seconds: float) -> str:
    return f"{seconds / 60:g} min" if seconds >= 60 else f"{seconds:g} s"
