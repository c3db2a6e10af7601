import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from training.process import prepare_process

TENSORFLOW = ("TF_CPP_MIN_LOG_LEVEL", "TF_ENABLE_ONEDNN_OPTS", "KERAS_BACKEND")


def test_it_sets_what_the_user_has_not(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*TENSORFLOW, "OPENCV_IO_MAX_IMAGE_PIXELS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    prepare_process()
    assert [os.environ[name] for name in TENSORFLOW] == ["0", "1", "tensorflow"]
    assert "OPENCV_IO_MAX_IMAGE_PIXELS" in os.environ


def test_importing_training_sets_nothing() -> None:
    program = "import os; before = dict(os.environ); import training; dir(training); assert os.environ == before"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
