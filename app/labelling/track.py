"""The way of one source from frames to activities."""

from dataclasses import replace

from app.arrays import Float32s, Image
from app.config.settings import Settings
from app.entities import Activity, Delivery, Frame
from app.labelling.cadence import Cadence
from app.labelling.smoothing import ActivitySmoother
from app.model.contract import ModelContract


class Track:
    """Remembers one source between two of its frames. Starts again when the source has a new connection.

    Frames are prepared before earlier ones have their label, so each half notices a new connection for itself.
    """

    def __init__(self, contract: ModelContract, settings: Settings) -> None:
        """Starts with nothing remembered.

        Args:
            contract: what the model expects and answers.
            settings: which frames to classify, and how to smooth.
        """
        self._contract, self._settings = contract, settings
        self._prepared_connection = self._labelled_connection = 0
        self._cadence = Cadence(settings.inference)
        self._smoother = ActivitySmoother.from_settings(contract, settings)
        self._activity: Activity | None = None

    def prepare(self, delivery: Delivery) -> Image | None:
        """Makes the model's input of the next frame.

        Returns:
            uint8 RGB (S, S, 3), or None for a frame that is not worth a network run.
        """
        frame = delivery.frame
        if frame.connection != self._prepared_connection:
            self._prepared_connection = frame.connection
            self._cadence = Cadence(self._settings.inference)
        if self._cadence.too_early(frame.time_s):
            return None
        prepared = frame.prepare(self._contract.input) if delivery.prepared is None else delivery.prepared
        return prepared if self._cadence.due(prepared, frame.time_s) else None

    def update(self, probs: Float32s, frame: Frame) -> Activity:
        """Takes in the probabilities of a frame, float32 (K,), and returns the activity after it."""
        if frame.connection != self._labelled_connection:
            self._labelled_connection = frame.connection
            self._smoother = ActivitySmoother.from_settings(self._contract, self._settings)
        self._activity = self._smoother.update(probs, frame.time_s)
        return self._activity

    def reuse(self) -> Activity:
        """Returns the activity of the last classified frame, for one that was not classified."""
        assert self._activity is not None, "the first frame is always due"
        return replace(self._activity, probs=(), restarted=False)
