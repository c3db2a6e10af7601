import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import OutputError
from app.outputs import check_distinct, check_space, check_target, check_unread, unused_path, write_text, written_whole
from tests.app.conftest import Room
from tests.conftest import ROOT

as_user = pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the administrator may write everywhere")


class TestCheckTarget:
    """A place is checked before the work, and nothing on the disk changes."""

    @pytest.mark.parametrize("name", ["new.csv", "NEW.CSV", "two.dots.csv", "mit Leerzeichen ü 먹기.csv"])
    def test_a_place_that_can_be_written_keeps_no_trace(self, tmp_path: Path, name: str) -> None:
        check_target(tmp_path / name, ".csv")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("name", ["clip.avi", "clip", "clip.mp4.txt", ".mp4", "clip.mp4 "])
    def test_another_ending_is_refused(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(OutputError, match=r"ends in \.mp4"):
            check_target(tmp_path / name, ".mp4")

    def test_one_of_several_endings_is_enough(self, tmp_path: Path) -> None:
        for name in ("page.html", "page.HTM"):
            check_target(tmp_path / name, ".html", ".htm")
        with pytest.raises(OutputError, match=r"\.html or \.htm"):
            check_target(tmp_path / "page.txt", ".html", ".htm")

    @pytest.mark.parametrize("name", ["page", "page.anything"])
    def test_without_endings_any_will_do(self, tmp_path: Path, name: str) -> None:
        check_target(tmp_path / name)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("overwrite", [True, False])
    def test_an_old_file_stays_as_it_is(self, tmp_path: Path, overwrite: bool) -> None:
        path = tmp_path / "old.csv"
        path.write_text("precious")
        if overwrite:
            check_target(path, ".csv", overwrite=True)
        else:
            with pytest.raises(OutputError, match=r"old\.csv: .* --overwrite"):
                check_target(path, ".csv")
        assert path.read_text() == "precious"

    @pytest.mark.parametrize("overwrite", [True, False])
    def test_a_folder_in_its_place_is_refused(self, tmp_path: Path, overwrite: bool) -> None:
        (tmp_path / "clips.mp4").mkdir()
        with pytest.raises(OutputError, match="is a folder"):
            check_target(tmp_path / "clips.mp4", ".mp4", overwrite=overwrite)

    def test_a_folder_that_does_not_exist_is_refused_or_made(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match=r"the folder .*nowhere does not exist"):
            check_target(tmp_path / "nowhere" / "clip.mp4", ".mp4")
        check_target(tmp_path / "a" / "b" / "clip.mp4", ".mp4", make_folder=True)
        assert list((tmp_path / "a" / "b").iterdir()) == []

    @pytest.mark.parametrize("make_folder", [True, False])
    def test_a_file_in_place_of_the_folder_is_refused(self, tmp_path: Path, make_folder: bool) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(OutputError, match=r"file.clip\.mp4"):
            check_target(tmp_path / "file" / "clip.mp4", ".mp4", make_folder=make_folder)

    @as_user
    @pytest.mark.parametrize("exists", [True, False])
    def test_a_place_that_may_not_be_written_is_refused(self, tmp_path: Path, exists: bool) -> None:
        path = tmp_path / "clip.mp4"
        if exists:
            path.touch(0o400)
        tmp_path.chmod(0o500)
        with pytest.raises(OutputError, match="cannot be written"):
            check_target(path, ".mp4", overwrite=True)
        tmp_path.chmod(0o700)

    @pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="no /proc here")
    def test_a_file_system_that_takes_no_files_is_refused(self) -> None:
        with pytest.raises(OutputError, match="cannot be written"):
            check_target(Path("/proc/self/clip.mp4"), ".mp4")

    def test_a_name_that_is_too_long_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match="cannot be written"):
            check_target(tmp_path / f"{'x' * 300}.mp4", ".mp4")

    def test_a_link_is_what_it_leads_to(self, tmp_path: Path) -> None:
        (tmp_path / "old.csv").write_text("precious")
        (tmp_path / "link.csv").symlink_to("old.csv")
        with pytest.raises(OutputError, match="--overwrite"):
            check_target(tmp_path / "link.csv", ".csv")
        check_target(tmp_path / "link.csv", ".csv", overwrite=True)
        assert (tmp_path / "link.csv").is_symlink()
        assert (tmp_path / "old.csv").read_text() == "precious"

    def test_a_link_that_leads_nowhere_stays_and_leads_nowhere(self, tmp_path: Path) -> None:
        (tmp_path / "link.csv").symlink_to("later.csv")
        check_target(tmp_path / "link.csv", ".csv")
        assert (tmp_path / "link.csv").is_symlink()
        assert not (tmp_path / "later.csv").exists()

    def test_a_link_into_a_folder_that_does_not_exist_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "link.csv").symlink_to(tmp_path / "nowhere" / "later.csv")
        with pytest.raises(OutputError, match="cannot be written"):
            check_target(tmp_path / "link.csv", ".csv")
        assert (tmp_path / "link.csv").is_symlink()

    def test_a_link_to_itself_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "link.csv").symlink_to("link.csv")
        with pytest.raises(OutputError, match=r"link\.csv"):
            check_target(tmp_path / "link.csv", ".csv")

    @pytest.mark.skipif(os.name == "nt", reason="makes a pipe")
    @pytest.mark.timeout(60)
    @pytest.mark.parametrize("read", [True, False])
    def test_a_pipe_is_refused_and_its_reader_let_go(self, tmp_path: Path, read: bool) -> None:
        os.mkfifo(tmp_path / "pipe.csv")
        reader = subprocess.Popen(["cat", tmp_path / "pipe.csv"]) if read else None
        while reader is not None and not _is_opening(reader.pid):
            pass
        with pytest.raises(OutputError, match="is a pipe"):
            check_target(tmp_path / "pipe.csv", ".csv", overwrite=True)
        assert reader is None or reader.wait() == 0

    @pytest.mark.skipif(os.name == "nt", reason="looks for a device")
    def test_a_device_is_refused(self) -> None:
        with pytest.raises(OutputError, match="a device"):
            check_target(Path(os.devnull), overwrite=True)

    def test_a_long_ending_needs_no_longer_draft(self, tmp_path: Path) -> None:
        path = tmp_path / f"a.{'b' * 244}.json"
        check_target(path, ".json")
        write_text(path, "{}")
        assert list(tmp_path.iterdir()) == [path]

    @pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="becomes somebody who may not write")
    @pytest.mark.parametrize("whole", [True, False])
    def test_a_folder_that_takes_no_draft_is_told_before_the_work(self, tmp_path: Path, whole: bool) -> None:
        """An old file that may be written in a folder that may not."""
        path = tmp_path / "old.json"
        path.touch()
        path.chmod(0o666)
        tmp_path.chmod(0o755)
        code = """
            import os, sys
            from pathlib import Path
            from app.outputs import check_target
            os.chdir(sys.argv[1])
            os.setuid(65534)
            check_target(Path("old.json"), overwrite=True, whole=sys.argv[2] == "True")
        """
        command = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path), str(whole)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert (done.returncode == 0) is not whole, done.stderr
        assert not whole or "Permission denied); choose another place" in done.stderr


