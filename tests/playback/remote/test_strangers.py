"""What a listener must not fall for: strangers, apps that misbehave, garbage, floods."""

import os
import secrets
import socket
import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.playback.remote.conftest import Laptop, MakeApp, MakeLaptop, MakeSound, play
from tui_browser.errors import PlayerError
from tui_browser.playback.remote import pairing
from tui_browser.playback.remote import protocol as wire
from tui_browser.playback.remote.connection import ListenerConnection


def greeted(there: Laptop) -> socket.socket:
    """A connection that has proved itself, to misbehave on."""
    line = ListenerConnection(there.socket, [pairing.own_token()])
    line._socket.setblocking(True)
    line._socket.settimeout(20)
    raw = line._socket.dup()
    line.close()
    return raw


def hung_up(raw: socket.socket) -> bool:
    """Whether the other end ends the connection."""
    raw.settimeout(20)
    try:
        while raw.recv(4096):
            pass
    except ConnectionError:
        pass
    finally:
        raw.close()
    return True


def test_strangers_are_refused_told_of_once_and_it_still_serves(
    laptop: MakeLaptop, app: MakeApp, sound: MakeSound
) -> None:
    there = laptop()

    def dial() -> socket.socket:
        return pairing.open_socket_to_listener(there.socket, timeout_s=20)

    for _ in range(3):
        with pytest.raises(PlayerError, match="not known"):
            ListenerConnection(there.socket, [secrets.token_bytes(32)])
        raw = dial()  # a proof made without the secret
        raw.sendall(wire.pack(wire.Hello(wire.VERSION, b"n" * 16)))
        raw.recv(4096)
        raw.sendall(wire.pack(wire.Proof(b"p" * 32)))
        assert hung_up(raw)
        raw = dial()
        raw.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert hung_up(raw)
        raw = dial()
        raw.sendall(struct.pack(">BI", 1, 1 << 30))
        assert hung_up(raw)
        raw = dial()  # straight to the point, without a greeting
        raw.sendall(wire.pack(wire.Halt()))
        assert hung_up(raw)
        raw = dial()
        raw.sendall(wire.pack(wire.Hello(99, b"n" * 16)))
        assert hung_up(raw)
    there.says("wrong secret")
    there.says("another version")
    play(app(f"remote:{there.socket}"), sound()[0], 1)
    while (said := there.listener.next_note(timeout_s=0.2)) is not None:
        there.said.append(said)
    assert len(there.said) == len(set(there.said)), "each once"


def test_an_app_that_misbehaves_is_refused_and_harms_nobody(
    laptop: MakeLaptop, app: MakeApp, sound: MakeSound, tmp_path: Path
) -> None:
    there = laptop()
    here = app(f"remote:{there.socket}")
    play(here, sound()[0], 1)
    kept = sorted(os.listdir(there.cache))
    digest = bytes(32)
    path = b"/etc/passwd"
    for bad in (
        struct.pack(">BI", 21, 1 << 30),
        struct.pack(">BIB32sI", 20, 37, 0, digest, 1 << 30),
        struct.pack(">BII", 16, 4 + len(path) + 14, 1) + path + bytes(14),
        wire.pack(wire.Put(0, digest, 50)) + wire.pack(wire.Chunk(0, b"fLaC" + bytes(46))),
        wire.pack(wire.Put(0, digest, 50)) + wire.pack(wire.Chunk(0, b"fLaC" + bytes(60))),
        wire.pack(wire.Put(0, digest, 5000)) + wire.pack(wire.Chunk(0, b"#!/bin/sh")),
        wire.pack(wire.PlayBlock(1, digest, 0, 9, 0.0, 1.0, False, False))
        + wire.pack(wire.More(1, digest, 0, 9)) * 100,
        wire.pack(wire.Begun(1)),
    ):
        raw = greeted(there)
        raw.sendall(bad)
        assert hung_up(raw)
    assert sorted(os.listdir(there.cache)) == kept
    assert not (tmp_path / "laptop" / "etc").exists()
    play(here, sound()[0], 2)


def test_a_block_that_is_no_sound_fails_and_the_line_stays(laptop: MakeLaptop) -> None:
    there = laptop()
    data = b"fLaC" + bytes(200)
    digest = wire.block_digest(data)
    with greeted(there) as raw:
        raw.sendall(wire.pack(wire.Put(0, digest, len(data))) + wire.pack(wire.Chunk(0, data)))
        raw.sendall(wire.pack(wire.PlayBlock(5, digest, 0, 9, 0.0, 1.0, False, True)))
        frames = wire.FrameParser(wire.TO_APP)
        told: list[wire.Message] = []
        while wire.Broken(5) not in told:
            told += frames.feed(raw.recv(4096))
        raw.sendall(wire.pack(wire.Halt()))
        while not any(isinstance(message, wire.Over) for message in told):
            told += frames.feed(raw.recv(4096))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(garbage=st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=5), proved=st.booleans())
def test_garbage_never_ends_a_listener(steady: Laptop, garbage: list[bytes], proved: bool) -> None:
    raw = greeted(steady) if proved else pairing.open_socket_to_listener(steady.socket, timeout_s=20)
    try:
        for part in garbage:
            raw.sendall(part)
    except OSError:
        pass  # refused already
    raw.close()
    greeted(steady).close()


@pytest.fixture
def steady(laptop: MakeLaptop) -> Laptop:
    return laptop(player="null")


def test_a_flood_of_connections_is_bounded(laptop: MakeLaptop, app: MakeApp, sound: MakeSound) -> None:
    there = laptop()
    greeted(there).close()
    idle = [pairing.open_socket_to_listener(there.socket, timeout_s=20) for _ in range(100)]
    there.says("more connections")
    for raw in idle:
        raw.close()
    play(app(f"remote:{there.socket}"), sound()[0], 1)
