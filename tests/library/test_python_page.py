"""The page about Python: every block of it runs, in order, as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.bundles import tiny_bundle
from tests.sounds import one_shot, write
from tui_browser.config.places import data_dir

PAGE = Path(__file__).parents[2] / "docs" / "python.md"


def test_every_block_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_bundle(Path(data_dir()) / "models" / "drums", sound=True)  # the person's own go before the shipped ones
    for seed, kind in enumerate(("kick", "snare", "hat_closed", "tom", "clap")):
        write(tmp_path / "Samples" / f"{kind}.wav", one_shot(kind, seed))
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 8
    names: dict[str, object] = {}
    for number, block in enumerate(blocks):
        exec(compile(block, f"{PAGE.name}, block {number + 1}", "exec"), names)
    made = {path.name for path in tmp_path.glob("*.wav")}
    assert {"new.wav", "again.wav", "other-3.wav", "between.wav", "beyond.wav", "here.wav", "once-more.wav"} <= made
