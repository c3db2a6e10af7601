import random
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from training.data.dataset import Sample
from training.data.split import missing_parts, small_parts, split
from training.data.split_file import PARTS
from training.recipe import Shares

SHARES = Shares()


def make(label: str, count: int, group: str | None = None, part: str | None = None, first: int = 0) -> list[Sample]:
    names = [f"{label}/{part or ''}{group or 'single'}-{number:04}.png" for number in range(first, first + count)]
    return [Sample(Path(name), name, label, f"sha-{name}", group or f"sha-{name}", part=part) for name in names]


def counts(samples: list[Sample], parts: list[str]) -> dict[str, Counter[str]]:
    labels = {sample.label for sample in samples}
    pairs = list(zip(samples, parts, strict=True))
    return {label: Counter(part for sample, part in pairs if sample.label == label) for label in labels}


def by_content(samples: list[Sample], parts: list[str]) -> dict[str, str]:
    return {sample.sha256: part for sample, part in zip(samples, parts, strict=True)}


def random_samples(rng: random.Random) -> tuple[list[Sample], list[int]]:
    """Up to four classes with single images, persons that cross them, and clusters of near-duplicates."""
    samples = []
    for label in "abcd"[: rng.randint(2, 4)]:
        samples += make(label, rng.randint(10, 120))
        for person in range(rng.randint(0, 5)):
            samples += make(label, rng.randint(1, 6), f"person-{person}")
    clusters = list(range(len(samples)))
    for _ in range(rng.randint(0, 10)):
        one, other = rng.sample(range(len(samples)), 2)
        clusters[one] = clusters[other]
    return samples, clusters


def test_eight_to_one_to_one_in_every_class() -> None:
    samples = make("a", 1000) + make("b", 30)
    assert counts(samples, split(samples, SHARES, 1)) == {
        "a": {"train": 800, "val": 100, "test": 100},
        "b": {"train": 24, "val": 3, "test": 3},
    }


@pytest.mark.parametrize("shares", [(0.8, 0.1, 0.1), (0.6, 0.3, 0.1), (0.34, 0.33, 0.33), (0.02, 0.49, 0.49)])
def test_every_class_is_within_one_image_of_its_shares(shares: tuple[float, float, float]) -> None:
    train, val, test = shares
    for size in [*range(5, 60), 999]:  # below five, one image in every part counts more
        samples = make("a", size) + make("b", 100)
        found = counts(samples, split(samples, Shares(train=train, val=val, test=test), size))["a"]
        for part, share in zip(PARTS, shares, strict=True):
            assert abs(found[part] - share * size) <= 1 + 1e-9, (size, part)
            assert found[part] >= 1, (size, part)


@pytest.mark.parametrize("size", [3, 4, 5, 9, 14])
def test_small_classes_reach_every_part(size: int) -> None:
    samples = make("small", size) + make("large", 200)
    small = counts(samples, split(samples, SHARES, 3))["small"]
    assert small["val"] == 1 and small["test"] == 1 and small["train"] == size - 2


@pytest.mark.parametrize("seed", range(20))
def test_the_seed_decides_and_the_order_of_the_samples_does_not(seed: int) -> None:
    samples, clusters = random_samples(random.Random(seed))
    earlier = by_content(samples[:30], split(samples[:30], SHARES, seed))
    first = by_content(samples, split(samples, SHARES, seed, clusters=clusters, stored=earlier))
    order = random.Random(-seed).sample(range(len(samples)), len(samples))
    shuffled = [samples[index] for index in order]
    parts = split(shuffled, SHARES, seed, clusters=[clusters[index] for index in order], stored=earlier)
    assert by_content(shuffled, parts) == first
    assert split(samples, SHARES, seed + 100) != split(samples, SHARES, seed)


@pytest.mark.parametrize("seed", range(20))
def test_what_belongs_together_stays_together(seed: int) -> None:
    samples, clusters = random_samples(random.Random(seed))
    copy = replace(samples[0], name="copy.png", group="another person")
    parts = split([*samples, copy], SHARES, seed, clusters=[*clusters, 10_000])
    assert parts[-1] == parts[0], "the same content"
    sides: dict[tuple[str, str | int], set[str]] = defaultdict(set)
    for sample, cluster, part in zip(samples, clusters, parts[:-1], strict=True):
        sides["group", sample.group].add(part)
        sides["cluster", cluster].add(part)
    assert all(len(side) == 1 for side in sides.values())


