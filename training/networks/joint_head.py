"""The numbers of a joint head, which corrects a model's own answer by the cues."""

from dataclasses import dataclass

import numpy as np

from app.arrays import Float32s
from app.cues.vector import LOOKED, NAMED, NAMES

CUE_LIMIT = 5.0  # standard deviations; what is further off is no more unusual
LEAST_PROBABILITY = 1e-4  # of the model's own; what is less likely is no less so
LOOKED_AT = NAMES.index(LOOKED)


@dataclass(frozen=True, eq=False)
class JointHead:
    """The head's numbers; C named cues, S numbers of the scene, H hidden units, K classes.

    Attributes:
        own: (K, K), on the logarithms of the model's own probabilities.
        scene: (S, K), on the scene.
        bias: (K,).
        centre: (C,), of the cues.
        scale: (C,), of the cues.
        hidden: (C, H), from the cues.
        hidden_bias: (H,).
        from_hidden: (H, K).
        direct: (C, K), from the cues.
        temperature: the divisor of the logits. Where nobody looked for cues, the model's own answer stays as it is.
    """

    own: Float32s
    scene: Float32s
    bias: Float32s
    centre: Float32s
    scale: Float32s
    hidden: Float32s
    hidden_bias: Float32s
    from_hidden: Float32s
    direct: Float32s
    temperature: float = 1.0

    def logits(self, probs: Float32s, cues: Float32s) -> Float32s:
        """Computes the logits, divided by the temperature.

        Args:
            probs: (N, K), the model's own.
            cues: (N, C + S); rows of zeros where nobody looked.

        Returns:
            (N, K).
        """
        looked, own = cues[:, [LOOKED_AT]], log_probs(probs)
        standard = self.standardised(cues)
        inner = np.maximum(standard @ self.hidden + self.hidden_bias, 0)
        of_cues = inner @ self.from_hidden + standard @ self.direct + cues[:, NAMED:] @ self.scene
        joint = (own @ self.own + of_cues + self.bias) / self.temperature
        return np.asarray(looked * joint + (1 - looked) * own, np.float32)

    def standardised(self, cues: Float32s) -> Float32s:
        """Returns the named cues around 0, in standard deviations."""
        return standardise(cues[:, :NAMED], self.centre, self.scale)


def standardise(named: Float32s, centre: Float32s, scale: Float32s) -> Float32s:
    """Returns named cues (N, C) around 0, in standard deviations, CUE_LIMIT of them at most."""
    return np.asarray(((named - centre) / scale).clip(-CUE_LIMIT, CUE_LIMIT), np.float32)


def log_probs(probs: Float32s) -> Float32s:
    """Returns the logarithms of probabilities, those below LEAST_PROBABILITY alike."""
    return np.asarray(np.log(np.maximum(probs, np.float32(LEAST_PROBABILITY))), np.float32)
