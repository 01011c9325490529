"""Known and installed models, and fetching one from a hub that is played by a server on loopback."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from fototeca.errors import InvalidInput, ModelError
from fototeca.vision import DEFAULT, KNOWN, KnownModel, TwoTower, installed, models, pull
from fototeca.vision.detectors import detectors
from fototeca.vision.models import KNOWN_FILES, InstalledModel, KnownFile, Task
from tests.vision import tiny_models as tiny
from tests.vision.hub_server import LARGE, REPOSITORY, FakeHub


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[FakeHub]:
    folder = tiny.write(tmp_path / "source")
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
    files |= {"README.md": b"# tiny", "visual/model.armnn": b"another runtime's", "visual/fp16/model.onnx": b"half"}
    with FakeHub(files).running() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


def contents(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_pulled_model_is_installed_and_works(hub: FakeHub, folder: Path) -> None:
    model = pull(REPOSITORY, folder, endpoint=hub.url)
    assert model == InstalledModel(REPOSITORY, folder / REPOSITORY)
    assert installed(folder) == [model]
    assert TwoTower.open(model.path).embed_texts(["a dog"]).shape == (1, 3)
    wanted = {"config.json", "origin.json", "visual/model.onnx", "visual/preprocess_cfg.json"}
    assert contents(model.path) == wanted | {
        f"textual/{name}" for name in ("model.onnx", "tokenizer.json", "tokenizer_config.json")
    }
    assert contents(folder) == {f"{REPOSITORY}/{name}" for name in contents(model.path)}


def test_progress_grows_to_the_whole(hub: FakeHub, folder: Path) -> None:
    calls: list[tuple[int, int]] = []
    pull(REPOSITORY, folder, endpoint=hub.url, progress=lambda have, total: calls.append((have, total)))
    assert calls == sorted(calls)
    assert calls[-1][0] == calls[-1][1] == sum(len(hub.files[name]) for name in {name for name, _ in hub.asked})


def test_a_second_pull_asks_only_for_the_commit(hub: FakeHub, folder: Path) -> None:
    model = pull(f"{REPOSITORY}@{hub.commit}", folder, endpoint=hub.url)
    hub.asked.clear()
    assert pull(REPOSITORY, folder, endpoint=hub.url) == model
    assert hub.asked == []


def test_a_new_commit_replaces_the_old_one(hub: FakeHub, folder: Path) -> None:
    before = TwoTower.open(pull(REPOSITORY, folder, endpoint=hub.url).path).digest
    hub.files["textual/model.onnx"] = tiny.textual(weights=2)
    after = TwoTower.open(pull(REPOSITORY, folder, endpoint=hub.url).path).digest
    assert before != after
    assert len(installed(folder)) == 1


def test_a_connection_that_is_cut_is_taken_up_again(hub: FakeHub, folder: Path) -> None:
    hub.cut_after = [50, 60, 70]
    model = pull(REPOSITORY, folder, endpoint=hub.url)
    assert all((model.path / name).read_bytes() == hub.files[name] for name in contents(model.path) - {"origin.json"})
    assert [asked for _, asked in hub.asked if asked] == ["bytes=50-", "bytes=110-", "bytes=180-"]


def test_a_broken_download_is_no_model_and_is_resumed_by_the_next(hub: FakeHub, folder: Path) -> None:
    hub.cut_after = [100, 0]
    with pytest.raises(ModelError, match="broke off at 100 of"):
        pull(REPOSITORY, folder, endpoint=hub.url)
    assert installed(folder) == []
    pull(REPOSITORY, folder, endpoint=hub.url)
    assert "bytes=100-" in [asked for _, asked in hub.asked]
    assert len(installed(folder)) == 1


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("ranges", [True, False])
def test_wherever_connections_are_cut_the_model_becomes_whole(
    hub: FakeHub, folder: Path, seed: int, ranges: bool
) -> None:
    random = Random(seed)
    largest = max(map(len, hub.files.values()))
    hub.ranges = ranges
    hub.cut_after = [random.randrange(0, largest) for _ in range(random.randrange(1, 12))]
    for _ in range(len(hub.cut_after) + 1):  # each try uses one cut at least
        with suppress(ModelError):
            pull(REPOSITORY, folder, endpoint=hub.url)
            break
        assert installed(folder) == []
    [model] = installed(folder)
    assert all((model.path / name).read_bytes() == hub.files[name] for name in contents(model.path) - {"origin.json"})
    assert contents(folder) == {f"{REPOSITORY}/{name}" for name in contents(model.path)}


def test_a_host_that_cannot_resume_sends_all_again(hub: FakeHub, folder: Path) -> None:
    hub.ranges = False
    hub.cut_after = [100, 200]
    model = pull(REPOSITORY, folder, endpoint=hub.url)
    assert TwoTower.open(model.path).embed_texts(["a dog"]).shape == (1, 3)


@pytest.mark.parametrize("name", ["textual/model.onnx", "config.json"])
@pytest.mark.parametrize("change", [lambda content: content[::-1], lambda content: content + b"more"])
def test_other_bytes_than_listed_are_refused_and_removed(
    hub: FakeHub, folder: Path, name: str, change: Callable[[bytes], bytes]
) -> None:
    assert (len(hub.files[name]) >= LARGE) == (name == "textual/model.onnx")
    hub.served[name] = change(hub.files[name])
    with pytest.raises(ModelError, match=f"{name} of {REPOSITORY} has not the size and checksum"):
        pull(REPOSITORY, folder, endpoint=hub.url)
    assert installed(folder) == []
    hub.served.clear()
    pull(REPOSITORY, folder, endpoint=hub.url)
    assert len(installed(folder)) == 1


def test_a_pinned_checksum_wins_over_the_hubs_word(hub: FakeHub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = KnownModel(
        name="pinned",
        repository=REPOSITORY,
        revision="main",
        licence="MIT",
        dimension=3,
        megabytes=1,
        recall=0,
        about="a test",
        checksums={"textual/model.onnx": "0" * 64},
    )
    monkeypatch.setattr(models, "KNOWN", (known,))
    with pytest.raises(ModelError, match=r"textual/model\.onnx"):
        pull("pinned", folder, endpoint=hub.url)
    assert installed(folder) == []


def test_a_repository_of_another_layout_is_refused(hub: FakeHub, folder: Path) -> None:
    del hub.files["visual/model.onnx"]
    with pytest.raises(ModelError, match=r"it has no visual/model\.onnx"):
        pull(REPOSITORY, folder, endpoint=hub.url)


def test_files_outside_of_the_folder_are_never_written(hub: FakeHub, folder: Path) -> None:
    hub.files |= {"../escaped": b"", "visual/../../escaped": b"", "/escaped": b"", "visual/.hidden": b""}
    pull(REPOSITORY, folder, endpoint=hub.url)
    assert not [path for path in folder.parent.rglob("*") if path.name in {"escaped", ".hidden"}]


def test_what_the_hub_does_not_have(hub: FakeHub, folder: Path) -> None:
    with pytest.raises(ModelError, match="404 for someone/other at v1"):
        pull("someone/other@v1", folder, endpoint=hub.url)


def test_a_hub_that_cannot_be_reached(folder: Path) -> None:
    with pytest.raises(ModelError, match="cannot be reached"):
        pull(REPOSITORY, folder, endpoint="http://127.0.0.1:9")


def test_a_folder_that_cannot_be_written(hub: FakeHub, folder: Path) -> None:
    folder.write_text("a file is in the way")
    with pytest.raises(ModelError, match="cannot be stored"):
        pull(REPOSITORY, folder, endpoint=hub.url)


@pytest.mark.parametrize("name", ["", "unknown", "a/b/c", "../x", "a/..", "a/b@", "a/b@../c", "a b/c", "http://a/b"])
def test_names_that_cannot_be(folder: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match="no known model") as caught:
        pull(name, folder, endpoint="http://127.0.0.1:9")
    assert caught.value.allowed
    assert DEFAULT in caught.value.allowed


def test_only_whole_models_are_listed(tmp_path: Path) -> None:
    for name in ("b", "nested/a", ".unfinished/c"):
        tiny.write(tmp_path / name)
    (tiny.write(tmp_path / "broken") / "config.json").unlink()
    (tmp_path / "yunet").mkdir()
    assert [model.name for model in installed(tmp_path)] == ["b", "nested/a"]
    assert installed(tmp_path / "nowhere") == []


def test_every_known_model_is_described() -> None:
    assert DEFAULT in {known.name for known in KNOWN}
    for known in KNOWN:
        assert known.about
        assert known.licence in {"Apache-2.0", "MIT"}
        assert all(len(checksum) == 64 for checksum in known.checksums.values())
        assert known.checksums or len(known.revision) == 40  # what is fetched is fixed either way


def known_file(hub: FakeHub, content: bytes) -> KnownFile:
    hub.files["graph.onnx"] = content
    sha256 = hashlib.sha256(content).hexdigest()
    url = f"{hub.url}/content/graph.onnx"
    return KnownFile("graph", Task.OBJECTS, url, len(content), sha256, "MIT", "a test")


def test_a_detector_is_one_file_fixed_by_its_checksum(
    hub: FakeHub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "KNOWN_FILES", (known_file(hub, b"weights" * 100),))
    hub.cut_after = [300]
    told: list[tuple[int, int]] = []
    model = pull("graph", folder, progress=lambda have, total: told.append((have, total)))
    assert model == InstalledModel("graph", folder / "graph" / "model.onnx", Task.OBJECTS)
    assert model.path.read_bytes() == b"weights" * 100
    assert told[-1] == (700, 700)
    assert [asked for _, asked in hub.asked] == [None, "bytes=300-"]
    pull("graph", folder)
    assert len(hub.asked) == 2, "it is there already"


def test_a_detector_of_other_bytes_is_refused(hub: FakeHub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "KNOWN_FILES", (known_file(hub, b"weights" * 100),))
    hub.served["graph.onnx"] = b"strange" * 100
    with pytest.raises(ModelError, match="checksum"):
        pull("graph", folder)
    assert contents(folder) == set()


def test_detectors_are_recognised_by_what_they_take(shared: Path, tmp_path: Path) -> None:
    found = {(model.name, model.task, model.path.name) for model in detectors(shared / "models")}
    assert found == {
        ("yunet", Task.FACES, "dynamic.onnx"),
        ("mobilefacenet", Task.IDENTITY, "model.onnx"),
        ("yolox-nano", Task.OBJECTS, "model.onnx"),
    }
    for known in KNOWN_FILES:
        if known.name not in {name for name, *_ in found}:
            continue  # the photos for tests come without it
        graph = shared / "models" / known.name / "model.onnx"
        assert (graph.stat().st_size, hashlib.sha256(graph.read_bytes()).hexdigest()) == (known.size, known.sha256)
    tiny.write(tmp_path / "two-tower")
    (tmp_path / "junk.onnx").write_bytes(b"no graph")
    assert detectors(tmp_path) == []
