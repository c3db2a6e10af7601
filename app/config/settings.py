"""Every tunable, frozen and validated. config.yaml says why each has its value; a test keeps the two equal."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from app import paths
from app.config.yaml_file import load_settings

Fraction = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]  # a day: what waits for ever, or never changes, is a mistake
SecondsOrZero = Annotated[float, Meta(ge=0, le=86_400)]
PerSecond = Annotated[float, Meta(gt=0, le=240)]


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of the groups below."""


class CameraSettings(Group, frozen=True):
    width_px: Annotated[int, Meta(ge=16, le=7680)] = 1280
    height_px: Annotated[int, Meta(ge=16, le=4320)] = 720
    fps: PerSecond = 30.0


class SourceSettings(Group, frozen=True):
    camera: CameraSettings = CameraSettings()
    realtime: bool = False
    folder_fps: PerSecond = 1.0
    open_timeout_s: Seconds = 5.0
    read_timeout_s: Seconds = 5.0
    reconnect_s: SecondsOrZero = 600.0


class InferenceSettings(Group, frozen=True):
    threads: Annotated[int, Meta(ge=0, le=64)] = 1
    provider: Literal["auto", "cpu", "cuda", "coreml", "directml", "openvino"] = "auto"
    batch_wait_s: Annotated[float, Meta(ge=0, le=1)] = 0.005
    max_fps: PerSecond | None = None
    every_s: Seconds | None = None
    adaptive: bool = False
    still_s: Seconds = 0.5


class SmoothingSettings(Group, frozen=True):
    tau_s: SecondsOrZero = 0.6
    margin: Fraction = 0.1
    min_dwell_s: SecondsOrZero = 0.8
    gap_s: Seconds = 2.0
    threshold: Fraction | None = None


class DisplaySettings(Group, frozen=True):
    mirror: Literal["auto", "on", "off"] = "auto"
    top: Annotated[int, Meta(ge=1, le=5)] = 3
    strip_s: Seconds = 60.0


class RecordSettings(Group, frozen=True):
    overlay: bool = True
    crf: Annotated[int, Meta(ge=0, le=51)] = 23
    preset: Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium"] = "veryfast"
    keyframe_s: Seconds = 1.0
    folder: str = "recordings"
    min_free_mb: Annotated[int, Meta(ge=0, le=10_000_000)] = 200
    max_s: Seconds = 3600.0
    max_mb: Annotated[int, Meta(ge=1, le=10_000_000)] = 4000


class SnapshotSettings(Group, frozen=True):
    folder: str = "snapshots"


class TeachSettings(Group, frozen=True):
    folder: str = "captures"
    models: str = "models"
    per_s: PerSecond = 10.0


class Settings(Group, frozen=True):
    """The whole of config.yaml. Units are in the names: _s seconds, _px pixels."""

    model: str = "models/daily_activity.onnx"
    source: SourceSettings = SourceSettings()
    inference: InferenceSettings = InferenceSettings()
    smoothing: SmoothingSettings = SmoothingSettings()
    display: DisplaySettings = DisplaySettings()
    record: RecordSettings = RecordSettings()
    snapshot: SnapshotSettings = SnapshotSettings()
    teach: TeachSettings = TeachSettings()


def load(path: Path | None, overrides: list[str]) -> Settings:
    """Defaults < the YAML file at `path` < `overrides` ("group.key=value"). Raises ConfigError."""
    return load_settings(Settings, path, overrides)


def load_project_settings(path: Path | None, overrides: list[str]) -> Settings:
    """As `load`, with the project's own config.yaml, where there is one, in the place of a missing `path`."""
    return load(path or (paths.CONFIG if paths.CONFIG.exists() else None), overrides)


def model_path(settings: Settings, config: Path | None = None) -> Path:
    """Finds the model that the settings name.

    Args:
        settings: the settings.
        config: the file that they come from; None: the project's own.

    Returns:
        Where the model should be. Its path counts from the folder of `config`; settings that leave the model out mean
        the project's, wherever their file is.
    """
    path = (config.parent if config else paths.PROJECT) / settings.model
    return path if path.exists() or settings.model != Settings().model else paths.PROJECT / settings.model
