"""A tree of odd and broken files, and what must become of each."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import soundfile

RATE = 44_100


@dataclass
class Odd:
    """What a run over the tree must find; paths are absolute."""

    root: bytes
    ready: set[bytes] = field(default_factory=set)
    """Decoded, and placed on the map."""
    marked: dict[bytes, str] = field(default_factory=dict)
    """Those of `ready` that come with a note, and a word of it."""
    silent: dict[bytes, str] = field(default_factory=dict)
    """Listed but kept off the map, and a word of the note."""
    rejects: dict[bytes, str] = field(default_factory=dict)
    """Refused, and a word of the reason."""
    skipped: dict[str, int] = field(default_factory=dict)
    """How many the scan passes by, for each of its reasons."""

    @property
    def listed(self) -> set[bytes]:
        """Every file that the scan hands on."""
        return self.ready | set(self.silent) | set(self.rejects)


def hit(*, seed: int = 0, seconds: float = 0.3, rate: int = RATE, hz: float = 200.0) -> np.ndarray:
    """(n,) float32: a decaying tone with some noise, from its first sample on."""
    t = np.arange(int(seconds * rate)) / rate
    noise = np.random.default_rng(seed).standard_normal(len(t))
    return ((0.6 * np.cos(2 * np.pi * hz * t) + 0.1 * noise) * np.exp(-t * 12)).astype(np.float32)


def write(path: bytes, sound: np.ndarray, *, rate: int = RATE, form: str = "WAV", subtype: str | None = None) -> bytes:
    """A sound file of any name; its folders are made."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    soundfile.write(path, sound, rate, format=form, subtype=subtype)
    return path


