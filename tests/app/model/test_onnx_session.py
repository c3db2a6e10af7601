from pathlib import Path

import pytest

from app.errors import ModelError
from app.model import onnx_session as ort_module
from app.model.classifier import Classifier
from app.model.onnx_session import CPU, PROVIDERS, open_session, providers_to_try


@pytest.fixture
def pretends_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    """An ONNX Runtime that says it has CUDA, on a machine without it: its driver does not start."""
    monkeypatch.setattr(ort_module.ort, "get_available_providers", lambda: [PROVIDERS["cuda"], CPU])


def test_the_processor_is_always_there_and_tried_last() -> None:
    assert providers_to_try("auto")[-1] == "cpu"
    assert providers_to_try("cpu") == ["cpu"]


def test_a_provider_that_is_not_installed_is_named(model: Path) -> None:
    missing = next(name for name in PROVIDERS if name not in providers_to_try("auto"))
    with pytest.raises(ModelError, match=f"inference.provider {missing}: this ONNX Runtime has .*cpu; install"):
        Classifier(model, provider=missing)


def test_auto_passes_over_a_provider_that_does_not_start(model: Path, pretends_cuda: None) -> None:
    assert providers_to_try("auto") == ["cuda", "cpu"]
    assert Classifier(model, provider="auto").provider == CPU


def test_asked_for_by_name_it_is_an_error(model: Path, pretends_cuda: None) -> None:
    with pytest.raises(ModelError, match=r"CUDAExecutionProvider does not start; are its driver and libraries"):
        Classifier(model, provider="cuda")


def test_a_session_does_as_told(model: Path) -> None:
    options = open_session(model, 2, "cpu").get_session_options()
    assert options.intra_op_num_threads == 2
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"
