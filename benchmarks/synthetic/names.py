"""Paths as sample libraries have them: vendors, kits, a folder a class, words, numbers, and names that say nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tui_browser.records import DRUM_CLASSES

VENDORS = (
    "Northern Tapes", "Mesa Audio", "Loopyard", "Kiln Sounds", "Blue Fjord", "Studio 9", "Ondas", "Velvet Circuit",
    "Granite Drums", "Paper Moon", "Tin Roof", "Harbour", "Ostinato", "Low Pass Society", "Cinder", "Field Notes",
)  # fmt: skip
ADJECTIVES = (
    "Dusty", "Analog", "Deep", "Raw", "Vintage", "Dark", "Modular", "Tape", "Lo-Fi", "Organic", "Broken", "Heavy",
    "Glass", "Warehouse", "Desert", "Midnight", "Cassette", "Rusty", "Velvet", "Concrete",
)  # fmt: skip
NOUNS = (
    "Drums", "Percussion", "House", "Techno", "Breaks", "Hip Hop", "Garage", "Jungle", "Dub", "Electro", "Footwork",
    "Ambient", "Trap", "Soul", "Funk", "Disco", "Machines", "Foley", "Toolkit", "Sessions",
)  # fmt: skip
WORDS = (
    "Punchy", "Tight", "Soft", "Hard", "Big", "Dry", "Wet", "Short", "Long", "Room", "Vinyl", "Crunch", "Click", "Boom",
    "Snap", "Layered", "Clean", "Dirty", "Warm", "Bright", "Muted", "Pitched", "Gated", "Acoustic", "808", "909", "707",
)  # fmt: skip
FOLDERS = (
    "Kicks", "Snares", "Claps", "Rims", "Closed Hats", "Open Hats", "Cymbals", "Toms", "Cowbells", "Shakers", "Loops",
)  # fmt: skip
SHORT = ("Kick", "Snare", "Clap", "Rim", "HH Closed", "HH Open", "Crash", "Tom", "Cowbell", "Shaker", "Loop")
KEYS = ("A", "Am", "C", "Cm", "D", "Dm", "E", "Em", "F", "Fm", "G", "Gm", "C#m", "F#m")
ENDINGS = (".wav", ".wav", ".wav", ".WAV", ".aif", ".flac")


def kits(rng: np.random.Generator, weights: np.ndarray) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """Kit after kit without end: its folder, relative, and its samples as (path below the kit, class).

    No two kits share a folder and no two samples a path; `weights` (11,) say how common each class is.
    """
    number = 0
    while True:
        number += 1
        vendor, noun = VENDORS[rng.integers(len(VENDORS))], NOUNS[rng.integers(len(NOUNS))]
        folder = f"{vendor}/{ADJECTIVES[rng.integers(len(ADJECTIVES))]} {noun} {number}"
        size = int(np.clip(rng.lognormal(4.2, 0.8), 8, 800))
        yield folder, _kit(rng, size, weights)


def _kit(rng: np.random.Generator, size: int, weights: np.ndarray) -> list[tuple[str, int]]:
    style = int(rng.integers(4))
    classes = np.sort(rng.choice(len(DRUM_CLASSES), size, p=weights))
    picks = rng.integers(1 << 30, size=(size, 4))
    samples, counts = [], [0] * len(DRUM_CLASSES)
    for kind, (word, other, key, bpm) in zip(classes.tolist(), picks.tolist(), strict=True):
        counts[kind] += 1
        number = counts[kind]
        name = f"{SHORT[kind]} {WORDS[word % len(WORDS)]}"
        if kind == DRUM_CLASSES.index("other"):
            stem = f"{name} {70 + bpm % 110}bpm {KEYS[key % len(KEYS)]} {number:02d}"
        elif style == 0:
            stem = f"{name} {number:02d}"
        elif style == 1:
            stem = f"{name}_{WORDS[other % len(WORDS)]}_{number}".replace(" ", "_")
        elif style == 2:
            stem = f"{FOLDERS[kind][:2].upper()}_{number:03d}_{KEYS[key % len(KEYS)]}"
        else:
            stem = f"{kind:02d}{number:04d}"  # says nothing
        samples.append((f"{FOLDERS[kind]}/{stem}{ENDINGS[other % len(ENDINGS)]}", kind))
    return samples
