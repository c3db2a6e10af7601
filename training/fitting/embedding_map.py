"""From the general network's features of an image to those that a fine-tuned network would make of it.

The background that ships has been seen by the general network alone. Where the two networks are relatives, what one
makes of an image tells much of what the other does.
"""

from dataclasses import dataclass

import numpy as np

from app.arrays import Float64s

PENALTY = 1.0  # of the mean squared length of a centred row; 0.3 to 3 give the same within chance


@dataclass(frozen=True, eq=False)
class EmbeddingMap:
    """A ridge regression; where both have as many features, it starts from their being the same.

    Attributes:
        centre: (G,), of the general features.
        offset: (D,).
        weights: (G, D).
        adds: whether the general features themselves are part of the result.
    """

    centre: Float64s
    offset: Float64s
    weights: Float64s
    adds: bool

    def __call__(self, general: Float64s) -> Float64s:
        """Returns features (N, D), none below zero, for general features (N, G)."""
        mapped = self.offset + (general - self.centre) @ self.weights
        found: Float64s = np.maximum(mapped + general if self.adds else mapped, 0)
        return found


def fit_map(general: Float64s, own: Float64s) -> EmbeddingMap:
    """Fits the map on images that both networks have seen.

    Args:
        general: (N, G), power-normalised.
        own: (N, D), power-normalised.
    """
    adds = general.shape == own.shape
    wanted = own - general if adds else own
    centre, offset = general.mean(axis=0), wanted.mean(axis=0)
    rows, targets = general - centre, wanted - offset
    penalty = PENALTY * max(float((rows**2).sum()) / len(rows), 1e-9)
    if len(rows) < rows.shape[1]:  # the smaller of two equal systems
        weights = rows.T @ np.linalg.solve(rows @ rows.T + penalty * np.eye(len(rows)), targets)
    else:
        weights = np.linalg.solve(rows.T @ rows + penalty * np.eye(rows.shape[1]), rows.T @ targets)
    return EmbeddingMap(centre, offset, weights, adds)
