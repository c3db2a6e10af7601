from pathlib import Path

import cv2
import pytest

from app.images.read import read_image
from tests import toy
from tests.training.small_networks import write_network
from training.__main__ import main


def test_images_of_one_name_all_get_a_result(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [tmp_path / "a" / "photo.png", tmp_path / "b" / "photo.png", tmp_path / "b" / "no.jpg"]
    for path in names[:2]:
        path.parent.mkdir()
        path.write_bytes(cv2.imencode(".png", toy.plain(toy.RED))[1].tobytes())
    names[2].write_text("no image")
    kept = names[1].read_bytes()
    for _ in range(2):
        arguments = ["explain", str(model), *map(str, names), str(tmp_path / "gone.png")]
        assert main([*arguments, "--output", str(tmp_path / "b")]) == 0
        out, err = capsys.readouterr()
        assert out.count("red 100%") == 2
        assert err.count("not a readable image, skipped\n") == 2 and err.count("\n") == 2
    assert names[1].read_bytes() == kept
    found = sorted(path.name for path in (tmp_path / "b").glob("*.png"))
    assert found == ["photo-2.png", "photo-3.png", "photo-4.png", "photo-5.png", "photo.png"]
    figure = read_image(tmp_path / "b" / "photo-2.png")
    assert figure is not None and figure.shape == (360, 640, 3)
    assert (figure[100, 100] == toy.RED).all() and figure[320:].max() > 200, "BGR; the caption is written"


def test_mistakes_are_one_line(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "no.jpg").write_text("no image")
    picture = tmp_path / "yes.png"
    picture.write_bytes(cv2.imencode(".png", toy.plain(toy.RED))[1].tobytes())

    def said(*arguments: str) -> str:
        assert main(["explain", *arguments]) == 2
        return capsys.readouterr().err.splitlines()[-1]

    out = ["--output", str(tmp_path / "out")]
    assert said(str(model), str(tmp_path / "no.jpg"), *out).startswith("error: none of the 1 images can be read")
    assert "it knows red, green, blue" in said(str(model), str(picture), *out, "--label", "pink")
    assert "no such model file" in said(str(tmp_path / "no.onnx"), str(picture), *out)
    assert f"error: {picture}: " in said(str(model), str(picture), "--output", str(picture))
    assert not (tmp_path / "out").exists()


def test_another_class_can_be_asked_for(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "yes.png"
    picture.write_bytes(cv2.imencode(".png", toy.plain(toy.RED))[1].tobytes())
    assert main(["explain", str(model), str(picture), "--output", str(tmp_path), "--label", "blue"]) == 0
    assert capsys.readouterr().out.endswith(": blue 0% (answer: red 100%)\n")


@pytest.mark.parametrize("label", ["يتصل", "शराब पीना", "電話する", "звонит", "🙂", "x" * 80])
def test_labels_of_any_script_and_names_of_any_bytes(
    label: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_network(tmp_path / "network.onnx", labels=(label, "b", "c"))
    picture = Path(str(tmp_path / "caf\udce9") + "é" * 80 + ".png")
    picture.write_bytes(cv2.imencode(".png", toy.plain(toy.GREEN))[1].tobytes())
    assert main(["explain", str(path), str(picture), "--output", str(tmp_path / "out"), "--label", label]) == 0
    (drawn,) = (tmp_path / "out").iterdir()
    figure = read_image(drawn)
    assert figure is not None and figure[320:].max() > 200 and f": {label} " in capsys.readouterr().out
    assert (figure[320:, -10:] < 30).all(), "the caption ends before the edge"
