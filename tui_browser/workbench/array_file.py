"""A `.npy` file that grows by rows, so that an array larger than memory can be written."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FloatArray


class RowFile:
    """Appends rows of float32 to a `.npy` file; the number of rows is written into its header at the end."""

    def __init__(self, path: str, *shape: int) -> None:
        """`shape` is that of a row."""
        self._shape = shape
        self._file = open(path, "wb")  # noqa: SIM115 - closed by `close`
        self.rows = 0
        self._write_header()
        self._start = self._file.tell()

    def add(self, rows: FloatArray) -> None:
        """Append rows, (n, *shape)."""
        assert rows.shape[1:] == self._shape
        self._file.write(np.ascontiguousarray(rows, dtype="<f4").data)
        self.rows += len(rows)

    def close(self) -> None:
        if self._file.closed:
            return
        self._file.seek(0)
        self._write_header()
        assert self._file.tell() == self._start  # numpy leaves room for any number of rows
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write_header(self) -> None:
        header = {"descr": "<f4", "fortran_order": False, "shape": (self.rows, *self._shape)}
        np.lib.format.write_array_header_1_0(self._file, header)


def open_rows(path: str) -> NDArray[np.float32]:
    """The array of a `.npy` file that this program wrote, mapped into memory and read-only."""
    return np.load(path, mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]  # numpy returns Any
