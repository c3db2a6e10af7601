import random
from collections import Counter
from pathlib import Path

import pytest

from app.errors import ConfigError
from training.dataset import Sample
from training.split import missing_parts, read_split, split, write_split


def make(label: str, count: int, group: str | None = None) -> list[Sample]:
    names = [f"{label}/{group or 'single'}-{number:04}.png" for number in range(count)]
    return [Sample(Path(name), name, label, f"sha-{name}", group or f"sha-{name}") for name in names]


def counts(samples: list[Sample], parts: list[str]) -> dict[str, Counter[str]]:
    labels = {sample.label for sample in samples}
    pairs = list(zip(samples, parts, strict=True))
    return {label: Counter(part for sample, part in pairs if sample.label == label) for label in labels}


def test_eight_to_one_to_one_in_every_class() -> None:
    samples = make("a", 1000) + make("b", 30)
    assert counts(samples, split(samples, 1)) == {
        "a": {"train": 800, "val": 100, "test": 100},
        "b": {"train": 24, "val": 3, "test": 3},
    }


@pytest.mark.parametrize("size", [3, 4, 5, 9, 14])
def test_small_classes_reach_every_part(size: int) -> None:
    samples = make("small", size) + make("large", 200)
    small = counts(samples, split(samples, 3))["small"]
    assert small["val"] == 1 and small["test"] == 1 and small["train"] == size - 2


def test_the_seed_decides_and_the_order_of_the_samples_does_not() -> None:
    samples = make("a", 50) + make("b", 50)
    first = {sample.name: part for sample, part in zip(samples, split(samples, 1), strict=True)}
    shuffled = random.Random(5).sample(samples, len(samples))
    again = {sample.name: part for sample, part in zip(shuffled, split(shuffled, 1), strict=True)}
    assert again == first
    assert split(samples, 2) != split(samples, 1)


def test_a_group_stays_on_one_side_across_classes_and_the_parts_keep_their_size() -> None:
    persons = [f"person-{number}" for number in range(8)]
    samples = make("busy", 300) + make("idle", 300)
    for person in persons:
        samples += make("busy", 10, person) + make("idle", 15, person)
    parts = split(samples, 42)
    sides: dict[str, set[str]] = {person: set() for person in persons}
    for sample, part in zip(samples, parts, strict=True):
        if sample.group in sides:
            sides[sample.group].add(part)
    assert all(len(side) == 1 for side in sides.values())
    assert {"val", "test"} <= set().union(*sides.values()), "unseen persons are what validation is for"
    for label, size in (("busy", 380), ("idle", 420)):
        assert counts(samples, parts)[label]["train"] == pytest.approx(0.8 * size, abs=2)


def test_duplicates_do_not_leak() -> None:
    samples = make("a", 40)
    samples += [Sample(s.path, f"a/copy-{i}.png", "a", s.sha256, s.group) for i, s in enumerate(samples)]
    parts = dict(zip([sample.name for sample in samples], split(samples, 0), strict=True))
    assert all(parts[f"a/single-{number:04}.png"] == parts[f"a/copy-{number}.png"] for number in range(40))


def test_a_part_that_a_class_cannot_reach_is_named() -> None:
    samples = [*make("a", 20), *make("b", 30, "one"), *make("b", 30, "two"), *make("a", 60, "two")]
    assert any("class 'b' has no picture in the" in line for line in missing_parts(samples, split(samples, 0)))
    fine = make("a", 20)
    assert list(missing_parts(fine, split(fine, 0))) == []


def test_a_split_is_read_back(tmp_path: Path) -> None:
    samples = make("früh, spät", 10) + make("no utf-8 \udcff", 10)
    parts = split(samples, 0)
    write_split(tmp_path / "split.csv", samples, parts)
    wanted = {s.name: s.sha256 for s, part in zip(samples, parts, strict=True) if part == "test"}
    assert read_split(tmp_path / "split.csv", "test") == wanted


def test_what_is_no_split_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "split.csv"
    with pytest.raises(ConfigError, match="cannot be read as a split"):
        read_split(path, "test")
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ConfigError, match="expected the columns path, sha256, label, part"):
        read_split(path, "test")
    write_split(path, make("a", 1), ["train"])
    with pytest.raises(ConfigError, match="no picture in the part 'val'"):
        read_split(path, "val")
