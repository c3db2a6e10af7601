"""The proof that the import of a model made elsewhere answers as its original."""

from collections.abc import Callable
from pathlib import Path

from app.arrays import Float32s, Images
from app.errors import ModelError
from app.model.classifier import Classifier
from training.onnx_files.adopt import Adopted
from training.onnx_files.parity import verify_probs


def write_proved(
    original: Path, draft: Path, adopt: Callable[[bool], Adopted], images: Images, expected: Float32s
) -> tuple[Adopted, float]:
    """Writes an adopted model that answers as the original; one that runs in turn where no other does.

    Args:
        original: the file, for messages.
        draft: the file to write.
        adopt: makes it; True: in turn.
        images: RGB uint8 (n, S, S, 3).
        expected: float32 (n, K), the original's probabilities.

    Returns:
        What was written, and by how much its answers differ at most.

    Raises:
        ModelError: none does.
    """
    adopted = adopt(False)
    try:
        return adopted, _write(original, draft, adopted, images, expected)
    except ModelError:
        if not adopted.was_single:
            raise
    adopted = adopt(True)
    return adopted, _write(original, draft, adopted, images, expected)


def _write(original: Path, draft: Path, adopted: Adopted, images: Images, expected: Float32s) -> float:
    draft.write_bytes(adopted.model.SerializeToString())
    try:
        classifier = Classifier(draft)
    except ModelError as error:
        reason = str(error).removeprefix(f"{draft}: ")
        raise ModelError(
            f"{original}: not imported: {reason}; where it was made, write it as ONNX with a free batch and import that"
        ) from None
    return verify_probs(original, classifier, images, expected)
