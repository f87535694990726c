"""Where the processor time of a file goes while it is indexed, stage by stage, in one process."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.report import Table
from tui_browser.audio import decode, slicing, sndfile_source, source
from tui_browser.audio.loudness import LoudnessMeter
from tui_browser.dsp.onsets import OnsetTracker
from tui_browser.errors import AudioError
from tui_browser.indexing.file_encoder import load_model
from tui_browser.model.bundle import Bundle
from tui_browser.records import Clip, FileStat

MOST_FILES = 400
"""Files that are decoded one by one; every n-th of a larger folder."""

_STAGES: tuple[tuple[str, Any, str], ...] = (
    ("open, check the header", source, "_open"),
    ("read", sndfile_source.SndfileSource, "read"),
    ("hash, finiteness, mixing down", decode, "_scan_file"),
    ("mixing down the head", decode, "_scan_head"),
    ("playing level", LoudnessMeter, "add"),
    ("playing level", LoudnessMeter, "level"),
    ("search for hits", OnsetTracker, "add"),
    ("search for hits", OnsetTracker, "onsets"),
    ("cutting hits, tempo", slicing, "estimate_rhythm"),
    ("cutting hits, tempo", decode, "slices_and_rhythm"),
    ("onset and offset", decode, "leading_silence"),
    ("onset and offset", decode, "dc_offset"),
    ("descriptors", decode, "describe"),
    ("key", decode, "estimate_key"),
    ("resampling", decode, "_model_input"),
)


class StageTimer:
    """Processor time by stage; time in an inner stage is not counted in the outer one."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._inner: list[float] = [0.0]

    def around(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed."""

        def timed(*words: Any, **more: Any) -> Any:
            self._inner.append(0.0)
            start = time.process_time()
            try:
                return function(*words, **more)
            finally:
                took = time.process_time() - start
                self.seconds[stage] = self.seconds.get(stage, 0.0) + took - self._inner.pop()
                self._inner[-1] += took

        return timed

    @contextmanager
    def watching(self, bundle: Bundle) -> Iterator[None]:
        """Time all stages inside the block."""
        stages = (*_STAGES, ("the model's pictures", type(bundle.front_end), "compute"))
        with ExitStack() as stack:
            for stage, owner, name in stages:
                stack.enter_context(patch.object(owner, name, self.around(stage, getattr(owner, name))))
            yield


def stage_tables(paths: Sequence[bytes]) -> list[Table]:
    """Tables of one-shots, heads of long files, and long files read whole; and of the network."""
    bundle = load_model(None)
    stats = [FileStat.of(path, os.stat(path)) for path in paths[:: max(1, len(paths) // MOST_FILES)]]
    by_kind: dict[str, list[FileStat]] = {"a file within the window": [], "a long file, read whole": []}
    clips: list[Clip] = []
    for stat in stats:
        try:
            clip = decode.decode(stat, front_end=bundle.front_end)
        except AudioError:
            continue
        clips.append(clip)
        by_kind["a long file, read whole" if clip.provisional_hash else "a file within the window"].append(stat)
    kinds = {**by_kind, "the head of a long file": by_kind["a long file, read whole"]}
    tables = [_decoding(kind, files, bundle) for kind, files in kinds.items() if files]
    return [*tables, _network(clips, bundle)]


def _decoding(kind: str, stats: Sequence[FileStat], bundle: Bundle) -> Table:
    table = Table(f"Processor time of decoding {kind} ({len(stats):,} files)")
    head_only = kind.startswith("the head")
    timer = StageTimer()
    with threadpool_limits(1), timer.watching(bundle):  # as in the decoders
        whole = timer.around("everything else", decode.decode)
        for stat in stats:
            whole(stat, front_end=bundle.front_end, head_only=head_only)
    bare = time.process_time()
    for stat in stats:
        _bare(stat.path, bundle)
    bare = time.process_time() - bare
    total = sum(timer.seconds.values())
    for stage, seconds in sorted(timer.seconds.items(), key=lambda item: -item[1]):
        table.add(stage, 1e3 * seconds / len(stats), "ms", note=f"{100 * seconds / total:.0f} %")
    table.add("all", 1e3 * total / len(stats), "ms", peer="bare decode + resample", theirs=1e3 * bare / len(stats))
    return table


def _bare(path: bytes, bundle: Bundle) -> None:
    """What the bare loop does with one file."""
    import soundfile
    import soxr

    samples, rate = soundfile.read(os.fsdecode(path), dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)[: int(rate * bundle.front_end.window_s)]
    if rate != bundle.front_end.sample_rate and len(mono):
        soxr.resample(mono, rate, bundle.front_end.sample_rate)


def _network(clips: Sequence[Clip], bundle: Bundle) -> Table:
    """Loading the network, and what one picture takes in it."""
    start = time.process_time()
    import torch

    from tui_browser.model.encoder_process import encode_mels
    from tui_browser.model.inference import open_encoder

    torch.set_num_threads(1)
    network = open_encoder(bundle)
    loading_s = time.process_time() - start
    mels = np.stack([clip.mel for clip in clips if clip.mel is not None])
    encode_mels(network, mels[:64], picture=bundle.has_picture_part)
    start = time.process_time()
    encode_mels(network, mels, picture=bundle.has_picture_part)
    table = Table("Processor time of the network")
    table.add("a picture", 1e3 * (time.process_time() - start) / len(mels), "ms")
    pictures = [1 + (len(clip.slices) if clip.slices is not None else 0) for clip in clips]
    table.add("pictures a file, in both passes", float(np.mean(pictures)), "")
    table.add("loading torch and the weights, once", loading_s, "s")
    return table
