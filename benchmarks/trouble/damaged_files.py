"""Files damaged by seed, over every format and encoding that soundfile writes, with what must become of each."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import soundfile

from tui_browser.records import AUDIO_ENDINGS

Outcome = Literal["sample", "reject", "either"]

_HEADERLESS = ("RAW", "SD2")
"""RAW has no header, and SD2 keeps it in a fork that only one system has."""
_FLOAT_IN_NAME = ("FLOAT", "DOUBLE")
_RATES = {"OPUS": 48_000, "NMS_ADPCM_16": 8_000, "NMS_ADPCM_24": 8_000, "NMS_ADPCM_32": 8_000}
_FIELDS = (b"data", b"fmt ", b"RIFF", b"SSND", b"COMM", b"FORM", b"LIST", b"ds64", b"desc", b"pakt", b"fact", b"fLaC")
_SIZES = (0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0xFFFF_FFF0)


@dataclass(frozen=True, slots=True)
class SoundKind:
    """A format and an encoding that soundfile writes."""

    form: str
    subtype: str

    @property
    def ending(self) -> str:
        """The ending that such a file has; `.wav` where this program passes its own by."""
        own = {"WAVEX": "wav", "RF64": "rf64", "AIFF": "aiff", "OGG": "opus" if self.subtype == "OPUS" else "ogg"}
        ending = own.get(self.form, self.form.lower())
        return ending if f".{ending}".encode() in AUDIO_ENDINGS else "wav"

    @property
    def is_float(self) -> bool:
        return self.subtype in _FLOAT_IN_NAME


@dataclass(frozen=True, slots=True)
class DamagedFile:
    """A file and what is known of it."""

    path: bytes
    kind: SoundKind
    damage: str
    outcome: Outcome
    reason: str = ""
    """A word of the reason where it has to be a reject."""


@lru_cache(maxsize=1)
def sound_kinds() -> tuple[SoundKind, ...]:
    """Every format and encoding that can be written and read again here."""
    kinds = []
    for form in soundfile.available_formats():
        if form in _HEADERLESS:
            continue
        for subtype in soundfile.available_subtypes(form):
            kind = SoundKind(form, subtype)
            try:
                soundfile.info(io.BytesIO(whole_file(kind, 0)))
            except (soundfile.LibsndfileError, ValueError, TypeError):
                continue  # this version does not write it
            kinds.append(kind)
    return tuple(kinds)


@lru_cache(maxsize=2048)
def whole_file(kind: SoundKind, number: int, *, value: float | None = None) -> bytes:
    """A sound file without damage; with `value` one of its samples is that."""
    rng = np.random.default_rng((11, number))
    rate = _RATES.get(kind.subtype, 44_100)
    t = np.arange(int(rate * (0.15 + 0.2 * rng.random()))) / rate
    tone = np.cos(2 * np.pi * 80 * 2 ** (4 * rng.random()) * t)
    sound = 0.5 * (tone + 0.2 * rng.standard_normal(len(t))) * np.exp(-12 * t)
    if value is not None:
        sound[len(sound) // 2] = value
    content = io.BytesIO()
    soundfile.write(content, sound.astype(np.float64), rate, format=kind.form, subtype=kind.subtype)
    return content.getvalue()


def make_damaged_files(folder: str, *, count: int, seed: int) -> Iterator[DamagedFile]:
    """Write `count` damaged files below `folder`, each by one random damage to a random kind of file."""
    rng = np.random.default_rng((seed, 3))
    kinds = sound_kinds()
    names = list(_DAMAGES)
    for number in range(count):
        name = names[number % len(names)]
        fitting = [kind for kind in kinds if kind.is_float] if name == "not finite" else kinds
        kind = fitting[int(rng.integers(len(fitting)))]
        content, outcome, reason, ending = _DAMAGES[name](kind, int(rng.integers(40)), rng)
        path = os.path.join(folder, f"{number // 200:03d}", f"{number:05d} {name} {kind.form} {kind.subtype}.{ending}")
        yield DamagedFile(_put(path, content), kind, name, outcome, reason)


def make_whole_files(folder: str) -> Iterator[bytes]:
    """One file without damage of every kind."""
    for number, kind in enumerate(sound_kinds()):
        name = f"{number:03d} whole {kind.form} {kind.subtype}.{kind.ending}"
        yield _put(os.path.join(folder, name), whole_file(kind, 100 + number))


def _put(path: str, content: bytes) -> bytes:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    return os.fsencode(path)


# --- damages: content, what must become of it, a word of the reason, ending -------------------------------------------

_Damage = tuple[bytes, Outcome, str, str]


def _flip(kind: SoundKind, number: int, rng: np.random.Generator) -> _Damage:
    content = bytearray(whole_file(kind, number))
    for at in rng.integers(0, len(content), int(rng.integers(1, 40))):
        content[at] ^= 1 << int(rng.integers(8))
    return bytes(content), "either", "", kind.ending


def _flip_header(kind: SoundKind, number: int, rng: np.random.Generator) -> _Damage:
    content = bytearray(whole_file(kind, number))
    for at in rng.integers(0, min(96, len(content)), int(rng.integers(1, 6))):
        content[at] ^= 1 << int(rng.integers(8))
    return bytes(content), "either", "", kind.ending


def _truncate(kind: SoundKind, number: int, rng: np.random.Generator) -> _Damage:
    content = whole_file(kind, number)
    return content[: int(rng.integers(1, len(content)))], "either", "", kind.ending


def _lie(kind: SoundKind, number: int, rng: np.random.Generator) -> _Damage:
    content = bytearray(whole_file(kind, number))
    for _ in range(int(rng.integers(1, 4))):
        at = 2 * int(rng.integers(0, min(64, len(content) // 2 - 4)))
        struct.pack_into("<I" if rng.integers(2) else ">I", content, at, int(rng.integers(1 << 32)))
    return bytes(content), "either", "", kind.ending


def _huge(kind: SoundKind, number: int, rng: np.random.Generator) -> _Damage:
    content = bytearray(whole_file(kind, number))
    fields = [content.find(field) for field in _FIELDS if field in content[:4096]]
    for at in fields:
        if at + 12 <= len(content) and rng.integers(2):
            struct.pack_into("<I" if rng.integers(2) else ">I", content, at + 4, int(rng.choice(_SIZES)))
    return bytes(content), "either", "", kind.ending


def _not_finite(kind: SoundKind, number: int, rng: np.random.Generator) -> _Damage:
    value = (float("nan"), float("inf"), float("-inf"))[int(rng.integers(3))]
    return whole_file(kind, number, value=value), "reject", "not finite", kind.ending


def _no_channels(kind: SoundKind, number: int, rng: np.random.Generator) -> _Damage:
    """Zero, or an impossible number of channels."""
    content = bytearray(whole_file(kind, number))
    channels = int(rng.choice([0, 0, 1025, 0xFFFF]))
    for field, skip, form in ((b"fmt ", 10, "<H"), (b"COMM", 8, ">H"), (b"desc", 36, ">I"), (b".snd", 20, ">I")):
        if (at := content.find(field)) >= 0 and at + skip + 4 < len(content):
            struct.pack_into(form, content, at + skip, channels)
    return bytes(content), "either", "", kind.ending


def _wrong_ending(kind: SoundKind, number: int, rng: np.random.Generator) -> _Damage:
    endings = sorted(AUDIO_ENDINGS)
    return whole_file(kind, number), "sample", "", endings[int(rng.integers(len(endings)))].decode()[1:]


def _nested(_: SoundKind, number: int, rng: np.random.Generator) -> _Damage:
    """A WAV with chunks in chunks, or thousands of them, before its sound."""
    wav = whole_file(SoundKind("WAV", "PCM_16"), number)
    start = wav.index(b"data")
    style = int(rng.integers(3))
    inner = b""
    if style == 0:  # lists in lists
        for _level in range(int(rng.integers(1, 300))):
            inner = b"LIST" + struct.pack("<I", len(inner) + 4) + b"INFO" + inner
    elif style == 1:  # many small ones
        inner = b"junk\x02\0\0\0ab" * int(rng.integers(1, 5_000))
    else:  # the whole file in a chunk of itself
        inner = b"LIST" + struct.pack("<I", len(wav)) + wav + b"\0" * (len(wav) % 2)
    content = bytearray(wav[:start] + inner + wav[start:])
    struct.pack_into("<I", content, 4, len(content) - 8)
    return bytes(content), "sample", "", "wav"


def _zeros(kind: SoundKind, number: int, rng: np.random.Generator) -> _Damage:
    content = whole_file(kind, number)
    start = int(rng.integers(len(content)))
    return content[:start] + bytes(len(content) - start), "either", "", kind.ending


def _grown(kind: SoundKind, number: int, rng: np.random.Generator) -> _Damage:
    return whole_file(kind, number) + rng.bytes(int(rng.integers(1, 50_000))), "either", "", kind.ending


def _shuffled(kind: SoundKind, number: int, rng: np.random.Generator) -> _Damage:
    content = whole_file(kind, number)
    one, other = sorted(rng.integers(0, len(content), 2).tolist())
    return content[:one] + content[other:] + content[one:other], "either", "", kind.ending


def _joined(kind: SoundKind, number: int, rng: np.random.Generator) -> _Damage:
    kinds = sound_kinds()
    other = kinds[int(rng.integers(len(kinds)))]
    return whole_file(kind, number) + whole_file(other, number), "either", "", kind.ending


def _nothing(kind: SoundKind, _: int, rng: np.random.Generator) -> _Damage:
    style = int(rng.integers(3))
    if style == 0:
        return b"", "reject", "empty", kind.ending
    if style == 1:
        return rng.bytes(int(rng.integers(500, 5_000))), "either", "", kind.ending
    return b"These are words and no sound. " * int(rng.integers(20, 300)), "reject", "not audio", "wav"


_DAMAGES: dict[str, Callable[[SoundKind, int, np.random.Generator], _Damage]] = {
    "bit flips": _flip, "header flips": _flip_header, "truncated": _truncate, "lying header": _lie,
    "huge sizes": _huge, "not finite": _not_finite, "channels": _no_channels, "wrong ending": _wrong_ending,
    "nested chunks": _nested, "zeros": _zeros, "bytes behind": _grown, "shuffled": _shuffled, "joined": _joined,
    "nothing": _nothing,
}  # fmt: skip
