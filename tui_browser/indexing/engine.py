"""What an index run needs of the processes that do its work, on this machine or on others."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

from tui_browser.folder.scan import FolderScan
from tui_browser.indexing.decoder_pool import DecodeOutcome
from tui_browser.model.bundle import Bundle
from tui_browser.model.pooling import BatchSlices
from tui_browser.records import Encoding, FileStat, FloatArray


class FilePool(Protocol):
    """Files go in, outcomes come out: clips for the encoder, or clips that are encoded already."""

    @property
    def pending(self) -> int:
        """Files put in and not yet taken out."""

    def connections(self) -> Sequence[Any]:
        """Connections to wait on: one is readable when `take` has an outcome."""

    def put(
        self,
        stats: Iterable[FileStat],
        *,
        heads: Collection[bytes] = (),
        known_onsets: Mapping[bytes, float] = MappingProxyType({}),
    ) -> None:
        """Queue files in this order; of those in `heads` the head is enough, and the whole is welcome.

        Of those in `known_onsets` the model has seen the head from this onset on.
        """

    def take(self) -> Sequence[DecodeOutcome]:
        """All outcomes that are ready now; never waits."""

    def cancel(self) -> None:
        """Drop files that no worker has yet."""


class ClipEncoder(Protocol):
    """Encodes the clips that the pool gives without an encoding."""

    @property
    def ready(self) -> bool:
        """Whether the model is loaded."""

    def fileno(self) -> int:
        """File descriptor that is readable when `poll` has answers."""

    def submit(self, tag: Hashable, mels: FloatArray, slices: BatchSlices | None = None) -> None:
        """Send log-mels; `poll` returns the answer with its `tag`."""

    def poll(self) -> list[tuple[Any, Encoding]]:
        """Answers that have arrived; never waits."""


class Engine(Protocol):
    """What runs the work of an index run."""

    @property
    def bundle(self) -> Bundle: ...

    @property
    def pool(self) -> FilePool: ...

    @property
    def encoder(self) -> ClipEncoder: ...

    def scan(self, roots: Sequence[bytes], folders: Collection[bytes] | None) -> FolderScan:
        """The files below the roots, or in these folders, as `folder.scan` lists them."""

    def restart_pool(self) -> None:
        """Give up what is being read."""

    def warm(self) -> None:
        """Start now, so that the first file need not wait."""

    def close(self) -> None:
        """End what was started."""


class NoEncoder:
    """The encoder of an engine whose clips come with their encodings."""

    ready = True

    def fileno(self) -> int:
        return -1

    def submit(self, tag: Hashable, mels: FloatArray, slices: BatchSlices | None = None) -> None:
        raise AssertionError("every clip of this engine has its encoding")

    def poll(self) -> list[tuple[Any, Encoding]]:
        return []
