from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fototeca.access import MasterSecret
from fototeca.errors import StorageError


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "new" / "secret"
    first = MasterSecret.load(file)
    assert MasterSecret.load(file) == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [found.name for found in file.parent.iterdir()] == ["secret"]


def test_of_many_that_start_at_once_all_get_the_same_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda _: MasterSecret.load(tmp_path / "secret"), range(64)))
    assert len({secret.derive("x") for secret in made}) == 1


def test_a_given_secret_wins_over_the_file(tmp_path: Path) -> None:
    given = MasterSecret.load(tmp_path / "secret", "k" * 32)
    assert given == MasterSecret.load(tmp_path / "other", "k" * 32)
    assert not (tmp_path / "secret").exists()


def test_purposes_and_names_give_different_secrets(tmp_path: Path) -> None:
    master = MasterSecret.load(tmp_path / "secret")
    derived = {master.derive(purpose, name) for purpose in ("a", "b") for name in ("", "a", "b")}
    assert len(derived) == 6
    assert all(len(secret) == 32 for secret in derived)


def test_a_short_secret_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="at least 32"):
        MasterSecret.load(tmp_path / "secret", "short")


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot keep the master secret"):
        MasterSecret.load(tmp_path / "file" / "secret")
