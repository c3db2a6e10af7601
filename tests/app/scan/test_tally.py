from app.scan.tally import Tally


def test_pieces_and_whole_files_add_up() -> None:
    tally = Tally({0: 300, 1: 100})
    assert (tally.files, tally.bytes, tally.bytes_done) == (2, 400, 0)
    assert tally.add_piece(0, 4.0, 12.0) == 4.0 and tally.bytes_done == 100
    assert tally.add_file(1, None) == 0.0 and (tally.files_done, tally.bytes_done, tally.seconds_done) == (1, 200, 4.0)
