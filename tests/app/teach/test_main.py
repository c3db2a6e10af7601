import json

import cv2
import pytest

from app.images.prepare import prepare
from app.images.read import read_image
from app.model.classifier import Classifier
from app.teach.__main__ import main
from tests import toy
from tests.conftest import SHARED


@pytest.fixture
def folder(tmp_path):
    """Two classes of six pictures."""
    for label, colour in (("hot", (40, 40, 230)), ("cool", (230, 40, 40))):
        for number in range(6):
            path = tmp_path / "captures" / label / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            shade = tuple(value + 4 * number for value in colour[:2]) + colour[2:]
            path.write_bytes(cv2.imencode(".png", toy.plain(shade))[1].tobytes())
    return tmp_path / "captures"


def test_from_folders_to_a_model(folder, model, tmp_path, capsys):
    (folder / "hot" / "broken.png").write_bytes(b"x")
    target, report = tmp_path / "mine.onnx", tmp_path / "report.json"
    arguments = ["--data", str(folder), "--model", str(model), "--output", str(target), "--json", str(report)]
    assert main(arguments) == 0
    assert Classifier(target).contract.labels == ("cool", "hot")
    out = capsys.readouterr().out
    assert "cross-validated" in out and "one burst" in out and "skipped 1 unreadable" in out
    assert json.loads(report.read_text(encoding="utf-8"))["pictures"] == {"cool": 6, "hot": 6}


def test_keep_classes(folder, model, tmp_path):
    target = tmp_path / "mine.onnx"
    assert main(["--data", str(folder), "--model", str(model), "--output", str(target), "--keep-classes"]) == 0
    assert Classifier(target).contract.labels == ("red", "green", "blue", "cool", "hot")


@pytest.mark.parametrize(
    "change, said",
    [
        ({"--data": "nowhere"}, "expected a folder"),
        ({"--output": "mine.pt"}, "ends in .onnx"),
        ({"--model": "none.onnx"}, "no such model file"),
        ({"--json": "report.txt"}, "ends in .json"),
    ],
)
def test_mistakes_are_one_line(folder, model, tmp_path, change, said, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = {"--data": str(folder), "--model": str(model), "--output": "mine.onnx"} | change
    assert main([part for pair in options.items() for part in pair]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ") and said in err and err.count("\n") == 1
    assert not (tmp_path / "mine.onnx").exists()


def test_keeping_and_replacing_exclude_one_another(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["--data", "x", "--output", "y.onnx", "--keep-classes", "--only-new"])


def test_photographs_of_three_actions_are_told_apart(tmp_path):
    """On the shipped model, from ten photographs each; judged on twenty others."""
    source = SHARED / "data" / "stanford40"
    if not source.is_dir():
        pytest.skip("../shared/data/stanford40 is not here")
    actions, wanted, right = ("climbing", "fishing", "rowing_a_boat"), 0, 0
    for action in actions:
        folder = tmp_path / "captures" / action
        folder.mkdir(parents=True)
        for path in sorted((source / action).iterdir())[:10]:
            (folder / path.name).symlink_to(path)
    target = tmp_path / "mine.onnx"
    assert main(["--data", str(tmp_path / "captures"), "--output", str(target), "--only-new"]) == 0
    taught = Classifier(target)
    for action in actions:
        for path in sorted((source / action).iterdir())[10:30]:
            probs = taught.predict(prepare(read_image(path), taught.contract.input)[None]).probs[0]
            right += taught.contract.labels[int(probs.argmax())] == action
            wanted += 1
    assert right / wanted > 0.8


def test_ctrl_c_is_no_traceback(tmp_path, monkeypatch, capsys):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("app.teach.__main__._teach", interrupted)
    assert main(["--data", str(tmp_path), "--output", str(tmp_path / "mine.onnx")]) == 130
    assert capsys.readouterr().err == "interrupted\n"
