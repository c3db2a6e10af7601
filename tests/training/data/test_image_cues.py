from pathlib import Path

import numpy as np
import pytest

from app.cues.vector import NAMES, SPEC
from app.errors import ConfigError
from app.images.prepare import InputSpec
from app.model.contract import ModelContract
from tests import toy
from tests.training import pictures
from training.data import image_cues as work
from training.data.dataset import Sample, load_dataset
from training.data.image_cues import image_cues, vectors


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    return list(load_dataset(pictures.make_folders(tmp_path / "discs", 2)).samples)


def test_cues_are_found_once_and_kept(
    samples: list[Sample], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "folder" / "cues.npz"
    found = image_cues(samples[:4], store)
    assert set(found) == {sample.sha256 for sample in samples[:4]}
    assert all(cues.shape == (len(NAMES),) and cues[0] == 1 for cues in found.values())
    assert "4 images" in capsys.readouterr().out
    more = image_cues(samples, store)
    assert len(more) == 6 and "2 images" in capsys.readouterr().out
    monkeypatch.setattr(work, "CueNetworks", lambda: pytest.fail("everything is known"))
    again = image_cues(samples, store)
    assert capsys.readouterr().out == ""
    for sha256, cues in more.items():
        np.testing.assert_array_equal(again[sha256], cues)


def test_what_was_found_before_an_error_is_kept(
    samples: list[Sample], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def chunks(*_: object) -> object:
        yield [(samples[0], np.ones(len(NAMES), np.float32))]
        raise KeyboardInterrupt

    monkeypatch.setattr(work, "read_chunks", chunks)
    with pytest.raises(KeyboardInterrupt):
        image_cues(samples, tmp_path / "cues.npz")
    monkeypatch.undo()
    assert image_cues(samples, tmp_path / "cues.npz")[samples[0].sha256].tolist() == [1.0] * len(NAMES)


def test_an_unreadable_image_has_none(samples: list[Sample]) -> None:
    samples[0].path.write_bytes(b"no image")
    assert samples[0].sha256 not in image_cues(samples[:2], None)


def test_cues_of_another_version_are_found_anew(samples: list[Sample], tmp_path: Path) -> None:
    store = tmp_path / "cues.npz"
    old = np.full((1, len(NAMES)), 7, np.float32)
    np.savez(store, version=SPEC.version + 1, names=np.array(NAMES), sha256=np.array([samples[0].sha256]), cues=old)
    assert image_cues(samples[:1], store)[samples[0].sha256][0] == 1


def test_another_file_is_no_store(samples: list[Sample], tmp_path: Path) -> None:
    (tmp_path / "cues.npz").write_bytes(b"something else")
    with pytest.raises(ConfigError, match=r"cues\.npz: expected cues"):
        image_cues(samples, tmp_path / "cues.npz")


def test_rows_are_for_models_that_take_them(samples: list[Sample]) -> None:
    contract = ModelContract(toy.LABELS, InputSpec(32, "crop"), (0.6,) * 3, cues=SPEC)
    known = {samples[1].sha256: np.ones(len(NAMES), np.float32)}
    rows = vectors(contract, samples[:2], known)
    assert rows is not None and rows.sum(axis=1).tolist() == [0, len(NAMES)]
    assert vectors(ModelContract(toy.LABELS, InputSpec(32, "crop"), (0.6,) * 3), samples, known) is None
