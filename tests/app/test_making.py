"""A new sound in the real app: a key, a sound, a folder of the library, a dot of its own."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support.bundles import tiny_bundle
from tests.support.pty import Terminal, all_gone, environment, linux_only, program, ui_process, until
from tests.support.sounds import one_shot, write
from tui_browser.generate.lineage import read_lineage
from tui_browser.indexing.indexer import index_library
from tui_browser.library.library import Library, open_for_writing

pytestmark = linux_only


def a_library(folder: Path) -> str:
    """A library file of four sounds, heard by a tiny model that makes sounds."""
    model, library = tiny_bundle(folder / "tiny", sound=True), str(folder / "l.db")
    for seed, kind in enumerate(("kick", "snare", "tom", "clap")):
        write(folder / "sounds" / f"{kind}.wav", one_shot(kind, seed))
    with open_for_writing(library) as store:
        index_library(
            store,
            add=[os.fsencode(folder / "sounds")],
            model=model.folder,
            jobs=1,
            layout="auto",
            report=lambda _: None,
        )
    return library


@pytest.mark.slow
def test_b5_b7_keys_are_answered_while_a_sound_is_made_for_an_empty_place(tmp_path: Path) -> None:
    library, env = a_library(tmp_path), environment(tmp_path)

    def made() -> list[Path]:
        return list((tmp_path / "cache").glob("**/made-*/*.wav"))

    with Terminal(program("--library", library), env=env, columns=120, rows=36) as terminal:
        terminal.wait_for("4 samples")
        terminal.press(".")  # torch is loaded, which takes a second or more
        terminal.wait_for("making a variation")
        answered = 0
        while not made() and answered < 200:
            cursor = _cursor(terminal)
            terminal.press("i" if not answered else "l" if answered % 2 else "h")
            terminal.wait_for(partial(_elsewhere, terminal, cursor), "the free cursor")
            answered += 1
        assert answered >= 3, "keys are answered while the generator loads"
        terminal.wait_for("W saves it")
        terminal.press("K")
        terminal.wait_for("an empty place")
        terminal.press("g")
        terminal.wait_for("a sound near")
        terminal.wait_for("of the map away")
        app = until(lambda: ui_process(env), "the app")
        assert "libtorch" not in Path(f"/proc/{app}/maps").read_text(), "the UI never loads torch"
        terminal.press("\x1bq")
        assert terminal.wait() == 0
    all_gone(env)


def _cursor(terminal: Terminal) -> str:
    """The lines with a cursor mark."""
    return "\n".join(line for line in terminal.lines if "❲+❳" in line)


def _elsewhere(terminal: Terminal, before: str, _: str) -> bool:
    return "❲+❳" in terminal.text and _cursor(terminal) != before


@pytest.mark.slow
def test_b7_a_morph_is_cancelled_and_the_library_is_whole(tmp_path: Path) -> None:
    library, env = a_library(tmp_path), environment(tmp_path)
    with Terminal(program("--library", library), env=env, columns=120, rows=36) as terminal:
        terminal.wait_for("4 samples")
        terminal.press("n")
        terminal.wait_for("neighbour 1 of 3")
        terminal.press("~")
        terminal.wait_for("Steps from")
        terminal.press("\x15")
        terminal.press("64\r")
        terminal.wait_for("once the decoder is loaded")
        terminal.press("\x1b")
        terminal.wait_for("cancelled")
        assert len(list((tmp_path / "cache").glob("**/made-*/*.wav"))) < 64
        terminal.press(".")
        terminal.wait_for("W saves it")
        assert not list((tmp_path / "cache").glob("**/made-*/morph-*.wav"))
        terminal.press("q")
        assert terminal.wait() == 0
    all_gone(env)
    with Library.open(library) as opened:
        assert len(opened) == 4


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
