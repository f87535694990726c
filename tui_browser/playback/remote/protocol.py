"""What the app and a listener say to each other: small frames with hard limits, and no text in either direction.

A frame is a kind (one byte), the length of its body (four) and the body, which is of a fixed shape: numbers and
hashes. Sounds travel as blocks of FLAC, in chunks of at most 16 KiB, so that a request goes between any two of them.
A block is named by the SHA-256 of its bytes. There is no message that could carry a path, a name or a command.

Both ends hold a secret and prove it (HMAC over two fresh numbers) without showing it, the listener first: whoever
squats on the app's end of the line learns nothing, and gets no sound.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from typing import Any

from tui_browser.errors import PlayerError

VERSION = 1
CHUNK_BYTES = 16 << 10
"""The most that one frame carries of a sound: what a request may have to wait for."""
BLOCK_BYTES = 4 << 20
"""The most that one block of sound may weigh."""
SLOTS = 4
"""Blocks that may be on their way at once, on one line."""
QUEUE = 64
"""Blocks of one long sound that may lie ahead of what is heard."""
HASH_BYTES = 32
PREFIX_BYTES = 8
"""Of each hash that a listener greets with."""
GREETED = CHUNK_BYTES // PREFIX_BYTES
_NONCE_BYTES = 16
_HEAD = struct.Struct(">BI")
GAIN_DB = (-120.0, 24.0)
SPEED = (0.25, 4.0)


class ListenerError(PlayerError):
    """The other end said what it must not, or is not who it should be."""


# --- to greet --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hello:
    """App: I would like to play."""

    version: int
    nonce: bytes


@dataclass(frozen=True, slots=True)
class Challenge:
    """Listener: here is my proof; yours?"""

    nonce: bytes
    proof: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """App: here it is."""

    proof: bytes


@dataclass(frozen=True, slots=True)
class Accepted:
    """Listener: ask away; these blocks I have already."""

    sounds: bool
    """Whether a person can hear it."""
    held: bytes
    """The first bytes of the hashes of the blocks used last, one after the other."""

    def __post_init__(self) -> None:
        if len(self.held) % PREFIX_BYTES:
            raise ListenerError("a greeting of an impossible length")


@dataclass(frozen=True, slots=True)
class Denied:
    """Listener: no, and goodbye."""

    code: int


REFUSED_VERSION, REFUSED_PROOF, REFUSED_FRAME, REFUSED_FULL = range(1, 5)

# --- app to listener -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlayBlock:
    """Sound this block in place of what sounds."""

    tag: int
    digest: bytes
    start: int
    """Frames of the block to leave out."""
    gain_db: float
    speed: float
    """The pitch goes with it."""
    loop: bool
    """Whether it is repeated until it is halted; of a sound of one block only."""
    last: bool
    """Whether the sound ends with this block."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.gain_db) and GAIN_DB[0] <= self.gain_db <= GAIN_DB[1]):
            raise ListenerError("an impossible gain")
        if not (math.isfinite(self.speed) and SPEED[0] <= self.speed <= SPEED[1]):
            raise ListenerError("an impossible speed")


@dataclass(frozen=True, slots=True)
class More:
    """The sound goes on with this block."""

    tag: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class End:
    """The sound has no more blocks."""

    tag: int


@dataclass(frozen=True, slots=True)
class Halt:
    """Fade out what this app plays."""


@dataclass(frozen=True, slots=True)
class Put:
    """A block follows in chunks, in this slot."""

    slot: int
    digest: bytes
    size: int

    def __post_init__(self) -> None:
        if not (0 <= self.slot < SLOTS and 0 < self.size <= BLOCK_BYTES):
            raise ListenerError("a block of an impossible size")


@dataclass(frozen=True, slots=True)
class Chunk:
    """The next bytes of the block in this slot."""

    slot: int
    data: bytes


# --- listener to app -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Got:
    """So many bytes of the block in this slot are here; the block is kept once all are, and `size` says so early
    where the listener had it."""

    slot: int
    digest: bytes
    received: int


@dataclass(frozen=True, slots=True)
class Kept:
    """This block has come from another app."""

    digest: bytes


@dataclass(frozen=True, slots=True)
class Missing:
    """A block that was to be played is not here."""

    digest: bytes


@dataclass(frozen=True, slots=True)
class Begun:
    """The first frame of this sound was handed to the device."""

    tag: int