def _is_opening(pid: int) -> bool:
    """Whether a process waits in a system call, as in that of opening a pipe."""
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or (status.read_text().split(") ")[1][0] == "S" and b"cat" in _command(pid))


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="makes links")
class TestCheckUnread:
    """No output is what is read, under any name that the system has for it."""

    @hypothesis.settings(derandomize=True, deadline=None)
    @given(st.sampled_from(["hard", "soft", "same"]), st.sampled_from(["", "./", "../d/", "link/"]), st.booleans())
    def test_a_file_under_any_name(self, kind: str, way: str, in_folder: bool) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name, "d")
            folder.mkdir()
            (folder / "link").symlink_to(folder)
            read = folder / "images" / "class" / "1.jpg"
            read.parent.mkdir(parents=True)
            read.write_bytes(b"precious")
            target = folder / way / ("images/class/1.jpg" if kind == "same" else "out.json")
            if kind == "hard":
                os.link(read, target)
            elif kind == "soft":
                target.symlink_to(read)
            inputs = [folder / "images"] if in_folder else [read]
            with pytest.raises(OutputError, match="would overwrite"):
                check_target(target, overwrite=True, inputs=inputs)
            assert read.read_bytes() == b"precious"

    def test_what_is_no_input_may_be_overwritten(self, tmp_path: Path) -> None:
        (tmp_path / "1.jpg").touch()
        (tmp_path / "report.html").touch()  # of an earlier run
        check_unread(tmp_path / "report.html", [tmp_path, tmp_path / "none", Path("a\0b")])
        check_unread(tmp_path / "new.jpg", [tmp_path])


@pytest.mark.skipif(os.name == "nt", reason="makes links")
def test_outputs_that_are_one_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to("new.json")
    new, other = tmp_path / "new.json", tmp_path / "New.json"
    with pytest.raises(OutputError, match="--a and --b"):
        check_distinct([("--a", new), ("--c", None), ("--b", tmp_path / "link.json")])
    assert not new.exists()
    new.touch()
    one_name = other.exists()  # as on macOS
    new.unlink()
    if not one_name:
        check_distinct([("--a", new), ("--b", other)])
        assert not new.exists()


class TestCheckSpace:
    def test_enough_room_is_enough(self, tmp_path: Path) -> None:
        check_space(tmp_path, 0)
        check_space(tmp_path, 1)

    def test_less_room_than_asked_for_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match=r"only \d+ MB are free, record\.min_free_mb asks for 1000000000"):
            check_space(tmp_path, 10**9)

    def test_a_folder_that_does_not_exist_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match="nowhere"):
            check_space(tmp_path / "nowhere", 0)


