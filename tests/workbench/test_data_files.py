"""D13: arrays and lists of other programs are read; pickles are refused."""

from __future__ import annotations

import os
import pickle
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from tui_browser.errors import BrowserError
from tui_browser.workbench.notebooks.data_files import read_array, read_json, read_lines


class Trap:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (os.mkdir, (str(self.path),))


@pytest.mark.parametrize("name", ["a.pkl", "a.pickle", "a.PKL", "a.joblib"])
def test_d13_a_pickle_is_refused_with_a_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(pickle.dumps(Trap(tmp_path / "ran")))
    for read in (read_array, read_json):
        with pytest.raises(BrowserError, match="pickle, which can run any code") as caught:
            read(str(tmp_path / name))
        assert name in str(caught.value) and ".npy" in caught.value.hint
    assert not (tmp_path / "ran").exists()


def test_d13_objects_in_an_npy_are_refused_too(tmp_path: Path) -> None:
    ragged = np.array([Trap(tmp_path / "ran"), np.zeros(3)], dtype=object)
    np.save(tmp_path / "samples.npy", ragged, allow_pickle=True)
    (tmp_path / "renamed.npy").write_bytes(pickle.dumps(Trap(tmp_path / "ran")))
    for name in ("samples.npy", "renamed.npy"):
        with pytest.raises(BrowserError, match="pickle") as caught:
            read_array(str(tmp_path / name))
        assert str(caught.value).count("\n") == 0
    assert not (tmp_path / "ran").exists()


def test_d13_npy_tsv_and_txt_are_read_as_they_were_written(tmp_path: Path) -> None:
    table = np.random.default_rng(0).random((7, 3)).astype(np.float32)
    np.save(tmp_path / "a.npy", table)
    np.savetxt(tmp_path / "a.tsv", table, fmt="%.5f", delimiter="\t")
    np.savetxt(tmp_path / "a.txt", [3, 4, 5], fmt="%i")
    assert np.array_equal(read_array(str(tmp_path / "a.npy")), table)
    assert np.abs(read_array(str(tmp_path / "a.tsv")) - table).max() < 1e-5
    assert read_array(str(tmp_path / "a.txt"))[:, 0].tolist() == [3, 4, 5]
    (tmp_path / "names.txt").write_bytes(b"\xef\xbb\xbfa.wav\r\ncaf\xe9.wav\n")
    assert [os.fsencode(line) for line in read_lines(str(tmp_path / "names.txt"))] == [b"a.wav", b"caf\xe9.wav", b""]
    (tmp_path / "a.json").write_text('[{"name": "a"}]')
    assert read_json(str(tmp_path / "a.json")) == [{"name": "a"}]


def test_d13_hdf5_is_read_with_its_extra_and_named_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["samples"] = np.arange(6).reshape(2, 3)
        file["other"] = np.zeros(3)
    assert read_array(str(path), dataset="samples").tolist() == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(BrowserError, match="its datasets are other, samples"):
        read_array(str(path))
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(BrowserError, match="HDF5 needs an extra") as caught:
        read_array(str(path), dataset="samples")
    assert caught.value.hint == 'pip install "tui-browser[hdf5]"'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.npy", b"no array"),
        ("a.npy", b""),
        ("a.npy", b"\x93NUMPY\x01\x00\x46\x00{'descr': '<f4', 'fortran_order': False, 'shape': (9, 9), }" + b" " * 12),
        ("a.tsv", b"1\t2\n3\n"),
        ("a.tsv", b"one\ttwo\n"),
        ("a.h5", b"no hdf5"),
    ],
)
def test_d13_damaged_files_are_one_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BrowserError) as caught:
        read_array(str(tmp_path / name))
    assert name in str(caught.value) and "\n" not in str(caught.value)
    (tmp_path / "a.json").write_bytes(b"[" * 100_000)
    with pytest.raises(BrowserError, match="is not JSON"):
        read_json(str(tmp_path / "a.json"))
