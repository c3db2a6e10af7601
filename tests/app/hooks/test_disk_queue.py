import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.errors import OutputError
from app.hooks.disk_queue import DiskQueue
from tests.conftest import ROOT


def texts(queue: DiskQueue) -> list[str]:
    found = []
    while (first := queue.first()) is not None:
        found.append(first[1])
        queue.remove(first[0])
    return found


def test_texts_come_in_their_order_also_to_the_next_session(tmp_path: Path) -> None:
    with DiskQueue(tmp_path, "q", 10) as queue:
        queue.put(["a", "b"])
        queue.put(["c"])
        first = queue.first()
        assert first is not None and first[1] == "a"
        queue.remove(first[0])
    with DiskQueue(tmp_path, "q", 10) as queue:
        queue.put(["d"])
        assert texts(queue) == ["b", "c", "d"]


def test_beyond_its_bound_the_oldest_go(tmp_path: Path) -> None:
    with DiskQueue(tmp_path, "q", 3) as queue:
        queue.put([str(number) for number in range(10)])
        assert (queue.dropped, len(queue)) == (7, 3)
        assert texts(queue) == ["7", "8", "9"]


def test_two_sessions_have_a_queue_each_and_what_a_killed_one_left_is_found(tmp_path: Path) -> None:
    code = (
        "import sys, os; from pathlib import Path; from app.hooks.disk_queue import DiskQueue; "
        "q = DiskQueue(Path(sys.argv[1]), 'q', 9); q.put(['left']); os.kill(os.getpid(), 9)"
    )
    with DiskQueue(tmp_path, "q", 9) as first:
        first.put(["mine"])
        subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT)
        with DiskQueue(tmp_path, "q", 9) as second:
            assert texts(second) == ["left"]
        assert texts(first) == ["mine"]


def test_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    with DiskQueue(tmp_path / "new", "q", 9) as queue:
        queue.put(["a"])
        if sys.platform != "win32":
            assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new").iterdir()} == {0o600}


def test_a_place_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"hooks\.folder"):
        DiskQueue(tmp_path / "file", "q", 9)
    (tmp_path / "q.sqlite3").write_bytes(b"no database " * 100)
    with pytest.raises(OutputError, match=r"hooks\.folder"):
        DiskQueue(tmp_path, "q", 9)
