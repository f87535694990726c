"""Tempo, key and kind in names, as packs write them."""

from __future__ import annotations

import pytest

from tui_browser.records import KEYS, WrittenFacts
from tui_browser.search.name_facts import name_facts


def said(name: str) -> tuple[float | None, str | None, bool | None]:
    facts = [each for each in name_facts(f"/sounds/x/{name}".encode()) if each.source == "name"]
    return (facts[0].bpm, facts[0].key, facts[0].loop) if facts else (None, None, None)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Loop_120bpm_Am.wav", (120, "Am", True)),
        ("KSHMR_Drum_Loop_01_128_Am.wav", (128, "Am", True)),
        ("Synth F#min 95 BPM.wav", (95, "F#m", None)),
        ("BPM_140_DrumLoop.wav", (140, None, True)),
        ("87.5bpm.wav", (87.5, None, None)),
        ("87,5 bpm.wav", (87.5, None, None)),
        ("Guitar_F#_Major_93BPM.wav", (93, "F#", None)),
        ("Chord_Eb_Natural_Minor_77BPM.wav", (77, "D#m", None)),
        ("Guitar_F_Harmonic_Minor_3-4_86BPM.wav", (86, "Fm", None)),
        ("Drums_15-16_95BPM.wav", (95, None, None)),
        ("bass_Bbmaj_one shot.wav", (None, "A#", False)),
        ("amin_arp.wav", (None, "Am", None)),
        ("b minor.wav", (None, "Bm", None)),
        ("Top Loop 126 G#m.wav", (126, "G#m", True)),
        ("dmin_120_loop.wav", (120, "Dm", True)),
        ("tempo 99 tribal.wav", (99, None, None)),
        ("OneShot_Snare.wav", (None, None, False)),
        ("1-shots snare.wav", (None, None, False)),
        ("snare_hit.wav", (None, None, False)),
    ],
)
def test_what_packs_write_is_read(name: str, wanted: tuple[float | None, str | None, bool | None]) -> None:
    assert said(name) == wanted


@pytest.mark.parametrize(
    "name",
    [
        "kick_120.wav", "808.wav", "Snare 909 02.wav", "C_minimal_kick.wav", "A Minute.wav", "fm_bass.wav",
        "I am here.wav", "Ambient.wav", "999bpm.wav", "12bpm.wav", "140bpm 150bpm.wav", "nonloop.wav", "rimshot.wav",
        "Cmaj7.wav", "F#m7_texture.wav", "131979__juskiddink__chimes.wav", "GM bank.wav", "Kick A.wav", "Em7 pluck.wav",
        "bloop.mid.wav", "hitman.wav", "vel 127.wav",
    ],
)  # fmt: skip
def test_names_that_only_look_like_facts_say_nothing(name: str) -> None:
    assert said(name) == (None, None, None)


def test_every_key_is_read_in_all_its_spellings() -> None:
    for key in KEYS:
        root, mode = key.removesuffix("m"), "min" if key.endswith("m") else "maj"
        flat = {"C#": "Db", "D#": "Eb", "F#": "Gb", "G#": "Ab", "A#": "Bb"}.get(root, root)
        for spelling in (
            f"{root}{mode}",
            f"{flat}{mode}",
            f"{flat}_{mode}",
            f"{root} {mode}or",
            f"{root.lower()}{mode}",
        ):
            assert said(f"pad_{spelling}_x.wav")[1] == key, spelling
        if mode == "min":
            assert said(f"pad {flat}m.wav")[1] == key


def test_folders_are_read_the_nearest_first_and_kept_apart() -> None:
    facts = name_facts(b"/s/Loops 90bpm/D minor 100 BPM/120-crossed.wav")
    assert facts == (WrittenFacts("name", bpm=120.0), WrittenFacts("folder", 100.0, "Dm", True))
    assert name_facts(b"/s/Loops and One Shots/kick.wav") == ()
    assert name_facts(b"/120bpm/a/b/c/kick.wav") == ()


def test_names_of_any_bytes_are_read() -> None:
    for name in (b"/\xff\xfe120bpm\n.wav", b"/" + b"a" * 255, b"/.wav", b"/", "/\u202e120bpm Am.wav".encode()):
        name_facts(name)
    assert name_facts(b"/\xff 120bpm\n.wav") == (WrittenFacts("name", bpm=120.0),)