@dataclass(frozen=True, slots=True)
class Over:
    """This sound was played to its end, gave way to one from elsewhere, or was halted."""

    tag: int


@dataclass(frozen=True, slots=True)
class Broken:
    """This sound cannot be played: its bytes are no sound."""

    tag: int


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    """The listener's device was lost, or has come back."""

    sounds: bool


Message = (
    Hello | Challenge | Proof | Accepted | Denied | PlayBlock | More | End | Halt | Put | Chunk
    | Got | Kept | Missing | Begun | Over | Broken | DeviceChanged
)  # fmt: skip

_N, _H = f"{_NONCE_BYTES}s", f"{HASH_BYTES}s"
_SHAPES: dict[int, tuple[type[Any], struct.Struct, int]] = {
    kind: (message, struct.Struct(f">{shape}"), tail)
    for kind, message, shape, tail in (
        (1, Hello, f"H{_N}", 0),
        (2, Challenge, f"{_N}32s", 0),
        (3, Proof, "32s", 0),
        (4, Accepted, "?", GREETED * PREFIX_BYTES),
        (5, Denied, "B", 0),
        (16, PlayBlock, f"I{_H}Iff??", 0),
        (17, More, f"I{_H}", 0),
        (18, End, "I", 0),
        (19, Halt, "", 0),
        (20, Put, f"B{_H}I", 0),
        (21, Chunk, "B", CHUNK_BYTES),
        (32, Got, f"B{_H}I", 0),
        (33, Missing, _H, 0),
        (34, Begun, "I", 0),
        (35, Over, "I", 0),
        (36, Broken, "I", 0),
        (37, DeviceChanged, "?", 0),
        (38, Kept, _H, 0),
    )
}
"""Kind -> (message, shape of its fields, most bytes that its last field may add to them)."""
_KINDS = {message: kind for kind, (message, _, _) in _SHAPES.items()}
_FIELDS = {message: [field.name for field in fields(message)] for message in _KINDS}

TO_GREET: frozenset[type] = frozenset({Hello, Proof})
TO_LISTENER: frozenset[type] = frozenset({PlayBlock, More, End, Halt, Put, Chunk})
TO_APP: frozenset[type] = frozenset(
    {Challenge, Accepted, Denied, Got, Kept, Missing, Begun, Over, Broken, DeviceChanged}
)


def pack(message: Message) -> bytes:
    """The message as a frame."""
    kind = _KINDS[type(message)]
    _, shape, tail = _SHAPES[kind]
    values = [getattr(message, name) for name in _FIELDS[type(message)]]
    rest = values.pop() if tail else b""
    body = shape.pack(*values) + rest
    return _HEAD.pack(kind, len(body)) + body


class FrameParser:
    """Cuts a stream of bytes into messages; what is not allowed is refused before its body has come."""

    def __init__(self, allowed: Collection[type]) -> None:
        self.allowed = allowed
        """The messages that may come now."""
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        """The messages that are whole now; raises LineError at the first thing that must not be."""
        self._held += data
        while len(self._held) >= _HEAD.size:
            kind, length = _HEAD.unpack_from(self._held)
            if kind not in _SHAPES or _SHAPES[kind][0] not in self.allowed:
                raise ListenerError("bytes that are no message, or not now")
            message, shape, tail = _SHAPES[kind]
            if not shape.size <= length <= shape.size + tail:
                raise ListenerError(f"a {message.__name__} of an impossible length")
            end = _HEAD.size + length
            if len(self._held) < end:
                return
            body = bytes(self._held[_HEAD.size : end])
            del self._held[:end]
            values = shape.unpack_from(body)
            yield message(*values, body[shape.size :]) if tail else message(*values)


def block_digest(data: bytes) -> bytes:
    """The name of a block."""
    return hashlib.sha256(data).digest()


def proof_of_listener(token: bytes, hello: bytes, challenge: bytes) -> bytes:
    return hmac.digest(token, b"listener" + hello + challenge, "sha256")


def proof_of_app(token: bytes, hello: bytes, challenge: bytes) -> bytes:
    return hmac.digest(token, b"app" + hello + challenge, "sha256")


def same_proof(one: bytes, other: bytes) -> bool:
    """Whether two proofs are equal, in a time that tells nothing."""
    return hmac.compare_digest(one, other)
