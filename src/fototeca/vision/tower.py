"""One tower of a two-tower model: an ONNX graph that gives a vector for each row of its input."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fototeca.errors import ModelError, NoDirection
from fototeca.vision.sessions import open_session

if TYPE_CHECKING:
    from onnxruntime import InferenceSession, NodeArg

_DTYPES: dict[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
}


class _Graph(NamedTuple):
    session: InferenceSession
    main: tuple[str, type[np.generic]]
    mask: tuple[str, type[np.generic]] | None
    output: str
    batch: int | None
    """Rows of a call, where the export fixed them."""


class Tower:
    """A graph with one input, or two where the second is an attention mask; names and types are read from it.

    It is opened at its first use. Safe to share between threads.

    Args:
        path: The graph.
        dimension: Length of its vectors.
        threads: Threads that compute one call; by default one for each core.
    """

    def __init__(self, path: Path, *, dimension: int, threads: int | None = None) -> None:
        self._path = path
        self._dimension = dimension
        self._threads = threads
        self._graph: _Graph | None = None
        self._lock = threading.Lock()

    def batch(self, usual: int) -> int:
        """How many rows to give to `run` at once: as usual, unless the export fixed their number."""
        return self._opened().batch or usual

    def run(self, values: npt.NDArray[Any], mask: npt.NDArray[Any] | None = None) -> npt.NDArray[np.float32]:
        """The vectors of some rows, each of length one.

        Args:
            values: Rows of the input, as many as `batch` says or fewer.
            mask: Attention mask of the rows; not used where the graph takes none.

        Raises:
            ModelError: The graph does not fit its files, or gives something else than one usable vector for each row.
        """
        graph = self._opened()
        rows = graph.batch or len(values)
        feeds = {graph.main[0]: _repeated(values.astype(graph.main[1], copy=False), rows)}
        if graph.mask and mask is not None:
            feeds[graph.mask[0]] = _repeated(mask.astype(graph.mask[1], copy=False), rows)
        try:
            vectors = np.asarray(graph.session.run([graph.output], feeds)[0], np.float32)[: len(values)]
        except Exception as error:  # ONNX Runtime's errors share no other base
            raise ModelError(f"the model file {self._path} does not accept its input: {error}") from error
        if vectors.shape != (len(values), self._dimension):
            raise ModelError(f"{self._path} gives {vectors.shape}, not {(len(values), self._dimension)}")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(lengths) & (lengths > 0)).all():
            raise NoDirection(f"{self._path} gives vectors without a direction")
        unit: npt.NDArray[np.float32] = vectors / lengths
        return unit

    def _opened(self) -> _Graph:
        with self._lock:
            if self._graph is None:
                self._graph = self._read(open_session(self._path, threads=self._threads))
            return self._graph

    def _read(self, session: InferenceSession) -> _Graph:
        inputs: list[NodeArg] = []
        masks: list[NodeArg] = []
        for value in session.get_inputs():
            if value.type not in _DTYPES:
                raise ModelError(f"{self._path} takes {value.name!r} as {value.type}, which is not known here")
            (masks if "mask" in value.name else inputs).append(value)
        if len(inputs) != 1 or len(masks) > 1:
            names = ", ".join(value.name for value in session.get_inputs())
            raise ModelError(f"{self._path} takes {names}; only one input, and an attention mask, can be given")
        # Exports of whole encoders also give hidden states, pooled ones and a scale; the vectors are the matrix that is
        # named so, or else the one that is as wide.
        matrices = [value for value in session.get_outputs() if len(value.shape) == 2]
        if not matrices:
            raise ModelError(f"{self._path} gives no vectors")
        output = min(matrices, key=lambda value: ("embed" not in value.name, value.shape[1] != self._dimension))
        batch = inputs[0].shape[0]
        return _Graph(
            session=session,
            main=(inputs[0].name, _DTYPES[inputs[0].type]),
            mask=(masks[0].name, _DTYPES[masks[0].type]) if masks else None,
            output=output.name,
            batch=batch if isinstance(batch, int) else None,
        )


def _repeated(values: npt.NDArray[Any], rows: int) -> npt.NDArray[Any]:
    """The rows, repeated from the start until there are as many as the graph wants."""
    return values if len(values) == rows else np.resize(values, (rows, *values.shape[1:]))
