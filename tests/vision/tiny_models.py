"""Two-tower models of a few hundred bytes, in the layout of the real ones.

ONNX graphs are written in protobuf's wire format by hand (field numbers from onnx.proto), which a dozen lines do.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

FLOAT, INT32, INT64, FLOAT16 = 1, 6, 7, 10
CONTEXT = 6
SIZE = 8
WORDS = ["<pad>", "<s>", "</s>", "<unk>", "a", "red", "dog", "beach"]


def field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    low = bytearray()
    while value > 0x7F:
        low.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*low, value])


def node(operator: str, inputs: list[str], output: str, **attributes: int | list[int]) -> bytes:
    body = b"".join(field(1, name) for name in inputs) + field(2, output) + field(4, operator)
    for name, value in attributes.items():
        if isinstance(value, int):
            body += field(5, field(1, name) + field(3, value) + field(20, 2))
        else:
            body += field(5, field(1, name) + b"".join(field(8, each) for each in value) + field(20, 7))
    return field(1, body)


def value(number: int, name: str, kind: int, shape: list[int | str]) -> bytes:
    dims = b"".join(field(1, field(1 if isinstance(dim, int) else 2, dim)) for dim in shape)
    return field(number, field(1, name) + field(2, field(1, field(1, kind) + field(2, dims))))


def model(*parts: bytes) -> bytes:
    return field(1, 8) + field(7, field(2, "tiny") + b"".join(parts)) + field(8, field(1, "") + field(2, 13))


def visual(
    kind: int = FLOAT,
    batch: int | str = "batch",
    *,
    size: int = SIZE,
    name: str = "image",
    output: str = "image_embedding",
    others: Sequence[str] = (),
) -> bytes:
    """The mean colour of a picture; also gives the picture itself, as exports give hidden states.

    `others` are further outputs, before it: "pooled", a matrix of another width, and "scale", a single number.
    """
    parts = [
        node("Cast", [name], "hidden", to=FLOAT),
        node("ReduceMean", ["hidden"], output, axes=[2, 3], keepdims=0),
        value(11, name, kind, [batch, 3, size, size]),
        value(12, "hidden", FLOAT, [batch, 3, size, size]),
    ]
    if "pooled" in others:
        parts += [node("ReduceMean", ["hidden"], "pooled", axes=[1, 2], keepdims=0)]
        parts.append(value(12, "pooled", FLOAT, [batch, size]))
    if "scale" in others:
        parts += [node("ReduceMean", ["hidden"], "logit_scale", axes=[0, 1, 2, 3], keepdims=0)]
        parts.append(value(12, "logit_scale", FLOAT, []))
    return model(*parts, value(12, output, FLOAT, [batch, 3]))


def textual(
    kind: int = INT64,
    *,
    mask: bool = False,
    extra: bool = False,
    weights: float = 1,
    context: int = CONTEXT,
    name: str = "text",
    output: str = "text_embedding",
) -> bytes:
    """A linear map of the token ids; with a mask, of those that are not padding."""
    matrix = text_weights(context) * np.float32(weights)
    tensor = field(1, context) + field(1, 3) + field(2, FLOAT) + field(8, "w") + field(9, matrix.tobytes())
    parts = [field(5, tensor), node("Cast", [name], "ids", to=FLOAT), value(11, name, kind, ["batch", context])]
    if mask:
        parts += [node("Cast", ["attention_mask"], "seen", to=FLOAT), node("Mul", ["ids", "seen"], "kept")]
        parts.append(value(11, "attention_mask", kind, ["batch", context]))
    if extra:
        parts.append(value(11, "language", kind, ["batch"]))
    parts += [node("MatMul", ["kept" if mask else "ids", "w"], output)]
    return model(*parts, value(12, output, FLOAT, ["batch", 3]))


def text_weights(context: int = CONTEXT) -> npt.NDArray[np.float32]:
    """What `textual` multiplies the token ids by, [context, 3]."""
    return np.random.default_rng(3).normal(size=(context, 3)).astype(np.float32)


def write(folder: Path, **files: Any) -> Path:
    """A whole model's folder; a keyword, such as `visual_model`, replaces one of its files."""
    tokenizer = Tokenizer(WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing("<s> $A </s>", None, [("<s>", 1), ("</s>", 2)])
    contents: dict[str, bytes | str] = {
        "config.json": json.dumps({"embed_dim": 3, "text_cfg": {"context_length": CONTEXT}}),
        "visual/preprocess_cfg.json": json.dumps({"size": [SIZE, SIZE], "mean": [0, 0, 0], "std": [1, 1, 1]}),
        "visual/model.onnx": files.get("visual_model", visual()),
        "textual/model.onnx": files.get("textual_model", textual()),
        "textual/tokenizer.json": tokenizer.to_str(),
        "textual/tokenizer_config.json": json.dumps({"pad_token": "<pad>"}),
    }
    names = {
        "config": "config.json",
        "preprocess": "visual/preprocess_cfg.json",
        "tokenizer": "textual/tokenizer.json",
        "tokenizer_config": "textual/tokenizer_config.json",
    }
    contents |= {names[key]: files[key] for key in names if key in files}
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder
