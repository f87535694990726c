"""The protocol between the app and a listener: small frames with hard limits, and no text in either direction.

A frame is a kind (one byte), the length of its body (four bytes) and the body, which has a fixed layout of numbers and
hashes. Sounds are sent as blocks of FLAC, or of Opus where the line is too thin for FLAC, in chunks of at most 16 KiB,
so that a request can go between two chunks. A block is named by the SHA-256 of its bytes. No message can carry a path,
a name or a command.

Both ends hold a secret and prove it with an HMAC over two nonces, the listener first. Whoever takes over the socket
on the app's machine learns nothing and gets no sound.
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

VERSION = 4
CHUNK_BYTES = 16 << 10
"""Most bytes of sound in one frame, which is how much a request may have to wait for."""
BLOCK_BYTES = 4 << 20
"""Most bytes of one block."""
LEAST_BLOCK_BYTES = 42
"""Bytes of the shortest header that a block can have: FLAC's name and its first record."""
MAGICS = (b"fLaC", b"OggS")
"""How blocks begin: FLAC, or Opus in Ogg."""
SLOTS = 4
"""Blocks that may be in delivery at once on one connection."""
QUEUE = 64
"""Most blocks of a long sound that may be sent ahead."""
HASH_BYTES = 32
PREFIX_BYTES = 8
"""Bytes of each hash in `Accepted`."""
GREETED = CHUNK_BYTES // PREFIX_BYTES
_NONCE_BYTES = 16
_HEADER = struct.Struct(">BI")
GAIN_DB = (-120.0, 24.0)
SPEED = (0.25, 4.0)
STEP_S = (0.02, 2.0)
SWING = (50.0, 75.0)
MOST_STEPS = 64
MOST_PARTS_BYTES = 16 << 10
"""Most bytes of the parts of a beat."""


class ListenerError(PlayerError):
    """No connection to a listener, or a message that the protocol does not allow."""


# --- handshake ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hello:
    """App: opens the handshake."""

    version: int
    nonce: bytes


@dataclass(frozen=True, slots=True)
class Challenge:
    """Listener: its proof, and a nonce for the app's."""

    nonce: bytes
    proof: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """App: its proof."""

    proof: bytes


@dataclass(frozen=True, slots=True)
class Accepted:
    """Listener: the app may play; these blocks are cached."""

    sounds: bool
    """Whether a person can hear it."""
    held: bytes
    """The first bytes of the hashes of the blocks used last, joined."""

    def __post_init__(self) -> None:
        if len(self.held) % PREFIX_BYTES:
            raise ListenerError("an impossible length of a handshake message")


@dataclass(frozen=True, slots=True)
class Denied:
    """Listener: refuses, and closes the connection."""

    code: int


REFUSED_VERSION, REFUSED_PROOF, REFUSED_FRAME, REFUSED_FULL = range(1, 5)

# --- app to listener -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlayBlock:
    """Play this block in place of the current sound."""

    tag: int
    digest: bytes
    start: int
    """The first frame of the block that is played."""
    end: int
    """The frame of the block before which playing ends; what follows helps the decoder only."""
    gain_db: float
    speed: float
    """Changes the pitch too."""
    loop: bool
    """Whether it is repeated until `Halt`; for a sound of one block only."""
    last: bool
    """Whether the sound ends with this block."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.gain_db) and GAIN_DB[0] <= self.gain_db <= GAIN_DB[1]):
            raise ListenerError("an impossible gain")
        if not (math.isfinite(self.speed) and SPEED[0] <= self.speed <= SPEED[1]):
            raise ListenerError("an impossible speed")


@dataclass(frozen=True, slots=True)
class More:
    """The next block of the sound: its frames from `start` to before `end`."""

    tag: int
    digest: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class End:
    """The sound has no more blocks."""

    tag: int


@dataclass(frozen=True, slots=True)
class Halt:
    """Fade out the app's sound."""


@dataclass(frozen=True, slots=True)
class PlayPattern:
    """Play this beat beside the sounds; one of this tag that plays is changed in place, in time."""

    tag: int
    step_s: float
    swing: float
    at_s: float
    """Where in its round it begins, unless one of this tag plays already."""
    steps: int
    parts: bytes
    """As `pattern_parts` packs them."""

    def __post_init__(self) -> None:
        if not (STEP_S[0] <= self.step_s <= STEP_S[1] and SWING[0] <= self.swing <= SWING[1]):
            raise ListenerError("an impossible tempo or swing")
        if not (1 <= self.steps <= MOST_STEPS and 0.0 <= self.at_s <= self.steps * self.step_s):
            raise ListenerError("an impossible number of steps, or place among them")


@dataclass(frozen=True, slots=True)
class HaltPattern:
    """Fade out the app's beat."""


@dataclass(frozen=True, slots=True)
class Put:
    """A block follows in chunks in this slot."""

    slot: int
    digest: bytes
    size: int

    def __post_init__(self) -> None:
        if not (0 <= self.slot < SLOTS and LEAST_BLOCK_BYTES <= self.size <= BLOCK_BYTES):
            raise ListenerError("a block of an impossible size")


@dataclass(frozen=True, slots=True)
class Chunk:
    """The next bytes of the block in this slot."""

    slot: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Ping:
    """Asks for a `Pong`, to measure the round trip."""

    number: int


# --- listener to app -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Got:
    """Acknowledges bytes of the block in this slot: all of them at once if the listener has the block already."""

    slot: int
    digest: bytes
    received: int


@dataclass(frozen=True, slots=True)
class Pong:
    """Answers the `Ping` with this number."""

    number: int


