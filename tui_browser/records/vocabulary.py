"""Names and numbers that all rooms share: classes, features, keys, flags, file endings."""

from __future__ import annotations

from enum import IntEnum
from typing import NewType

import numpy as np
from numpy.typing import NDArray

SampleId = NewType("SampleId", int)

FloatArray = NDArray[np.float32]

DRUMS = ("kick", "snare", "clap", "rim", "hat_closed", "hat_open", "cymbal", "tom", "cowbell", "shaker")

OTHER = "other"
"""Class of all sounds that are not drums, in a model that knows only drums."""

KINDS = (
    "perc_hand", "perc_metal", "perc_wood", "bass", "keys", "pluck", "mallet", "strings", "brass", "wind", "synth",
    "voice", "fx", "foley", "loop_drum", "loop_tonal",
)  # fmt: skip
"""Kinds of sounds that are not drums."""

DRUM_CLASSES = (*DRUMS, OTHER)
"""Classes of a model that knows only drums, and of a library that does not name its classes."""

CLASSES = (*DRUM_CLASSES, *KINDS)
"""All classes of shipped models. A corrected class is stored as its index, so none may move; a model has some of them
in an order of its own."""

CLASS_FAMILIES = {
    "drums": DRUMS,
    "percussion": ("perc_hand", "perc_metal", "perc_wood"),
    "tonal": ("bass", "keys", "pluck", "mallet", "strings", "brass", "wind", "synth"),
    "voice": ("voice",),
    "effects": ("fx", "foley"),
    "loops": ("loop_drum", "loop_tonal"),
}
"""Families of classes; `other` belongs to none."""

FAMILY_OF = {name: family for family, names in CLASS_FAMILIES.items() for name in names}

CONFIDENT_P = 0.5
"""A class with a lower probability is shown with a `?`; docs/model.md gives its accuracy."""

UNCLASSED = 255
"""`class` of a sample without a model's classification."""

FEATURES = ("duration_s", "brightness_hz", "noisiness", "pitch_hz", "attack_s", "loudness_db", "bpm", "key")
"""Columns of `Snapshot.features`; NaN where unknown (the pitch of noise, silence). `key` indexes `KEYS`."""

KEYS = (
    "C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B",
    "Cm", "C#m", "Dm", "D#m", "Em", "Fm", "F#m", "Gm", "G#m", "Am", "A#m", "Bm",
)  # fmt: skip
"""Major and minor keys; `key` of a sample is one of these."""

AUDIO_ENDINGS = frozenset(
    b".wav .wave .aif .aiff .aifc .flac .ogg .oga .opus .mp3 .mp2 .caf .au .snd .w64 .rf64 "
    b".m4a .aac .wma .wv .ape .tta .mpc .mka .weba .amr".split()
)
"""File name extensions of audio files, in lower case."""


class SampleState(IntEnum):
    """Whether a sample can be placed on the map."""

    READY = 0
    SILENT = 1
    """Listed and playable but not on the map: silent, DC only, or shorter than 1 ms."""


FAVOURITE, HEARD, MISSING, HIDDEN = 1, 2, 4, 8

LOOP, ONE_SHOT = 64, 128
"""Bits of `Snapshot.flags`; the last two say what names, tags or chunks call the sound."""

PROVISIONAL = "~"
"""First character of the `content_hash` of a long file of which only the head was read; it sorts behind all others."""


def is_provisional(content_hash: str) -> bool:
    """Whether the rest of the file is still to be read."""
    return content_hash.startswith(PROVISIONAL)


def known_hash(content_hash: str) -> str | None:
    """The content hash as people and other programs get it: None until the whole file has been read."""
    return content_hash if content_hash and not is_provisional(content_hash) else None
