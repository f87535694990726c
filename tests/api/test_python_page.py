"""Every block of docs/python.md runs, in order, and never loads torch."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.support.bundles import tiny_bundle
from tests.support.sounds import one_shot, write
from tui_browser.config.places import data_dir
from tui_browser.config.settings import DEFAULT_MODEL

PAGE = Path(__file__).parents[2] / "docs" / "python.md"
HEAVY = ("torch", "numba", "scipy", "sklearn", "umap")


def test_every_block_runs(tmp_path: Path) -> None:
    tiny_bundle(Path(data_dir()) / "models" / DEFAULT_MODEL, sound=True)  # the person's own go before the shipped ones
    for seed, kind in enumerate(("kick", "snare", "hat_closed", "tom", "clap")):
        write(tmp_path / "Samples" / f"{kind}.wav", one_shot(kind, seed))
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 8
    program = [*blocks, f"import sys\nassert not set({HEAVY}) & set(sys.modules), 'heavy'\nprint('to the end')\n"]
    (tmp_path / "page.py").write_text("\n".join(program))
    ran = subprocess.run(
        [sys.executable, "-W", "error", "page.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == "to the end"
    made = {path.name for path in tmp_path.glob("*.wav")}
    assert {"new.wav", "again.wav", "other-3.wav", "between.wav", "beyond.wav", "here.wav", "once-more.wav"} <= made
