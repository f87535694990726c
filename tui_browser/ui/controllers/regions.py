"""Regions of recordings: cut to a WAV in the cache folder, which is repeated or searched by; copied and written out."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass

from tui_browser.config.places import cache_dir
from tui_browser.errors import BrowserError
from tui_browser.ui.controllers.copy_as import CopyController
from tui_browser.ui.controllers.drop_handler import DropHandler
from tui_browser.ui.controllers.playback import PlaybackController
from tui_browser.ui.controllers.slices import SliceController
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.region import RegionFormat, WaveRegion

_FOLDER = "regions"
_KEPT = 20
"""So many cut regions stay in the cache folder."""
_LONGEST_STEM = 150


@dataclass(frozen=True, slots=True)
class _Loop:
    """A region that is repeated, and the file that sounds for it."""

    file: bytes
    region: WaveRegion


class RegionController:
    """What the dialog of the waveform does with a region."""

    def __init__(
        self,
        state: BrowserState,
        playback: PlaybackController,
        slices: SliceController,
        copies: CopyController,
        drops: DropHandler,
    ) -> None:
        self.kept: dict[bytes, WaveRegion] = {}
        """The last region of each recording."""
        self._state = state
        self._playback = playback
        self._slices = slices
        self._copies = copies
        self._drops = drops
        self._loop: _Loop | None = None

    def cut(self, path: bytes, region: WaveRegion) -> bytes:
        """Cut a region to a WAV in the cache folder. It blocks; raises BrowserError."""
        from tui_browser.audio.fragment import copy_fragment  # the codecs: paid in the thread

        folder = os.fsencode(os.path.join(cache_dir(), _FOLDER))
        stem = os.path.splitext(os.path.basename(path))[0][:_LONGEST_STEM]
        target = os.path.join(folder, stem + b" %.3f-%.3f s.wav" % (region.start_s, region.end_s))
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            handle, partial = tempfile.mkstemp(dir=folder, suffix=b".part")
            try:
                with open(handle, "wb") as file:
                    copy_fragment(path, file, start_s=region.start_s, length_s=region.end_s - region.start_s)
                os.replace(partial, target)
            except BaseException:
                os.unlink(partial)
                raise
            _forget_old(folder)
        except OSError as error:
            raise BrowserError(f"the region could not be cut: {error.strerror}", path=folder) from error
        return target

    def loop(self, file: bytes, region: WaveRegion) -> None:
        """Repeat a region that was cut, until another sound plays."""
        self._loop = _Loop(file, region)
        self._playback.play(file, start_s=0.0, generated=True, loop=True)

    def head_s(self, path: bytes) -> float | None:
        """Where a recording, or the region of it that is repeated, sounds now."""
        playback, loop = self._state.playback, self._loop
        if playback.path is None:
            return None
        now = time.monotonic()
        if loop is not None and playback.path == loop.file:
            length_s = loop.region.end_s - loop.region.start_s
            at_s = playback.clock.position(now, duration_s=length_s) if playback.clock is not None else 0.0
            return loop.region.start_s + at_s
        if playback.path != path:
            return None
        return playback.clock.position(now) if playback.clock is not None else playback.start_s

    def near(self, file: bytes) -> None:
        """Put a region that was cut on the map as a guest, with what sounds like it."""
        self._drops.show_files([file])

    def copy(self, path: bytes, form: RegionFormat, region: WaveRegion, say: Callable[[str], None]) -> None:
        """Copy path and times as text."""
        self._copies.copy_text(lambda mapped: form.write(mapped, region.start_s, region.end_s), path, say=say)

    def write(self, path: bytes, region: WaveRegion, folder: str) -> str:
        """Write a region as a WAV into a folder, over no other file; its path. It blocks; raises BrowserError."""
        return self._slices.write_part(path, folder, region.start_s, region.end_s - region.start_s)


def _forget_old(folder: bytes) -> None:
    """Leave the newest cuts alone in the folder."""
    with os.scandir(folder) as entries:
        cuts = sorted((entry for entry in entries if entry.is_file()), key=lambda entry: entry.stat().st_mtime_ns)
    for entry in cuts[:-_KEPT]:
        with contextlib.suppress(OSError):
            os.unlink(entry.path)
