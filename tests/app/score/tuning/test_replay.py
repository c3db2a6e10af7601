"""What is replayed is what the app shows, with any settings."""

from pathlib import Path

import msgspec
import pytest

from app.config.settings import Settings, SmoothingSettings, load_project_settings
from app.model.classifier import Classifier
from app.paths import MODELS
from app.score.timeline import Segment
from app.score.tuning.network_pass import watch
from app.score.tuning.replay import replay
from app.score.watch import Watcher
from tests.conftest import SharedClip

CALM = SmoothingSettings(tau_s=1.5, margin=0.2, min_dwell_s=1.5, strictness=0.4)
HASTY = SmoothingSettings(tau_s=0.1, margin=0.0, min_dwell_s=0.0, strictness=-0.5)


def rounded(segments: tuple[Segment, ...]) -> list[tuple[str, float, float]]:
    """As a log has them."""
    return [(one.label, round(one.start_s, 3), round(one.end_s, 3)) for one in segments]


@pytest.mark.parametrize("smoothing", [SmoothingSettings(), CALM, HASTY])
def test_a_replay_shows_what_the_app_shows(clip: Path, model: Path, smoothing: SmoothingSettings) -> None:
    settings = Settings(smoothing=smoothing)
    classifier = Classifier(model)
    seen = watch(clip, classifier, Settings())
    shown = Watcher(model, settings).watch(str(clip))
    assert rounded(replay(seen, classifier.contract, settings).segments) == rounded(shown.segments)


def test_of_a_real_clip_with_cues_too(shared_clip: SharedClip) -> None:
    clip, model = shared_clip("book.mkv"), MODELS / "daily_activity.onnx"
    settings = msgspec.structs.replace(load_project_settings(), smoothing=HASTY)
    classifier = Classifier(model)
    seen = watch(clip, classifier, load_project_settings())
    shown = Watcher(model, settings).watch(str(clip))
    assert rounded(replay(seen, classifier.contract, settings).segments) == rounded(shown.segments)


def test_where_nobody_is_nobody_is_shown(clip: Path, model: Path) -> None:
    classifier = Classifier(model)
    seen = watch(clip, classifier, Settings())
    seen.nobody[:20] = True
    first, second, *_ = replay(seen, classifier.contract, Settings()).segments
    assert (first.label, first.start_s) == ("nobody", 0.0)
    assert second.start_s == pytest.approx(seen.times_s[20])
