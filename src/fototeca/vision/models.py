"""Two-tower models by name: which are known, which are installed, and fetching one from a model hub."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import msgspec

from fototeca.errors import InvalidInput, ModelError
from fototeca.vision.hub import Commit, Hub, RemoteFile, is_whole
from fototeca.vision.two_tower import FILES

Progress = Callable[[int, int], None]
"""Called with the bytes that are there and the bytes in all."""

HUB = "https://huggingface.co"
"""The public model hub; another that speaks its API may be named instead."""

_ORIGIN = "origin.json"
_UNFINISHED = ".unfinished"
_WANTED = re.compile(r"config\.json|(visual|textual)/[\w-][\w.-]*(?<!\.armnn)(?<!\.rknn)", re.ASCII)
_IDENTIFIER = re.compile(r"(?P<repository>[\w-][\w.-]*/[\w-][\w.-]*)(@(?P<revision>[\w-][\w./-]*))?", re.ASCII)


class Task(StrEnum):
    """What a model is for."""

    MEANING = "meaning"
    """Pictures and texts to vectors of one space."""
    FACES = "faces"
    """Where faces are."""
    IDENTITY = "identity"
    """Whose faces they are."""
    OBJECTS = "objects"
    """Where things are, and what they are called."""
    TEXT = "text"
    """Which words are in a picture, and where."""


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model that has a name here.

    Attributes:
        name: Also the name of its folder.
        repository: Owner and name at the hub.
        revision: Commit or branch. A branch may move; `checksums` then say which content is meant.
        checksums: SHA-256 of files that are pinned one by one; the others are checked by the hub's own word.
        licence: SPDX identifier of the weights' licence.
        dimension: Length of its vectors.
        megabytes: About how much is downloaded.
        recall: Mean of recall at 1, 5 and 10 in percent, English texts to images of Crossmodal-3600, as the Immich
            project, which makes these exports, has published it.
        about: One line on what it is good for.
    """

    name: str
    repository: str
    revision: str
    licence: str
    dimension: int
    megabytes: int
    recall: float
    about: str
    checksums: Mapping[str, str] = field(default_factory=dict)


