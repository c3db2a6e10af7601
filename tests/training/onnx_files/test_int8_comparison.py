from pathlib import Path

import cv2
import pytest

from app.errors import ModelError
from app.model.classifier import Classifier
from tests.training.small_networks import noise, write_network
from training.data.dataset import Sample
from training.onnx_files.int8_comparison import Comparison, compare

FOUND = Comparison(
    images=1180,
    accuracy=(0.95123, 0.94),
    agreement=0.98761,
    mb=(8.912, 2.611),
    latency_ms=(12.345, 6.001),
    float_layers=8,
)


@pytest.fixture
def network(tmp_path: Path) -> Path:
    return write_network(tmp_path / "fp32.onnx")


@pytest.fixture
def labelled(network: Path, tmp_path: Path) -> list[Sample]:
    """Twenty images that have the network's own answers but for the first, and one that cannot be read."""
    classifier = Classifier(network)
    labels = classifier.contract.labels
    samples = []
    for number, image in enumerate(noise(20)):
        path = tmp_path / f"{number:03}.png"
        path.write_bytes(cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))[1].tobytes())
        answer = int(classifier.predict(image[None]).probs.argmax())
        samples.append(Sample(path, path.name, labels[(answer + (number == 0)) % 3], str(number), str(number)))
    return [*samples, Sample(tmp_path / "gone.png", "gone.png", "a", "gone", "gone")]


def test_a_model_agrees_with_itself(network: Path, labelled: list[Sample]) -> None:
    found = compare(network, network, labelled, 3)
    assert (found.images, found.accuracy, found.agreement, found.loss) == (20, (0.95, 0.95), 1.0, 0.0)
    assert found.mb == (network.stat().st_size / 1e6,) * 2 and found.float_layers == 3
    assert min(found.latency_ms) > 0


def test_another_model_disagrees(network: Path, labelled: list[Sample], tmp_path: Path) -> None:
    found = compare(network, write_network(tmp_path / "other.onnx", hidden=True), labelled)
    assert found.agreement < 1 and found.accuracy[0] == 0.95 != found.accuracy[1]


def test_images_that_can_be_read_are_needed(network: Path, labelled: list[Sample]) -> None:
    with pytest.raises(ModelError, match="int8"):
        compare(network, network, labelled[-1:])


def test_the_metadata_put_each_model_under_its_name() -> None:
    assert FOUND.to_json() == {
        "images": 1180,
        "agreement": 0.9876,
        "float_layers": 8,
        "fp32": {"accuracy": 0.9512, "mb": 8.91, "latency_ms": 12.35},
        "int8": {"accuracy": 0.94, "mb": 2.61, "latency_ms": 6.0},
    }


def test_the_text_has_a_line_for_each_model() -> None:
    fp32, int8, both = str(FOUND).splitlines()
    assert fp32.startswith("fp32: ") and "95.12%" in fp32 and "8.9 MB" in fp32 and "12.3 ms" in fp32
    assert int8.startswith("int8: ") and "94.00%" in int8
    assert "98.8% of 1,180 images" in both and "8 convolutions" in both
    assert FOUND.loss == pytest.approx(0.01123)
