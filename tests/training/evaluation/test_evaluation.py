from dataclasses import replace
from pathlib import Path

from tests.training.reports.evaluations import make_evaluation
from training.evaluation.cross_dataset import CrossDataset, Hits


def test_only_what_was_asked_for_stands_in_the_json(tmp_path: Path) -> None:
    found = make_evaluation(tmp_path)
    plain = found.to_json()
    assert list(plain)[:3] == ["model", "data", "labels"] and plain["accuracy"] == 0.9333
    assert not {"part", "tta", "ensemble", "cross", "split"} & plain.keys()


def test_how_it_was_scored_stands_before_the_scores(tmp_path: Path) -> None:
    cross = CrossDataset("elsewhere", {"red": "red"}, Hits(10, 9, 8), Hits(20, 10, 5))
    found = replace(
        make_evaluation(tmp_path), part="val", split=Path("split.csv"), tta="flip", ensemble=("b.onnx",), cross=cross
    )
    full = found.to_json()
    assert list(full)[:6] == ["model", "data", "part", "tta", "ensemble", "labels"]
    assert (full["model"], full["part"], full["tta"], full["ensemble"]) == ("colours.onnx", "val", "flip", ["b.onnx"])
    assert full["cross"]["data"] == "elsewhere"
