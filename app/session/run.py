"""One session, from the options to the end of the loop."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack

from app.config.settings import load_project_settings, model_path
from app.errors import ConfigError
from app.model.classifier import Classifier
from app.model.onnx_session import CPU
from app.overlay.overlay import Overlay
from app.pipeline import run
from app.run_stats import RunStats
from app.session.diary import check_diary, diary_folder, live_sources, open_diary
from app.session.figures import report
from app.session.hooks import check_rules, open_hooks, wants_hooks
from app.session.manners import Manners
from app.session.options import AUTO, SessionOptions
from app.session.schedule import read_schedule
from app.session.sources import open_sources
from app.session.targets import check_targets
from app.sinks.base import Sink
from app.sinks.console import Console
from app.sinks.names import recording_path
from app.sinks.recording.recorder import Recorder
from app.sinks.tables import EventLog, PredictionTable, columns_to_continue, prediction_columns
from app.sinks.window.mode import WindowMode
from app.sinks.window.modes import Modes
from app.sinks.window.truth_mode import TruthMode
from app.sinks.window.window import Window
from app.sources.base import Source
from app.sources.open import DEMO
from app.sources.reconnecting import ReconnectingSource
from app.system.display import why_no_window
from app.system.interrupts import interrupts
from app.system.pause import PauseSwitch
from app.system.process import use_one_opencv_thread
from app.system.terminal import say
from app.teach.window_mode import TeachMode


def run_session(options: SessionOptions, started_s: float) -> None:
    """Runs a session to its end.

    Args:
        options: what the user asks.
        started_s: `time.perf_counter` when the program began.

    Raises:
        AppError: what the user can fix, before the camera opens wherever that is possible.
        Interrupted: Ctrl-C or SIGTERM, where `interrupts` is installed.
    """
    _Session(options).run(started_s)


class _Session:
    """The parts of a session, and the order in which they are opened; they are closed in the opposite order."""

    def __init__(self, options: SessionOptions) -> None:
        self._options = options
        self._settings = load_project_settings(options.config, options.overrides)
        model = options.model or model_path(self._settings, options.config)
        check_targets(options, model, self._settings.record.min_free_mb)
        self._diary = diary_folder(options, self._settings.diary)
        if self._diary:
            check_diary(self._diary)
        self._shown = options.window and _can_show()
        if options.truth and not self._shown:
            raise ConfigError("--truth needs the window, in which keys mark what is really going on")
        schedule = self._settings.pause.schedule
        self._schedule = read_schedule(schedule) if schedule else None
        self._pause = PauseSwitch()
        inference = self._settings.inference
        self._classifier = Classifier(model, inference.threads, inference.provider)
        if wants_hooks(options, self._settings.hooks):
            check_rules(self._settings.hooks, self._classifier.contract.labels)
        if options.append and options.predictions:
            columns_to_continue(options.predictions, prediction_columns(self._classifier.contract.labels))
        if self._classifier.provider != CPU:
            say(f"The network runs on {self._classifier.provider}.")

    def run(self, started_s: float) -> None:
        use_one_opencv_thread()
        options, stats = self._options, RunStats()
        with ExitStack() as stack:
            stack.callback(report, stats, self._classifier, started_s, options.stats)
            sources = stack.enter_context(self._open_sources())
            if any(isinstance(source, ReconnectingSource) for source in sources):
                stack.enter_context(Manners(self._pause, self._schedule))
            stack.enter_context(interrupts.deferred())
            overlay = Overlay(self._classifier.contract.labels, self._settings.display)
            recorder = Recorder(self._settings.record, overlay, [source.source_id for source in sources])
            sinks = [stack.enter_context(sink) for sink in self._sinks(sources, overlay, recorder)]
            self._start_recording(sources, recorder)
            run(
                sources,
                self._classifier,
                self._settings,
                sinks,
                overlay=overlay,
                stats=stats,
                max_seconds=options.max_seconds,
            )

    def _open_sources(self) -> AbstractContextManager[list[Source]]:
        options = self._options
        seen = self._shown or options.record is not None or bool({AUTO, DEMO} & set(options.sources))
        min_side_px = None if seen else self._classifier.contract.image_side_px
        return open_sources(options.sources, self._settings.source, self._shown, min_side_px, self._pause)

    def _sinks(self, sources: Sequence[Source], overlay: Overlay, recorder: Recorder) -> Iterator[Sink]:
        options = self._options
        yield recorder
        live = live_sources(sources, options)
        if options.log:
            yield EventLog(options.log, live, options.append)
        if options.predictions:
            yield PredictionTable(options.predictions, self._classifier.contract.labels, live, options.append)
        if self._diary:
            yield open_diary(self._diary, self._settings.diary, sources, options)
        if wants_hooks(options, self._settings.hooks):
            yield open_hooks(options, self._settings.hooks, sources)
        if self._shown:
            yield Window(sources, overlay, recorder, self._settings, self._mode(overlay), self._pause)
        elif options.jsonl is None:
            yield Console(several=len(sources) > 1)

    def _mode(self, overlay: Overlay) -> WindowMode | None:
        """Returns teaching, but not beside --predictions, whose columns are the classes; and marking with --truth."""
        modes: list[WindowMode] = []
        if not self._options.predictions:
            modes.append(TeachMode(self._classifier, self._settings.teach, self._settings.inference))
        if self._options.truth:
            modes.append(TruthMode(self._options.truth, lambda: overlay.labels))
        return Modes(modes) if modes else None

    def _start_recording(self, sources: Sequence[Source], recorder: Recorder) -> None:
        """The demo is recorded where there is no screen: the recording is then what there is to see."""
        if self._options.record:
            recorder.start(self._options.record)
        elif not self._shown and any(source.source_id == DEMO for source in sources):
            recorder.start(recording_path(self._settings.record.folder))


def _can_show() -> bool:
    reason = why_no_window()
    if reason:
        say(f"No window: {reason}. Running without one, as with --no-window.")
    return reason is None
