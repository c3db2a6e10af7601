"""What the network says of every frame of a clip: computed once, kept in a file, smoothed again and again."""

import hashlib
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from app.arrays import Bools, Float32s, Float64s
from app.config.settings import Settings
from app.errors import SourceError
from app.model.classifier import Classifier
from app.outputs import written_whole
from app.pipeline import open_stream
from app.run_stats import RunStats
from app.sinks.shown import Shown
from app.sources.open import open_source

_FORMAT = 1  # counts up when the file, the preparation of images or the cues change
_KEY = "key"


@dataclass(frozen=True, eq=False)
class NetworkPass:
    """One pass of the network over a clip.

    Attributes:
        times_s: float64 (N,), of the classified frames.
        probs: float32 (N, K), of each of them, unsmoothed.
        nobody: bool (N,), whether nobody was there.
        end_s: when the last frame ends.
    """

    times_s: Float64s
    probs: Float32s
    nobody: Bools
    end_s: float


class PassStore:
    """Passes in a folder, a file a clip. What was computed with another clip, model or setting is computed anew."""

    def __init__(self, folder: Path, classifier: Classifier, settings: Settings) -> None:
        """Reads no pass yet.

        Args:
            folder: where the files are; made when the first one is written.
            classifier: the model.
            settings: of the cues, and which frames are classified. Those of the smoothing do not count.
        """
        self._folder, self._classifier, self._settings = folder, classifier, settings
        model = hashlib.sha256(classifier.path.read_bytes()).hexdigest()
        what = {"inference": settings.inference, "cues": settings.cues}
        self._common = [_FORMAT, model, classifier.provider, msgspec.to_builtins(what)]

    def get(self, clip: Path) -> NetworkPass:
        """Returns the pass over a clip, from its file or from the network.

        Raises:
            SourceError: the clip cannot be opened, or has no frame.
            OutputError: the pass cannot be written.
        """
        path = self._path(clip)
        kept = _read(path, self._key(clip))
        if kept is not None:
            return kept
        made = watch(clip, self._classifier, self._settings)
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as draft, draft.open("wb") as file:
            arrays = {"times_s": made.times_s, "probs": made.probs, "nobody": made.nobody, "end_s": made.end_s}
            np.savez_compressed(file, **arrays, **{_KEY: self._key(clip)})  # type: ignore[arg-type]
        return made

    def has(self, clip: Path) -> bool:
        """Tells whether `get` would not run the network."""
        return _read(self._path(clip), self._key(clip)) is not None

    def _path(self, clip: Path) -> Path:
        return self._folder / f"{clip.name}.npz"

    def _key(self, clip: Path) -> str:
        found = clip.stat()
        return json.dumps([str(clip.resolve()), found.st_size, found.st_mtime_ns, *self._common], sort_keys=True)


def watch(clip: Path, classifier: Classifier, settings: Settings) -> NetworkPass:
    """Runs the network over a clip, as a session does.

    Args:
        clip: a video file.
        classifier: the model.
        settings: of the cues, and which frames are classified.

    Raises:
        SourceError: the clip cannot be opened, or has no frame.
    """
    unhurried = msgspec.structs.replace(settings.source, realtime=False)
    shown, rows = Shown(), []
    with open_source(clip, unhurried) as source, open_stream([source], classifier, settings, RunStats()) as stream:
        while not stream.ended:
            for frame, activity in stream.next_round():
                shown.add(frame.time_s, frame.lasts_s)
                if activity.probs:
                    rows.append((frame.time_s, activity.probs, activity.nobody))
    if not rows:
        raise SourceError(f"{clip}: no image in it; expected a clip")
    times_s, probs, nobody = zip(*rows, strict=True)
    return NetworkPass(np.array(times_s), np.array(probs, np.float32), np.array(nobody), shown.until_s)


def _read(path: Path, key: str) -> NetworkPass | None:
    """Reads a kept pass; None for one that is missing, damaged or of something else."""
    try:
        with path.open("rb") as stored, np.load(stored) as file:
            if file[_KEY].item() != key:
                return None
            return NetworkPass(file["times_s"], file["probs"], file["nobody"], file["end_s"].item())
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
