"""What the labels of a truth file mean to the model, and of both sides after a map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.config.yaml_file import read_yaml
from app.errors import ConfigError, TruthError
from app.labels import NOBODY, OTHER, UNSURE
from app.score.timeline import Timeline
from app.text import comparable, counted, same_name, suggestion

_ALWAYS = (OTHER, NOBODY, UNSURE)
_MOST = 3  # unknown names that a message explains


@dataclass(frozen=True)
class Names:
    """Which labels there are, and what others stand for.

    Attributes:
        known: the model's classes; None where no model is at hand: then every label is taken.
        mapping: label -> label that it stands for; None leaves what it names out of the scores.
    """

    known: Sequence[str] | None = None
    mapping: Mapping[str, str | None] = field(default_factory=dict)

    def of(self, label: str) -> str | None:
        """Returns what a label stands for, in the model's spelling; None: it is left out."""
        given = same_name(label, self.mapping)
        meant = label if given is None else self.mapping[given]
        if meant is None:
            return None
        return same_name(meant, (*(self.known or ()), *_ALWAYS)) or meant

    def of_truth(self, timeline: Timeline, file: str) -> Timeline:
        """Returns a truth in the model's names.

        Raises:
            TruthError: labels that the model does not have, with the places where they first stand.
        """
        named = timeline.renamed(self.of)
        if self.known is not None:
            known = {comparable(label) for label in (*self.known, *_ALWAYS, *filter(None, self.mapping.values()))}
            first = {one.label: one.place for one in reversed(named.segments) if comparable(one.label) not in known}
            if first:
                raise TruthError(_unknown(first, self.known, file))
        return named


def read_map(path: Path) -> dict[str, str | None]:
    """Reads what labels stand for.

    Args:
        path: a YAML file of `label: label`, or `label: null` for what is not scored.

    Raises:
        ConfigError: the file cannot be read, or holds something else.
    """
    mapping = read_yaml(path)
    for name, label in mapping.items():
        if not isinstance(name, str) or not isinstance(label, str | None):
            raise ConfigError(
                f"{path}: {name}: expected a label or null, got {label!r}; put names that look like numbers in quotes"
            )
    return mapping


def _unknown(first: Mapping[str, str], known: Sequence[str], file: str) -> str:
    told = [
        f"{place or 'a label'}: {label!r} is none of the model's classes; {suggestion(label, (*known, *_ALWAYS))}"
        for label, place in list(first.items())[::-1]
    ]
    more = f"; {counted(len(told) - _MOST, 'name')} more" if len(told) > _MOST else ""
    return f"{file}, {'; '.join(told[:_MOST])}{more}; or say with --map FILE.yaml what they stand for"
