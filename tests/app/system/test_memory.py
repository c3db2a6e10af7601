import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.skipif(sys.platform == "win32", reason="not measured on Windows")
def test_peak_memory_grows_with_what_is_held_and_stays() -> None:
    """In a process of its own: this one may have held more before."""
    code = """
from app.system.memory import peak_memory_mb
before = peak_memory_mb()
block = bytearray(200_000_000)
held = peak_memory_mb()
del block
print(before, held, peak_memory_mb())
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    before, held, after = (float(figure) for figure in done.stdout.split())
    assert before + 150 < min(held, after)
