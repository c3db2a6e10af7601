"""Live activity recognition: source -> prepare -> classify -> smooth -> overlay -> sinks. No TensorFlow.

The names below are for other programs; each is loaded when it is first used, so that importing `app` costs nothing and
changes nothing in the process.

Example:
    >>> from app import Recogniser, open_source
    >>> recogniser = Recogniser()
    >>> for frame, activity in recogniser.watch(open_source("demo")):  # open_source(0) is the first camera
    ...     print(activity.label, activity.confidence > 0.5)
    ...     break
    texting True
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.config.settings import Settings
    from app.config.settings import load_project_settings as load_settings
    from app.entities import Activity, Frame
    from app.errors import AppError, ConfigError, ModelError, OutputError, SourceError
    from app.images.prepare import InputSpec, prepare
    from app.labelling.smoothing import ActivitySmoother
    from app.model.classifier import Classifier
    from app.model.contract import ModelContract
    from app.overlay.overlay import Overlay
    from app.recogniser import Recogniser
    from app.sinks.base import Sink
    from app.sinks.recording.recorder import Recorder
    from app.sources.base import Source
    from app.sources.open import open_source

__version__ = "0.2.0"

__all__ = [
    "Activity",
    "ActivitySmoother",
    "AppError",
    "Classifier",
    "ConfigError",
    "Frame",
    "InputSpec",
    "ModelContract",
    "ModelError",
    "OutputError",
    "Overlay",
    "Recogniser",
    "Recorder",
    "Settings",
    "Sink",
    "Source",
    "SourceError",
    "load_settings",
    "open_source",
    "prepare",
]

_HOMES = {  # where each name is defined
    "Activity": "app.entities.Activity",
    "ActivitySmoother": "app.labelling.smoothing.ActivitySmoother",
    "AppError": "app.errors.AppError",
    "Classifier": "app.model.classifier.Classifier",
    "ConfigError": "app.errors.ConfigError",
    "Frame": "app.entities.Frame",
    "InputSpec": "app.images.prepare.InputSpec",
    "ModelContract": "app.model.contract.ModelContract",
    "ModelError": "app.errors.ModelError",
    "OutputError": "app.errors.OutputError",
    "Overlay": "app.overlay.overlay.Overlay",
    "Recogniser": "app.recogniser.Recogniser",
    "Recorder": "app.sinks.recording.recorder.Recorder",
    "Settings": "app.config.settings.Settings",
    "Sink": "app.sinks.base.Sink",
    "Source": "app.sources.base.Source",
    "SourceError": "app.errors.SourceError",
    "load_settings": "app.config.settings.load_project_settings",
    "open_source": "app.sources.open.open_source",
    "prepare": "app.images.prepare.prepare",
}


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


if not TYPE_CHECKING:  # with it, a type checker would believe every name

    def __getattr__(name: str) -> Any:
        """Loads a public name (PEP 562)."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, _, attribute = _HOMES[name].rpartition(".")
        value = globals()[name] = getattr(import_module(module), attribute)
        return value
