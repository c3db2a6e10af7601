from pathlib import Path

import numpy as np
import onnx
import pytest

from app.cues.vector import NAMED, NAMES, SPEC
from app.images.prepare import InputSpec
from app.model.classifier import Classifier
from app.model.contract import ModelContract
from app.model.probabilities import softmax
from app.teach.general_network import CUES_KEY
from app.teach.onnx_graph import read_metadata
from tests import toy
from tests.training.networks.test_joint_head import a_head, some_cues
from training.networks.joint_head import JointHead
from training.onnx_files.joint_graph import attach_joint_head


@pytest.fixture(scope="module")
def head() -> JointHead:
    return a_head()


@pytest.fixture(scope="module")
def joint(model: Path, head: JointHead, tmp_path_factory: pytest.TempPathFactory) -> Path:
    contract = ModelContract(toy.LABELS, InputSpec(32, "crop"), (0.6,) * 3, cues=SPEC)
    path = tmp_path_factory.mktemp("joint") / "joint.onnx"
    onnx.save(attach_joint_head(onnx.load(model), head, contract, {"more": "kept"}), path)
    return path


def test_the_file_computes_what_the_head_does(joint: Path, model: Path, head: JointHead) -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), np.uint8)
    own = Classifier(model).predict(images).probs
    for cues in (some_cues(5), np.zeros((5, len(NAMES)), np.float32)):
        wanted = softmax(head.logits(own, cues))
        np.testing.assert_allclose(Classifier(joint).predict(images, cues).probs, wanted, atol=1e-5)


def test_without_cues_the_models_own_answer_stays(joint: Path, model: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), np.uint8)
    own = Classifier(model).predict(images).probs
    for cues in (None, np.zeros((2, len(NAMES)), np.float32)):
        np.testing.assert_allclose(Classifier(joint).predict(images, cues).probs, own, atol=2e-4)


def test_the_embedding_holds_how_far_each_cue_is_off(joint: Path, head: JointHead) -> None:
    images, cues = np.zeros((2, 32, 32, 3), np.uint8), some_cues(2)
    cues[1] = 0
    embedding = Classifier(joint).predict(images, cues).embedding
    assert embedding.shape == (2, 3 + 2 * NAMED)
    above, below = np.sqrt(embedding[0, 3:]).reshape(2, -1)
    np.testing.assert_allclose(above - below, head.standardised(cues[:1])[0], atol=1e-5)
    assert not embedding[1, 3:].any()


def test_the_metadata_names_the_cues(joint: Path) -> None:
    assert Classifier(joint).contract.cues == SPEC
    found = read_metadata(onnx.load(joint))
    assert found["more"] == "kept" and int(found[CUES_KEY]) == 2 * NAMED
