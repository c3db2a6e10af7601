import json
import signal
from pathlib import Path

import cv2
import pytest

from app.images.prepare import prepare
from app.images.read import read_image
from app.model.classifier import Classifier
from app.system.interrupts import Interrupted
from app.teach.__main__ import main
from tests import toy
from tests.conftest import SHARED


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes of six images."""
    for label, colour in (("hot", (40, 40, 230)), ("cool", (230, 40, 40))):
        for number in range(6):
            path = tmp_path / "captures" / label / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            blue, green, red = colour
            path.write_bytes(cv2.imencode(".png", toy.plain((blue + 4 * number, green + 4 * number, red)))[1].tobytes())
    return tmp_path / "captures"


def test_from_folders_to_a_model(folder: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "hot" / "broken.png").write_bytes(b"x")
    target, report = tmp_path / "mine.onnx", tmp_path / "report.json"
    arguments = ["--data", str(folder), "--model", str(model), "--output", str(target), "--json", str(report)]
    assert main([*arguments, "--only-new"]) == 0
    assert Classifier(target).contract.labels == ("cool", "hot")
    out = capsys.readouterr().out
    assert out.startswith(str(target)) and "one burst" in out and "hot/broken.png" in out
    found = json.loads(report.read_text(encoding="utf-8"))
    assert found["pictures"] == {"cool": 6, "hot": 6} and found["unreadable"] == ["hot/broken.png"]


@pytest.mark.parametrize("flags", [[], ["--keep-classes"]])
def test_the_old_classes_stay(folder: Path, model: Path, tmp_path: Path, flags: list[str]) -> None:
    """As in the window: one thing has one default."""
    target = tmp_path / "mine.onnx"
    assert main(["--data", str(folder), "--model", str(model), "--output", str(target), *flags]) == 0
    assert Classifier(target).contract.labels == ("red", "green", "blue", "cool", "hot")


def test_existing_files_are_replaced_only_when_asked(
    folder: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target, report = tmp_path / "mine.onnx", tmp_path / "report.json"
    arguments = ["--data", str(folder), "--model", str(model), "--output", str(target), "--json", str(report)]
    for existing in (target, report):
        existing.write_text("mine")
        assert main(arguments) == 2
        assert existing.name in capsys.readouterr().err and existing.read_text() == "mine"
        existing.unlink()
    target.write_text("mine")
    report.write_text("mine")
    assert main([*arguments, "--overwrite"]) == 0
    assert Classifier(target).contract.labels[-2:] == ("cool", "hot") and json.loads(report.read_text())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"--data": "nowhere"}, "nowhere: expected a folder"),
        ({"--output": "mine.pt"}, "ends in .onnx"),
        ({"--output": "nowhere/mine.onnx"}, "nowhere does not exist"),
        ({"--model": "none.onnx"}, "none.onnx: no such model file"),
        ({"--json": "report.txt"}, "ends in .json"),
    ],
)
def test_mistakes_are_one_line(
    folder: Path,
    model: Path,
    tmp_path: Path,
    change: dict[str, str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    options = {"--data": str(folder), "--model": str(model), "--output": "mine.onnx"} | change
    assert main([part for pair in options.items() for part in pair]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ") and said in err and err.count("\n") == 1
    assert not (tmp_path / "mine.onnx").exists()


def test_keeping_and_replacing_exclude_one_another(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--data", "x", "--output", "y.onnx", "--keep-classes", "--only-new"])
    assert "--keep-classes" in capsys.readouterr().err


def test_photographs_of_three_actions_are_told_apart(tmp_path: Path) -> None:
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
            image = read_image(path)
            assert image is not None
            probs = taught.predict(prepare(image, taught.contract.input)[None]).probs[0]
            right += taught.contract.labels[int(probs.argmax())] == action
            wanted += 1
    assert right / wanted > 0.8


def test_ctrl_c_is_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: object) -> None:
        raise Interrupted(signal.SIGINT)

    monkeypatch.setattr("app.teach.__main__._teach", interrupted)
    assert main(["--data", str(tmp_path), "--output", str(tmp_path / "mine.onnx")]) == 130
    assert capsys.readouterr().err == "interrupted\n"
