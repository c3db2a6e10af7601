import os

import pytest

from app.errors import OutputError
from app.outputs import check_space, check_target
from app.sinks.base import Sink


def test_a_place_that_can_be_written_leaves_no_trace(tmp_path):
    check_target(tmp_path / "new.csv", ".csv")
    check_target(tmp_path / "NEW.CSV", ".csv")
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_stays_as_it_is(tmp_path):
    path = tmp_path / "old.csv"
    path.write_text("precious")
    check_target(path, ".csv", overwrite=True)
    assert path.read_text() == "precious"


def test_what_is_there_is_replaced_only_when_told(tmp_path):
    path = tmp_path / "old.csv"
    path.write_text("precious")
    with pytest.raises(OutputError, match=r"old\.csv: .* --overwrite"):
        check_target(path, ".csv")
    assert path.read_text() == "precious"


def test_a_disk_with_less_room_than_asked_for_is_refused(tmp_path):
    check_space(tmp_path, 0)
    check_space(tmp_path, 1)
    with pytest.raises(OutputError, match=r"only \d+ MB are free"):
        check_space(tmp_path, 10**9)


@pytest.mark.parametrize("name", ["clip.avi", "clip", "clip.mp4.txt", ".mp4", "clip.mp4 "])
def test_another_ending_is_refused(tmp_path, name):
    with pytest.raises(OutputError, match=r"ends in \.mp4"):
        check_target(tmp_path / name, ".mp4")


def test_a_folder_is_refused(tmp_path):
    (tmp_path / "clips.mp4").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        check_target(tmp_path / "clips.mp4", ".mp4")


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(OutputError, match=r"the folder .*nowhere does not exist"):
        check_target(tmp_path / "nowhere" / "clip.mp4", ".mp4")


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="does not exist"):
        check_target(tmp_path / "file" / "clip.mp4", ".mp4")


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the administrator may write everywhere")
def test_a_place_that_may_not_be_written_is_refused(tmp_path, exists):
    path = tmp_path / "clip.mp4"
    if exists:
        path.touch(0o400)
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="cannot be written"):
        check_target(path, ".mp4")
    tmp_path.chmod(0o700)


def test_a_name_that_is_too_long_is_refused(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        check_target(tmp_path / f"{'x' * 300}.mp4", ".mp4")


def test_a_sink_is_closed_on_every_way_out():
    class Counter(Sink):
        closed = 0

        def write(self, frame, activity):
            pass

        def close(self):
            self.closed += 1

    calm, hurt = Counter(), Counter()
    with calm:
        assert calm.poll() is None
    with pytest.raises(KeyboardInterrupt), hurt:
        raise KeyboardInterrupt
    assert (calm.closed, hurt.closed) == (1, 1)