def put(path: bytes, content: bytes) -> bytes:
    """A file of these bytes; its folders are made."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    return path


def get(path: bytes) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def cut(path: bytes, share: float = 0.5) -> bytes:
    """The same file without its end."""
    content = get(path)
    return put(path, content[: int(len(content) * share)])


def make_odd_files(folder: bytes | str | os.PathLike[str]) -> Odd:
    """Every kind of file that a library may hold, below `folder` (which is made)."""
    root = os.path.abspath(os.fsencode(folder))
    odd = Odd(root)
    for seed, (name, options) in enumerate(_formats()):
        path = os.path.join(root, b"formats", name)
        rate, channels = int(options.pop("rate", RATE)), int(options.pop("channels", 1))
        sound = np.repeat(hit(seed=seed, rate=rate)[:, None], channels, axis=1)
        odd.ready.add(write(path, sound, rate=rate, **options))
    _names(odd)
    _quiet(odd)
    _broken(odd)
    _passed_by(odd)
    return odd


def _formats() -> Iterator[tuple[bytes, dict[str, object]]]:
    for subtype in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"):
        yield f"{subtype}.wav".encode(), {"subtype": subtype}
    yield b"adpcm.wav", {"subtype": "MS_ADPCM"}
    for form, ending in (("AIFF", "aiff"), ("AIFF", "AIF"), ("CAF", "caf"), ("AU", "au"), ("W64", "w64")):
        yield f"whole.{ending}".encode(), {"form": form}
    yield b"whole.rf64", {"form": "RF64"}
    yield b"rf64 inside.wav", {"form": "RF64"}
    yield b"whole.flac", {"form": "FLAC", "subtype": "PCM_24"}
    yield b"whole.ogg", {"form": "OGG", "subtype": "VORBIS"}
    yield b"whole.opus", {"form": "OGG", "subtype": "OPUS", "rate": 48_000}
    yield b"whole.mp3", {"form": "MP3"}
    yield b"SHOUTED.WAV", {}
    for rate in (8_000, 22_254, 44_101, 96_000, 192_000, 384_000):
        yield f"{rate}.wav".encode(), {"rate": rate}
    for channels in (2, 3, 6, 64):
        yield f"{channels} channels.wav".encode(), {"channels": channels}


def _names(odd: Odd) -> None:
    names = (
        b"new\nline.wav",
        b"\x1b[31mred\x07.wav",
        b"\xff\xfe not text.wav",
        "\u202egnp.\u05d0\u05d1.wav".encode(),
        "cafe\u0301 \U0001f941.wav".encode(),
        b"x" * 251 + b".wav",
        b"two.dots.wav",
        b" -leading dash.wav",
        b"spaces at the end .wav",
    )
    for seed, name in enumerate(names):
        odd.ready.add(write(os.path.join(odd.root, b"names\n", name), hit(seed=100 + seed)))
    deep = os.path.join(odd.root, *[b"level %d" % level for level in range(20)])
    odd.ready.add(write(os.path.join(deep, b"deep.wav"), hit(seed=150)))


def _quiet(odd: Odd) -> None:
    folder = os.path.join(odd.root, b"quiet")
    zeros = np.zeros(RATE // 2, dtype=np.float32)
    odd.silent[write(os.path.join(folder, b"silence.wav"), zeros)] = "silent"
    odd.silent[write(os.path.join(folder, b"silence.mp3"), zeros, form="MP3")] = "silent"
    odd.silent[write(os.path.join(folder, b"offset.wav"), zeros + np.float32(0.25))] = "offset"
    odd.ready.add(write(os.path.join(folder, b"click.wav"), hit()[:300]))
    odd.ready.add(write(os.path.join(folder, b"millisecond.wav"), hit()[: RATE // 1000 + 1]))
    odd.silent[write(os.path.join(folder, b"tick.wav"), hit()[:30])] = "1 ms"
    odd.silent[write(os.path.join(folder, b"one sample.wav"), hit()[:1])] = ""
    opposite = np.stack((hit(seed=1), -hit(seed=1)), axis=1)
    odd.ready.add(write(os.path.join(folder, b"opposite channels.wav"), opposite))
    odd.ready.add(write(os.path.join(folder, b"hot.wav"), hit() * 40, subtype="FLOAT"))
    odd.ready.add(write(os.path.join(folder, b"faint.wav"), hit() * 0.002, subtype="PCM_24"))
    odd.ready.add(write(os.path.join(folder, b"late.wav"), np.concatenate((zeros, hit()))))


def _broken(odd: Odd) -> None:
    folder = os.path.join(odd.root, b"broken")

    def at(name: bytes) -> bytes:
        return os.path.join(folder, name)

    odd.rejects[put(at(b"empty.wav"), b"")] = "empty"
    odd.rejects[put(at(b"text.wav"), b"This is no sound.\n" * 200)] = "not audio"
    odd.rejects[put(at(b"text.snd"), b"This is no sound.\n" * 200)] = "not audio"
    odd.rejects[put(at(b"noise.mp3"), np.random.default_rng(5).bytes(20_000))] = "not audio"
    odd.rejects[put(at(b"page.flac"), b"<!DOCTYPE html><html>404</html>" * 20)] = "not audio"
    odd.rejects[put(at(b"album.m4a"), b"\0\0\0\x20ftypM4A \0\0\0\0" + bytes(400))] = ""
    odd.rejects[write(at(b"header only.wav"), np.zeros(0, dtype=np.float32))] = "no sound"
    for form, ending in (
        ("WAV", "wav"),
        ("AIFF", "aiff"),
        ("AU", "au"),
        ("CAF", "caf"),
        ("W64", "w64"),
        ("RF64", "rf64"),
    ):
        path = write(at(f"cut.{ending}".encode()), hit(seconds=1.0), form=form)
        odd.marked[cut(path)] = "ends early: 0."
    for form, ending in (("FLAC", "flac"), ("OGG", "ogg"), ("MP3", "mp3")):
        path = write(at(f"cut.{ending}".encode()), np.tile(hit(), 20), form=form)
        odd.marked[cut(path)] = "ends early"
    for name, length in ((b"says more.wav", 10_000_000), (b"says most.wav", 0xFFFFFFFF), (b"says less.wav", 64)):
        path = write(at(name), hit())
        content = bytearray(get(path))
        start = content.index(b"data") + 4
        content[start : start + 4] = struct.pack("<I", length)
        put(path, bytes(content))
    odd.marked[at(b"says more.wav")] = "ends early: 0.30 of 113.38 s"
    odd.ready.add(at(b"says most.wav"))
    odd.silent[at(b"says less.wav")] = "1 ms"
    odd.ready |= set(odd.marked)
    for value, name in ((np.nan, b"nan.wav"), (np.inf, b"infinite.wav")):
        sound = hit()
        sound[5000] = value
        odd.rejects[write(at(name), sound, subtype="FLOAT")] = "finite"


def _passed_by(odd: Odd) -> None:
    root = odd.root
    sound = get(write(os.path.join(root, b"plain.wav"), hit(seed=200)))
    odd.ready.add(os.path.join(root, b"plain.wav"))
    put(os.path.join(root, b"._plain.wav"), b"\0\x05\x16\x07" + bytes(60))
    put(os.path.join(root, b".hidden.wav"), sound)
    put(os.path.join(root, b".cache", b"in a hidden folder.wav"), sound)
    put(os.path.join(root, b"__MACOSX", b"in a shadow folder.wav"), sound)
    put(os.path.join(root, b"cover.jpg"), b"\xff\xd8\xff")
    put(os.path.join(root, b"wav"), b"no ending")
    os.symlink(root, os.path.join(root, b"loop"))
    os.symlink(b"plain.wav", os.path.join(root, b"again.wav"))
    os.symlink(b"nowhere.wav", os.path.join(root, b"broken link.wav"))
    os.mkfifo(os.path.join(root, b"pipe.wav"))
    os.mkdir(os.path.join(root, b"a folder.wav"))
    odd.skipped = {
        "AppleDouble files (._)": 1,
        "hidden files": 1,
        "hidden folders": 1,
        "__MACOSX folders": 1,
        "other files": 2,
        "links to what is listed already": 2,
        "broken links": 1,
        "pipes, sockets and devices": 1,
    }
