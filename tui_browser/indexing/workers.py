"""Decoder pool and encoder process, started when first needed and kept running."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tui_browser.config.places import log_file
from tui_browser.folder.scan import FolderScan, scan
from tui_browser.indexing.decoder_pool import DecoderPool
from tui_browser.model.bundle import Bundle
from tui_browser.model.encoder_process import Encoder

NICENESS = 10
"""Niceness of the workers, so that they do not slow down the app."""


class IndexWorkers:
    """Starts `pool` and `encoder` at first use; `close` ends what was started."""

    def __init__(self, bundle: Bundle, *, jobs: int, nice: bool = True) -> None:
        self.bundle = bundle
        self._jobs = jobs
        self._niceness = NICENESS if nice else 0
        self._pool: DecoderPool | None = None
        self._encoder: Encoder | None = None

    @property
    def pool(self) -> DecoderPool:
        if self._pool is None:
            self._pool = DecoderPool(
                self.bundle.front_end, jobs=self._jobs, log=log_file("decoder"), niceness=self._niceness
            )
        return self._pool

    @property
    def encoder(self) -> Encoder:
        if self._encoder is None:
            self._encoder = Encoder(self.bundle, log=log_file("encoder"), niceness=self._niceness)
        return self._encoder

    def restart_pool(self) -> None:
        """End the decoders, whatever they read; the next use starts new ones."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def scan(self, roots: Sequence[bytes], folders: Collection[bytes] | None) -> FolderScan:
        """The files below the roots, or in these folders."""
        return scan(roots, folders=folders)

    def warm(self) -> None:
        """Start both now, so that the next file need not wait."""
        _ = self.pool, self.encoder

    def close(self) -> None:
        """End what was started; a later use starts new processes."""
        if self._pool is not None:
            self._pool.close()
        if self._encoder is not None:
            self._encoder.close()
        self._pool = self._encoder = None
