"""Every setting of the app, frozen and validated. config.yaml gives the reason for each value; a test compares both."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from app.config.group import Fraction, Group, PerSecond, Seconds, SecondsOrZero
from app.config.hook_settings import HookSettings
from app.config.yaml_file import load_settings
from app.paths import CONFIG, PROJECT


class CameraSettings(Group, frozen=True):
    """What a camera is asked for."""

    width_px: Annotated[int, Meta(ge=16, le=7680)] = 1280
    height_px: Annotated[int, Meta(ge=16, le=4320)] = 720
    fps: PerSecond = 30.0


class SourceSettings(Group, frozen=True):
    """How cameras, files and streams are opened and read."""

    camera: CameraSettings = CameraSettings()
    realtime: bool = False
    folder_fps: PerSecond = 1.0
    open_timeout_s: Seconds = 5.0
    read_timeout_s: Seconds = 5.0
    reconnect_s: SecondsOrZero = 600.0


class InferenceSettings(Group, frozen=True):
    """How and how often frames are classified."""

    threads: Annotated[int, Meta(ge=0, le=64)] = 1
    provider: Literal["auto", "cpu", "cuda", "coreml", "directml", "openvino"] = "auto"
    batch_wait_s: Annotated[float, Meta(ge=0, le=1)] = 0.005
    max_fps: PerSecond | None = None
    every_s: Seconds | None = None
    adaptive: bool = False
    still_s: Seconds = 0.5


class SmoothingSettings(Group, frozen=True):
    """How probabilities become a calm label."""

    tau_s: SecondsOrZero = 0.3
    margin: Fraction = 0.1
    min_dwell_s: SecondsOrZero = 0.8
    gap_s: Seconds = 2.0
    threshold: Fraction | None = None
    hold: Fraction = 0.35
    strictness: Annotated[float, Meta(ge=-1, le=1)] = 0.55


class CueSettings(Group, frozen=True):
    """Whether and how often face, hands and objects are looked for, with a model that knows what to make of them."""

    use: Literal["on", "off"] = "on"
    rate_hz: PerSecond = 10.0


class DisplaySettings(Group, frozen=True):
    """What the window and the overlay show."""

    mirror: Literal["auto", "on", "off"] = "auto"
    top: Annotated[int, Meta(ge=1, le=5)] = 3
    strip_s: Seconds = 60.0


class RecordSettings(Group, frozen=True):
    """How recordings are encoded, and where they go."""

    overlay: bool = True
    crf: Annotated[int, Meta(ge=0, le=51)] = 23
    preset: Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium"] = "veryfast"
    keyframe_s: Seconds = 1.0
    folder: str = "recordings"
    min_free_mb: Annotated[int, Meta(ge=0, le=10_000_000)] = 200
    max_s: Seconds = 3600.0
    max_mb: Annotated[int, Meta(ge=1, le=10_000_000)] = 4000


class SnapshotSettings(Group, frozen=True):
    """Where snapshots go."""

    folder: str = "snapshots"


class TeachSettings(Group, frozen=True):
    """How teaching in the window captures images, and where it writes."""

    folder: str = "captures"
    models: str = "models"
    per_s: PerSecond = 10.0


class DiarySettings(Group, frozen=True):
    """Whether and where a diary is kept."""

    use: Literal["on", "off"] = "off"
    folder: str | None = None
    keep_days: Annotated[int, Meta(ge=1, le=36_500)] | None = None


class PauseSettings(Group, frozen=True):
    """When the camera is off."""

    schedule: str | None = None


class Settings(Group, frozen=True):
    """All of config.yaml. Units are in the names: _s seconds, _px pixels, _mb megabytes.

    Example:
        >>> from app import Settings
        >>> Settings().smoothing.tau_s
        0.3
    """

    model: str = "models/daily_activity.onnx"
    source: SourceSettings = SourceSettings()
    inference: InferenceSettings = InferenceSettings()
    cues: CueSettings = CueSettings()
    smoothing: SmoothingSettings = SmoothingSettings()
    display: DisplaySettings = DisplaySettings()
    record: RecordSettings = RecordSettings()
    snapshot: SnapshotSettings = SnapshotSettings()
    teach: TeachSettings = TeachSettings()
    diary: DiarySettings = DiarySettings()
    pause: PauseSettings = PauseSettings()
    hooks: HookSettings = HookSettings()


def load(path: Path | None, overrides: Sequence[str]) -> Settings:
    """Loads the settings: the defaults, over them the file, over both the overrides.

    Args:
        path: the YAML file; None: no file.
        overrides: settings such as "smoothing.tau_s=0.5"; the last one counts.

    Returns:
        The validated settings.

    Raises:
        ConfigError: an unreadable file, an unknown key, a wrong type or a value out of range.
    """
    return load_settings(Settings, path, overrides)


def load_project_settings(path: str | Path | None = None, overrides: Sequence[str] = ()) -> Settings:
    """Loads the settings as `load` does, from the project's own config.yaml where no file is given.

    Other programs know this function as `app.load_settings`.

    Args:
        path: the YAML file; None: config.yaml, or no file where there is none.
        overrides: settings such as "smoothing.tau_s=0.5"; the last one counts.

    Raises:
        ConfigError: as of `load`.

    Example:
        >>> from app import load_settings
        >>> load_settings(overrides=["smoothing.threshold=0.8"]).smoothing.threshold
        0.8
    """
    if path is None:
        return load(CONFIG if CONFIG.exists() else None, overrides)
    return load(Path(path), overrides)


def model_path(settings: Settings, config: Path | None = None) -> Path:
    """Finds the model that the settings name.

    Args:
        settings: the settings.
        config: the file that they come from; None: the project's own.

    Returns:
        Where the model should be. Its path counts from the folder of `config`; settings that leave the model out mean
        the project's, wherever their file is.
    """
    path = (config.parent if config else PROJECT) / settings.model
    return path if path.exists() or settings.model != Settings().model else PROJECT / settings.model
