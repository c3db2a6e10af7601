"""One run of the app, put together from its parts: settings, model, sources, sinks, loop, figures."""

import argparse
import json
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import msgspec

from app import __version__, paths, sources
from app.config.settings import InferenceSettings, Settings, load_project_settings
from app.doctor.doctor import examine
from app.errors import ConfigError, OutputError
from app.labelling.cadence import Cadence, longest_pause_s
from app.labelling.smoothing import ActivitySmoother
from app.model.classifier import Classifier
from app.model.contract import ModelContract
from app.model.onnx_session import CPU
from app.outputs import check_space, check_target
from app.overlay.overlay import Overlay
from app.pipeline import run
from app.run_stats import RunStats, peak_memory_mb
from app.sinks.base import Sink
from app.sinks.console import Console
from app.sinks.names import recording_path
from app.sinks.recording.recorder import Recorder, numbered_path
from app.sinks.tables import EventLog, PredictionTable
from app.sinks.window.window import Window
from app.sources import Source
from app.system.display import why_no_window
from app.system.interrupts import interrupts
from app.system.terminal import say
from app.teach.window_mode import TeachMode


def list_cameras() -> None:
    """Prints a line a camera: what `--source` takes and what the system calls it."""
    cameras = sources.list_cameras()
    for camera in cameras:
        say(f"{camera.index}  {camera.name}")
    if not cameras:
        say("no camera found; try --source FILE, a URL, or --source synthetic")


def check_cameras(arguments: argparse.Namespace, started_s: float) -> bool:
    """The camera doctor's lines; True when a camera works well enough. Arguments as of `run_session`."""
    return examine(_settings(arguments).source, started_s, debug=arguments.debug)


def run_session(arguments: argparse.Namespace, started_s: float) -> None:
    """Everything between the flags and the exit status.

    started_s: `time.perf_counter` when the program began.
    Raises AppError for what the user can mend, before the camera opens wherever that is possible.
    """
    settings = _settings(arguments)
    _check_targets(arguments, settings)
    shown = _can_show(arguments)
    classifier = Classifier(_model_path(arguments, settings), settings.inference.threads, settings.inference.provider)
    if classifier.provider != CPU:
        say(f"The network runs on {classifier.provider}.")
    stats = RunStats()
    with ExitStack() as stack:
        stack.callback(_report, arguments.stats, stats, classifier, started_s)
        uris = arguments.source or [sources.AUTO]
        pictured = shown or arguments.record or {sources.AUTO, sources.DEMO} & set(uris)  # the demo is recorded below
        opened = _open_sources(uris, settings, shown, None if pictured else classifier.contract.input.size, stack)
        stack.enter_context(interrupts.deferred())
        overlay = Overlay(classifier.contract.labels, settings.display)
        recorder = Recorder(settings.record, overlay, [source.source_id for source in opened])
        sinks: list[Sink] = [stack.enter_context(recorder)]
        sinks += [stack.enter_context(table) for table in _tables(arguments, classifier)]
        if shown:
            teacher = None if arguments.predictions else TeachMode(classifier, settings.teach, settings.inference)
            sinks.append(stack.enter_context(Window(opened, overlay, recorder, settings, teacher)))
        else:
            sinks.append(stack.enter_context(Console(several=len(opened) > 1)))
        if arguments.record:
            recorder.start(arguments.record)
        elif not shown and any(source.source_id == sources.DEMO for source in opened):
            recorder.start(
                recording_path(settings.record.folder)
            )  # without a screen, the recording is what there is to see
        run(
            opened,
            classifier,
            lambda contract: _smoother(contract, settings),
            sinks,
            make_cadence=_make_cadence(settings.inference),
            batch_wait_s=settings.inference.batch_wait_s,
            overlay=overlay,
            stats=stats,
            max_seconds=arguments.max_seconds,
        )


def _can_show(arguments: argparse.Namespace) -> bool:
    if arguments.no_window:
        return False
    reason = why_no_window()
    if reason:
        say(f"No window: {reason}. Running without one, as with --no-window.")
    return reason is None


def _settings(arguments: argparse.Namespace) -> Settings:
    overrides = [*arguments.overrides, *(["source.realtime=true"] if arguments.realtime else [])]
    return load_project_settings(arguments.config, overrides)


def _model_path(arguments: argparse.Namespace, settings: Settings) -> Path:
    """A path in the settings counts from the settings' folder; a flag's from where the user is."""
    if arguments.model:
        return Path(arguments.model)
    return (arguments.config.parent if arguments.config else paths.PROJECT) / settings.model


