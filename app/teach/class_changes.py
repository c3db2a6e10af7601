"""What has become of a model's classes since it was taught: it goes on calling them by their old names."""

from collections.abc import Iterable, Sequence


class ClassChanges:
    """The classes that were renamed and deleted since the model was taught."""

    def __init__(self) -> None:
        """Knows of no change."""
        self._renamed: dict[str, str] = {}
        self._deleted: set[str] = set()

    def forget(self) -> None:
        """Knows of no change any more: the model was taught again."""
        self._renamed, self._deleted = {}, set()

    def rename(self, old: str, new: str) -> None:
        """Takes note that a class has another name."""
        followed = {label: new if name == old else name for label, name in self._renamed.items()}
        self._renamed = followed | {old: new}

    def delete(self, label: str) -> None:
        """Takes note that a class is gone."""
        self._deleted.add(label)

    def names(self, labels: Iterable[str]) -> list[str]:
        """Returns what labels of the model are called now."""
        return [self._renamed.get(label, label) for label in labels]

    def current(self, labels: Iterable[str], taught: Sequence[str]) -> list[str]:
        """Returns the classes that there are now, by their names: those of the model, then those named since.

        Args:
            labels: of the model.
            taught: the classes that have captures, or a name at least.
        """
        known = [name for name in self.names(labels) if name not in self._deleted or name in taught]
        return [*known, *(label for label in taught if label not in known)]
