from pathlib import Path

import numpy as np
import pytest

from app.errors import ConfigError
from training.evaluation.cross_dataset import count_hits, map_classes
from training.evaluation.intervals import wilson

LABELS = ("calling", "drinking", "other")
THEIRS = ("drinking", "phoning", "rowing")


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_classes_of_the_same_name_need_no_line(tmp_path: Path) -> None:
    assert map_classes(THEIRS, LABELS, None) == {"drinking": "drinking"}
    path = write(tmp_path / "map.yaml", "phoning: calling\nrowing: other\n")
    assert map_classes(THEIRS, LABELS, path) == {"drinking": "drinking", "phoning": "calling", "rowing": "other"}
    path = write(tmp_path / "map.yaml", "phoning: calling\ndrinking: null\n")
    assert map_classes(THEIRS, LABELS, path) == {"phoning": "calling"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("foning: calling\n", "'foning' is not a class of the other source; did you mean phoning?"),
        ("phoning: caling\n", "phoning: 'caling' is not a class of the model; did you mean calling?"),
        ("phoning: [calling]\n", "not a class of the model; "),
        ("1: calling\n", "1 is not a class of the other source; put names that look like numbers in quotes"),
        ("drinking: null\n", "no class of the other source (drinking, phoning, rowing) is one of the model's"),
        ("- calling\n", "expected 'key: value' lines"),
    ],
)
def test_a_map_that_does_not_fit_is_one_line(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as error:
        map_classes(THEIRS, LABELS, write(tmp_path / "map.yaml", text))
    assert problem in str(error.value) and "\n" not in str(error.value)


def test_two_figures_among_the_mapped_and_among_all() -> None:
    probs = np.array(
        [[0.2, 0.1, 0.7], [0.3, 0.6, 0.1], [0.5, 0.4, 0.1], [0.1, 0.2, 0.7], [0.1, 0.8, 0.1]], dtype=np.float32
    )
    hits = count_hits(probs, np.array([0, 1, 1, 1, 2]), [0, 1])
    assert (hits.images, hits.right_mapped, hits.right_all) == (4, 3, 1), "the last image is of no mapped class"
    assert (hits.accuracy_mapped, hits.accuracy_all) == (0.75, 0.25)
    assert hits.intervals["accuracy_mapped"] == wilson(3, 4)
    assert hits.to_json()["accuracy_all"] == 0.25


def test_no_images_of_the_mapped_classes() -> None:
    hits = count_hits(np.array([[0.2, 0.1, 0.7]], np.float32), np.array([2]), [0, 1])
    assert (hits.images, hits.accuracy_mapped, hits.intervals["accuracy_all"]) == (0, 0, (0, 1))


def test_names_are_compared_by_their_form(tmp_path: Path) -> None:
    assert map_classes(("Drinking", "rowing"), LABELS, None) == {"Drinking": "drinking"}
    path = write(tmp_path / "map.yaml", "Phoning: CALLING\nDRINKING: null\n")
    assert map_classes(THEIRS, LABELS, path) == {"phoning": "calling"}