class TestWrittenWhole:
    """A file is the old one or the new one, never half of either, and no draft stays."""

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "model.weights.h5"

    @pytest.mark.parametrize("old", [None, "old"])
    def test_the_draft_takes_the_place_at_the_end(self, path: Path, old: str | None) -> None:
        if old is not None:
            path.write_text(old)
        with written_whole(path) as draft:
            draft.write_text("new")
            assert draft.parent == path.parent
            assert draft.suffixes == [".weights", ".h5"], "Keras asks for both"
            assert (path.read_text() if path.exists() else None) == old
        assert path.read_text() == "new"
        assert list(path.parent.iterdir()) == [path]

    @pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt, OutputError])
    def test_an_error_leaves_the_old_file(self, path: Path, error: type[BaseException]) -> None:
        path.write_text("old")
        with pytest.raises(error), written_whole(path) as draft:
            draft.write_text("half")
            raise error
        assert path.read_text() == "old"
        assert list(path.parent.iterdir()) == [path]

    def test_a_disk_that_is_full_leaves_the_old_file(self, path: Path, room: Room) -> None:
        path.write_text("old")
        with pytest.raises(OutputError, match=r"model\.weights\.h5: cannot be written"), room(1000):
            write_text(path, "x" * 2000)
        assert path.read_text() == "old"
        assert list(path.parent.iterdir()) == [path]

    def test_a_draft_that_was_never_written_is_an_error(self, path: Path) -> None:
        with pytest.raises(OutputError, match="cannot be written"), written_whole(path):
            pass
        assert not path.exists()

    def test_a_folder_that_does_not_exist_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match=r"nowhere.page\.html"):
            write_text(tmp_path / "nowhere" / "page.html", "text")

    def test_a_folder_in_its_place_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "page.html").mkdir()
        with pytest.raises(OutputError, match=r"page\.html"):
            write_text(tmp_path / "page.html", "text")
        assert list(tmp_path.iterdir()) == [tmp_path / "page.html"]

    def test_a_link_is_written_through(self, tmp_path: Path) -> None:
        (tmp_path / "folder").mkdir()
        (tmp_path / "link.html").symlink_to("folder/page.html")
        for text in ("first", "second"):
            write_text(tmp_path / "link.html", text)
            assert (tmp_path / "link.html").is_symlink()
            assert (tmp_path / "folder" / "page.html").read_text() == text
        assert len(list((tmp_path / "folder").iterdir())) == 1

    def test_a_kill_leaves_the_old_file(self, path: Path) -> None:
        path.write_text("old")
        code = """
            import os, sys
            from pathlib import Path
            from app.outputs import written_whole
            with written_whole(Path(sys.argv[1])) as draft:
                draft.write_text("half")
                os._exit(9)
        """
        done = subprocess.run([sys.executable, "-c", textwrap.dedent(code), str(path)], cwd=ROOT)
        assert done.returncode == 9
        assert path.read_text() == "old"


def test_text_is_written_as_utf_8_without_translation(tmp_path: Path) -> None:
    write_text(tmp_path / "page.html", "먹기\r\nü\n")
    assert (tmp_path / "page.html").read_bytes() == "먹기\r\nü\n".encode()
    write_text(tmp_path / "page.html", "caf\udce9", errors="replace")
    assert (tmp_path / "page.html").read_text() == "caf?"


class TestUnusedPath:
    def test_the_first_free_name_is_taken(self, tmp_path: Path) -> None:
        names = []
        for _ in range(3):
            path = unused_path(tmp_path / "clip.mp4")
            path.touch()
            names.append(path.name)
        assert names == ["clip.mp4", "clip_2.mp4", "clip_3.mp4"]

    def test_a_gap_is_filled(self, tmp_path: Path) -> None:
        for name in ("clip.mp4", "clip_3.mp4"):
            (tmp_path / name).touch()
        assert unused_path(tmp_path / "clip.mp4").name == "clip_2.mp4"

    @pytest.mark.parametrize(("name", "found"), [("a.tar.gz", "a.tar-2.gz"), ("folder", "folder-2"), (".x", ".x-2")])
    def test_the_number_stands_before_the_ending(self, tmp_path: Path, name: str, found: str) -> None:
        (tmp_path / name).touch()
        assert unused_path(tmp_path / name, "-").name == found

    def test_a_link_that_leads_nowhere_is_taken_too(self, tmp_path: Path) -> None:
        (tmp_path / "clip.mp4").symlink_to("nowhere.mp4")
        assert unused_path(tmp_path / "clip.mp4").name == "clip_2.mp4"


def test_links_that_lead_in_circles_are_walked_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for name in ("a", "b", "c"):
        (data / name).mkdir(parents=True)
        (data / name / "image.jpg").write_bytes(b"image")
        for number in range(3):
            (data / name / f"back{number}").symlink_to(data)
    check_unread(tmp_path / "out.csv", [data])
    (tmp_path / "out.csv").write_bytes(b"")
    check_unread(tmp_path / "out.csv", [data])
    os.link(data / "b" / "image.jpg", tmp_path / "same.csv")
    with pytest.raises(OutputError, match="would overwrite"):
        check_unread(tmp_path / "same.csv", [data])
