"""Chooses how a sound goes over the line: whole, in pieces that begin at once, or as Opus where FLAC is too much."""

from __future__ import annotations

from collections.abc import Callable

from tui_browser.playback.remote.block_codec import FLAC, FLAC_PIECES, OPUS, OPUS_THIN, Block, Codec
from tui_browser.playback.remote.blocks import BlockReader, BlockStore
from tui_browser.playback.remote.request_mailbox import RemotePlay

_SOON_S = 0.25
"""A whole sound that arrives within this time is sent as it is."""
_LONG_SOON_S = 0.1
"""The same for the first block of a long one."""
_SHARE = 0.8
"""How much of the line's rate a sound may need to keep up."""
_THIN_BYTES_S = 24_000.0
"""Below this rate Opus has to be coarse."""


def open_for_line(
    store: BlockStore, sound: RemotePlay, *, bytes_s: float | None, holds: Callable[[bytes], bool]
) -> tuple[Block, BlockReader | None, Codec]:
    """The first block of a sound, a reader for the others, and the codec; raises AudioError.

    `bytes_s` is the rate of the line, None where it is not known; `holds` tells what the listener has already.
    """
    block, reader = store.open(sound.path, start_s=sound.start_s, loop=sound.loop)
    soon_s = _SOON_S if reader is None else _LONG_SOON_S
    if bytes_s is None or len(block.data) < soon_s * bytes_s or (reader is None and holds(block.digest)):
        return block, reader, FLAC
    needed_bytes_s = len(block.data) / block.duration_s * sound.speed
    keeps_up = needed_bytes_s < _SHARE * bytes_s
    opus = OPUS if bytes_s > _THIN_BYTES_S else OPUS_THIN
    if reader is None and sound.loop:  # it goes round on the listener, which needs all of it in one block
        return (block, None, FLAC) if keeps_up else (*store.open(sound.path, codec=opus), opus)
    if reader is not None:
        reader.close()
    codec = FLAC_PIECES if keeps_up else opus
    return (*store.open(sound.path, codec=codec, start_s=sound.start_s, loop=sound.loop, in_pieces=True), codec)
