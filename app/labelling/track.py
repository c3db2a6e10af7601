"""The way of one source from frames to activities."""

from dataclasses import replace

from app.arrays import Float32s
from app.config.settings import Settings
from app.cues.findings import Cues
from app.entities import Activity, Delivery, Frame, Prepared
from app.labelling.cadence import Cadence
from app.labelling.cue_watch import CueWatch
from app.labelling.presence import Presence, with_findings
from app.labelling.smoothing import ActivitySmoother
from app.model.contract import ModelContract


class Track:
    """Remembers one source between two of its frames. Starts again when the source has a new connection.

    Frames are prepared before earlier ones have their label, so each half notices a new connection for itself.
    """

    def __init__(self, contract: ModelContract, settings: Settings, cues: CueWatch) -> None:
        """Starts with nothing remembered.

        Args:
            contract: what the model expects and answers.
            settings: which frames to classify, and how to smooth.
            cues: of every source.
        """
        self._contract, self._settings, self._cues = contract, settings, cues
        self._prepared_connection = self._labelled_connection = 0
        self._cadence = Cadence(settings.inference)
        self._smoother = ActivitySmoother.from_settings(contract, settings)
        self._presence = Presence()
        self._activity: Activity | None = None

    def prepare(self, delivery: Delivery) -> Prepared | None:
        """Makes the model's input of the next frame.

        Returns:
            The input, or None for a frame that is not worth a network run.
        """
        frame = delivery.frame
        if frame.connection != self._prepared_connection:
            self._prepared_connection = frame.connection
            self._cadence = Cadence(self._settings.inference)
        if self._cadence.too_early(frame.time_s):
            return None
        image = delivery.prepared.image if delivery.prepared else frame.prepare(self._contract.input)
        if not self._cadence.due(image, frame.time_s):
            return None
        return delivery.prepared or Prepared(image, self._cues.of_live(frame))

    def update(self, probs: Float32s, frame: Frame, cues: Cues | None) -> Activity:
        """Takes in the probabilities of a frame, float32 (K,), and its cues, and returns the activity after it."""
        if frame.connection != self._labelled_connection:
            self._labelled_connection = frame.connection
            self._smoother = ActivitySmoother.from_settings(self._contract, self._settings)
            self._presence = Presence()
        self._activity = self._smoother.update(probs, frame.time_s)
        if cues is not None:
            self._activity = with_findings(
                self._activity, cues.findings, self._presence.nobody(cues.findings.nobody, frame.time_s)
            )
        return self._activity

    def reuse(self) -> Activity:
        """Returns the activity of the last classified frame, for one that was not classified."""
        assert self._activity is not None, "the first frame is always due"
        return replace(self._activity, probs=(), restarted=False)
