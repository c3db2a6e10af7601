import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.config.settings import InferenceSettings
from app.entities import Frame
from app.errors import AppError, ModelError, OutputError
from app.images.prepare import InputSpec
from app.model.classifier import Classifier
from app.teach.capture_session import CaptureSession
from app.teach.learner import UNWRITTEN, Learned, Learner


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
def learner(model: Path, tmp_path: Path) -> Iterator[Learner]:
    learner = Learner(Classifier(model), InferenceSettings(), tmp_path / "captures")
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
    assert not learner.has_learned, "it is written, and need not be offered again"


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


def test_a_package_that_is_missing_is_no_silence(
    learner: Learner, session: CaptureSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "app.teach.teach", None)
    learner.start(session, keep_classes=True)
    with pytest.raises(ImportError):
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


def test_closing_waits_for_what_is_taught(model: Path, session: CaptureSession, tmp_path: Path) -> None:
    learner = Learner(Classifier(model), InferenceSettings(), tmp_path / "captures")
    learner.start(session, keep_classes=True)
    learner.close()
    assert learner.poll() is not None


def test_a_model_that_was_not_written_is_offered_to_the_next_session(
    learner: Learner, session: CaptureSession, model: Path, tmp_path: Path
) -> None:
    """As after a crash: nothing is closed."""
    learner.start(session, keep_classes=True)
    labels = finish(learner).classifier.contract.labels
    later = Learner(Classifier(model), InferenceSettings(), tmp_path / "captures")
    assert later.is_offered and later.has_learned and not later.has_unwritten
    assert later.take_up().contract.labels == labels
    assert not later.is_offered and later.has_unwritten
    later.write(str(tmp_path / "models"))
    assert not Learner(Classifier(model), InferenceSettings(), tmp_path / "captures").is_offered


def test_a_damaged_model_of_an_earlier_session_is_told_once(learner: Learner, model: Path, tmp_path: Path) -> None:
    (tmp_path / "captures" / UNWRITTEN).parent.mkdir(parents=True)
    (tmp_path / "captures" / UNWRITTEN).write_bytes(b"half")
    later = Learner(Classifier(model), InferenceSettings(), tmp_path / "captures")
    with pytest.raises(ModelError):
        later.take_up()
    assert not later.has_learned and not (tmp_path / "captures" / UNWRITTEN).exists()


def test_how_far_it_is_can_be_seen(learner: Learner, session: CaptureSession) -> None:
    shares = []
    learner._told = shares.append  # type: ignore[method-assign]
    learner.start(session, keep_classes=True)
    finish(learner)
    assert shares == sorted(shares) and len(shares) >= 7 and 0 <= shares[0] < shares[-1] <= 1
