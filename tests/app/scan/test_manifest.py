from pathlib import Path

import pytest

from app.errors import OutputError
from app.scan.looks import Answer, Looks, Piece
from app.scan.manifest import Manifest

PIECES = [Piece(0.0, 5.0, [], [0.0]), Piece(5.0, 9.0, [], [5.0])]


def found(number: int) -> Looks:
    return Looks(bytes([number]) * 8, bytes([number]) * 8, None, bytes([number]))


@pytest.fixture
def film(tmp_path: Path) -> str:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"123")
    return str(path)


def begun(path: Path, film: str, in_turn: bool = False) -> Manifest:
    manifest = Manifest(path, in_turn)
    if manifest.is_new:
        manifest.begin(b"job", [film])
    manifest.measure()
    return manifest


def test_what_was_answered_is_not_asked_again(tmp_path: Path, film: str) -> None:
    path = tmp_path / "m"
    with begun(path, film) as manifest:
        whole = manifest.take()
        assert whole is not None and manifest.take() is None and not manifest.is_done
        manifest.give(whole, Answer(pieces=PIECES, end_s=9.0))
        first = manifest.take()
        assert first is not None
        assert manifest.give(first, Answer(looks=found(1))) == 5.0
    with begun(path, film) as manifest:
        second = manifest.take()
        assert second is not None and second.work.piece == PIECES[1]
        manifest.give(second, Answer(looks=found(2)))
        assert manifest.is_done
        assert (manifest.tally.files_done, manifest.tally.bytes_done, manifest.tally.seconds_done) == (1, 3.0, 9.0)
        (file,) = manifest.results()
        assert [part.looks for part in file.parts] == [found(1), found(2)]


def test_in_turn_a_piece_begins_with_what_the_one_before_saw(tmp_path: Path, film: str) -> None:
    with begun(tmp_path / "m", film, in_turn=True) as manifest:
        whole = manifest.take()
        assert whole is not None
        manifest.give(whole, Answer(pieces=PIECES, end_s=9.0))
        first = manifest.take()
        assert first is not None and first.work.seen is None and manifest.take() is None
        manifest.give(first, Answer(looks=found(1)))
        second = manifest.take()
        assert second is not None and second.work.seen == found(1).seen


def test_a_file_unlike_its_packets_is_begun_again_as_a_whole(tmp_path: Path, film: str) -> None:
    with begun(tmp_path / "m", film) as manifest:
        whole = manifest.take()
        assert whole is not None
        manifest.give(whole, Answer(pieces=PIECES, end_s=9.0))
        first, second = manifest.take(), manifest.take()
        assert first is not None and second is not None
        manifest.give(first, Answer(unlike=True))
        manifest.give(second, Answer(looks=found(2)))
        again = manifest.take()
        assert again is not None and again.work.whole and not manifest.is_done
        manifest.give(again, Answer(looks=found(3), end_s=9.0))
        assert manifest.is_done
        (file,) = manifest.results()
        assert [part.looks for part in file.parts] == [found(3)]


def test_two_scans_cannot_share_one(tmp_path: Path, film: str) -> None:
    with begun(tmp_path / "m", film), pytest.raises(OutputError):
        Manifest(tmp_path / "m", False)


def test_another_file_is_no_manifest(tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(b"something else entirely, and long enough" * 50)
    with pytest.raises(OutputError):
        Manifest(tmp_path / "m", False)


def test_what_failed_is_tried_again(tmp_path: Path, film: str) -> None:
    path = tmp_path / "m"
    with begun(path, film) as manifest:
        whole = manifest.take()
        assert whole is not None
        manifest.give(whole, Answer(pieces=PIECES, end_s=9.0))
        for answer in (Answer(looks=found(1)), Answer(problem="crashed")):
            ticket = manifest.take()
            assert ticket is not None
            manifest.give(ticket, answer)
        assert manifest.is_done
        (file,) = manifest.results()
        assert [part.problem for part in file.parts] == ["", "crashed"]
    with Manifest(path, False) as manifest:
        manifest.again()
        manifest.measure()
        ticket = manifest.take()
        assert ticket is not None and ticket.work.piece == PIECES[1] and manifest.take() is None