def _check_targets(arguments: argparse.Namespace, settings: Settings) -> None:
    recordings = _recordings(arguments)
    for uri in arguments.source or []:
        if Path(uri.removeprefix("file://")).resolve() in [path.resolve() for path in recordings]:
            raise OutputError(f"{uri}: --record would overwrite this source; record to another file")
    targets = {"record": ".mp4", "log": ".csv", "predictions": ".csv", "stats": ".json"}
    seen: dict[Path, str] = {}
    for flag, suffix in targets.items():
        path: Path | None = getattr(arguments, flag)
        if path is None:
            continue
        check_target(path, suffix, overwrite=arguments.overwrite)
        same = seen.setdefault(path.resolve(), flag)
        if same != flag:
            raise OutputError(f"{path}: given for --{same} and --{flag}; give each its own file")
    for path in recordings:
        check_target(path, ".mp4", overwrite=arguments.overwrite)
        check_space(path.parent, settings.record.min_free_mb)


def _recordings(arguments: argparse.Namespace) -> list[Path]:
    """What --record writes: the file, or one for each of several sources."""
    target: Path | None = arguments.record
    if target is None:
        return []
    count = len(arguments.source or [])
    return [target] if count < 2 else [numbered_path(target, position) for position in range(count)]


def _open_sources(
    uris: list[str], settings: Settings, shown: bool, enough_px: int | None, stack: ExitStack
) -> list[Source]:
    if len({_one_name(uri) for uri in uris}) < len(uris):
        raise ConfigError("the same --source is given twice; give each once")
    zero_s = time.monotonic()
    opened: list[Source] = []
    for uri in uris:
        source = stack.enter_context(_open_source(uri, settings, shown, zero_s, enough_px))
        sources.tell_apart(source, opened)
        opened.append(source)
    return opened


def _one_name(uri: str) -> str:
    """The same for clip.mp4 and ./clip.mp4."""
    path = Path(uri.removeprefix("file://"))
    with suppress(OSError, ValueError):  # too long for a name, or with a zero in it
        if path.exists():
            return str(path.resolve())
    return uri


def _open_source(uri: str, settings: Settings, shown: bool, zero_s: float, enough_px: int | None) -> Source:
    if uri == sources.AUTO:
        camera, reason = sources.find_camera(settings.source, zero_s)
        if camera is not None:
            return camera
        say(f"Playing the demo: {reason}. Choose with --source 0, a file, a folder or a URL.")
        uri = sources.DEMO
    demo_on_screen = uri == sources.DEMO and shown
    realtime = settings.source.realtime or demo_on_screen
    return sources.open_source(uri, msgspec.structs.replace(settings.source, realtime=realtime), zero_s, enough_px)


def _tables(arguments: argparse.Namespace, classifier: Classifier) -> Iterator[Sink]:
    if arguments.log:
        yield EventLog(arguments.log)
    if arguments.predictions:
        yield PredictionTable(arguments.predictions, classifier.contract.labels)


def _make_cadence(settings: InferenceSettings) -> Callable[[], Cadence] | None:
    return (lambda: Cadence(settings)) if longest_pause_s(settings) else None


def _smoother(contract: ModelContract, settings: Settings) -> ActivitySmoother:
    smoothing = settings.smoothing
    own = smoothing.threshold
    return ActivitySmoother(
        contract.labels,
        contract.thresholds if own is None else [own] * len(contract.labels),
        tau_s=smoothing.tau_s,
        margin=smoothing.margin,
        min_dwell_s=smoothing.min_dwell_s,
        gap_s=max(smoothing.gap_s, 2 * longest_pause_s(settings.inference)),
        top=settings.display.top,
    )


def _report(target: Path | None, stats: RunStats, classifier: Classifier, started_s: float) -> None:
    """The last line on the terminal, and --stats; on every way out."""
    if stats.frames_processed:
        kept = f" {stats.frames_kept} kept the label before them, unclassified." if stats.frames_kept else ""
        frames = "1 frame" if stats.frames_processed == 1 else f"{stats.frames_processed} frames"
        say(f"Labelled {frames}, {stats.fps:.1f} a second.{kept}")
    if target is None:
        return
    try:
        target.write_text(json.dumps(_figures(stats, classifier, started_s), indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{target}: cannot be written ({error.strerror})") from None


def _figures(stats: RunStats, classifier: Classifier, started_s: float) -> dict[str, Any]:
    stages = stats.stages.summary()
    first_s = stats.first_label_at_s
    packages = ("opencv-python", "opencv-python-headless", "onnxruntime", "numpy", "av")
    return {
        "frames_read": stats.frames_read,
        "frames_processed": stats.frames_processed,
        "frames_dropped": stats.frames_dropped,
        "frames_kept": stats.frames_kept,
        "fps": round(stats.fps, 3),
        "latency_ms": stages.pop("capture_to_label", None),
        "stages": stages,
        "memory_mb": peak_memory_mb(),
        "first_label_s": None if first_s is None else round(first_s - started_s, 3),
        "model": {
            "file": str(classifier.path),
            "labels": list(classifier.contract.labels),
            "input_size_px": classifier.contract.input.size,
        },
        "provider": classifier.provider,
        "versions": {
            "app": __version__,
            "python": platform.python_version(),
            **{name: found for name in packages if (found := _version(name))},
        },
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
