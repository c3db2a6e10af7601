"""Names for the array types of the project."""

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]  # (H, W, 3), BGR unless a docstring says RGB; a plane is (H, W)
Images = npt.NDArray[np.uint8]  # (N, S, S, 3), RGB, as `app.images.prepare.prepare` makes them
Float32s = npt.NDArray[np.float32]
Float64s = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