@dataclass(frozen=True, slots=True)
class Kept:
    """This block has arrived from another app."""

    digest: bytes


@dataclass(frozen=True, slots=True)
class Missing:
    """This block is needed, and is not in the cache."""

    digest: bytes


@dataclass(frozen=True, slots=True)
class Begun:
    """The first frame of this sound was handed to the device."""

    tag: int


@dataclass(frozen=True, slots=True)
class Played:
    """How much of this sound the device has taken, in milliseconds of its own clock; sent twice a second."""

    tag: int
    played_ms: int


@dataclass(frozen=True, slots=True)
class PatternAt:
    """Where in its round this beat is in what is heard; sent twice a second."""

    tag: int
    at_s: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.at_s <= MOST_STEPS * STEP_S[1]:
            raise ListenerError("an impossible place in a beat")


@dataclass(frozen=True, slots=True)
class Over:
    """This sound ended, was replaced by another one, or was halted."""

    tag: int


@dataclass(frozen=True, slots=True)
class Broken:
    """This sound cannot be played: its bytes are not audio."""

    tag: int


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    """The listener's device was lost, or is back."""

    sounds: bool


Message = (
    Hello | Challenge | Proof | Accepted | Denied | PlayBlock | More | End | Halt | Put | Chunk | Ping
    | PlayPattern | HaltPattern | Got | Pong | Kept | Missing | Begun | Played | PatternAt | Over | Broken
    | DeviceChanged
)  # fmt: skip

_N, _H = f"{_NONCE_BYTES}s", f"{HASH_BYTES}s"
_LAYOUTS: dict[int, tuple[type[Any], struct.Struct, int]] = {
    kind: (message, struct.Struct(f">{layout}"), tail)
    for kind, message, layout, tail in (
        (1, Hello, f"H{_N}", 0),
        (2, Challenge, f"{_N}32s", 0),
        (3, Proof, "32s", 0),
        (4, Accepted, "?", GREETED * PREFIX_BYTES),
        (5, Denied, "B", 0),
        (16, PlayBlock, f"I{_H}IIff??", 0),
        (17, More, f"I{_H}II", 0),
        (18, End, "I", 0),
        (19, Halt, "", 0),
        (20, Put, f"B{_H}I", 0),
        (21, Chunk, "B", CHUNK_BYTES),
        (22, Ping, "I", 0),
        (23, PlayPattern, "IdddB", MOST_PARTS_BYTES),
        (24, HaltPattern, "", 0),
        (32, Got, f"B{_H}I", 0),
        (33, Missing, _H, 0),
        (34, Begun, "I", 0),
        (35, Over, "I", 0),
        (36, Broken, "I", 0),
        (37, DeviceChanged, "?", 0),
        (38, Kept, _H, 0),
        (39, Pong, "I", 0),
        (40, Played, "II", 0),
        (41, PatternAt, "Id", 0),
    )
}
"""Kind -> (message, layout of its fields, most bytes of a variable last field)."""
_KINDS = {message: kind for kind, (message, _, _) in _LAYOUTS.items()}
_FIELDS = {message: [field.name for field in fields(message)] for message in _KINDS}

TO_GREET: frozenset[type] = frozenset({Hello, Proof})
TO_LISTENER: frozenset[type] = frozenset({PlayBlock, More, End, Halt, PlayPattern, HaltPattern, Put, Chunk, Ping})
TO_APP: frozenset[type] = frozenset(
    {Challenge, Accepted, Denied, Got, Pong, Kept, Missing, Begun, Played, PatternAt, Over, Broken, DeviceChanged}
)


def pack(message: Message) -> bytes:
    """The message as a frame."""
    kind = _KINDS[type(message)]
    _, layout, most_tail = _LAYOUTS[kind]
    values = [getattr(message, name) for name in _FIELDS[type(message)]]
    tail = values.pop() if most_tail else b""
    body = layout.pack(*values) + tail
    return _HEADER.pack(kind, len(body)) + body


class FrameParser:
    """Cuts a stream of bytes into messages; refuses what is not allowed before its body arrives."""

    def __init__(self, allowed: Collection[type]) -> None:
        self.allowed = allowed
        """The types of messages that may come now."""
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        """The messages that are complete; raises ListenerError at the first byte that is not allowed."""
        self._buffer += data
        while len(self._buffer) >= _HEADER.size:
            kind, length = _HEADER.unpack_from(self._buffer)
            if kind not in _LAYOUTS or _LAYOUTS[kind][0] not in self.allowed:
                raise ListenerError("bytes that are not a message, or one out of order")
            message, layout, most_tail = _LAYOUTS[kind]
            if not layout.size <= length <= layout.size + most_tail:
                raise ListenerError(f"a {message.__name__} of an impossible length")
            end = _HEADER.size + length
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[_HEADER.size : end])
            del self._buffer[:end]
            values = layout.unpack_from(body)
            yield message(*values, body[layout.size :]) if most_tail else message(*values)


def block_digest(data: bytes) -> bytes:
    """The SHA-256 that names a block."""
    return hashlib.sha256(data).digest()


def proof_of_listener(token: bytes, hello: bytes, challenge: bytes) -> bytes:
    return hmac.digest(token, b"listener" + hello + challenge, "sha256")


def proof_of_app(token: bytes, hello: bytes, challenge: bytes) -> bytes:
    return hmac.digest(token, b"app" + hello + challenge, "sha256")


def same_proof(proof: bytes, expected: bytes) -> bool:
    """Whether two proofs are equal, compared in constant time."""
    return hmac.compare_digest(proof, expected)