KNOWN = (
    KnownModel(
        name="ViT-B-16-SigLIP2__webli",
        repository="immich-app/ViT-B-16-SigLIP2__webli",
        revision="main",
        licence="Apache-2.0",
        dimension=768,
        megabytes=1500,
        recall=75.19,
        about="the default: very good in English, good in many other languages",
        checksums={
            "visual/model.onnx": "fee10c729875dd203d94f396ac3d664e301d39c977ef6d92e7f467a2a716f0b0",
            "textual/model.onnx": "fc9991b415d7d0fac7ed540e875fd08a647c8a1abba99f12542531b004c4b68f",
            "textual/tokenizer.json": "220c63d496e0c14e63eb656c91e0215e926202e4c74b1f089e09f1920d779b04",
        },
    ),
    KnownModel(
        name="ViT-B-32__laion2b-s34b-b79k",
        repository="immich-app/ViT-B-32__laion2b-s34b-b79k",
        revision="8204c663a7b5aa2edd55e0df578b39f57af07376",
        licence="MIT",
        dimension=512,
        megabytes=610,
        recall=68.78,
        about="the small one: English, four times as fast, a third of the memory",
    ),
)
DEFAULT = KNOWN[0].name


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A detector that has a name here: one graph, fixed by its checksum wherever it is fetched from.

    Attributes:
        name: Also the name of its folder.
        task: What it is for.
        url: Where its author publishes it.
        size: In bytes.
        sha256: Of the file.
        licence: SPDX identifier of the weights' licence.
        about: One line on what it is good for.
    """

    name: str
    task: Task
    url: str
    size: int
    sha256: str
    licence: str
    about: str


KNOWN_FILES = (
    KnownFile(
        name="yunet",
        task=Task.FACES,
        url=f"{HUB}/opencv/face_detection_yunet/resolve/main/face_detection_yunet_2023mar.onnx",
        size=232_589,
        sha256="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
        licence="MIT",
        about="finds faces; looks at 640 pixels",
    ),
    KnownFile(
        name="sface",
        task=Task.IDENTITY,
        url=f"{HUB}/opencv/face_recognition_sface/resolve/main/face_recognition_sface_2021dec.onnx",
        size=38_696_353,
        sha256="0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
        licence="Apache-2.0",
        about="says whose faces they are",
    ),
    KnownFile(
        name="yolox-nano",
        task=Task.OBJECTS,
        url="https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0/yolox_nano.onnx",
        size=3_659_407,
        sha256="c789161ed43c8269fcd4e67c67eeeb4e80c622da2eb296a20bc6007bd18a0b7d",
        licence="Apache-2.0",
        about="finds things of COCO's 80 classes; small and quick",
    ),
)


class _Source(NamedTuple):
    """Where a model comes from; `name` is the folder that it is put into."""

    name: str
    repository: str
    revision: str
    checksums: Mapping[str, str]


class InstalledModel(NamedTuple):
    """A model on this machine; `name` is its path within the folder of models, `path` its folder or its graph."""

    name: str
    path: Path
    task: Task = Task.MEANING


def installed(folder: Path) -> list[InstalledModel]:
    """The complete two-tower models in a folder, at any depth, by name."""
    found = (path.parent.parent for path in folder.glob("**/visual/model.onnx"))
    named = [InstalledModel(path.relative_to(folder).as_posix(), path) for path in found if path != folder]
    return sorted(
        model
        for model in named
        if is_finished(folder, model.path) and all((model.path / file).is_file() for file in FILES)
    )


def is_finished(folder: Path, path: Path) -> bool:
    """Whether something in a folder of models is no part of a download that is still under way."""
    return path.relative_to(folder).parts[:1] != (_UNFINISHED,)


def pull(name: str, folder: Path, *, progress: Progress | None = None, endpoint: str = HUB) -> InstalledModel:
    """Fetch a model and install it; does nothing where that revision of it is installed already.

    All files come from one commit, and each is checked: by its pinned SHA-256 or else by what the hub says of the
    commit's files (SHA-256 of large ones, git's object name of small ones). The model is moved into place only when it
    is whole; what a broken download left is used by the next one.

    Args:
        name: A known model's name, or "owner/repository", or "owner/repository@revision".
        folder: The folder of models.
        progress: Called with the bytes that are there and the bytes in all.
        endpoint: Origin of the hub.

    Raises:
        InvalidInput: The name has none of these forms.
        ModelError: The hub cannot be reached, has no such model, or gives other bytes than it should.
    """
    for known in KNOWN_FILES:
        if known.name == name:
            return _pull_file(known, folder, progress or _silent)
    source = _source(name)
    try:
        with Hub(endpoint) as hub:
            return _installed_from(hub, source, folder, progress or _silent)
    except OSError as error:
        raise ModelError(f"{source.name} cannot be stored in {folder}: {error}") from error


def _pull_file(known: KnownFile, folder: Path, progress: Progress) -> InstalledModel:
    model = InstalledModel(known.name, folder / known.name / "model.onnx", known.task)
    file = RemoteFile(path=known.url.rpartition("/")[2], size=known.size, git="")
    if model.path.is_file() and is_whole(model.path, file, known.sha256):
        return model
    staging = folder / _UNFINISHED / known.name / "model.onnx"
    try:
        with Hub(HUB) as hub:
            hub.download(known.url, file, staging, progress=_part(progress, 0, known.size))
        if not is_whole(staging, file, known.sha256):
            staging.unlink()
            raise ModelError(f"{known.url} has not the size and checksum that it should; it was removed")
        model.path.parent.mkdir(parents=True, exist_ok=True)
        staging.replace(model.path)
    except OSError as error:
        raise ModelError(f"{known.name} cannot be stored in {folder}: {error}") from error
    progress(known.size, known.size)
    return model


def _installed_from(hub: Hub, source: _Source, folder: Path, progress: Progress) -> InstalledModel:
    model = InstalledModel(source.name, folder / source.name)
    commit = hub.commit(source.repository, source.revision)
    origin = msgspec.json.encode({"repository": source.repository, "commit": commit.name})
    if not (model.path / _ORIGIN).is_file() or (model.path / _ORIGIN).read_bytes() != origin:
        staging = folder / _UNFINISHED / source.name / quote(commit.name, safe="")
        _fetch(hub, source, commit, staging, progress)
        (staging / _ORIGIN).write_bytes(origin)
        _replace(model.path, staging)
    return model


def _source(name: str) -> _Source:
    for known in KNOWN:
        if known.name == name:
            return _Source(name, known.repository, known.revision, known.checksums)
    match = _IDENTIFIER.fullmatch(name)
    if not match:
        names = ", ".join(known.name for known in (*KNOWN, *KNOWN_FILES))
        raise InvalidInput(
            f"there is no known model {name!r}",
            field="name",
            allowed=f"{names}, owner/repository or owner/repository@revision",
        )
    return _Source(match["repository"], match["repository"], match["revision"] or "main", {})


def _fetch(hub: Hub, source: _Source, commit: Commit, staging: Path, progress: Progress) -> None:
    files = [file for file in commit.files if _WANTED.fullmatch(file.path)]
    for name in FILES:
        if name not in {file.path for file in files}:
            raise ModelError(f"{source.repository} is not a two-tower model: it has no {name}")
    total = sum(file.size for file in files)
    before = 0
    for file in files:
        hub.fetch(
            source.repository,
            commit.name,
            file,
            staging / file.path,
            sha256=source.checksums.get(file.path),
            progress=_part(progress, before, total),
        )
        before += file.size


def _part(progress: Progress, before: int, total: int) -> Callable[[int], None]:
    return lambda have: progress(before + have, total)


def _replace(target: Path, staging: Path) -> None:
    """Put a whole model in its place, and what was there before away."""
    old = staging.with_name("replaced")
    shutil.rmtree(old, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        target.rename(old)
    staging.rename(target)
    shutil.rmtree(staging.parent)


def _silent(have: int, total: int) -> None:
    """Progress that nobody wants to see."""
