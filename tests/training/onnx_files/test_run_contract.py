import json

import msgspec

from app.model.contract import ModelContract
from training.onnx_files.run_contract import run_contract
from training.recipe import Mix, Recipe
from training.run_folder import RunConfig

CONFIG = RunConfig(
    dataset="discs",
    data="discs.yaml",
    data_root="/discs",
    weights="imagenet",
    trained_on="2026-11-20",
    rights="none",
    labels=["コーヒー", "tea"],
    versions={"keras": "3"},
    recipe=Recipe(alpha=0.35, input_size=96, resize="crop", monitor="loss", mix=Mix(prob=0.25)),
)
SCORES = {"accuracy": 0.75, "macro_f1": 0.5, "confusion": [[1]]}
METRICS = {
    "temperature": 1.25,
    "thresholds": [0.5, 0.75],
    "images": {"train": 8, "val": 1, "test": 1},
    "images_per_class": {"tea": {"train": 4}},
    "val": SCORES,
    "test": SCORES,
}


def test_the_file_says_where_it_comes_from_and_what_it_reached() -> None:
    contract = run_contract(CONFIG, METRICS, mirror=True)
    assert (contract.labels, contract.thresholds) == (("コーヒー", "tea"), (0.5, 0.75))
    assert (contract.input.size, contract.input.resize) == (96, "crop")
    info = contract.info
    assert (info["backbone"], info["alpha"], info["dataset"], info["rights"]) == ("mobilenet_v2", 0.35, "discs", "none")
    assert info["scores"] == {part: {"accuracy": 0.75, "macro_f1": 0.5} for part in ("val", "test")}
    assert (info["images"], info["temperature"], info["mirror"]) == (METRICS["images"], 1.25, True)
    assert (info["trained_at"], info["versions"]) == ("2026-11-20", {"keras": "3"})


def test_the_recipe_can_be_read_back_from_the_metadata() -> None:
    metadata = run_contract(CONFIG, METRICS).to_metadata()
    assert ModelContract.from_metadata(metadata).to_metadata() == metadata
    assert msgspec.convert(json.loads(metadata["info"])["recipe"], Recipe) == CONFIG.recipe
