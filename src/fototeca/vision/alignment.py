"""Faces brought upright to one size, so that two pictures of a person compare."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from fototeca.vision.boxes import Picture

SIDE: Final = 112
"""Width and height of an aligned face, pixels."""

TYPICAL_ENERGY: Final = 100.0
"""Energy of the Laplacian that scores one half: sharp faces score about 0.8, faces with 30 pixels between the eyes
about 0.6, with 15 pixels 0.3."""

Points = npt.NDArray[np.float64]
"""Positions [n, 2], x before y."""

TEMPLATE: Final[Points] = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
"""Where an aligned face has its eyes, nose and corners of the mouth, those on the picture's left first: the positions
that face embedders are trained with (J. Deng et al., "ArcFace", 2019, after W. Liu et al., "SphereFace", 2017)."""


def similarity(source: Points, target: Points) -> npt.NDArray[np.float64]:
    """The rotation, scale and shift that bring points nearest to others, by least squares and without mirroring.

    S. Umeyama, "Least-squares estimation of transformation parameters between two point patterns", 1991.

    Args:
        source: Points [n, 2] that are not all the same.
        target: Where they should come to lie [n, 2].

    Returns:
        [2, 3]: a point p of the source goes to `m[:, :2] @ p + m[:, 2]`.
    """
    centre, goal = source.mean(0), target.mean(0)
    spread = source - centre
    left, strengths, right = np.linalg.svd((target - goal).T @ spread / len(source))
    signs = np.array([1.0, np.sign(np.linalg.det(left) * np.linalg.det(right))])
    turn = (left * signs) @ right * (strengths @ signs / (spread**2).sum(1).mean())
    return np.column_stack([turn, goal - turn @ centre])


def align(picture: Picture, landmarks: Points) -> Picture:
    """The face with these landmarks as an upright square of `SIDE` pixels; what lies outside the picture is black.

    Args:
        picture: Where the face is.
        landmarks: Eyes, nose and corners of the mouth, those on the picture's left first: pixels [5, 2].
    """
    # Estimated in the direction in which pixels are fetched; it exists even where landmarks coincide.
    matrix = similarity(TEMPLATE, landmarks)
    grid = np.array([[0.0, 0.0], [SIDE, 0.0], [0.0, SIDE], [SIDE, SIDE]]) @ matrix[:, :2].T + matrix[:, 2]
    shrink = max(1, round(float(np.hypot(*matrix[:, 0]))))
    size = np.array(picture.shape[1::-1])
    start = np.clip(np.floor(grid.min(0)).astype(int) - 1, 0, size - 1)
    stop = np.clip(np.ceil(grid.max(0)).astype(int) + 1, start + 1, size)
    # Whole pixels are averaged first where the face is larger than the square: sampling alone would alias.
    part = Image.fromarray(picture[start[1] : stop[1], start[0] : stop[0]]).reduce(shrink)
    matrix[:, 2] -= start
    fetched = part.transform(
        (SIDE, SIDE), Image.Transform.AFFINE, (matrix / shrink).ravel().tolist(), Image.Resampling.BILINEAR
    )
    return np.asarray(fetched)


def sharpness(face: Picture) -> float:
    """How sharp an aligned face is: e / (e + `TYPICAL_ENERGY`), 0 to 1.

    Here e is the mean square of the 4-neighbour Laplacian of the grey levels (M. Subbarao, J.-K. Tyan, "Selecting the
    optimal focus measure", 1998) in the square's middle, without hair and background.
    """
    margin = SIDE // 5
    grey = np.asarray(Image.fromarray(face).convert("L"))[margin:-margin, margin:-margin].astype(np.float32)
    edges = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]
    energy = float(np.square(edges).mean())
    return energy / (energy + TYPICAL_ENERGY)
