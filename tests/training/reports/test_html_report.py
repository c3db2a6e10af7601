import base64
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

from app.images.prepare import InputSpec
from app.model.classifier import Classifier
from app.model.contract import ModelContract
from tests import toy
from tests.conftest import ROOT
from tests.training.pictures import COLOURS, write_image
from training.commands.evaluate import EvaluateOptions, Evaluation
from training.data.dataset import load_dataset
from training.evaluation.cross_dataset import CrossDataset, Hits
from training.evaluation.metrics import score
from training.evaluation.predictions import Predictions
from training.reports.examples import best, make_examples, worst
from training.reports.html_charts import coverage_chart, reliability_chart
from training.reports.html_report import render

EVIL = "<img src=x onerror=alert(1)>&amp;\"'"


class Page(HTMLParser):
    """What a browser would make of it: the tags, and the text that people read."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._raw = False
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._raw = tag in {"script", "style"}

    def handle_endtag(self, tag: str) -> None:
        self._raw = False

    def handle_data(self, data: str) -> None:
        if not self._raw:
            self.texts.append(data)


def evaluation(
    folder: Path, labels: Sequence[str] = toy.LABELS, info: dict | None = None, cross: CrossDataset | None = None
) -> Evaluation:
    """Five discs for each of three labels; one answer is wrong, and sure of it."""
    for number, (label, colour) in enumerate(zip(labels[:3], ("red", "green", "blue"), strict=True)):
        for picture in range(5):
            write_image(folder / "discs" / label / f"{picture}.png", COLOURS[colour], seed=10 * number + picture)
    model = toy.write_model(folder / "colours.onnx", labels=labels, classes=len(labels))
    samples = list(load_dataset(folder / "discs").samples)
    truth = np.array([labels.index(sample.label) for sample in samples])
    probs = np.full((15, len(labels)), 0.1 / (len(labels) - 1), np.float32)
    probs[np.arange(15), truth] = 0.9
    probs[0] = np.roll(probs[0], 1)
    contract = ModelContract(tuple(labels), InputSpec(32, "crop"), (0.5,) * len(labels), info or {})
    options = EvaluateOptions(model=model, data=folder / "discs")
    scores = score(probs, truth, labels, contract.thresholds, probs**2 / (probs**2).sum(axis=1, keepdims=True))
    warnings = ("something about <b>labels</b>",)
    return Evaluation(options, contract, "discs", Predictions(samples, probs, None), truth, scores, cross, warnings)


def test_the_report_tells_the_figures_in_words(tmp_path: Path) -> None:
    page = Page(render(evaluation(tmp_path)))
    text = page.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Accuracy 93.3 %" in text and "93 of 100 pictures get the right label." in text
    assert "before the temperature" in text and "Before the temperature" in text and "As shipped" in text
    assert "blue 5 100.0 % 80.0 % 37.6 to 96.4 % 88.9 % 0.50" in text
    assert "Something about <b>labels</b>." in text and "Quantised" not in text and "On another source" not in text


def test_the_report_needs_nothing_from_outside(tmp_path: Path) -> None:
    html = render(evaluation(tmp_path))
    links = [value for _, attrs in Page(html).tags for name, value in attrs.items() if name in {"src", "href"}]
    assert links and all(link is not None and link.startswith("data:image/jpeg;base64,") for link in links)
    assert "://" not in html and "url(" not in html and "@import" not in html
    assert "default-src 'none'" in html


def test_pictures_and_heatmaps_are_jpegs_of_what_the_model_sees(tmp_path: Path) -> None:
    links = re.findall(r'"data:image/jpeg;base64,([^"]+)"', render(evaluation(tmp_path)))
    pictures = [cv2.imdecode(np.frombuffer(base64.b64decode(link), np.uint8), cv2.IMREAD_COLOR) for link in links]
    assert len(pictures) == 2 * (1 + 3), "a mistake and the surest of each class, each with its heatmap"
    assert {picture.shape for picture in pictures if picture is not None} == {(32, 32, 3)} and None not in map(
        type, pictures
    )
    assert not np.array_equal(pictures[0], pictures[1])


def test_labels_are_never_html(tmp_path: Path) -> None:
    labels = (EVIL, "電話", "blue")
    page = Page(render(evaluation(tmp_path, labels, {"backbone": EVIL, "int8": {"note": EVIL, "accuracy": 0.5}})))
    assert all(attrs.get("src") != "x" and "onerror" not in attrs for _, attrs in page.tags)
    assert EVIL in page.text and "電話" in page.text
    assert any(attrs.get("title") == EVIL for _, attrs in page.tags)


def test_forty_classes_make_a_whole_matrix(tmp_path: Path) -> None:
    labels = [*toy.LABELS, *(f"activity number {number}" for number in range(37))]
    html = render(evaluation(tmp_path, labels))
    cells = [attrs for tag, attrs in Page(html).tags if tag == "td" and "--s:" in (attrs.get("style") or "")]
    assert len(cells) == 1600 and sum("right" in (attrs["class"] or "").split() for attrs in cells) == 40
    assert "large" in html.partition('class="matrix')[2][:10]


def test_another_source_and_int8_stand_in_the_report(tmp_path: Path) -> None:
    cross = CrossDataset("elsewhere", {"crimson": "red", "green": "green"}, Hits(10, 9, 8), Hits(20, 10, 5))
    info = {"int8": {"accuracy": 0.7462, "size": {"fp32_mb": 9.0, "int8_mb": 2.6}}, "temperature": 1.5}
    text = Page(render(evaluation(tmp_path, info=info, cross=cross))).text.replace("\N{NO-BREAK SPACE}", " ")
    assert "elsewhere 20 50.0 % 29.9 to 70.1 % 25.0 %" in text and "discs 10 90.0 %" in text
    assert "crimson stands for red" in text and "green stands for" not in text
    assert "accuracy 0.7462 size fp32 mb 9 size int8 mb 2.6" in text


def test_a_network_without_pooling_is_reported_without_heatmaps(tmp_path: Path) -> None:
    found = evaluation(tmp_path)
    graph = onnx.load(found.options.model)
    for node in graph.graph.node:
        if node.op_type == "ReduceMean":
            node.op_type = "ReduceMax"
    onnx.save(graph, found.options.model)
    html = render(found)
    assert "Without heatmaps: " in html and html.count("data:image/jpeg") == 1 + 3


def test_nothing_wrong_and_nothing_accepted(tmp_path: Path) -> None:
    found = evaluation(tmp_path)
    truth = found.predictions.probs.argmax(axis=1)
    scores = score(found.predictions.probs, truth, toy.LABELS, (1.0,) * 3)
    perfect = Evaluation(found.options, found.contract, "discs", found.predictions, truth, scores, None, ())
    html = render(perfect)
    assert "worst mistakes" not in html and "Most confused" not in html and "Right when sure" not in html
    assert "The best answers" in html


def test_the_worst_are_sure_and_of_many_kinds_the_best_one_of_each_class() -> None:
    probs = np.eye(3, dtype=np.float32)[[1, 1, 1, 2, 0, 0, 2]] * np.linspace(0.9, 0.6, 7, dtype=np.float32)[:, None]
    truth = np.array([0, 0, 0, 0, 0, 0, 2])
    assert worst(probs, truth, 10) == [0, 1, 3] and worst(probs, truth, 1) == [0]
    assert best(probs, truth, 10) == [4, 6] and best(probs, truth, 1) == [4]


def test_a_picture_that_has_gone_is_left_out(tmp_path: Path) -> None:
    found = evaluation(tmp_path)
    samples = found.predictions.samples
    samples[0].path.unlink()
    examples, doubt = make_examples(
        [0, 6], samples, found.predictions.probs, found.truth, found.options.model, found.contract
    )
    assert [example.name for example in examples] == [samples[6].name] and doubt == ""


def test_the_charts_draw_what_was_measured(tmp_path: Path) -> None:
    scores = evaluation(tmp_path).scores
    chart = reliability_chart(scores.reliability, "title")
    (bar,) = chart["bars"]
    assert bar["told"].startswith("15 answers: 90.0% sure on average, 93.3% right") and not bar["is_over"]
    plot = chart["plot"]
    assert bar["gap_top"] == plot.at_y(14 / 15) and bar["top"] == pytest.approx(plot.at_y(0.9), abs=0.1)
    shipped = coverage_chart(scores)
    assert shipped["shipped"]["x"] == shipped["plot"].at_x(1) and shipped["shipped"]["y"] == shipped["plot"].at_y(
        14 / 15
    )
    assert [mark["label"] for mark in shipped["marks"]] == ["0.5", "0.7"], "nobody is surer than 0.9"


def test_real_pictures_have_heatmaps(tmp_path: Path) -> None:
    root = ROOT
    data, model = root.parent / "shared" / "data" / "webcam", root / "models" / "daily_activity.onnx"
    if not data.exists():
        pytest.skip("../shared/data/webcam is not here")
    contract = ModelContract(("a", "b"), InputSpec(Classifier(model).contract.input.size, "crop"), (0.5, 0.5))
    samples = list(load_dataset(data).samples)[:2]
    probs = np.array([[0.9, 0.1], [0.2, 0.8]], np.float32)
    examples, doubt = make_examples([1, 0], samples, probs, np.array([0, 0]), model, contract)
    assert doubt == "" and [example.answer for example in examples] == [1, 0] and all(e.heatmap for e in examples)
