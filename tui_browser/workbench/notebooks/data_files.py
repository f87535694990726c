"""Reads arrays and lists that other programs wrote: `.npy`, `.tsv`, `.txt`, `.json`, and `.h5` with an extra.

Pickles are refused, also those inside `.npy` files: reading one runs whatever code its author put in.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import BrowserError
from tui_browser.safe_files import read_bounded

ARRAYS = (".npy", ".h5", ".hdf5", ".tsv")
"""Endings of arrays, in the order in which they are looked for."""
PICKLES = (".pkl", ".pickle", ".joblib")
_MOST_TEXT = 512 << 20
_PICKLED = ("pickle", "Object arrays", "Python objects")
"""What numpy says of an array that holds objects."""


def find(folder: str, stem: str, endings: Iterable[str]) -> str | None:
    """The first file `stem + ending` of a folder."""
    paths = (os.path.join(folder, stem + ending) for ending in endings)
    return next((path for path in paths if os.path.isfile(path)), None)


def refuse_pickle(path: str) -> None:
    """Raise BrowserError for a pickle."""
    if os.path.splitext(path)[1].lower() in PICKLES:
        raise _pickled(path)


def _pickled(path: str) -> BrowserError:
    return BrowserError(
        "this is a pickle, which can run any code when it is read, and is refused",
        path=path,
        hint="save it as .npy without objects, .tsv or .json",
    )


def read_array(path: str, *, dataset: str = "") -> NDArray[Any]:
    """A numeric array; large `.npy` files are mapped into memory. Raises BrowserError.

    `dataset` is the name in an `.h5` file, which may hold several; without it the file must hold one.
    """
    refuse_pickle(path)
    ending = os.path.splitext(path)[1].lower()
    try:
        if ending == ".npy":
            array = np.load(path, mmap_mode="r", allow_pickle=False)
        elif ending in (".h5", ".hdf5"):
            array = _read_hdf5(path, dataset)
        else:
            array = np.loadtxt(read_lines(path), delimiter="\t" if ending == ".tsv" else None, ndmin=2)
    except OSError as error:
        raise BrowserError(f"cannot be read: {error.strerror or error}", path=path) from error
    except (ValueError, EOFError, KeyError) as error:
        if any(word in str(error) for word in _PICKLED):
            raise _pickled(path) from error
        raise BrowserError(f"holds no array of numbers ({error})", path=path) from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
        raise BrowserError("holds no array of numbers", path=path)
    return array


def _read_hdf5(path: str, dataset: str) -> NDArray[Any]:
    try:
        import h5py
    except ImportError as error:
        raise BrowserError("HDF5 needs an extra", path=path, hint='pip install "tui-browser[hdf5]"') from error
    with h5py.File(path, "r") as file:
        names = [name for name, item in file.items() if isinstance(item, h5py.Dataset)]
        name = dataset if dataset in names else names[0] if len(names) == 1 else ""
        if not name:
            raise ValueError(f"its datasets are {', '.join(names) or 'none'}")
        return np.asarray(file[name])


def read_lines(path: str) -> list[str]:
    """The lines of a text file; bytes that are not UTF-8 become surrogate escapes. Raises BrowserError."""
    return _read_text(path).split("\n")


def read_json(path: str) -> Any:
    """The value of a JSON file. Raises BrowserError."""
    refuse_pickle(path)
    try:
        return json.loads(_read_text(path))
    except (ValueError, RecursionError) as error:
        raise BrowserError(f"is not JSON ({error})", path=path) from error


def _read_text(path: str) -> str:
    try:
        return os.fsdecode(read_bounded(path, _MOST_TEXT)).removeprefix("\ufeff").replace("\r\n", "\n")
    except OSError as error:
        raise BrowserError(f"cannot be read: {error.strerror or error}", path=path) from error
