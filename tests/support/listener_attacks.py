"""Attacks on a listener by apps that know its secret, and by strangers: each goes on until it is told to end.

As a program it runs all of them at once: `python -m tests.support.listener_attacks SOCKET TOKEN_HEX SECONDS`.
"""

from __future__ import annotations

import contextlib
import io
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import soundfile as sf

from tui_browser.playback.remote import protocol as wire
from tui_browser.playback.remote.connection import ListenerConnection
from tui_browser.playback.remote.pattern_parts import MOST_PARTS, PatternPart, pack_parts

Attack = Callable[[str, bytes, threading.Event], None]


def greeted(address: str, token: bytes) -> socket.socket:
    """A connection that has proved itself, to misbehave on."""
    line = ListenerConnection(address, [token])
    raw = line._socket.dup()
    line.close()
    raw.settimeout(2)
    return raw


def flac(samples: np.ndarray, rate: int) -> bytes:
    file = io.BytesIO()
    sf.write(file, samples, rate, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def delivered(block: bytes) -> bytes:
    """The messages that bring a block."""
    digest = wire.block_digest(block)
    chunks = (block[at : at + wire.CHUNK_BYTES] for at in range(0, len(block), wire.CHUNK_BYTES))
    return wire.pack(wire.Put(0, digest, len(block))) + b"".join(wire.pack(wire.Chunk(0, chunk)) for chunk in chunks)


def played(block: bytes, tag: int, *, speed: float, loop: bool) -> bytes:
    end = 0xFFFFFFFF
    return wire.pack(wire.PlayBlock(tag, wire.block_digest(block), 0, end, 0.0, speed, loop, True))


def _proved(attack: Callable[[socket.socket, threading.Event], None]) -> Attack:
    """An attack over connections that have proved themselves, a new one whenever the last is refused."""

    def run(address: str, token: bytes, done: threading.Event) -> None:
        while not done.is_set():
            with contextlib.suppress(Exception), greeted(address, token) as raw:
                attack(raw, done)
            done.wait(0.01)

    return run


@_proved
def long_output(raw: socket.socket, done: threading.Event) -> None:
    """A block of 4 KB that would be an hour of sound."""
    block = flac(np.zeros(1 << 20, dtype=np.float32), 1_000)
    raw.sendall(delivered(block))
    for tag in _while(done):
        raw.sendall(played(block, tag, speed=0.25, loop=False))
        raw.recv(1 << 16)


@_proved
def awkward_loops(raw: socket.socket, done: threading.Event) -> None:
    """Loops of a few frames at rates whose ratio has no small terms."""
    for tag in _while(done):
        block = flac(np.full(1 + tag % 7, 0.1, dtype=np.float32), 192_000 - tag)
        raw.sendall(delivered(block) + played(block, tag, speed=2.145 - tag / 1e4, loop=True))
        raw.recv(1 << 16)


@_proved
def crowded_beats(raw: socket.socket, done: threading.Event) -> None:
    """Beats as fast as can be, all of whose sounds are a quarter as fast and ring through many rounds."""
    blocks = [flac(np.full(4_500, 0.01 * (number + 1), dtype=np.float32), 1_000) for number in range(MOST_PARTS)]
    raw.sendall(b"".join(map(delivered, blocks)))
    velocities = (1.0,) * wire.MOST_STEPS
    for tag in _while(done):
        parts = [PatternPart(wire.block_digest(block), tag % 9, 0.25, 1.0, 0.5, 0, velocities) for block in blocks]
        packed = pack_parts(parts, steps=wire.MOST_STEPS)
        raw.sendall(wire.pack(wire.PlayPattern(tag // 50, wire.STEP_S[0], 50.0, 0.0, wire.MOST_STEPS, packed)))
        raw.recv(1 << 16)


@_proved
def tiny_blocks(raw: socket.socket, done: threading.Event) -> None:
    """As many files as can be, of the fewest bytes."""
    for _ in _while(done):
        raw.sendall(b"".join(delivered(b"fLaC" + secrets.token_bytes(38)) for _ in range(50)))
        raw.recv(1 << 16)


@_proved
def never_read(raw: socket.socket, done: threading.Event) -> None:
    """Questions whose answers are not read."""
    for number in _while(done):
        raw.sendall(wire.pack(wire.Ping(number)) * 1000)


@_proved
def unfinished_blocks(raw: socket.socket, done: threading.Event) -> None:
    """Large blocks that are never complete."""
    chunk = b"fLaC" + bytes(wire.CHUNK_BYTES - 4)
    for slot in range(wire.SLOTS):
        raw.sendall(wire.pack(wire.Put(slot, secrets.token_bytes(32), wire.BLOCK_BYTES)))
    for count in range(wire.SLOTS * (wire.BLOCK_BYTES // wire.CHUNK_BYTES - 1)):
        raw.sendall(wire.pack(wire.Chunk(count % wire.SLOTS, chunk)))
        raw.recv(1 << 16)
    done.wait(5)


def strangers(address: str, _: bytes, done: threading.Event) -> None:
    """Connections that say nothing, and more whenever one is closed."""
    held: list[socket.socket] = []
    try:
        for _number in _while(done):
            held.append(_dialled(address))
            if len(held) > 100:
                held.pop(0).close()
            time.sleep(0.001)
    finally:
        for raw in held:
            raw.close()


def garbage(address: str, _: bytes, done: threading.Event) -> None:
    """What is no message at all."""
    for _number in _while(done):
        with contextlib.suppress(OSError), _dialled(address) as raw:
            raw.sendall(secrets.token_bytes(200))
            raw.recv(100)


def _dialled(address: str) -> socket.socket:
    raw = socket.socket(socket.AF_UNIX)
    raw.settimeout(2)
    with contextlib.suppress(OSError):
        raw.connect(address)
    return raw


def _while(done: threading.Event) -> Iterator[int]:
    number = 0
    while not done.is_set():
        yield number
        number += 1


@contextlib.contextmanager
def hostile_listener(address: str, token: bytes, messages: Callable[[], bytes]) -> Iterator[None]:
    """A listener that greets every app as it should and then sends it `messages()` until that is empty."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        done = threading.Event()
        thread = threading.Thread(target=_serve_hostile, args=(listening, token, messages, done))
        thread.start()
        try:
            yield
        finally:
            done.set()
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve_hostile(
    listening: socket.socket, token: bytes, messages: Callable[[], bytes], done: threading.Event
) -> None:
    while True:
        try:
            raw, _ = listening.accept()
        except OSError:
            return  # the test is over
        with raw, contextlib.suppress(OSError):
            raw.settimeout(2)
            frames = wire.FrameParser(wire.TO_GREET)
            (hello,) = frames.feed(raw.recv(4096))
            assert isinstance(hello, wire.Hello)
            raw.sendall(wire.pack(wire.Challenge(bytes(16), wire.proof_of_listener(token, hello.nonce, bytes(16)))))
            raw.recv(4096)
            raw.sendall(wire.pack(wire.Accepted(True, b"")))
            while not done.is_set() and (part := messages()):
                raw.sendall(part)


def flood() -> bytes:
    """A thousand of every message that a listener may send."""
    digest = secrets.token_bytes(32)
    parts: tuple[wire.Message, ...] = (
        wire.Kept(digest), wire.Missing(digest), wire.Got(0, digest, 5), wire.Begun(1), wire.Over(1), wire.Broken(1),
        wire.Pong(1), wire.Played(1, 5), wire.DeviceChanged(True), wire.DeviceChanged(False),
    )  # fmt: skip
    return b"".join(map(wire.pack, parts)) * 1000


def peak_mb(process: int) -> float:
    """The most memory that a process has had; what it has now where the system does not tell."""
    if not os.path.exists("/proc/self/status"):
        return memory_mb(process)
    with open(f"/proc/{process}/status") as status:
        (line,) = (line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def memory_mb(process: int) -> float:
    """The memory that a process has now."""
    return int(subprocess.check_output(["ps", "-o", "rss=", "-p", str(process)])) / 1024


def greeting_s(address: str, token: bytes) -> float:
    """How long an honest app waits until the listener has greeted it; refused in a flood it tries again, as apps do."""
    began = time.monotonic()
    while True:
        try:
            ListenerConnection(address, [token]).close()
        except (wire.ListenerError, OSError):
            if time.monotonic() - began > 20:
                raise
            time.sleep(0.1)
        else:
            return time.monotonic() - began


@contextlib.contextmanager
def assault(address: str, token: bytes, *, seconds: float) -> Iterator[subprocess.Popen[bytes]]:
    """All attacks at once, by a process of its own that ends after so long."""
    command = [sys.executable, "-m", "tests.support.listener_attacks", address, token.hex(), str(seconds)]
    with subprocess.Popen(command) as running:
        try:
            yield running
        finally:
            running.kill()


ATTACKS: tuple[Attack, ...] = (
    long_output, awkward_loops, crowded_beats, tiny_blocks, never_read, unfinished_blocks, strangers, garbage,
)  # fmt: skip


def main(address: str, token: bytes, seconds: float) -> None:
    done = threading.Event()
    threads = [threading.Thread(target=attack, args=(address, token, done)) for attack in ATTACKS]
    for thread in threads:
        thread.start()
    done.wait(seconds)
    done.set()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(sys.argv[1], bytes.fromhex(sys.argv[2]), float(sys.argv[3]))
