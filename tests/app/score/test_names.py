from pathlib import Path

import pytest

from app.errors import ConfigError, TruthError
from app.score.names import Names, read_map
from app.score.timeline import Segment, Timeline

KNOWN = ("reading", "washing_dishes", "texting")


def test_labels_get_the_models_spelling() -> None:
    names = Names(KNOWN, {"Phone": "texting", "noise": None})
    given = ("Washing dishes", "phone", "Other", "NOISE", "unsure", "ironing")
    assert [names.of(label) for label in given] == ["washing_dishes", "texting", "other", None, "unsure", "ironing"]


def test_unknown_names_are_told_with_their_places_and_the_nearest_known_one() -> None:
    timeline = Timeline(tuple(Segment(label, n, n + 1, place=f"line {n + 2}") for n, label in enumerate("abcd")))
    with pytest.raises(TruthError) as failed:
        Names(KNOWN).of_truth(timeline, "t.csv")
    told = str(failed.value)
    assert told.startswith("t.csv, line 2: 'a'") and "line 4: 'c'" in told and "'d'" not in told and "--map" in told
    misspelled = Timeline((Segment("raeding", 0, 1, place="line 2"),))
    with pytest.raises(TruthError, match="did you mean reading"):
        Names(KNOWN).of_truth(misspelled, "t.csv")


def test_what_a_map_makes_is_known_and_without_a_model_everything_is() -> None:
    timeline = Timeline((Segment("calling", 0, 1),))
    assert Names(KNOWN, {"calling": "phone"}).of_truth(timeline, "t.csv").labels == ("phone",)
    assert Names().of_truth(timeline, "t.csv") == timeline


def test_a_map_is_read(tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text("idle: other\nnoise: null\n")
    assert read_map(path) == {"idle": "other", "noise": None}


@pytest.mark.parametrize("text", ["idle: 3\n", "1: other\n", "idle: [a]\n", "- idle\n", "idle: a\nidle: b\n"])
def test_a_map_of_something_else_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"map\.yaml"):
        read_map(path)
