import shutil
from pathlib import Path
from typing import Any

import keras
import msgspec
import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from app.images.prepare import prepare
from app.images.read import read_image
from app.model.classifier import Classifier
from app.model.contract import EMBEDDING_NAME, INPUT_NAME, PROBS_NAME, ModelContract
from tests.training import pictures
from training import run_folder as run
from training.__main__ import main
from training.commands import export as export_module
from training.commands.explain import heatmaps
from training.networks.model import build_model, load_run
from training.recipe import Recipe


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


def test_the_file_keeps_the_contract(exported: Path) -> None:
    graph = onnx.load(exported)
    assert [value.name for value in graph.graph.input] == [INPUT_NAME]
    assert [value.name for value in graph.graph.output] == [PROBS_NAME, EMBEDDING_NAME]
    assert {item.domain: item.version for item in graph.opset_import}[""] == 17
    shape = graph.graph.input[0].type.tensor_type.shape.dim
    assert shape[0].dim_param == "N" and [dim.dim_value for dim in shape[1:]] == [32, 32, 3]
    assert [path.name for path in exported.parent.iterdir()] == ["toy.onnx"]


def test_the_metadata_says_where_the_model_comes_from(exported: Path, run_folder: Path) -> None:
    contract = Classifier(exported).contract
    assert contract.labels == ("blue", "green", "red") and contract.input.size == 32
    assert contract.input.resize == run.read_config(run_folder).recipe.resize
    assert list(contract.thresholds) == run.read_metrics(run_folder)["thresholds"]
    info = contract.info
    assert (info["backbone"], info["alpha"], info["dataset"]) == ("mobilenet_v2", 0.35, "discs")
    assert info["images"] == {"train": 72, "val": 9, "test": 9} and info["scores"]["test"]["accuracy"] > 0.9
    assert msgspec.convert(info["recipe"], Recipe) == run.read_config(run_folder).recipe
    assert info["versions"]["keras"] == keras.__version__ and "int8" not in info


def test_the_app_reads_the_discs(exported: Path, folders: Path) -> None:
    classifier = Classifier(exported)
    for label in classifier.contract.labels:
        image = read_image(folders / label / f"{label}-000.png")
        assert image is not None
        prediction = classifier.predict(prepare(image, classifier.contract.input)[None])
        assert classifier.contract.labels[int(prediction.probs.argmax())] == label
        assert prediction.embedding.shape == (1, 1280)


def test_a_mirrored_model_says_the_same_of_a_picture_and_of_its_mirror_image(
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


def test_a_file_is_replaced_only_on_demand_and_the_pictures_may_have_moved(
    run_folder: Path, folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "models" / "toy.onnx"
    output.parent.mkdir()
    output.write_text("older")
    assert "exists; choose another name with --output" in refuse([str(run_folder)], output, capsys)
    arguments = [str(run_folder), "--overwrite", "--data-root", str(tmp_path)]
    assert "say where they are with --data-root" in refuse(arguments, output, capsys)
    assert output.read_text() == "older"

    moved = tmp_path / "moved"
    shutil.copytree(folders, moved)
    assert main(["export", *arguments[:-1], str(moved), "--output", str(output)]) == 0
    assert Classifier(output).contract.labels == ("blue", "green", "red")


def test_a_tampered_graph_is_refused(
    run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    convert = export_module.convert

    def tampering(model: Any, contract: ModelContract) -> onnx.ModelProto:
        graph = convert(model, contract)
        largest = max(graph.graph.initializer, key=lambda tensor: len(tensor.raw_data))
        largest.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(largest) * 1.01, largest.name))
        return graph

    monkeypatch.setattr(export_module, "convert", tampering)
    err = refuse([str(run_folder)], tmp_path / "toy.onnx", capsys)
    assert "not exported: " in err and "of Keras and of ONNX Runtime differ by" in err


def test_a_model_that_says_the_same_of_everything_is_refused(
    run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    constant = tmp_path / "constant"
    shutil.copytree(run_folder, constant)
    build_model(run.read_config(constant).recipe, 3).save_weights(constant / "best.weights.h5")
    err = refuse([str(constant)], tmp_path / "models" / "toy.onnx", capsys)
    assert "would prove nothing; train it further" in err


def test_runs_that_cannot_be_exported(run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "models" / "toy.onnx"
    output.parent.mkdir()
    assert "no training run here" in refuse([str(tmp_path)], output, capsys)
    assert "expected a file name that ends in .onnx" in refuse([str(run_folder)], output.with_suffix(".pb"), capsys)

    unfinished = tmp_path / "unfinished"
    shutil.copytree(run_folder, unfinished)
    (unfinished / "best.weights.h5").unlink()
    assert "best.weights.h5: not there or not the weights of this run" in refuse([str(unfinished)], output, capsys)
    (unfinished / "metrics.json").write_text("{}")
    assert "not the metrics of a finished run" in refuse([str(unfinished)], output, capsys)
    (unfinished / "metrics.json").unlink()
    assert "training did not finish (metrics.json is missing)" in refuse([str(unfinished)], output, capsys)


def test_the_temperature_is_inside_the_graph(run_folder: Path) -> None:
    _, model = load_run(run_folder)
    images = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
    logits = model.predict(images, verbose=0)
    probs, embedding = export_module.publishable(model, 32, 2.0).predict(images, verbose=0)
    powers = np.exp(logits / 2 - (logits / 2).max(axis=1, keepdims=True))
    assert np.allclose(probs, powers / powers.sum(axis=1, keepdims=True), atol=1e-6)
    kernel, bias = model.get_layer("logits").get_weights()
    assert np.allclose(embedding @ kernel + bias, logits, atol=1e-4), "the embedding is what the head sees"


def test_the_models_are_compared_on_64_pictures_in_turns_of_the_classes(
    exported: Path, run_folder: Path, folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Test and validation part hold 18; the rest are training pictures."""
    contract = Classifier(exported).contract
    source = export_module._Pictures(run_folder, folders, contract)
    chosen = source.parity()
    assert chosen.shape == (64, 32, 32, 3) and capsys.readouterr().err == ""
    answers = Classifier(exported).predict(chosen[:9]).probs.argmax(axis=1)
    assert answers.tolist() == [0, 1, 2] * 3

    few = tmp_path / "few"
    pictures.make_folders(few, 5)
    assert main(["export", str(run_folder), "--data-root", str(few), "--output", str(tmp_path / "x.onnx")]) == 0
    out, err = capsys.readouterr()
    assert err == "warning: only 15 readable pictures to compare the models on, 64 wanted\n"
    assert "differ by" in out and "on 15 pictures" in out


def test_int8_is_published_with_the_figures_of_both(
    exported: Path, run_folder: Path, folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
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
    source = export_module._Pictures(run_folder, folders, exact.contract).parity()
    same = classifier.predict(source).probs.argmax(axis=1) == exact.predict(source).probs.argmax(axis=1)
    assert same.mean() > 0.9


def test_int8_that_loses_accuracy_is_refused(
    run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    black = np.zeros((8, 32, 32, 3), np.uint8)
    monkeypatch.setattr(export_module._Pictures, "calibration", lambda self: black)
    err = refuse([str(run_folder), "--int8"], tmp_path / "models" / "toy.onnx", capsys)
    assert "at most 0.5 points may be lost; export without --int8" in err
