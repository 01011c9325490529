from pathlib import Path

import numpy as np
import pytest

from fototeca.engine import files
from fototeca.engine.arrays import Array
from fototeca.errors import StorageError

ARRAYS: dict[str, Array] = {
    "a": np.arange(1000, dtype=np.int64),
    "b": np.array([[1.5, -2.0]], np.float16),
    "none": np.empty((0, 3), np.float64),
    "last": np.array([7], np.uint8),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "x.segment"
    files.write(path, ARRAYS, {"kind": "é"})
    return path


def test_arrays_come_back_aligned_and_read_only(path: Path) -> None:
    arrays, description = files.read(path)
    assert description == {"kind": "é"}
    assert list(arrays) == list(ARRAYS)
    for name, array in arrays.items():
        assert array.dtype == ARRAYS[name].dtype
        assert np.array_equal(array, ARRAYS[name])
        assert not array.flags.writeable
        assert array.ctypes.data % 64 == 0 or not array.size
    files.verify(path)
    assert not list(path.parent.glob("*.part"))


@pytest.mark.parametrize("keep", [0, 10, 100, -1])
def test_a_file_cut_short_is_refused(path: Path, keep: int) -> None:
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(StorageError):
        files.read(path)


def test_any_damaged_byte_is_found_by_verifying(path: Path) -> None:
    whole = path.read_bytes()
    used = [*range(8000), *range(8000, 8004), *range(len(whole) - 60, len(whole))]
    for at in used[:: len(used) // 40]:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        with pytest.raises(StorageError):
            files.verify(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        files.verify(tmp_path / "gone.segment")
