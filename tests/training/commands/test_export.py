import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from app.images.prepare import prepare
from app.images.read import read_image
from app.model.classifier import Classifier
from app.model.contract import EMBEDDING_NAME, INPUT_NAME, PROBS_NAME, ModelContract
from tests.training import pictures
from training.__main__ import main
from training.evaluation.gradcam import heatmaps
from training.networks.model import build_model
from training.onnx_files import convert as conversion
from training.onnx_files.run_images import RunImages
from training.run_folder import read_config, read_metrics


@pytest.fixture(scope="module")
def exported(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "toy.onnx"
    assert main(["export", str(run_folder), "--output", str(path)]) == 0
    return path


def refuse(arguments: list[str], output: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Exports in vain; nothing may be left behind. Returns the one line said."""
    before = sorted(output.parent.glob("*"))
    assert main(["export", *arguments, "--output", str(output)]) == 2
    assert sorted(output.parent.glob("*")) == before
    err = capsys.readouterr().err
    assert err.startswith("error: ") and err.count("\n") == 1
    return err


def test_the_file_keeps_the_contract(exported: Path, run_folder: Path) -> None:
    graph = onnx.load(exported)
    assert [value.name for value in graph.graph.input] == [INPUT_NAME]
    assert [value.name for value in graph.graph.output] == [PROBS_NAME, EMBEDDING_NAME]
    assert [path.name for path in exported.parent.iterdir()] == ["toy.onnx"]
    contract = Classifier(exported).contract
    assert contract.labels == ("blue", "green", "red") and contract.input.size == 32
    assert contract.input.resize == read_config(run_folder).recipe.resize
    assert list(contract.thresholds) == read_metrics(run_folder)["thresholds"] and "int8" not in contract.info


def test_the_app_reads_the_discs(exported: Path, folders: Path) -> None:
    classifier = Classifier(exported)
    for label in classifier.contract.labels:
        image = read_image(folders / label / f"{label}-000.png")
        assert image is not None
        prediction = classifier.predict(prepare(image, classifier.contract.input)[None])
        assert classifier.contract.labels[int(prediction.probs.argmax())] == label
        assert prediction.embedding.shape == (1, 128)


def test_a_mirrored_model_says_the_same_of_an_image_and_of_its_mirror_image(
    run_folder: Path, exported: Path, folders: Path, tmp_path: Path
) -> None:
    path = tmp_path / "mirrored.onnx"
    assert main(["export", str(run_folder), "--output", str(path), "--mirror"]) == 0
    plain, mirrored = Classifier(exported), Classifier(path)
    samples = [read_image(file) for file in sorted(folders.glob("*/*-00*.png"))]
    seen = np.stack([prepare(image, plain.contract.input) for image in samples if image is not None])
    flipped = np.ascontiguousarray(seen[:, :, ::-1])
    assert np.abs(plain.predict(seen).embedding - plain.predict(flipped).embedding).max() > 1e-3
    both = mirrored.predict(seen)
    mean = (plain.predict(seen).embedding + plain.predict(flipped).embedding) / 2
    np.testing.assert_allclose(both.embedding, mean, atol=1e-4)
    np.testing.assert_allclose(both.probs, mirrored.predict(flipped).probs, atol=1e-5)
    assert mirrored.contract.info["mirror"] is True
    np.testing.assert_allclose(heatmaps(path, seen[:3]), heatmaps(exported, seen[:3]), atol=0.05)


def test_a_file_is_replaced_only_on_demand_and_the_images_may_have_moved(
    run_folder: Path, folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "models" / "toy.onnx"
    output.parent.mkdir()
    output.write_text("older")
    assert f"{output}: exists" in refuse([str(run_folder)], output, capsys)
    arguments = [str(run_folder), "--overwrite", "--data-root", str(tmp_path)]
    assert "--data-root" in refuse(arguments, output, capsys)
    assert output.read_text() == "older"

    moved = tmp_path / "moved"
    shutil.copytree(folders, moved)
    assert main(["export", *arguments[:-1], str(moved), "--output", str(output)]) == 0
    assert Classifier(output).contract.labels == ("blue", "green", "red")


def test_a_tampered_graph_is_refused(
    run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    convert = conversion.convert

    def tampering(model: Any, contract: ModelContract) -> onnx.ModelProto:
        graph = convert(model, contract)
        largest = max(graph.graph.initializer, key=lambda tensor: len(tensor.raw_data))
        largest.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(largest) * 1.01, largest.name))
        return graph

    monkeypatch.setattr(conversion, "convert", tampering)
    assert "not exported: " in refuse([str(run_folder)], tmp_path / "toy.onnx", capsys)


def test_a_model_that_says_the_same_of_everything_is_refused(
    run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    constant = tmp_path / "constant"
    shutil.copytree(run_folder, constant)
    model = build_model(read_config(constant).recipe, 3)
    model.set_weights([np.zeros_like(value) for value in model.get_weights()])
    model.save_weights(constant / "best.weights.h5")
    assert "not exported: " in refuse([str(constant)], tmp_path / "models" / "toy.onnx", capsys)


def test_runs_that_cannot_be_exported(run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "models" / "toy.onnx"
    output.parent.mkdir()
    assert str(tmp_path) in refuse([str(tmp_path)], output, capsys)
    assert ".onnx" in refuse([str(run_folder)], output.with_suffix(".pb"), capsys)

    unfinished = tmp_path / "unfinished"
    shutil.copytree(run_folder, unfinished)
    (unfinished / "best.weights.h5").unlink()
    assert "best.weights.h5: no such" in refuse([str(unfinished)], output, capsys)
    (unfinished / "best.weights.h5").write_bytes(b"junk")
    assert "best.weights.h5: not the weights of" in refuse([str(unfinished)], output, capsys)
    (unfinished / "metrics.json").write_text("{}")
    assert "metrics.json" in refuse([str(unfinished)], output, capsys)
    (unfinished / "metrics.json").unlink()
    assert "--resume" in refuse([str(unfinished)], output, capsys)


def test_fewer_images_to_compare_on_are_a_warning(
    run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = pictures.make_folders(tmp_path / "few", 5)
    assert main(["export", str(run_folder), "--data-root", str(few), "--output", str(tmp_path / "x.onnx")]) == 0
    out, err = capsys.readouterr()
    assert err.startswith("warning: only 15 ") and err.count("\n") == 1 and "on 15 images" in out


def test_int8_is_published_with_the_figures_of_both(
    exported: Path, run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "int8.onnx"
    assert main(["export", str(run_folder), "--int8", "--output", str(output)]) == 0
    out = capsys.readouterr().out
    assert "fp32: validation accuracy" in out and "int8: validation accuracy" in out and "differ by" in out
    assert [path.name for path in tmp_path.iterdir()] == ["int8.onnx"]
    classifier, exact = Classifier(output), Classifier(exported)
    facts = classifier.contract.info["int8"]
    assert facts["images"] == 9 and facts["int8"]["accuracy"] >= facts["fp32"]["accuracy"] - 0.005
    assert facts["int8"]["mb"] < facts["fp32"]["mb"] / 2 and output.stat().st_size < exported.stat().st_size / 2
    assert {key: value for key, value in classifier.contract.info.items() if key != "int8"} == exact.contract.info
    images = RunImages(run_folder, read_config(run_folder), None).parity()
    same = classifier.predict(images).probs.argmax(axis=1) == exact.predict(images).probs.argmax(axis=1)
    assert same.mean() > 0.9


def test_int8_that_loses_accuracy_is_refused(
    run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    black = np.zeros((8, 32, 32, 3), np.uint8)
    monkeypatch.setattr(RunImages, "calibration", lambda self: black)
    assert "--int8" in refuse([str(run_folder), "--int8"], tmp_path / "models" / "toy.onnx", capsys)


def test_half_precision_is_half_the_file(
    exported: Path, run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "fp16.onnx"
    assert main(["export", str(run_folder), "--fp16", "--output", str(output)]) == 0
    assert "half precision" in capsys.readouterr().out and [path.name for path in tmp_path.iterdir()] == ["fp16.onnx"]
    assert output.stat().st_size < 0.6 * exported.stat().st_size
    assert Classifier(output).contract == Classifier(exported).contract
