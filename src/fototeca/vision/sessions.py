"""How a model's graph is opened: ONNX Runtime on the CPU."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fototeca.errors import ModelError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_ERRORS_ONLY = 3


def open_session(path: Path, *, threads: int | None = None) -> InferenceSession:
    """Open an ONNX graph; the session may be used by several threads at once.

    Args:
        path: The graph; weights kept in files beside it are found by the names it gives them.
        threads: How many threads compute one call; by default one for each core.

    Raises:
        ModelError: There is no such file, it is damaged, or this version of ONNX Runtime cannot run it.
    """
    import onnxruntime  # noqa: PLC0415 - takes a while to load, and most commands open no model

    if not path.is_file():
        raise ModelError(f"the model file {path} is missing")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0
    options.log_severity_level = _ERRORS_ONLY
    # Threads that spin while they wait are a little faster alone, but much slower beside the decoding of photos.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors share no other base
        raise ModelError(f"the model file {path} cannot be opened: {error}") from error
