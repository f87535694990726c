"""The process beside the app that plans and writes slices: answers, errors, and an end at any time."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.support.loops import recording
from tests.support.sounds import RATE, one_shot, write
from tui_browser.errors import AudioError, BrowserError, WorkerError
from tui_browser.workbench.slicing.plan import SliceOptions
from tui_browser.workbench.slicing.planner import SlicePlanner


@contextmanager
def planner(path: Path) -> Iterator[SlicePlanner]:
    with closing(SlicePlanner(os.fsencode(path))) as running:
        yield running


def test_it_plans_in_several_ways_and_writes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", recording([(0.2 + at, one_shot("rim", at)) for at in range(3)], seconds=3.2))
    with planner(path) as running:
        plan = running.plan(SliceOptions())
        assert len(plan.cuts) == 3
        assert len(running.plan(SliceOptions(by="length", length_s=1.6)).cuts) == 2
        assert running.write(plan, os.fsencode(tmp_path / "out")) == 3
        with pytest.raises(BrowserError, match=r"exists already.*choose another folder"):
            running.write(plan, os.fsencode(tmp_path / "out"))
        with pytest.raises(AudioError, match="no steady beat"):
            running.plan(SliceOptions(by="beat"))
        assert len(running.plan(SliceOptions(by="silence")).cuts) == 3  # an error ends nothing


def test_closing_it_ends_a_call_that_waits(tmp_path: Path) -> None:
    sound = np.random.default_rng(0).uniform(-0.5, 0.5, RATE * 600).astype(np.float32)
    path = write(tmp_path / "long.wav", sound)
    errors: list[BrowserError] = []

    def ask(running: SlicePlanner) -> None:
        try:
            running.plan(SliceOptions())
        except BrowserError as error:
            errors.append(error)

    with planner(path) as running:
        waiting = threading.Thread(target=ask, args=(running,))
        waiting.start()
        running.close()
        waiting.join(20)
        assert not waiting.is_alive()
    assert [type(error) for error in errors] == [WorkerError]
