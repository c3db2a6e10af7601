"""Sessions in one process, one after the other: what each leaves behind."""

import threading
from pathlib import Path

import pytest

from app.cli import ROOT, _parse
from app.session import run_session

HANDLES = Path("/proc/self/fd")


def handles() -> int:
    return sum(1 for _ in HANDLES.iterdir())


@pytest.mark.skipif(not HANDLES.exists(), reason="only Linux tells which files are open")
def test_sessions_leave_no_thread_and_no_handle(
    tmp_path: Path, model: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A short form of tests/benchmark/soak.py."""
    monkeypatch.chdir(tmp_path)
    flags = ["--record", "r.mp4", "--log", "l.csv", "--predictions", "p.csv", "--stats", "s.json", "--overwrite"]
    arguments = _parse(["--source", str(clip), "--model", str(model), "--no-window", "--max-seconds", "1", *flags])
    run_session(arguments, ROOT, 0.0)
    threads, open_ = threading.active_count(), handles()
    for _ in range(30):
        run_session(arguments, ROOT, 0.0)
    assert (threading.active_count(), handles()) == (threads, open_)
