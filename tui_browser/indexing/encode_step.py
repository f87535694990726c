"""The whole work on files, decoded and encoded: a pure function of their bytes.

What comes out for a file depends on its bytes, on those of the sidecar beside it, and on the model; not on the machine,
on the other files, or on their order. So any number of machines can do the work, and do it twice. Only the facts that
its names state follow from its path, and the provisional hash of a long file from its time.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from multiprocessing.connection import wait
from typing import Any

from tui_browser.indexing.decoder_pool import DecodeOutcome
from tui_browser.indexing.engine import Engine
from tui_browser.model import pooling
from tui_browser.records import Clip, FileStat
from tui_browser.search.name_facts import name_facts

BATCH = 64
"""Clips encoded at once."""
MAX_MELS = 256
"""Limit of log-mels in a batch, slices included."""
BACKLOG = 4
"""Batches at the encoder before decoding pauses, which bounds memory."""
BACKLOG_LOADING = 16 * BATCH
"""Clips that wait while the encoder is still loading."""


def encode_files(files: Iterable[FileStat], *, engine: Engine) -> Iterator[list[DecodeOutcome]]:
    """Outcomes of all files as they come, in no order: clips with their encodings, rejects, and unsettled files.

    The engine is for this call alone until it has ended. Raises BundleError and WorkerError.
    """
    pool, encoder = engine.pool, engine.encoder
    waiting: list[Clip] = []
    at_encoder: dict[int, list[Clip]] = {}
    tags = itertools.count()
    pool.put(files)
    while pool.pending or waiting or at_encoder:
        full = len(at_encoder) >= BACKLOG or (not encoder.ready and len(waiting) >= BACKLOG_LOADING)
        connections: list[Any] = [] if full else list(pool.connections())
        if at_encoder or not encoder.ready:
            connections.append(encoder.fileno())
        wait(connections, timeout=0.25)
        outcomes: list[DecodeOutcome] = []
        for tag, encoding in encoder.poll():
            outcomes += pooling.encoded_clips(at_encoder.pop(tag), encoding)
        for outcome in () if full else pool.take():
            (waiting if isinstance(outcome, Clip) and outcome.mel is not None else outcomes).append(outcome)  # type: ignore[arg-type]
        while encoder.ready and len(waiting) >= (BATCH if at_encoder or pool.pending else 1):
            count = pooling.clips_per_batch(waiting, max_clips=BATCH, max_mels=MAX_MELS)
            batch, waiting = waiting[:count], waiting[count:]
            tag = next(tags)
            encoder.submit(tag, *pooling.encoder_batch(batch))
            at_encoder[tag] = batch
        if outcomes:
            yield outcomes


def at_path(outcome: DecodeOutcome, stat: FileStat) -> DecodeOutcome:
    """The outcome of a file that has another path or stat here than where it was read."""
    if isinstance(outcome, Clip) and outcome.stat.path != stat.path:
        others = tuple(facts for facts in outcome.facts if facts.source not in ("name", "folder"))
        outcome = replace(outcome, facts=(*name_facts(stat.path), *others))
    return replace(outcome, stat=stat)
