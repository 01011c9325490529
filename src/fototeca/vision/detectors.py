"""Detectors and face embedders in a folder of models, recognised by what their graphs take and give."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from fototeca.errors import ModelError
from fototeca.vision.faces import FaceDetector, FaceEmbedder
from fototeca.vision.models import InstalledModel, Task, installed, is_finished
from fototeca.vision.objects import ObjectDetector
from fototeca.vision.sessions import open_session

_LARGEST = 200 * 2**20
"""Bytes; no detector that is known here comes near, and graphs of other programs may be many times as large."""
_SAMPLE = 2**20


def detectors(folder: Path) -> list[InstalledModel]:
    """The detectors and face embedders in a folder, at any depth: for each task and folder one, by name.

    Of several graphs in one folder that do the same, one that takes pictures of any size is preferred.
    """
    towers = [model.path for model in installed(folder)]
    found: dict[tuple[Path, Task], Path] = {}
    for path in sorted(folder.glob("**/*.onnx")):
        if any(tower in path.parents for tower in towers) or not is_finished(folder, path):
            continue
        status = path.stat()
        task = _task(path, status.st_size, status.st_mtime_ns)
        if task is not None and ((path.parent, task) not in found or path.stem == "dynamic"):
            found[path.parent, task] = path
    return sorted(_installed(folder, path, task) for (_, task), path in found.items())


def digest(model: InstalledModel) -> str:
    """Short hexadecimal name of a graph's content, from its size and both ends."""
    size = model.path.stat().st_size
    found = hashlib.sha256(f"{size}\0".encode())
    with model.path.open("rb") as file:
        found.update(file.read(_SAMPLE))
        file.seek(max(0, size - _SAMPLE))
        found.update(file.read())
    return found.hexdigest()[:16]


def _installed(folder: Path, path: Path, task: Task) -> InstalledModel:
    place = path.with_suffix("") if path.parent == folder else path.parent
    return InstalledModel(place.relative_to(folder).as_posix(), path, task)


@lru_cache(maxsize=256)
def _task(path: Path, size: int, _modified: int) -> Task | None:
    """What a graph is for; remembered until the file changes, as it has to be opened for that."""
    if size > _LARGEST:
        return None
    try:
        session = open_session(path, threads=1)
    except ModelError:
        return None
    known = ((FaceDetector, Task.FACES), (FaceEmbedder, Task.IDENTITY), (ObjectDetector, Task.OBJECTS))
    return next((task for kind, task in known if kind.fits(session)), None)
