"""Two-tower models: one tower takes pictures, the other texts, and both lead into one space of vectors.

A model is a folder in the layout of the public ONNX exports of CLIP, OpenCLIP, SigLIP and MobileCLIP:

    config.json                   length of the vectors, length of a text, how texts are cleaned (OpenCLIP's)
    visual/model.onnx             the image tower
    visual/preprocess_cfg.json    how pictures are prepared (OpenCLIP's)
    textual/model.onnx            the text tower
    textual/tokenizer.json        and mostly tokenizer_config.json or special_tokens_map.json, which name the padding
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from fototeca.errors import ModelError
from fototeca.vision.preprocessing import Preprocessing
from fototeca.vision.tokens import Tokens
from fototeca.vision.tower import Tower

FILES = (
    "config.json",
    "visual/model.onnx",
    "visual/preprocess_cfg.json",
    "textual/model.onnx",
    "textual/tokenizer.json",
)
"""What every model's folder holds."""

IMAGE_BATCH = 16
TEXT_BATCH = 64

_SAMPLE = 2**20

T = TypeVar("T")


class _Cleaning(msgspec.Struct, frozen=True):
    clean: str = "whitespace"


class _TextConfig(msgspec.Struct, frozen=True):
    context_length: Annotated[int, msgspec.Meta(ge=1)] = 77
    tokenizer_kwargs: _Cleaning | None = None


class _Config(msgspec.Struct, frozen=True):
    embed_dim: Annotated[int, msgspec.Meta(ge=1)]
    text_cfg: _TextConfig = _TextConfig()


class _Token(msgspec.Struct, frozen=True):
    content: str


class _SpecialTokens(msgspec.Struct, frozen=True):
    pad_token: str | _Token | None = None


class TwoTower:
    """A two-tower model. Its towers are opened at their first use; safe to share between threads.

    Attributes:
        name: The folder's name.
        digest: Short hexadecimal name of the model's content; vectors may be compared where it is the same.
        dimension: Length of the vectors.
        image_size: Height and width of what the image tower sees, in pixels.
    """

    def __init__(self, folder: Path, *, threads: int | None = None) -> None:
        config = _read(folder / "config.json", _Config)
        text = config.text_cfg
        self._threads = threads
        self.name = folder.resolve().name
        self.digest = _digest(folder)
        self.dimension = config.embed_dim
        self._preprocessing = _read(folder / "visual/preprocess_cfg.json", Preprocessing)
        self.image_size = self._preprocessing.image_size
        self._tokens = Tokens(
            folder / "textual/tokenizer.json",
            context_length=text.context_length,
            pad_token=_pad_token(folder / "textual"),
            clean=(text.tokenizer_kwargs or _Cleaning()).clean,
        )
        self._visual = Tower(folder / "visual/model.onnx", dimension=self.dimension, threads=threads)
        self._textual = Tower(folder / "textual/model.onnx", dimension=self.dimension, threads=threads)

    @classmethod
    def open(cls, folder: Path, *, threads: int | None = None) -> TwoTower:
        """Open the model in a folder.

        Args:
            folder: See this module for what it holds.
            threads: Threads that compute one call; by default one for each core.

        Raises:
            ModelError: A file is missing or damaged.
        """
        for name in FILES:
            if not (folder / name).is_file():
                raise ModelError(f"{folder} is not a two-tower model: {name} is missing")
        return cls(folder, threads=threads)

    def embed_images(self, pictures: Sequence[npt.NDArray[np.uint8]]) -> npt.NDArray[np.float32]:
        """The vectors of pictures.

        Args:
            pictures: RGB values, each height x width x 3, of any size.

        Returns:
            Rows of length one, [pictures, dimension].

        Raises:
            InvalidInput: An array is no such picture.
            ModelError: The image tower cannot be opened or does not fit.
        """
        rows = np.empty((len(pictures), self.dimension), np.float32)
        for some in _batches(len(pictures), self._visual.batch(IMAGE_BATCH)):
            rows[some] = self._visual.run(self._preprocessing.batch(pictures[some], threads=self._threads))
        return rows

    def embed_texts(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """The vectors of texts.

        Args:
            texts: In the model's language; the end of one that is too long is not seen.

        Returns:
            Rows of length one, [texts, dimension].

        Raises:
            ModelError: The text tower cannot be opened or does not fit.
        """
        rows = np.empty((len(texts), self.dimension), np.float32)
        for some in _batches(len(texts), self._textual.batch(TEXT_BATCH)):
            rows[some] = self._textual.run(*self._tokens.encode(texts[some]))
        return rows

    def warm_up(self) -> None:
        """Open both towers and use each once, so that the first person to search does not wait for it.

        Raises:
            ModelError: A tower cannot be opened or does not fit.
        """
        self.embed_images([np.full((*self.image_size, 3), 128, np.uint8)])
        self.embed_texts(["a photo"])


def _batches(count: int, size: int) -> list[slice]:
    return [slice(start, start + size) for start in range(0, count, size)]


def _read(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} cannot be used: {error}") from error


def _pad_token(folder: Path) -> str | None:
    """The padding token that the tokenizer's configuration names, if it names one."""
    for name in ("tokenizer_config.json", "special_tokens_map.json"):
        if (folder / name).is_file():
            token = _read(folder / name, _SpecialTokens).pad_token
            if token is not None:
                return token if isinstance(token, str) else token.content
    return None


def _digest(folder: Path) -> str:
    """From the names, the sizes and both ends of the model's files, as weights that differ do so everywhere."""
    digest = hashlib.sha256()
    paths = [folder / "config.json", *(path for tower in ("visual", "textual") for path in (folder / tower).iterdir())]
    for path in sorted(path for path in paths if path.is_file() and not path.name.startswith(".")):
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()}\0{size}\0".encode())
        with path.open("rb") as file:
            digest.update(file.read(_SAMPLE))
            file.seek(max(0, size - _SAMPLE))
            digest.update(file.read())
    return digest.hexdigest()[:16]
