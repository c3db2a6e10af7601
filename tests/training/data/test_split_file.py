from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import ConfigError, OutputError
from tests.training.data.test_split import SHARES, by_content, make
from training.data.split import split
from training.data.split_file import Row, read_parts, read_rows, read_split, write_rows, write_split


def test_a_split_is_read_back(tmp_path: Path) -> None:
    samples = make("früh, spät", 10) + make("no utf-8 \udcff", 10)
    parts = split(samples, SHARES, 0)
    write_split(tmp_path / "split.csv", samples, parts)
    wanted = {s.name: s.sha256 for s, part in zip(samples, parts, strict=True) if part == "test"}
    assert read_split(tmp_path / "split.csv", "test") == wanted
    assert read_parts(tmp_path / "split.csv") == by_content(samples, parts)
    assert [path.name for path in tmp_path.iterdir()] == ["split.csv"]


def test_what_is_no_split_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "split.csv"
    with pytest.raises(ConfigError, match="cannot be read as a split"):
        read_split(path, "test")
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ConfigError, match="expected the columns path, sha256, label, part"):
        read_split(path, "test")
    path.write_text("path,sha256,label,part\n\nx,1,a,train\ny,2,a,dev\n")
    with pytest.raises(ConfigError, match=r"line 4: .*'dev'"):
        read_parts(path)
    write_split(path, make("a", 1), ["train"])
    with pytest.raises(ConfigError, match="the part 'val'"):
        read_split(path, "val")


def test_a_split_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match=r"split\.csv: cannot be written \(.+\)"):
        write_split(tmp_path / "file" / "split.csv", make("a", 1), ["train"])


def test_an_older_split_stays_where_the_new_one_fails_halfway(tmp_path: Path) -> None:
    path = tmp_path / "split.csv"
    write_split(path, make("a", 2), ["train", "val"])
    before = path.read_bytes()

    def rows() -> Iterator[Row]:
        yield "a/1.png", "1", "a", "train"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_rows(path, rows())
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_rows_come_back_as_they_were_written_in_a_folder_made_on_the_way(tmp_path: Path) -> None:
    rows = [('a, b/"x".png', "1", "a, b", "train"), ("line\nbreak.png", "2", "c", "val")]
    write_rows(tmp_path / "new" / "split.csv", rows)
    assert read_rows(tmp_path / "new" / "split.csv") == rows
