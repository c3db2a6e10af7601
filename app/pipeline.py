"""The loop: sources -> batcher -> labeller -> overlay and sinks."""

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from app.config.settings import Settings
from app.entities import Activity, Command, Frame, NewModel
from app.errors import SourceError
from app.labelling.labeller import Labeller
from app.model.classifier import Classifier
from app.overlay.overlay import Overlay
from app.run_stats import RunStats
from app.sinks.base import Sink
from app.sources.base import Source
from app.sources.batcher import Batcher
from app.sources.feed import open_feed
from app.system.interrupts import interrupts

IDLE_S = 0.02  # s between two looks at the window's keys while there is no frame

Labelled = Iterator[tuple[Frame, Activity]]


def run(
    sources: Sequence[Source],
    classifier: Classifier,
    settings: Settings,
    sinks: Sequence[Sink],
    *,
    overlay: Overlay | None = None,
    stats: RunStats | None = None,
    max_seconds: float | None = None,
) -> RunStats:
    """Runs until every source has ended, a sink says quit, or `max_seconds` of the sources have passed.

    Closes the sources, not the sinks. A sink may hand over another model (`NewModel`); it must take images of the same
    size and geometry.

    Args:
        sources: the sources, open, with different names.
        classifier: the model.
        settings: smoothing, and which frames to classify.
        sinks: what gets every labelled frame, in this order.
        overlay: what the sinks draw with; it learns of each frame before them.
        stats: figures to fill; None: new ones.
        max_seconds: of each source's own time; None: no limit.

    Returns:
        The figures of the run.

    Raises:
        SourceError: the last source failed; one of several that fails is named in the log and left.
        Exception: what a sink raised.
        Interrupted: Ctrl-C or SIGTERM, where `interrupts` is installed.
    """
    stats = stats or RunStats()
    outlet = _Outlet(sinks, overlay, stats)
    paused = False
    with interrupts.deferred(), open_stream(sources, classifier, settings, stats, max_seconds) as stream:
        while not stream.ended:
            if paused:
                time.sleep(IDLE_S)
            else:
                outlet.write(stream.next_round())
            if interrupts.pending:
                outlet.write(stream.flush())
                interrupts.check()
            commands = outlet.commands()
            if commands:
                outlet.write(stream.flush())  # what came before them
            if Command.QUIT in commands:
                break
            paused ^= Command.PAUSE in commands
            for new in (command for command in commands if isinstance(command, NewModel)):
                stream.switch(new.classifier)
                outlet.relabel(new.classifier.contract.labels)
    return stats


class Stream:
    """Frames of every source with their activities, a round at a time; `open_stream` makes one."""

    def __init__(self, batcher: Batcher, labeller: Labeller) -> None:
        """Joins both ends.

        Args:
            batcher: where rounds of frames come from.
            labeller: where they get their labels.
        """
        self._batcher, self._labeller = batcher, labeller

    @property
    def ended(self) -> bool:
        """Whether no source is left."""
        return self._batcher.ended

    def next_round(self) -> Labelled:
        """Takes a frame of every source that has one; waits IDLE_S at most where none has.

        Yields:
            The frames that have their label by now, in order; when the sources are silent or the last one fails, all
            that are still under way.

        Raises:
            SourceError: the last source failed.
        """
        try:
            batch = self._batcher.next_batch()
        except SourceError:
            yield from self.flush()
            raise
        yield from self._labeller.push(batch)
        if not batch:
            self._batcher.rest(IDLE_S)

    def flush(self) -> Labelled:
        """Yields everything that is still under way."""
        yield from self._labeller.push([])

    def switch(self, classifier: Classifier) -> None:
        """Takes another model from the next round on; nothing may be under way."""
        self._labeller.switch(classifier)


@contextmanager
def open_stream(
    sources: Sequence[Source],
    classifier: Classifier,
    settings: Settings,
    stats: RunStats,
    max_seconds: float | None = None,
) -> Iterator[Stream]:
    """Starts the threads that read the sources and run the network; ends them, and closes the sources, on the way out.

    With a live source, one round at a time is in the network, so that labels do not lag; with files alone, several.

    Args:
        sources: the sources, open, with different names.
        classifier: the model.
        settings: smoothing, and which frames to classify.
        stats: figures to fill.
        max_seconds: of each source's own time; None: no limit.

    Yields:
        The stream.
    """
    max_in_flight = 0 if any(source.is_live for source in sources) else classifier.max_in_flight
    frame_ready = threading.Event()
    with ExitStack() as stack:
        labeller = stack.enter_context(Labeller(classifier, settings, stats, max_in_flight))
        feeds = [stack.enter_context(open_feed(source, frame_ready, labeller.prepare)) for source in sources]
        wait_s = settings.inference.batch_wait_s
        yield Stream(Batcher(feeds, frame_ready, stats, wait_s=wait_s, max_seconds=max_seconds), labeller)


class _Outlet:
    """Where labelled frames go, and where commands come from."""

    def __init__(self, sinks: Sequence[Sink], overlay: Overlay | None, stats: RunStats) -> None:
        self._sinks, self._overlay, self._stats = sinks, overlay, stats

    def write(self, labelled: Iterable[tuple[Frame, Activity]]) -> None:
        for frame, activity in labelled:
            if self._overlay is not None:
                self._overlay.update(frame, activity)
            for sink in self._sinks:
                with self._stats.stages.time(sink.name):
                    sink.write(frame, activity)

    def commands(self) -> list[Command | NewModel]:
        return [command for sink in self._sinks if (command := sink.poll()) is not None]

    def relabel(self, labels: Sequence[str]) -> None:
        if self._overlay is not None:
            self._overlay.relabel(labels)
