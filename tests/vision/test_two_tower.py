"""Two-tower models: tiny ones made on the spot, and the real small one of the shared folder."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
from PIL import Image

from fototeca.errors import ModelError
from fototeca.vision import TwoTower
from tests.vision import tiny_models as tiny
from tests.vision.test_preprocessing import reference

TEXTS = ["a red dog", "beach", "a dog a beach", "red"]


def plain(*colours: tuple[int, int, int]) -> list[npt.NDArray[np.uint8]]:
    return [np.full((10 + number, 20, 3), colour, np.uint8) for number, colour in enumerate(colours)]


def test_what_a_model_says_of_itself(tmp_path: Path) -> None:
    model = TwoTower.open(tiny.write(tmp_path / "tiny"))
    assert (model.name, model.dimension, model.image_size) == ("tiny", 3, (8, 8))


def test_vectors_have_length_one(tmp_path: Path) -> None:
    model = TwoTower.open(tiny.write(tmp_path))
    rows = model.embed_images(plain((255, 0, 0), (100, 100, 0), (9, 9, 9)))
    np.testing.assert_allclose(rows, [[1, 0, 0], [0.5**0.5, 0.5**0.5, 0], [3**-0.5] * 3], atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(model.embed_texts(TEXTS), axis=1), 1, atol=1e-6)


def test_nothing_gives_no_rows(tmp_path: Path) -> None:
    model = TwoTower.open(tiny.write(tmp_path))
    assert model.embed_images([]).shape == model.embed_texts([]).shape == (0, 3)


def test_warming_up_finds_a_broken_tower(tmp_path: Path) -> None:
    TwoTower.open(tiny.write(tmp_path / "good")).warm_up()
    with pytest.raises(ModelError, match=r"textual/model\.onnx"):
        TwoTower.open(tiny.write(tmp_path / "bad", textual_model=b"?")).warm_up()


@pytest.mark.parametrize("kind", [tiny.FLOAT, tiny.FLOAT16])
@pytest.mark.parametrize("batch", ["batch", 1, 4])
def test_image_towers_of_any_type_and_batch(tmp_path: Path, kind: int, batch: int | str) -> None:
    model = TwoTower.open(tiny.write(tmp_path, visual_model=tiny.visual(kind, batch)))
    rows = model.embed_images(plain((200, 100, 0), (0, 100, 0), (0, 0, 50), (1, 1, 1), (40, 0, 40), (0, 3, 0)))
    expected = np.array([[2, 1, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1], [1, 0, 1], [0, 1, 0]])
    np.testing.assert_allclose(rows, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=2e-3)


@pytest.mark.parametrize("mask", [False, True])
def test_text_towers_of_any_type(tmp_path: Path, mask: bool) -> None:
    narrow = TwoTower.open(tiny.write(tmp_path / "32", textual_model=tiny.textual(tiny.INT32, mask=mask)))
    wide = TwoTower.open(tiny.write(tmp_path / "64", textual_model=tiny.textual(tiny.INT64, mask=mask)))
    np.testing.assert_array_equal(narrow.embed_texts(TEXTS), wide.embed_texts(TEXTS))


def test_the_attention_mask_is_given(tmp_path: Path) -> None:
    # Padding of another id than 0 only disappears through the mask.
    folders = [tiny.write(tmp_path / name, textual_model=tiny.textual(mask=True)) for name in ("zero", "other")]
    (folders[1] / "textual/tokenizer_config.json").write_text(json.dumps({"pad_token": {"content": "beach"}}))
    zero, other = (TwoTower.open(folder).embed_texts(TEXTS) for folder in folders)
    np.testing.assert_array_equal(zero, other)


def test_the_digest_is_of_the_content(tmp_path: Path) -> None:
    first = tiny.write(tmp_path / "first")
    other = tiny.write(tmp_path / "other", textual_model=tiny.textual(weights=2))
    copy = shutil.copytree(first, tmp_path / "copy")
    (copy / "visual/.DS_Store").touch()
    assert TwoTower.open(first).digest == TwoTower.open(copy).digest != TwoTower.open(other).digest


@pytest.mark.parametrize(
    "name", ["config.json", "visual/model.onnx", "visual/preprocess_cfg.json", "textual/model.onnx"]
)
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    (tiny.write(tmp_path) / name).unlink()
    with pytest.raises(ModelError, match=name):
        TwoTower.open(tmp_path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", "{}"),
        ("config.json", "not json"),
        ("config.json", '{"embed_dim": 0}'),
        ("visual/preprocess_cfg.json", '{"size": [0, 224]}'),
        ("visual/preprocess_cfg.json", '{"resize_mode": "sideways"}'),
        ("textual/tokenizer.json", '{"model": 5}'),
        ("textual/tokenizer_config.json", b"\xff"),
    ],
)
def test_a_damaged_configuration_is_named(tmp_path: Path, name: str, content: str | bytes) -> None:
    (tiny.write(tmp_path) / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ModelError, match=name):
        TwoTower.open(tmp_path)


@pytest.mark.parametrize("graph", [b"", b"nonsense" * 50, tiny.visual()[:-40]])
def test_a_damaged_graph_is_named_at_its_first_use(tmp_path: Path, graph: bytes) -> None:
    model = TwoTower.open(tiny.write(tmp_path, visual_model=graph))
    with pytest.raises(ModelError, match=r"visual/model\.onnx"):
        model.embed_images(plain((1, 2, 3)))


def test_graphs_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    crossed = TwoTower.open(tiny.write(tmp_path / "a", visual_model=tiny.textual(), textual_model=tiny.visual()))
    with pytest.raises(ModelError, match="does not accept its input"):
        crossed.embed_images(plain((1, 2, 3)))
    with pytest.raises(ModelError, match="does not accept its input"):
        crossed.embed_texts(TEXTS)
    with pytest.raises(ModelError, match="language"):
        TwoTower.open(tiny.write(tmp_path / "b", textual_model=tiny.textual(extra=True))).embed_texts(TEXTS)
    with pytest.raises(ModelError, match=r"\(1, 3\), not \(1, 5\)"):
        TwoTower.open(tiny.write(tmp_path / "c", config='{"embed_dim": 5}')).embed_images(plain((1, 2, 3)))


def test_a_vector_without_a_direction_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="without a direction"):
        TwoTower.open(tiny.write(tmp_path)).embed_images(plain((0, 0, 0)))


@pytest.fixture(scope="module")
def dual(shared: Path) -> TwoTower:
    model = TwoTower.open(shared / "models/mini-dual", threads=2)
    model.warm_up()
    return model


@pytest.fixture(scope="module")
def captioned(shared: Path) -> dict[str, list[str]]:
    captions: dict[str, list[str]] = json.loads((shared / "photos/captioned/captions.json").read_text())
    return dict(list(captions.items())[:100])


@pytest.fixture(scope="module")
def photos(shared: Path, captioned: dict[str, list[str]]) -> list[npt.NDArray[np.uint8]]:
    return [np.asarray(Image.open(shared / "photos/captioned" / name).convert("RGB")) for name in captioned]


def test_rows_do_not_depend_on_their_batch(dual: TwoTower, photos: list[npt.NDArray[np.uint8]]) -> None:
    together = dual.embed_images(photos[:21])
    assert together.shape == (21, 256)
    alone = np.concatenate([dual.embed_images([photo]) for photo in photos[:21]])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    texts = [f"{number} dogs on a beach" for number in range(70)]
    np.testing.assert_allclose(dual.embed_texts(texts)[66], dual.embed_texts(texts[66:67])[0], atol=1e-5)


def test_agrees_with_the_reference(dual: TwoTower, shared: Path) -> None:
    paths = sorted((shared / "photos/clothing").rglob("*.jpg"))[::60]
    session = onnxruntime.InferenceSession(shared / "models/mini-dual/visual/model.onnx")
    images = [Image.open(path).convert("RGB") for path in paths]
    for image, row in zip(images, dual.embed_images([np.asarray(image) for image in images]), strict=True):
        values = reference(image, 224, "shortest", "bicubic").astype(np.float32)[None]
        np.testing.assert_allclose(row, session.run(None, {"pixel_values": values})[0][0], atol=1e-3)


def test_captions_find_their_photos(
    dual: TwoTower, captioned: dict[str, list[str]], photos: list[npt.NDArray[np.uint8]]
) -> None:
    texts = [caption.rstrip(" .") for captions in captioned.values() for caption in captions]
    own = np.repeat(np.arange(len(photos)), 5)
    similarity = dual.embed_texts(texts) @ dual.embed_images(photos).T
    place = (similarity > similarity[np.arange(len(own)), own][:, None]).sum(axis=1)
    assert (place == 0).mean() > 0.4  # by chance: 0.01
    assert (place < 10).mean() > 0.8  # by chance: 0.10


def test_many_threads_may_share_a_model(shared: Path, photos: list[npt.NDArray[np.uint8]]) -> None:
    model = TwoTower.open(shared / "models/mini-dual", threads=1)
    with ThreadPoolExecutor(4) as pool:
        pictures = list(pool.map(lambda photo: model.embed_images([photo])[0], photos[:12]))
        texts = list(pool.map(lambda number: model.embed_texts([f"{number} dogs"])[0], range(12)))
    np.testing.assert_allclose(pictures, model.embed_images(photos[:12]), atol=1e-5)
    np.testing.assert_allclose(texts, model.embed_texts([f"{number} dogs" for number in range(12)]), atol=1e-5)
