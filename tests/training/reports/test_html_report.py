import base64
import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

from app.errors import OutputError
from tests import toy
from tests.training.reports.evaluations import make_evaluation
from tests.training.reports.page import Page
from training.evaluation.cross_dataset import CrossDataset, Hits
from training.evaluation.metrics import score
from training.reports.html_report import render, write_report

EVIL = "<img src=x onerror=alert(1)>&amp;\"'"


def headings(html: str) -> list[str]:
    return re.findall(r"<h2>(.+?)</h2>", html)


def test_every_figure_of_a_class_is_in_its_row(tmp_path: Path) -> None:
    html = render(make_evaluation(tmp_path))
    text = Page(html).text
    assert "blue 5 100.0 % 80.0 % 37.6 to 96.4 % 88.9 % 0.50 4 100.0 %" in text
    assert "Before the temperature" in text and "As shipped" in text
    assert "Something about <b>labels</b>." in text
    assert "Quantised" not in headings(html) and "On another source" not in headings(html)


def test_the_report_needs_nothing_from_outside(tmp_path: Path) -> None:
    html = render(make_evaluation(tmp_path))
    links = [value for _, attrs in Page(html).tags for name, value in attrs.items() if name in {"src", "href"}]
    assert links and all(link is not None and link.startswith("data:image/jpeg;base64,") for link in links)
    assert "://" not in html and "url(" not in html and "@import" not in html
    assert "default-src 'none'" in html


def test_images_and_heatmaps_are_jpegs_of_what_the_model_sees(tmp_path: Path) -> None:
    links = re.findall(r'"data:image/jpeg;base64,([^"]+)"', render(make_evaluation(tmp_path)))
    images = [cv2.imdecode(np.frombuffer(base64.b64decode(link), np.uint8), cv2.IMREAD_COLOR) for link in links]
    assert len(images) == 2 * (1 + 3), "a mistake and the surest of each class, each with its heatmap"
    assert all(image is not None and image.shape == (32, 32, 3) for image in images)
    assert not np.array_equal(images[0], images[1])


def test_labels_are_never_html(tmp_path: Path) -> None:
    labels = (EVIL, "電話", "blue")
    page = Page(render(make_evaluation(tmp_path, labels, {"backbone": EVIL, "int8": {"note": EVIL, "accuracy": 0.5}})))
    assert all(attrs.get("src") != "x" and "onerror" not in attrs for _, attrs in page.tags)
    assert EVIL in page.text and "電話" in page.text
    assert any(attrs.get("title") == EVIL for _, attrs in page.tags)


def test_forty_classes_make_a_whole_matrix(tmp_path: Path) -> None:
    labels = [*toy.LABELS, *(f"activity number {number}" for number in range(37))]
    html = render(make_evaluation(tmp_path, labels))
    cells = [attrs for tag, attrs in Page(html).tags if tag == "td" and "--s:" in (attrs.get("style") or "")]
    assert len(cells) == 1600 and sum("right" in (attrs["class"] or "").split() for attrs in cells) == 40
    assert "large" in html.partition('class="matrix')[2][:10]


def test_another_source_has_a_table(tmp_path: Path) -> None:
    cross = CrossDataset("elsewhere", {"crimson": "red", "green": "green"}, Hits(10, 9, 8), Hits(20, 10, 5))
    text = Page(render(make_evaluation(tmp_path, cross=cross))).text
    assert "elsewhere 20 50.0 % 29.9 to 70.1 % 25.0 %" in text and "discs 10 90.0 %" in text
    assert "crimson stands for red" in text and "green stands for" not in text


def test_what_export_measured_of_int8_has_names_and_units(tmp_path: Path) -> None:
    models = {name: {"accuracy": 0.75, "mb": 2.625, "latency_ms": 9.0} for name in ("fp32", "int8")}
    info = {"int8": {"images": 1180, "agreement": 0.9551, "float_layers": 0, **models}}
    text = Page(render(make_evaluation(tmp_path, info=info))).text
    assert "compared 1,180 same answer as fp32 95.5% convolutions kept in fp32 0" in text
    assert "fp32 accuracy 75.0% fp32 file size 2.6 MB fp32 time for an image 9.0 ms int8 accuracy" in text


@pytest.mark.parametrize("value", [None, [1], "x", {"accuracy": "high"}, {"images": 10**400}, {"a": float("nan")}])
def test_metadata_of_any_kind_is_reported(tmp_path: Path, value: object) -> None:
    assert headings(render(make_evaluation(tmp_path, info={"int8": value, "backbone": value, "rights": value})))


def test_a_network_without_pooling_is_reported_without_heatmaps(tmp_path: Path) -> None:
    found = make_evaluation(tmp_path)
    graph = onnx.load(found.model)
    for node in graph.graph.node:
        if node.op_type == "ReduceMean":
            node.op_type = "ReduceMax"
    onnx.save(graph, found.model)
    html = render(found)
    assert "Without heatmaps: " in html and html.count("data:image/jpeg") == 1 + 3


def test_nothing_wrong_and_nothing_above_threshold(tmp_path: Path) -> None:
    found = make_evaluation(tmp_path)
    truth = found.predictions.probs.argmax(axis=1)
    scores = score(found.predictions.probs, truth, toy.LABELS, (1.0,) * 3)
    html = render(replace(found, truth=truth, scores=scores))
    assert "The worst mistakes" not in headings(html) and "Most confused" not in headings(html)
    assert "The best answers" in headings(html) and 'class="shipped"' not in html


def test_the_head_says_what_was_scored(tmp_path: Path) -> None:
    info = {"backbone": "mobilenet_v2", "dataset": "discs", "trained_at": "2026-01-02", "rights": "made here"}
    found = replace(
        make_evaluation(tmp_path, info=info), part="test", split=Path("split.csv"), tta="five", ensemble=("b.onnx",)
    )
    terms = re.findall(r"<dt>(.+?)</dt><dd>(.+?)</dd>", render(found))
    assert terms == [
        ("Images", "15 of discs, test part of split.csv"),
        ("Together with", "b.onnx"),
        ("Views", "mean of five crops"),
        ("Network", "mobilenet_v2"),
        ("Trained on", "discs, 2026-01-02"),
        ("Rights", "made here"),
    ]


def test_the_report_is_written_whole_or_refused(tmp_path: Path) -> None:
    found = make_evaluation(tmp_path)
    write_report(tmp_path / "report.html", replace(found, dataset="caf\udce9"))
    assert "caf&#56553;" in (tmp_path / "report.html").read_text(encoding="utf-8")
    with pytest.raises(OutputError, match=r"gone.report\.html"):
        write_report(tmp_path / "gone" / "report.html", found)
