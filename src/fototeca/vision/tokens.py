"""From a text to what a two-tower model's text tower takes."""

from __future__ import annotations

import string
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from fototeca.errors import ModelError

_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


class Tokens:
    """Turns texts into rows of token ids, each of the model's context length.

    A longer text loses its end; the closing token stays. Safe to share between threads.

    Args:
        path: The `tokenizer.json`.
        context_length: Tokens of a row.
        pad_token: What fills a row; where it is not said, or not in the vocabulary, id 0 does.
        clean: What the model's configuration calls it: "canonicalize" (lower case, no punctuation; SigLIP's way),
            "lower", or "whitespace"; white space is collapsed in any case.

    Raises:
        ModelError: The file is missing or damaged.
    """

    def __init__(self, path: Path, *, context_length: int, pad_token: str | None, clean: str) -> None:
        self._clean = clean
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
            pad_id = self._tokenizer.token_to_id(pad_token) if pad_token else None
            self._tokenizer.enable_truncation(context_length)
            self._tokenizer.enable_padding(length=context_length, pad_id=pad_id or 0, pad_token=pad_token or "")
        except Exception as error:  # the library raises bare exceptions
            raise ModelError(f"the tokenizer {path} cannot be used: {error}") from error

    def encode(self, texts: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Token ids and attention mask (1 for a token, 0 for padding), both [texts, context length]."""
        # One by one: the library's own batches start threads, which a later fork of the process would not survive.
        rows = [self._tokenizer.encode(cleaned(text, self._clean)) for text in texts]
        return (
            np.array([row.ids for row in rows], np.int64),
            np.array([row.attention_mask for row in rows], np.int64),
        )


def cleaned(text: str, how: str) -> str:
    """A text as the model's training texts were cleaned.

    "canonicalize" follows big_vision's `canonicalize_text`, which SigLIP was trained with.
    """
    if how == "canonicalize":
        text = text.replace("_", " ").translate(_NO_PUNCTUATION)
    if how in {"canonicalize", "lower"}:
        text = text.lower()
    return " ".join(text.split())
