"""The families of public exports, each played by a tiny model with that family's files.

What a text must become, token by token, is written out by hand; what a picture must become is the documented transform
in `test_preprocessing.reference`'s sense, written out once more for each family's mean, deviation and way of resizing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import BPE, Unigram, WordLevel
from tokenizers.processors import TemplateProcessing

from fototeca.vision import TwoTower
from tests.vision import tiny_models as tiny

CLIP_MEAN, CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
HALF = (0.5, 0.5, 0.5)
TEXT = "A red  DOG, a dog!"


def clip_tokenizer() -> Tokenizer:
    """Byte pairs of lower-cased words that end in a mark, as OpenAI's; 49406 and 49407 begin and end a text."""
    words = ["a</w>", "red</w>", "dog</w>", ",</w>", "!</w>"]
    letters = sorted({*"adegor", *(f"{letter}</w>" for letter in "adegor")})
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys([*words, *letters, "re", "do"]))}
    merges = [("r", "e"), ("re", "d</w>"), ("d", "o"), ("do", "g</w>")]
    vocabulary |= {"<|startoftext|>": 49406, "<|endoftext|>": 49407}
    tokenizer = Tokenizer(BPE(vocabulary, merges, end_of_word_suffix="</w>", unk_token="<|endoftext|>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.decoder = decoders.BPEDecoder(suffix="</w>")
    ends = [("<|startoftext|>", 49406), ("<|endoftext|>", 49407)]
    tokenizer.post_processor = TemplateProcessing("<|startoftext|> $A <|endoftext|>", None, ends)
    return tokenizer


def sentence_pieces(begin: str = "", end: str = "") -> Tokenizer:
    """Pieces of text in which spaces are visible, as SigLIP's, SigLIP 2's and XLM-R's; it keeps capital letters."""
    pieces = ["<pad>", "</s>", "<unk>", "<s>", "▁a", "▁red", "▁dog", "▁A", "▁DOG", ",", "!"]
    tokenizer = Tokenizer(Unigram([(piece, -1.0 - number / 100) for number, piece in enumerate(pieces)], unk_id=2))
    tokenizer.normalizer = normalizers.Replace("  ", " ")
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    known = [(token, pieces.index(token)) for token in (begin, end) if token]
    tokenizer.post_processor = TemplateProcessing(f"{begin} $A {end}".strip(), None, known)
    return tokenizer


def word_pieces() -> Tokenizer:
    """Whole words, as a small BERT's."""
    words = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "a", "red", "dog", ",", "!"]
    tokenizer = Tokenizer(WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = TemplateProcessing("[CLS] $A [SEP]", None, [("[CLS]", 1), ("[SEP]", 2)])
    return tokenizer


@dataclass(frozen=True, kw_only=True)
class Family:
    """What one family's export looks like, and what it must be given for `TEXT`.

    Attributes:
        ids: Token ids before the padding.
        pad: Id of the padding.
        seen: Whether the text tower has an attention mask.
    """

    context: int
    tokenizer: Tokenizer
    pad_token: Any
    ids: list[int]
    pad: int
    text_cfg: dict[str, Any] = field(default_factory=dict)
    mean: tuple[float, ...] = CLIP_MEAN
    std: tuple[float, ...] = CLIP_STD
    interpolation: str = "bicubic"
    resize_mode: str = "shortest"
    size: Any = 8
    seen: bool = False
    visual: dict[str, Any] = field(default_factory=dict)
    textual: dict[str, Any] = field(default_factory=dict)


CLIP_IDS = [49406, 0, 1, 2, 3, 0, 2, 4, 49407]
CLEAN = {"tokenizer_kwargs": {"clean": "canonicalize"}}
FAMILIES = {
    "OpenAI CLIP": Family(
        context=77,
        tokenizer=clip_tokenizer(),
        pad_token={"content": "<|endoftext|>", "lstrip": False},
        ids=CLIP_IDS,
        pad=49407,
        visual={"name": "pixel_values", "output": "image_embeds"},
        textual={"kind": tiny.INT32, "name": "input_ids", "output": "text_embeds"},
    ),
    "OpenCLIP, 16 bits": Family(
        context=77,
        tokenizer=clip_tokenizer(),
        pad_token=None,
        ids=CLIP_IDS,
        pad=0,
        text_cfg={"context_length": 77, "vocab_size": 49408, "width": 512},
        visual={"kind": tiny.FLOAT16, "others": ["scale"]},
        textual={"kind": tiny.INT32},
    ),
    "SigLIP": Family(
        context=64,
        tokenizer=sentence_pieces(end="</s>"),
        pad_token="</s>",
        ids=[4, 5, 6, 4, 6, 1],
        pad=1,
        text_cfg={"context_length": 64} | CLEAN,
        mean=HALF,
        std=HALF,
        resize_mode="squash",
        size=[8, 8],
        visual={"others": ["pooled"], "output": "features"},
        textual={"kind": tiny.INT32, "output": "features"},
    ),
    "SigLIP 2": Family(
        context=64,
        tokenizer=sentence_pieces(end=""),
        pad_token="<pad>",
        ids=[4, 5, 6, 4, 6],
        pad=0,
        text_cfg={"context_length": 64, "hf_tokenizer_name": ""} | CLEAN,
        mean=HALF,
        std=HALF,
        resize_mode="squash",
        textual={"kind": tiny.INT32},
    ),
    "MobileCLIP": Family(
        context=77,
        tokenizer=clip_tokenizer(),
        pad_token="!",
        ids=CLIP_IDS,
        pad=0,
        mean=(0, 0, 0),
        std=(1, 1, 1),
        interpolation="bilinear",
        text_cfg={"context_length": 77, "no_causal_mask": False},
    ),
    "XLM-R": Family(
        context=77,
        tokenizer=sentence_pieces("<s>", "</s>"),
        pad_token="<pad>",
        ids=[3, 7, 5, 8, 9, 4, 6, 10, 1],
        pad=0,
        text_cfg={"hf_model_name": "xlm-roberta-base", "proj": "mlp"},
        textual={"kind": tiny.INT32},
    ),
    "multilingual, with a mask": Family(
        context=32,
        tokenizer=word_pieces(),
        pad_token="[PAD]",
        ids=[1, 4, 5, 6, 7, 4, 6, 8, 2],
        pad=0,
        text_cfg={"context_length": 32},
        seen=True,
        textual={"mask": True, "name": "input_ids"},
    ),
    "longest": Family(
        context=77, tokenizer=clip_tokenizer(), pad_token=None, ids=CLIP_IDS, pad=0, resize_mode="longest"
    ),
}


@pytest.fixture(params=FAMILIES)
def family(request: pytest.FixtureRequest) -> Family:
    return FAMILIES[request.param]


@pytest.fixture
def model(family: Family, tmp_path: Path) -> TwoTower:
    preprocess = {
        "size": family.size,
        "mode": "RGB",
        "mean": family.mean,
        "std": family.std,
        "interpolation": family.interpolation,
        "resize_mode": family.resize_mode,
        "fill_color": 0,
    }
    folder = tiny.write(
        tmp_path,
        config=json.dumps({"embed_dim": 3, "custom_text": True, "vision_cfg": {}, "text_cfg": family.text_cfg}),
        preprocess=json.dumps(preprocess),
        tokenizer=family.tokenizer.to_str(),
        tokenizer_config=json.dumps({"pad_token": family.pad_token, "model_max_length": 10**30}),
        visual_model=tiny.visual(**family.visual),
        textual_model=tiny.textual(context=family.context, **family.textual),
    )
    return TwoTower.open(folder)


def unit(vector: npt.NDArray[Any]) -> npt.NDArray[Any]:
    result: npt.NDArray[Any] = vector / np.linalg.norm(vector)
    return result


def test_a_text_becomes_the_familys_tokens(model: TwoTower, family: Family) -> None:
    padding = [family.pad] * (family.context - len(family.ids))
    ids = np.array(family.ids + (padding if not family.seen else [0] * len(padding)), np.float64)
    np.testing.assert_allclose(model.embed_texts([TEXT])[0], unit(ids @ tiny.text_weights(family.context)), atol=1e-3)


@pytest.mark.parametrize("size", [(8, 8), (23, 17), (17, 40), (640, 427)])
def test_a_picture_becomes_what_the_family_was_trained_on(
    model: TwoTower, family: Family, size: tuple[int, int]
) -> None:
    noise = np.random.default_rng(size[0]).integers(0, 256, (size[1] // 4 + 1, size[0] // 4 + 1, 3), np.uint8)
    picture = Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC)
    expected = unit(prepared(picture, family).mean(axis=(1, 2)))
    np.testing.assert_allclose(model.embed_images([np.asarray(picture)])[0], expected, atol=1e-3)


def prepared(picture: Image.Image, family: Family) -> npt.NDArray[np.float64]:
    """The documented transform to 8x8, channels first; Pillow's resizing is what torchvision's does to its pictures."""
    resample = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}[family.interpolation]
    width, height = picture.size
    if family.resize_mode == "squash":
        seen = picture.resize((8, 8), resample)
    elif family.resize_mode == "longest":
        longest = max(width, height)
        inner = picture.resize((max(1, round(8 * width / longest)), max(1, round(8 * height / longest))), resample)
        seen = Image.new("RGB", (8, 8))
        seen.paste(inner, ((8 - inner.width) // 2, (8 - inner.height) // 2))
    else:
        shortest = min(width, height)
        inner = picture.resize((int(8 * width / shortest), int(8 * height / shortest)), resample)
        left, top = round((inner.width - 8) / 2), round((inner.height - 8) / 2)
        seen = inner.crop((left, top, left + 8, top + 8))
    values = (np.asarray(seen, np.float64) / 255 - family.mean) / family.std
    return values.transpose(2, 0, 1)


def test_a_long_text_is_cut_to_the_familys_length(model: TwoTower) -> None:
    np.testing.assert_allclose(model.embed_texts(["dog " * 500]), model.embed_texts(["dog " * 400]), atol=1e-6)


def test_texts_in_a_batch_are_as_alone(model: TwoTower) -> None:
    texts = ["dog", TEXT, "a red dog"]
    alone = np.concatenate([model.embed_texts([text]) for text in texts])
    np.testing.assert_allclose(model.embed_texts(texts), alone, atol=1e-6)
