"""Errors that the user can fix. `AppError` and its children end the program with one line and exit status 2."""

from app.text import printable

_LONGEST, _START, _END = 1500, 1000, 400  # characters; the middle of a longer message is some input, not advice


class AppError(Exception):
    """Base of the errors below. The message says in one line what was expected, what arrived, and what to do.

    Example:
        >>> from app import AppError, open_source
        >>> try:
        ...     open_source("nowhere.mp4")
        ... except AppError as error:
        ...     print(type(error).__name__, str(error)[:40])
        SourceError nowhere.mp4: no such file or folder; exp
    """

    def __str__(self) -> str:
        """Returns what any terminal can show: the message may quote control characters, or an endless text."""
        text = printable(super().__str__())
        return text if len(text) <= _LONGEST else f"{text[:_START]} ... {text[-_END:]}"


class ConfigError(AppError):
    """A bad setting: unknown key, wrong type, value out of range, unreadable file.

    Example:
        >>> from app import load_settings
        >>> load_settings(overrides=["display.tpo=5"])
        Traceback (most recent call last):
        app.errors.ConfigError: --set display.tpo=5: unknown key display.tpo; did you mean display.top?
    """


class SourceError(AppError):
    """A camera, file, folder or URL that does not open or does not deliver an image.

    Example:
        >>> from app import Recogniser
        >>> Recogniser().label("nowhere.jpg")
        Traceback (most recent call last):
        app.errors.SourceError: nowhere.jpg: no such file; give an image file
    """


class ModelError(AppError):
    """A model file that is missing, broken, or whose metadata does not fit its outputs.

    Example:
        >>> from app import InputSpec
        >>> InputSpec(size=224, resize="fill")
        Traceback (most recent call last):
        app.errors.ModelError: resize must be one of crop, squeeze, stretch, got 'fill'
    """


class OutputError(AppError):
    """A recording, log, report, model or other file that cannot be written.

    Example:
        >>> from pathlib import Path
        >>> from app import Overlay, OutputError, Recorder, Settings
        >>> settings = Settings()
        >>> recorder = Recorder(settings.record, Overlay(("a", "b"), settings.display), ["camera 0"])
        >>> try:
        ...     recorder.start(Path("no such folder/clip.mp4"))
        ... except OutputError:
        ...     print("choose another folder")
        choose another folder
    """


class TruthError(AppError):
    """A truth file that cannot be read, or that contradicts itself, the clip or the model."""
