import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.config.settings import InferenceSettings
from app.entities import Frame
from app.errors import AppError, OutputError
from app.images.prepare import InputSpec
from app.model.classifier import Classifier
from app.teach.capture_session import CaptureSession
from app.teach.learner import Learned, Learner


@pytest.fixture
def session(tmp_path: Path) -> CaptureSession:
    """Six images of one class."""
    session = CaptureSession(tmp_path / "captures", "today", InputSpec(32, "crop"))
    session.begin_burst("yellow")
    for seed in range(6):
        noise = np.random.default_rng(seed).integers(-30, 31, (48, 1, 3)).repeat(64, axis=1)
        image = np.clip(np.add(noise, (20, 200, 200)), 0, 255).astype(np.uint8)
        session.capture(Frame(image, seed, seed / 10, "cam"))
    return session


@pytest.fixture
def learner(model: Path) -> Iterator[Learner]:
    learner = Learner(Classifier(model), InferenceSettings())
    yield learner
    learner.close()


def finish(learner: Learner) -> Learned:
    deadline_s = time.monotonic() + 60
    while (learned := learner.poll()) is None:
        assert time.monotonic() < deadline_s
        time.sleep(0.02)
    return learned


def test_a_model_is_taught_and_written(learner: Learner, session: CaptureSession, tmp_path: Path) -> None:
    assert learner.poll() is None and not learner.has_learned
    learner.start(session, keep_classes=True)
    assert learner.is_learning
    learned = finish(learner)
    assert not learner.is_learning and learner.has_learned and learner.has_unwritten
    assert learned.classifier.contract.labels == ("red", "green", "blue", "yellow")
    assert learned.report.images == {"yellow": 6} and learner.poll() is None
    target = learner.write(str(tmp_path / "models"))
    assert target.parent == tmp_path / "models" and not learner.has_unwritten
    assert Classifier(target).contract == learned.classifier.contract


def test_one_model_at_a_time(learner: Learner, session: CaptureSession) -> None:
    learner.start(session, keep_classes=True)
    learner.start(session, keep_classes=False)
    assert len(finish(learner).classifier.contract.labels) == 4
    assert learner.poll() is None


def test_a_mistake_is_raised_where_it_can_be_told(learner: Learner, session: CaptureSession) -> None:
    learner.start(session, keep_classes=False)  # one class alone
    with pytest.raises(AppError, match="two classes"):
        finish(learner)
    assert not learner.is_learning and not learner.has_learned
    learner.start(session, keep_classes=True)
    assert finish(learner)


def test_an_error_that_nobody_expected_is_raised_too(
    learner: Learner, session: CaptureSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("app.teach.teach.teach", broken)
    learner.start(session, keep_classes=True)
    with pytest.raises(ZeroDivisionError):
        finish(learner)


def test_a_full_disk_leaves_no_half_model(
    learner: Learner, session: CaptureSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    learner.start(session, keep_classes=True)
    finish(learner)
    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(OutputError, match="No space left on device"):
        learner.write(str(tmp_path / "models"))
    assert list((tmp_path / "models").iterdir()) == [] and learner.has_unwritten


def test_closing_waits_for_what_is_taught(model: Path, session: CaptureSession) -> None:
    learner = Learner(Classifier(model), InferenceSettings())
    learner.start(session, keep_classes=True)
    learner.close()
    assert learner.poll() is not None
