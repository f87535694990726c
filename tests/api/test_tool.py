"""The Python API."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.bundles import tiny_bundle
from tests.support.sounds import one_shot, write
from tui_browser import SampleTool
from tui_browser.dsp.picture_part import SIZE
from tui_browser.errors import AudioError, BrowserError, BundleError
from tui_browser.records import DRUM_CLASSES


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleTool]:
    base = tmp_path_factory.mktemp("tool")
    for seed, kind in enumerate(("kick", "snare", "hat_closed", "cymbal")):
        write(base / "sounds" / f"{kind}.wav", one_shot(kind, seed))
    with SampleTool(model=tiny_bundle(base / "tiny").folder, library=base / "sounds") as tool:
        tool.embed(base / "sounds" / "kick.wav")  # starts the encoder
        yield tool


def test_the_import_is_cheap() -> None:
    code = "import sys, tui_browser; tui_browser.SampleTool; print('torch' in sys.modules, 'scipy' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["False", "False"]


def test_a_sound_has_a_unit_vector_and_a_class(tool: SampleTool, tmp_path: Path) -> None:
    path = write(tmp_path / "x.wav", one_shot("kick", 0))
    vector = tool.embed(path)
    assert vector.shape == (16 + SIZE,) and vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert np.array_equal(vector, tool.embed(os.fsencode(path)))
    answer = tool.predict(path)
    assert answer is not None
    probabilities, name = answer
    assert probabilities.shape == (len(DRUM_CLASSES),) and probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert name == DRUM_CLASSES[int(probabilities.argmax())]


def test_a_folder_is_a_library_and_a_copy_is_the_nearest(tool: SampleTool, tmp_path: Path) -> None:
    path = write(tmp_path / "copy.wav", one_shot("kick", 0))
    neighbours = tool.find_similar(path, k=2)
    assert os.path.basename(neighbours[0].path) == b"kick.wav"
    assert neighbours[0].distance <= 1e-6
    own = tool.find_similar(neighbours[0].path, k=3)
    assert neighbours[0].path not in [neighbour.path for neighbour in own]
    assert [n.distance for n in own] == sorted(n.distance for n in own)


def test_a_file_that_cannot_be_read_is_named(tool: SampleTool, tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"nowhere\.wav"):
        tool.embed(tmp_path / "nowhere.wav")
    with pytest.raises(BundleError):
        SampleTool(model=str(tmp_path / "no model"))


def test_a_tool_without_a_library_says_so(tmp_path: Path) -> None:
    with (
        SampleTool(model=tiny_bundle(tmp_path / "tiny").folder) as bare,
        pytest.raises(BrowserError, match="no library"),
    ):
        bare.build_library()
