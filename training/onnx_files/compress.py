"""Smaller forms of a verified file: int8, or weights in half precision."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx

from app.arrays import Images
from app.errors import ModelError
from app.model.classifier import Classifier
from app.model.contract import ModelContract
from training.onnx_files.fp16 import halve_weights
from training.onnx_files.quantise import quantise
from training.onnx_files.run_images import RunImages

HALF_TOLERANCE = 0.03  # of a probability


def to_int8(fp32: Path, target: Path, contract: ModelContract, images: RunImages) -> str:
    """Writes the int8 form of a verified file; its metadata holds the figures of both.

    Args:
        fp32: the verified file.
        target: the file to write, in a folder that may hold drafts.
        contract: of `fp32`.
        images: of the run, to calibrate and to compare on.

    Returns:
        Lines for people that compare the two.

    Raises:
        ModelError: int8 loses too much accuracy.
    """
    graph, comparison = quantise(fp32, images.calibration(), images.parts["val"], target.parent)
    informed = replace(contract, info={**contract.info, "int8": comparison.to_json()})
    onnx.helper.set_model_props(graph, informed.to_metadata())
    onnx.checker.check_model(graph)
    onnx.save(graph, target)
    Classifier(target)
    return str(comparison)


def to_fp16(fp32: Path, target: Path, images: Images) -> str:
    """Writes a verified file with its weights in half precision.

    Args:
        fp32: the verified file.
        target: the file to write.
        images: RGB uint8 (n, S, S, 3), to compare on.

    Returns:
        A line for people: how far that moves a probability.

    Raises:
        ModelError: a probability moves too far.
    """
    onnx.save(halve_weights(onnx.load(fp32)), target)
    whole, half = (Classifier(path).predict(images).probs for path in (fp32, target))
    drift = float(np.abs(whole - half).max())
    if drift > HALF_TOLERANCE:
        raise ModelError(
            f"not exported: weights in half precision move a probability by {drift:.2g}, at most {HALF_TOLERANCE:g} is "
            "allowed; leave out --fp16"
        )
    return f"with weights in half precision probabilities move by {drift:.3f} at most"
