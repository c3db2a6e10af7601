"""The way in for other programs: a model with its settings, for live video, files and photographs."""

from collections.abc import Generator, Iterable
from contextlib import ExitStack
from pathlib import Path

from app.arrays import Float32s, Image
from app.config.settings import Settings, load_project_settings, model_path
from app.entities import Activity, Frame
from app.errors import SourceError
from app.file_urls import path_of
from app.images.prepare import prepare
from app.images.read import read_image
from app.labelling.cue_watch import CueWatch
from app.labelling.presence import with_findings
from app.labelling.smoothing import ActivitySmoother
from app.model.classifier import Classifier
from app.pipeline import open_stream
from app.run_stats import RunStats
from app.sources.base import Source
from app.sources.open import make_name_unique


class Recogniser:
    """Names what a person does in an image.

    Attributes:
        classifier: the model.
        settings: smoothing, and which frames to classify.

    Example:
        >>> from app import Recogniser, open_source
        >>> recogniser = Recogniser("models/daily_activity.onnx")
        >>> for frame, activity in recogniser.watch(open_source("demo")):
        ...     if activity.label not in (None, "other"):
        ...         print(f"{activity.label} since {activity.since_s:.0f} s")
        ...         break
        texting since 0 s
        >>> recogniser.label("photo.jpg").label
        'texting'
    """

    def __init__(self, model: str | Path | None = None, settings: Settings | None = None) -> None:
        """Opens the model.

        Args:
            model: an ONNX file exported by this project; None: that of the settings.
            settings: as of `load_settings`; None: those of the project's config.yaml.

        Raises:
            ConfigError: the project's config.yaml has a mistake.
            ModelError: the model is missing, broken, or breaks the contract.
        """
        self.settings = load_project_settings() if settings is None else settings
        path = model_path(self.settings) if model is None else Path(model)
        inference = self.settings.inference
        self.classifier = Classifier(path, inference.threads, inference.provider)
        self._cues = CueWatch(self.classifier.contract, self.settings)  # of single images

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes, in the order of `Activity.probs`.

        Example:
            >>> from app import Recogniser
            >>> len(Recogniser().labels)
            16
        """
        return self.classifier.contract.labels

    def watch(self, sources: Source | Iterable[Source]) -> Generator[tuple[Frame, Activity], None, None]:
        """Labels the frames of one source, or of several, until they end.

        Files give every frame in order. A live source gives the newest one: frames that come while the caller is busy
        are dropped, so that labels never lag. A camera or stream that is lost is opened again.

        The sources are closed however the loop ends: at their end, by `break`, by an exception. That happens when the
        iterator goes; whoever keeps it in a variable calls its `close()`.

        Args:
            sources: from `open_source`, or of your own. One that has the name of another gets a number, "name (2)".

        Yields:
            Each frame with its activity; frames of several sources in turn, told apart by `frame.source_id`.

        Raises:
            SourceError: the last source failed; one of several that fails is named in the log and left.

        Example:
            >>> from app import Recogniser, open_source
            >>> recogniser = Recogniser()
            >>> sources = [open_source("photos"), open_source("labelled/one")]
            >>> seen = [(frame.source_id, frame.index, activity.label) for frame, activity in recogniser.watch(sources)]
            >>> sorted(seen)[0], len(seen)
            (('labelled/one', 0, 'texting'), 4)
        """
        opened: list[Source] = []
        with ExitStack() as stack:
            for source in [sources] if isinstance(sources, Source) else sources:
                make_name_unique(stack.enter_context(source), opened)
                opened.append(source)
            stream = stack.enter_context(open_stream(opened, self.classifier, self.settings, RunStats()))
            while not stream.ended:
                yield from stream.next_round()

    def label(self, image: str | Path | Image) -> Activity:
        """Labels a photograph, by itself: nothing before it counts.

        Large JPEG files are read reduced, as those of a folder and in training, so the probabilities may differ a
        little from those of the whole image.

        Args:
            image: a file, or BGR uint8 (H, W, 3), as OpenCV reads it.

        Returns:
            The activity; its label is None when no class reaches its threshold.

        Raises:
            SourceError: the file is missing or no image.
            ValueError: an array of another shape or dtype.

        Example:
            >>> import cv2
            >>> from app import Recogniser
            >>> recogniser = Recogniser()
            >>> recogniser.label("photo.jpg").label
            'texting'
            >>> recogniser.label(cv2.imread("photo.jpg")).label
            'texting'
        """
        contract = self.classifier.contract
        pixels = _read(path_of(str(image)), contract.image_side_px) if isinstance(image, str | Path) else image
        prepared = prepare(pixels, contract.input)[None]
        cues = self._cues.of_file(Frame(pixels, 0, 0.0, "image", is_picture=True))
        if cues is None:
            return self._activity(self.classifier.predict(prepared).probs[0])
        activity = self._activity(self.classifier.predict(prepared, cues.vector[None]).probs[0])
        return with_findings(activity, cues.findings, cues.findings.nobody)

    def _activity(self, probs: Float32s) -> Activity:
        return ActivitySmoother.from_settings(self.classifier.contract, self.settings).update(probs, 0.0)


def _read(path: Path, min_side_px: int) -> Image:
    image = read_image(path, min_side_px)
    if image is not None:
        return image
    if path.is_dir():
        raise SourceError(f"{path}: is a folder; give an image file, or watch it with open_source")
    if not path.exists():
        raise SourceError(f"{path}: no such file; give an image file")
    raise SourceError(f"{path}: expected an image that can be read; is the file damaged, too large or of another kind?")
