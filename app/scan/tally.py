"""How much of an archive is done: files, bytes and seconds."""

from collections.abc import Mapping


class Tally:
    """Adds up what is done.

    Attributes:
        files: how many there are.
        files_done: how many of them are finished.
        bytes: of all files.
        bytes_done: of what is finished.
        seconds_done: of video.
    """

    def __init__(self, sizes: Mapping[int, int]) -> None:
        """Starts with nothing done.

        Args:
            sizes: the bytes of each file, by its number.
        """
        self._sizes = sizes
        self.files, self.files_done = len(sizes), 0
        self.bytes, self.bytes_done = sum(sizes.values()), 0.0
        self.seconds_done = 0.0

    def add_file(self, file: int, end_s: float | None) -> float:
        """Counts a file that was done at once, and returns its seconds; 0 where nobody knows when it ends."""
        self.files_done += 1
        return self._add(self._sizes[file], end_s or 0.0)

    def add_piece(self, file: int, seconds: float, end_s: float) -> float:
        """Counts a piece of a file that ends at `end_s`, and returns its seconds."""
        return self._add(self._sizes[file] * seconds / max(end_s, 1e-9), seconds)

    def _add(self, size: float, seconds: float) -> float:
        self.bytes_done += size
        self.seconds_done += seconds
        return seconds