@pytest.mark.parametrize("seed", range(30))
def test_adding_and_removing_images_never_moves_one(seed: int) -> None:
    rng = random.Random(seed)
    samples, clusters = random_samples(rng)
    order = rng.sample(range(len(samples)), len(samples))
    stored: dict[str, str] = {}
    for size in (len(order) // 3, len(order) // 2, len(order)):
        present = sorted(rng.sample(order[:size], size - 3))
        some = [samples[index] for index in present]
        found = by_content(some, split(some, SHARES, seed, clusters=[clusters[i] for i in present], stored=stored))
        assert all(found[sha256] == part for sha256, part in stored.items() if sha256 in found)
        stored |= found


@pytest.mark.parametrize("seed", range(10))
def test_a_class_that_grows_keeps_its_shares(seed: int) -> None:
    rng = random.Random(seed)
    stored: dict[str, str] = {}
    size = 10
    for _ in range(6):
        samples = make("a", size) + make("b", 40)
        parts = split(samples, SHARES, seed, stored=stored)
        stored = by_content(samples, parts)
        found = counts(samples, parts)["a"]
        assert abs(found["val"] - size / 10) <= 1 and abs(found["test"] - size / 10) <= 1
        size += rng.randint(1, 40)


def test_new_images_join_the_stored_ones_they_belong_to() -> None:
    stored = {"sha-a/single-0000.png": "test", "sha-a/single-0001.png": "train", "sha-a/single-0002.png": "val"}
    stored |= {"gone": "train"}
    samples = make("a", 60)
    clusters = list(range(60))
    clusters[10] = clusters[0]
    clusters[11] = clusters[1] = clusters[2]
    clusters[12] = 99
    samples[12] = replace(samples[12], group=samples[0].group)
    parts = split(samples, SHARES, 1, clusters=clusters, stored=stored)
    assert parts[:3] == ["test", "train", "val"], "stored ones that turn out to be alike stay where they are"
    assert (parts[10], parts[12]) == ("test", "test")
    assert parts[11] == "train", "beside one that was trained on, nothing new may judge"
    assert counts(samples, parts)["a"] == {"train": 48, "val": 6, "test": 6}


def test_between_val_and_test_new_images_join_val() -> None:
    samples = make("a", 3)
    stored = {samples[0].sha256: "test", samples[1].sha256: "val"}
    assert split(samples, SHARES, 1, clusters=[5, 5, 5], stored=stored) == ["test", "val", "val"]


def test_official_parts_stand() -> None:
    samples = make("a", 20, part="train") + make("a", 50, part="val") + make("a", 3, part="test")
    stored = {samples[0].sha256: "test", samples[-1].sha256: "train"}
    clusters = [0] * len(samples)
    assert split(samples, SHARES, 1) == ["train"] * 20 + ["val"] * 50 + ["test"] * 3
    assert split(samples, SHARES, 1, clusters=clusters, stored=stored) == split(samples, SHARES, 1)


@pytest.mark.parametrize(("given", "cut"), [("test", "val"), ("val", "test")])
def test_what_official_parts_lack_is_cut_from_train(given: str, cut: str) -> None:
    samples = make("a", 90, part="train") + make("b", 45, part="train") + make("a", 5, part=given)
    parts = split(samples, SHARES, 1)
    assert parts[-5:] == [given] * 5
    assert counts(samples, parts) == {"a": {"train": 80, cut: 10, given: 5}, "b": {"train": 40, cut: 5}}
    more = samples + make("a", 90, part="train", first=90)
    stored = by_content(samples, parts)
    again = split(more, SHARES, 1, stored=stored)
    assert again[: len(samples)] == parts and counts(more, again)["a"][cut] == 20
    beside_official = split(samples, SHARES, 1, clusters=[*range(134), 7, 7, 7, 7, 7, 7])
    assert beside_official[7] == "train" and beside_official[-5:] == [given] * 5


def test_a_group_stays_on_one_side_across_classes_and_the_parts_keep_their_size() -> None:
    persons = [f"person-{number}" for number in range(8)]
    samples = make("busy", 300) + make("idle", 300)
    for person in persons:
        samples += make("busy", 10, person) + make("idle", 15, person)
    parts = split(samples, SHARES, 42)
    sides: dict[str, set[str]] = {person: set() for person in persons}
    for sample, part in zip(samples, parts, strict=True):
        if sample.group in sides:
            sides[sample.group].add(part)
    assert all(len(side) == 1 for side in sides.values())
    assert {"val", "test"} <= set().union(*sides.values()), "unseen persons are what validation is for"
    for label, size in (("busy", 380), ("idle", 420)):
        assert counts(samples, parts)[label]["train"] == pytest.approx(0.8 * size, abs=2)


def test_a_part_that_a_class_cannot_reach_is_named() -> None:
    samples = [*make("a", 20), *make("b", 30, "one"), *make("b", 30, "two"), *make("a", 60, "two")]
    assert any("class 'b' has no image in the" in line for line in missing_parts(samples, split(samples, SHARES, 0)))
    fine = make("a", 20)
    assert list(missing_parts(fine, split(fine, SHARES, 0))) == []


def test_an_official_part_that_lacks_a_class_is_given_as_the_reason() -> None:
    samples = [replace(one, part=part) for part in ("train", "test") for one in make("a", 20, part)]
    samples += [replace(one, part="train") for one in make("b", 20)]
    (line,) = [line for line in missing_parts(samples, split(samples, SHARES, 0)) if "test" in line]
    assert line == "class 'b' has no image in the test part: its official test folder has none"


def test_parts_too_small_to_judge_by_are_named() -> None:
    (line,) = small_parts(["train"] * 80 + ["val"] * 6 + ["test"] * 70)
    assert line.startswith("only 6 val images") and "below 50" in line
    (line,) = small_parts(["train"] * 80)
    assert line.startswith("only 0 val and 0 test images")
    assert list(small_parts(["val"] * 50 + ["test"] * 50)) == []
