"""Containers made by hand: the same sound under headers that are odd, wrong or incomplete."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

import numpy as np
import soundfile

from tests.odd_files import RATE, hit

SOUND = np.rint(hit(seconds=0.5) * 30_000).astype(np.int16)
"""(n,) what all of them hold."""
N = len(SOUND)
PCM = SOUND.astype("<i2").tobytes()
BIG = SOUND.astype(">i2").tobytes()
FMT = struct.pack("<HHIIHH", 1, 1, RATE, 2 * RATE, 2, 16)
_EXTENDED = bytes.fromhex("0100000000001000800000aa00389b71")


@dataclass(frozen=True, slots=True)
class Made:
    """A file, and what must become of it."""

    content: bytes
    frames: int = N
    note: str = ""
    """A word of the mark; empty where there is none."""


def chunk(name: bytes, content: bytes, *, size: int | None = None, pad: bool = True) -> bytes:
    """A chunk of a WAV, of the size that it says or should say."""
    length = len(content) if size is None else size & 0xFFFFFFFF
    return name + struct.pack("<I", length) + content + (b"\0" if pad and len(content) % 2 else b"")


def riff(*chunks: bytes, size: int | None = None) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size & 0xFFFFFFFF) + body


def encoded(form: str, subtype: str | None = None, *, sound: np.ndarray = SOUND, rate: int = RATE) -> bytes:
    """What libsndfile writes."""
    file = io.BytesIO()
    soundfile.write(file, sound, rate, format=form, subtype=subtype)
    return file.getvalue()


def told(content: bytes, name: bytes, form: str, value: int, *, at: int = 4) -> bytes:
    """The file with another size in the chunk of this name."""
    start = content.index(name) + at
    return content[:start] + struct.pack(form, value) + content[start + struct.calcsize(form) :]


def odd_wavs() -> dict[str, Made]:
    """WAVs that programs really write, or leave behind."""
    fmt, data, whole = chunk(b"fmt ", FMT), chunk(b"data", PCM), riff(chunk(b"fmt ", FMT), chunk(b"data", PCM))
    made = {
        f"{size:08x} piped.wav": Made(riff(fmt, chunk(b"data", PCM, size=size), size=size + 36))
        for size in (0x7FFFF000, 0x7FFFFFFF - 36, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0)
    }
    made |= {
        "riff 0.wav": Made(riff(fmt, data, size=0)),
        "only data open.wav": Made(riff(fmt, chunk(b"data", PCM, size=-1))),
        "crashed.wav": Made(riff(fmt, chunk(b"data", PCM, size=0), size=36)),
        "fmt after data.wav": Made(riff(data, fmt)),
        "two data.wav": Made(riff(fmt, chunk(b"data", PCM[: N // 2 * 2]), chunk(b"data", PCM)), N // 2),
        "joined.wav": Made(whole + whole),
        "no pad.wav": Made(riff(fmt, chunk(b"LIST", b"INFOINAM\3\0\0\0abc", pad=False), data)),
        "padded.wav": Made(riff(fmt, chunk(b"LIST", b"INFOINAM\3\0\0\0abc"), data)),
        "large list.wav": Made(riff(fmt, chunk(b"LIST", b"adtl" + bytes(393_160)), data)),
        "fact.wav": Made(riff(fmt, chunk(b"fact", struct.pack("<I", 12)), data)),
        "tag behind.wav": Made(whole + b"TAG" + b"x" * 125),
        "xml behind.wav": Made(whole + b'<?xml version="1.0"?><BWFXML>' + b"a" * 60_000 + b"</BWFXML>"),
        "picture behind.wav": Made(whole + b"ID3\3\0\0\0\4\0\0" + bytes(60_000) + b"\1"),
        "tag before.wav": Made(b"ID3\3\0\0\0\0\2\0" + bytes(256) + whole),
        "zeros before.wav": Made(bytes(1000) + whole),
        "no alignment.wav": Made(riff(chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, RATE, 0, 0, 16)), data)),
        "more.wav": Made(riff(fmt, chunk(b"data", PCM, size=6 * N)), note="ends early: 0.50 of 1.50 s"),
        "cut.wav": Made(riff(fmt, chunk(b"data", PCM[:N], size=2 * N)), N // 2, "ends early: 0.25 of 0.50 s"),
    }
    for name, bits, align, valid, shift in (("24 in 32", 32, 4, 24, 16), ("20 bits", 24, 3, 20, 8)):
        about = struct.pack("<HHIIHHHHI", 0xFFFE, 1, RATE, align * RATE, align, bits, 22, valid, 4) + _EXTENDED
        samples = (SOUND.astype("<i4") << shift).view(np.uint8).reshape(-1, 4)[:, :align]
        made[f"{name}.wav"] = Made(riff(chunk(b"fmt ", about), chunk(b"data", samples.tobytes())))
    made["rifx.wav"] = Made(
        b"RIFX" + struct.pack(">I", 36 + 2 * N) + b"WAVEfmt " + struct.pack(">IHHIIHH", 16, 1, 1, RATE, 2 * RATE, 2, 16)
        + b"data" + struct.pack(">I", 2 * N) + BIG
    )  # fmt: skip
    return made


def odd_others() -> dict[str, Made]:
    """The same of the other containers."""
    rate = bytes.fromhex("400eac44000000000000")
    ssnd = b"SSND" + struct.pack(">I", 8 + 2 * N) + bytes(8) + BIG

    def aiff(*chunks: bytes) -> bytes:
        body = b"AIFF" + b"".join(chunks)
        return b"FORM" + struct.pack(">I", len(body)) + body

    def comm(frames: int) -> bytes:
        return b"COMM" + struct.pack(">IhIh", 18, 1, frames, 16) + rate

    plain = aiff(comm(N), ssnd)
    made = {
        "counts none.aif": Made(aiff(comm(0), ssnd)),
        "counts more.aif": Made(aiff(comm(4 * N), ssnd)),
        "sound first.aif": Made(aiff(ssnd, comm(N))),
        "joined.aif": Made(plain + plain),
        "zeros before.aif": Made(bytes(128) + plain),
    }
    for size in (0, 0x7F000008, 0x7FFFFFFF, 0xFFFFFFFF):
        made[f"{size:x}.aif"] = Made(told(plain, b"SSND", ">I", size))
    made["more.aif"] = Made(told(plain, b"SSND", ">I", 6 * N + 8), note="ends early: 0.50 of 1.50 s")
    caf, w64, au, rf64 = (encoded(form) for form in ("CAF", "W64", "AU", "RF64"))
    for size in (-1, 0x7FFFF000, 1 << 62):
        made[f"{size:x}.caf"] = Made(told(caf, b"data", ">q", size))
    made["more.caf"] = Made(told(caf, b"data", ">q", 6 * N + 4), note="ends early: 0.50 of 1.50 s")
    for size in (0, (1 << 63) - 1, (1 << 64) - 1):
        made[f"{size:x}.w64"] = Made(told(w64, b"data", "<Q", size, at=16))
    made["more.w64"] = Made(told(w64, b"data", "<Q", 6 * N + 24, at=16), note="ends early: 0.50 of 1.50 s")
    made["joined.w64"] = Made(w64 + w64)
    for size in (0, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
        made[f"{size:x}.au"] = Made(told(au, b".snd", ">I", size, at=8))
    for value in (0, (1 << 64) - 1):
        sizes = struct.pack("<QQ", value, value)
        at = rf64.index(b"ds64") + 8
        made[f"{value:x}.rf64"] = Made(rf64[:at] + sizes + rf64[at + 16 :])
    return made | odd_flacs()


def odd_flacs() -> dict[str, Made]:
    flac = encoded("FLAC")

    def counts(frames: int) -> bytes:
        return flac[:22] + struct.pack(">I", frames) + flac[26:]

    return {
        "counts none.flac": Made(counts(0)),
        "counts less.flac": Made(counts(N // 2)),
        "counts more.flac": Made(counts(2 * N), note="ends early: 0.50 of 1.00 s"),
        "zeros before.flac": Made(bytes(1000) + flac),
        "tag before.flac": Made(b"ID3\3\0\0\0\0\2\0" + bytes(256) + flac),
        "tag behind.flac": Made(flac + b"TAG" + b"x" * 125),
    }
