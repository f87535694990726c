"""Which codec a file holds that libsndfile cannot decode, read from a few bytes: so that it can be named."""

from __future__ import annotations

import os
from collections.abc import Iterator

from tui_browser.audio.claims import chunks

_WAV = {
    0x50: "MPEG", 0x55: "MP3", 0xFF: "AAC", 0x1600: "AAC", 0x1602: "AAC", 0x1610: "AAC", 0x706D: "AAC", 0xA106: "AAC",
    0x160: "WMA", 0x161: "WMA", 0x162: "WMA", 0x163: "WMA", 0x270: "ATRAC3", 0x2000: "AC-3", 0x2001: "DTS",
    0x22: "TrueSpeech", 0x28F: "G.722", 0x64: "G.726", 0x45: "G.726", 0x61: "ADPCM", 0x62: "ADPCM", 0x69: "ADPCM",
    0x200: "Creative ADPCM", 0x20: "Yamaha ADPCM", 0x674F: "Vorbis", 0x6750: "Vorbis", 0x6751: "Vorbis",
    0x676F: "Vorbis", 0x6770: "Vorbis", 0x6771: "Vorbis", 0x566F: "Vorbis", 0xF1AC: "FLAC", 0x704F: "Opus",
}  # fmt: skip
_NATIVE = frozenset({0, 1, 2, 3, 6, 7, 0x11, 0x31, 0x38, 0x40, 0x14, 0xFFFE})
_NATIVE_AIFC = frozenset(
    b"NONE sowt twos raw  fl32 FL32 fl64 FL64 ulaw ULAW alaw ALAW ima4 GSM  DWVW in24 ni24 42ni in32 23ni"[at : at + 4]
    for at in range(0, 100, 5)
)
_FOURCC = {
    b"alac": "ALAC", b"mp4a": "AAC", b"aac ": "AAC", b"aach": "AAC", b"aacp": "AAC", b"ima4": "IMA4", b".mp3": "MP3",
    b"ac-3": "AC-3", b"ec-3": "E-AC-3", b"Opus": "Opus", b"opus": "Opus", b"fLaC": "FLAC", b"flac": "FLAC",
    b"samr": "AMR", b"sawb": "AMR", b"MAC3": "MACE 3", b"MAC6": "MACE 6", b"QDM2": "QDesign", b"QDMC": "QDesign",
    b"Qclp": "QCELP", b"ilbc": "iLBC", b"ulaw": "mu-law", b"alaw": "A-law", b"lpcm": "PCM", b"sowt": "PCM",
    b"twos": "PCM", b"in24": "PCM", b"fl32": "PCM", b"ADP4": "ADPCM", b"enca": "protected AAC",
    b"drms": "protected AAC",
}  # fmt: skip
_MAGIC = (
    (0, b"\x30\x26\xb2\x75", "WMA"),
    (0, b"\x1a\x45\xdf\xa3", "Matroska"),
    (0, b"ADIF", "AAC"),
    (0, b"wvpk", "WavPack"),
    (0, b"MAC ", "Monkey's Audio"),
    (0, b"TTA1", "True Audio"),
    (0, b"tBaK", "TAK"),
    (0, b"MPCK", "Musepack"),
    (0, b"MP+", "Musepack"),
    (0, b"DSD ", "DSD"),
    (0, b"FRM8", "DSD"),
    (0, b"#!AMR", "AMR"),
    (0, b".RMF", "RealAudio"),
    (0, b"ajkg", "Shorten"),
    (0, b"OFR ", "OptimFROG"),
    (0, b"FLV\x01", "Flash video"),
    (0, b"\x0b\x77", "AC-3"),
    (0, b"\x7f\xfe\x80\x01", "DTS"),
)
_ATOMS = (b"ftyp", b"moov", b"mdat", b"wide", b"pnot", b"skip")
_MOOV_READ = 1 << 20


def codec(fd: int, start: int, end: int) -> str:
    """Codec and container of the sound that begins at `start`, such as "ALAC in CAF"; empty where it is not known."""
    head = os.pread(fd, 64, start).ljust(64, b"\0")
    for offset, magic, name in _MAGIC:
        if head[offset:].startswith(magic):
            return name
    if head[0] == 0xFF and head[1] & 0xF6 == 0xF0 and head[2] >> 2 & 15 < 13:
        return "AAC"
    if head[4:8] in _ATOMS:
        entry = _mp4_entry(fd, start, end)
        return f"{_FOURCC.get(entry, 'AAC or the like')} in M4A" if entry not in (b"", b"mp4a") else "AAC in M4A"
    if head[:4] == b"RIFF" and head[8:11] == b"AVI":
        return "AVI"
    if head[:4] in (b"RIFF", b"RIFX", b"RF64"):
        return _in_wav(fd, start, end, big=head[:4] == b"RIFX")
    if head[:4] == b"caff" and head[28:32] not in (b"lpcm", b"ulaw", b"alaw"):
        return f"{_named(head[28:32])} in CAF"
    if head[:4] == b"FORM" and head[8:12] == b"AIFC":
        return _in_aifc(fd, start, end)
    if head[:4] == b"OggS":
        packet = os.pread(fd, 16, start + 27 + head[26])
        names = ((b"Speex", "Speex"), (b"\x7fFLAC", "FLAC"), (b"\x80theora", "Theora"), (b"fishead", "Skeleton"))
        return next((f"{name} in Ogg" for magic, name in names if packet.startswith(magic)), "")
    return ""


def _named(fourcc: bytes) -> str:
    known = _FOURCC.get(fourcc)
    return known or "".join(chr(each) if 32 < each < 127 else "?" for each in fourcc)


def _in_wav(fd: int, start: int, end: int, *, big: bool) -> str:
    for name, at, length in chunks(fd, start + 12, end, ">4sI" if big else "<4sI", 2):
        if name == b"fmt ":
            tag = int.from_bytes(os.pread(fd, 2, at), "big" if big else "little")
            if tag == 0xFFFE and length >= 26:
                tag = int.from_bytes(os.pread(fd, 2, at + 24), "big" if big else "little")
            return "" if tag in _NATIVE else f"{_WAV.get(tag, f'format 0x{tag:04x}')} in WAV"
    return ""


def _in_aifc(fd: int, start: int, end: int) -> str:
    for name, at, length in chunks(fd, start + 12, end, ">4sI", 2):
        if name == b"COMM" and length >= 22:
            kind = os.pread(fd, 4, at + 18)
            return "" if kind in _NATIVE_AIFC else f"{_named(kind)} in AIFC"
    return ""


def _mp4_entry(fd: int, start: int, end: int) -> bytes:
    """The four letters that name the codec of the first sound track; empty where they are not found."""
    for name, at, length in _atoms(fd, start, end):
        if name == b"moov":
            content = os.pread(fd, min(length, _MOOV_READ), at)
            sound = content.find(b"soun")
            table = content.find(b"stsd", max(0, sound))
            return content[table + 16 : table + 20] if sound >= 0 and table >= 0 else b""
    return b""


def _atoms(fd: int, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    for _ in range(1000):
        raw = os.pread(fd, 16, at)
        if len(raw) < 8:
            return
        length, header = int.from_bytes(raw[:4], "big"), 8
        if length == 1:
            length, header = int.from_bytes(raw[8:16], "big"), 16
        elif length == 0:
            length = end - at
        if length < header:
            return
        yield raw[4:8], at + header, length - header
        at += length
