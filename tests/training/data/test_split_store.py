from pathlib import Path

import pytest

from app.errors import ConfigError
from tests.training.data.test_split import SHARES, make
from training.data.split import split
from training.data.split_file import read_parts
from training.data.split_store import read_store, store_path, write_store


def test_a_dataset_that_grows_over_three_runs_keeps_its_split(tmp_path: Path) -> None:
    path = store_path(tmp_path, "har15", 42)
    assert path == tmp_path / "splits" / "har15-42.csv"
    assert read_store(path) == {}
    judged: set[str] = set()
    trained: set[str] = set()
    for samples in (make("a", 30), make("a", 80), make("a", 20, first=60) + make("b", 20)):
        parts = split(samples, SHARES, 42, stored=read_store(path))
        write_store(path, samples, parts)
        trained |= {s.sha256 for s, part in zip(samples, parts, strict=True) if part == "train"}
        judged |= {s.sha256 for s, part in zip(samples, parts, strict=True) if part == "test"}
    assert not trained & judged
    assert len(read_store(path)) == 100, "the sixty that are gone are kept"
    assert [path.name for path in path.parent.iterdir()] == ["har15-42.csv"]


def test_copies_take_one_row(tmp_path: Path) -> None:
    samples = make("a", 3)
    write_store(tmp_path / "s.csv", samples + samples, ["train", "val", "test"] * 2)
    assert list(read_parts(tmp_path / "s.csv").values()) == ["train", "val", "test"]
    assert len((tmp_path / "s.csv").read_text().splitlines()) == 4


def test_the_order_of_the_samples_does_not_show_in_the_file(tmp_path: Path) -> None:
    samples, parts = make("a", 3), ["train", "val", "test"]
    write_store(tmp_path / "one.csv", samples, parts)
    write_store(tmp_path / "other.csv", samples[::-1], parts[::-1])
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "other.csv").read_bytes()


@pytest.mark.parametrize(
    "name", ["../../etc", "a/b\\c:d", "日常の活動" * 100, "no utf-8 \udcff", "\ud800", "..", " ", ""]
)
def test_any_name_becomes_a_file_below_splits(tmp_path: Path, name: str) -> None:
    path = store_path(tmp_path, name, 4_294_967_295)
    assert path.parent == tmp_path / "splits" and path.resolve().parent == path.parent.resolve()
    write_store(path, make("a", 1), ["train"])
    assert len(read_store(path)) == 1


def test_names_that_look_alike_have_stores_of_their_own(tmp_path: Path) -> None:
    names = ["a b", "a_b", "a/b", "a?b", "日本", "日" * 41, "日" * 42]
    assert len({store_path(tmp_path, name, 1) for name in names}) == len(names)
    assert store_path(tmp_path, "日本", 1).name == "日本-1.csv"


def test_a_damaged_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_bytes(b"\x00\xff")
    with pytest.raises(ConfigError, match=r"s\.csv: "):
        read_store(path)
    with pytest.raises(ConfigError, match=r"s\.csv: "):
        write_store(path, make("a", 1), ["train"])
    assert path.read_bytes() == b"\x00\xff"
