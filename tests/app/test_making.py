"""A new sound in the real app: a key, a sound, a folder of the library, a dot of its own."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import soundfile

from tests.support.bundles import tiny_bundle
from tests.support.pty import Terminal, all_gone, environment, linux_only, program, until
from tests.support.sounds import one_shot, write
from tui_browser.generate.lineage import read_lineage
from tui_browser.indexing.indexer import index_library
from tui_browser.library.library import Library, open_for_writing

pytestmark = linux_only


def test_a_variation_is_heard_kept_and_on_the_map(tmp_path: Path) -> None:
    model = tiny_bundle(tmp_path / "tiny", sound=True)
    folder, library = tmp_path / "sounds", str(tmp_path / "l.db")
    for seed, kind in enumerate(("kick", "snare")):
        write(folder / f"{kind}.wav", one_shot(kind, seed))
    with open_for_writing(library) as store:
        index_library(
            store, add=[os.fsencode(folder)], model=model.folder, jobs=1, layout="auto", report=lambda _: None
        )
    env = environment(tmp_path)
    with Terminal(program("--library", library), env=env, columns=120, rows=36) as terminal:
        terminal.wait_for("2 samples")
        terminal.press(".")
        terminal.wait_for("W saves it")
        made = list((tmp_path / "cache").glob("**/made-*/varied-1.wav"))
        assert len(made) == 1
        terminal.press("W")
        terminal.wait_for("Save the sound in")
        terminal.press("\x15")  # ctrl+u: what is typed goes
        terminal.press(f"\x1b[200~{folder}\x1b[201~\r")  # pasted, as so many characters at once would be anyway
        kept = until(lambda: list(folder.glob("*-varied.wav")), "the kept sound")[0]
        terminal.wait_for("3 samples")
        assert kept.read_bytes() == made[0].read_bytes()
        terminal.press("q")
        assert terminal.wait() == 0
    all_gone(env)
    assert not list((tmp_path / "cache").glob("**/made-*"))
    sound, rate = soundfile.read(kept)
    assert rate == 44_100 and sound.ndim == 1 and np.isfinite(sound).all()
    with Library.open(library) as door:
        sample = door.id_of(os.fsencode(kept))
        row = door.sample(sample) if sample is not None else None
    assert row is not None
    assert row.content_hash == read_lineage(os.fsencode(kept.with_suffix(".json"))).content_hash
