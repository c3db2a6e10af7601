"""What the user can mend. `AppError` and its children end the program with one line and exit status 2."""


class AppError(Exception):
    """Base of every error that is shown as one line: what was expected, what arrived, what to do."""


class ConfigError(AppError):
    """A bad setting: unknown key, wrong type, value out of range, unreadable file."""


class SourceError(AppError):
    """A camera, file, folder or URL that does not open or does not deliver a picture."""


class ModelError(AppError):
    """A model file that is missing, broken, or whose metadata does not fit its outputs."""


class SinkError(AppError):
    """A recording, log or snapshot that cannot be written."""
