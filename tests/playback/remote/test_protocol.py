import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.playback.remote import protocol as wire
from tui_browser.playback.remote.protocol import FrameParser, ListenerError, pack

DIGEST = bytes(range(32))
MESSAGES: list[wire.Message] = [
    wire.Hello(1, b"n" * 16),
    wire.Challenge(b"m" * 16, b"p" * 32),
    wire.Proof(b"q" * 32),
    wire.Accepted(True, b"12345678" * 3),
    wire.Denied(wire.REFUSED_PROOF),
    wire.PlayBlock(7, DIGEST, 480, 9600, -6.0, 0.5, False, True),
    wire.More(7, DIGEST, 1920, 13_920),
    wire.End(7),
    wire.Halt(),
    wire.PlayPattern(7, 0.125, 50.0, 0.5, 16, b"parts"),
    wire.HaltPattern(),
    wire.Put(3, DIGEST, 40_000),
    wire.Chunk(3, b"abc"),
    wire.Ping(5),
    wire.Pong(5),
    wire.Got(3, DIGEST, 3),
    wire.Missing(DIGEST),
    wire.Begun(7),
    wire.Played(7, 1500),
    wire.PatternAt(7, 1.25),
    wire.Over(7),
    wire.Broken(7),
    wire.DeviceChanged(False),
    wire.Kept(DIGEST),
]
EVERY = frozenset(type(message) for message in MESSAGES)


@given(st.lists(st.sampled_from(MESSAGES), max_size=20), st.integers(1, 97))
def test_messages_come_out_as_they_went_in_however_they_are_cut(messages: list[wire.Message], step: int) -> None:
    stream = b"".join(map(pack, messages))
    frames = FrameParser(EVERY)
    found = [found for at in range(0, len(stream), step) for found in frames.feed(stream[at : at + step])]
    assert found == messages


def test_every_message_is_of_one_direction() -> None:
    assert EVERY == wire.TO_GREET | wire.TO_LISTENER | wire.TO_APP
    assert not wire.TO_APP & (wire.TO_GREET | wire.TO_LISTENER)


@given(st.lists(st.binary(max_size=200), max_size=10))
def test_garbage_is_refused_or_waited_for_and_never_held_beyond_a_frame(parts: list[bytes]) -> None:
    frames = FrameParser(wire.TO_LISTENER)
    try:
        for part in parts:
            for message in frames.feed(part):
                assert type(message) in wire.TO_LISTENER
    except ListenerError:
        return
    assert len(frames._buffer) <= wire.CHUNK_BYTES + 100


def test_a_claim_of_a_gigabyte_is_refused_by_its_head_alone() -> None:
    for kind in range(256):
        with pytest.raises(ListenerError):
            list(FrameParser(EVERY).feed(struct.pack(">BI", kind, 1 << 30)))


def test_what_may_not_come_now_is_refused() -> None:
    with pytest.raises(ListenerError):
        list(FrameParser(wire.TO_GREET).feed(pack(wire.PlayBlock(1, DIGEST, 0, 9, 0.0, 1.0, False, True))))


def test_a_path_does_not_fit_where_a_hash_belongs() -> None:
    path = b"/etc/passwd"
    body = struct.pack(">I", 1) + path + struct.pack(">IIff??", 0, 9, 0.0, 1.0, False, True)
    with pytest.raises(ListenerError):
        list(FrameParser(wire.TO_LISTENER).feed(struct.pack(">BI", 16, len(body)) + body))


@pytest.mark.parametrize("gain", [float("nan"), float("inf"), 1e9, -1e9])
def test_impossible_gains_and_speeds_are_refused(gain: float) -> None:
    frame = bytearray(pack(wire.PlayBlock(1, DIGEST, 0, 9, 0.0, 1.0, False, True)))
    for at in (-10, -6):  # as gain, as speed
        broken = frame[:at] + struct.pack(">f", gain) + frame[at + 4 :]
        with pytest.raises(ListenerError):
            list(FrameParser(wire.TO_LISTENER).feed(bytes(broken)))


@pytest.mark.parametrize(
    ("slot", "size"), [(0, 0), (0, 3), (0, wire.BLOCK_BYTES + 1), (wire.SLOTS, 100), (0, (1 << 32) - 1)]
)
def test_impossible_blocks_are_refused(slot: int, size: int) -> None:
    frame = struct.pack(">BIB32sI", 20, 37, slot, DIGEST, size)
    with pytest.raises(ListenerError):
        list(FrameParser(wire.TO_LISTENER).feed(frame))


def test_an_audition_of_a_known_sound_is_a_few_bytes() -> None:
    there = pack(wire.PlayBlock(1, DIGEST, 0, 9, 0.0, 1.0, False, True))
    back = pack(wire.Begun(1)) + pack(wire.Over(1))
    assert len(there) + len(back) < 200


def test_the_proofs_of_the_two_ends_differ_and_hang_on_both_numbers() -> None:
    token, one, two = b"t" * 32, b"1" * 16, b"2" * 16
    proofs = {
        wire.proof_of_app(token, one, two),
        wire.proof_of_app(token, two, one),
        wire.proof_of_app(b"u" * 32, one, two),
        wire.proof_of_listener(token, one, two),
    }
    assert len(proofs) == 4
