"""Errors that the user can fix. `AppError` and its children end the program with one line and exit status 2."""

from app.text import printable

_LONGEST, _START, _END = 1500, 1000, 400  # characters; the middle of a longer message is some input, not advice


class AppError(Exception):
    """Base of the errors below. The message says in one line what was expected, what arrived, and what to do."""

    def __str__(self) -> str:
        """Returns what any terminal can show: the message may quote control characters, or an endless text."""
        text = printable(super().__str__())
        return text if len(text) <= _LONGEST else f"{text[:_START]} ... {text[-_END:]}"


class ConfigError(AppError):
    """A bad setting: unknown key, wrong type, value out of range, unreadable file."""


class SourceError(AppError):
    """A camera, file, folder or URL that does not open or does not deliver an image."""


class ModelError(AppError):
    """A model file that is missing, broken, or whose metadata does not fit its outputs."""


class OutputError(AppError):
    """A recording, log, report, model or other file that cannot be written."""
