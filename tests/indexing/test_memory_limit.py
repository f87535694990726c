"""A decoder that is asked for too much memory says so, and goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.sounds import one_shot, write
from tui_browser.dsp.mel import DEFAULT_FRONT_END
from tui_browser.errors import RejectCode
from tui_browser.indexing.decoder_pool import DecoderPool
from tui_browser.indexing.memory_limit import MOST_BYTES
from tui_browser.records import Clip, FileStat, Reject

_ASK = """
import numpy as np
from tui_browser.indexing.memory_limit import limit_memory

limit_memory(400 << 20)
small = np.ones(10 << 20)
try:
    large = np.ones(100 << 20)
except MemoryError:
    print("refused")
print(int(small.sum()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts what is mapped")
def test_more_than_the_limit_is_refused_and_the_process_goes_on() -> None:
    done = subprocess.run([sys.executable, "-c", _ASK], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["refused", str(10 << 20)]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_each_decoder_has_the_limit_and_a_file_beyond_it_is_a_reject_to_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [os.fsencode(write(tmp_path / f"{name}.wav", one_shot("kick", 1))) for name in ("large", "usual")]
    (tmp_path / "sitecustomize.py").write_text(
        "import tui_browser.audio.decode as module\n"
        "import numpy as np\n"
        "usual = module.decode\n"
        "def decode(stat, **more):\n"
        "    if b'large' in stat.path:\n"
        "        np.ones(3 << 27)\n"
        "    return usual(stat, **more)\n"
        "module.decode = decode\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{Path(__file__).parents[2]}")
    pool = DecoderPool(DEFAULT_FRONT_END, jobs=1)
    try:
        limits = Path(f"/proc/{pool._workers[0].child.process.pid}/limits")
        pool.put([FileStat.of(path, os.stat(path)) for path in paths])
        outcomes = []
        while pool.pending:
            outcomes += pool.drain(timeout_s=1.0)
        line = next(line for line in limits.read_text().splitlines() if line.startswith("Max data size"))
    finally:
        pool.close()
    assert line.split()[3] == str(MOST_BYTES)
    large, usual = sorted(outcomes, key=lambda outcome: outcome.stat.path)
    assert isinstance(large, Reject) and large.code is RejectCode.MEMORY and "too large to decode" in large.reason
    assert isinstance(usual, Clip)
