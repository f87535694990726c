"""Stretches sounds in time and shifts their pitch, in processes of its own: the library holds Python's lock meanwhile.

Two processes: a small piece that somebody waits for does not wait behind a whole sound.
"""

from __future__ import annotations

import contextlib
import importlib.util
import threading
from multiprocessing.connection import Connection

import numpy as np

from tui_browser.child import Child, start
from tui_browser.errors import AudioError, WorkerError
from tui_browser.playback.messages import TimeStretch
from tui_browser.records import FloatArray

LONGEST_S = 30.0
"""Longer sounds play as they are."""
_SEAM_S = 0.2
"""How much of a loop's other end is stretched with each end, so that they join."""


def can_stretch() -> bool:
    """Whether the library that stretches is installed; it has no build for Linux on other processors than x86-64."""
    return importlib.util.find_spec("python_stretch") is not None


def stretch_main(conn: Connection) -> None:
    """The child: answers each (samples, rate, TimeStretch) with stretched samples until the parent closes `conn`."""
    while True:
        samples, rate, stretch = conn.recv()
        conn.send(_stretched(samples, rate, stretch))


def _stretched(samples: FloatArray, rate: int, stretch: TimeStretch) -> FloatArray:
    from python_stretch import Signalsmith

    engine = Signalsmith.Stretch()
    engine.preset(2, rate)
    engine.timeFactor = stretch.tempo
    engine.setTransposeSemitones(stretch.semitones)
    count = max(1, round(len(samples) / stretch.tempo))
    made = np.asarray(engine.process(np.ascontiguousarray(samples.T)), dtype=np.float32)
    return np.ascontiguousarray(made[:, :count].T)


class Stretcher:
    """One process that stretches; it is started when it is first needed. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._closed = False

    def warm(self) -> None:
        """Start the process, so that the first sound does not wait for that."""
        with self._lock, contextlib.suppress(WorkerError):
            if self._child is None and not self._closed:
                child = start("tui_browser.playback.stretching:stretch_main")
                try:
                    child.send((np.zeros((4096, 2), dtype=np.float32), 48_000, TimeStretch(1.1, 1)))
                    child.receive()
                except WorkerError:
                    child.close(grace_s=0.0)
                    raise
                self._child = child

    @property
    def pid(self) -> int | None:
        """Of the process; None before it is needed."""
        return self._child.process.pid if self._child is not None else None

    def run(self, samples: FloatArray, rate: int, stretch: TimeStretch) -> FloatArray:
        """The samples, (n, 2), stretched; raises AudioError where the process ends twice."""
        for _ in range(2):
            self.warm()
            with self._lock:
                if self._child is None:
                    break
                try:
                    self._child.send((samples, rate, stretch))
                    made: FloatArray = self._child.receive()
                    return made
                except WorkerError:
                    self._drop()
        raise AudioError("this sound cannot be stretched: the process for it ended")

    def run_loop(self, samples: FloatArray, rate: int, stretch: TimeStretch) -> FloatArray:
        """The same for a sound that is looped: its end joins its beginning."""
        margin = round(_SEAM_S * rate)
        wrapped = samples[np.arange(-margin, len(samples) + margin) % len(samples)]
        first = round(margin / stretch.tempo)
        made = self.run(wrapped, rate, stretch)
        return np.ascontiguousarray(made[first : first + round(len(samples) / stretch.tempo)])

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._closed = True
            self._drop()

    def _drop(self) -> None:
        if self._child is not None:
            self._child.close(grace_s=0.2)
            self._child = None


class Stretchers:
    """The two processes of a player."""

    def __init__(self) -> None:
        self.available = can_stretch()
        self.quick = Stretcher()
        """For what somebody waits for: beginnings, and sounds from their middle."""
        self.thorough = Stretcher()
        """For whole sounds while nobody waits."""

    def warm(self) -> None:
        """Start both."""
        self.quick.warm()
        self.thorough.warm()

    def close(self) -> None:
        """End both."""
        self.quick.close()
        self.thorough.close()
