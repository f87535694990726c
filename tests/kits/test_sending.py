"""Samples sent by OSC, as a real UDP receiver reads them."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pythonosc.osc_message import OscMessage

from tests.support.sounds import one_shot, write
from tui_browser.config.pathmap import parse_path_map
from tui_browser.config.send_targets import SendTarget, parse_send_targets
from tui_browser.config.templates import TemplateSample
from tui_browser.errors import ConfigError
from tui_browser.kits.sending import SendError, choose_target, osc_message, send_sample


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(10)
        yield udp


def target(receiver: socket.socket | None = None, **values: object) -> SendTarget:
    port = {} if receiver is None else {"port": receiver.getsockname()[1]}
    return parse_send_targets({"t": {**port, **values}}, path="config.toml")["t"]


def received(receiver: socket.socket) -> tuple[str, list[object]]:
    message = OscMessage(receiver.recv(65_536))
    return message.address, message.params


def drum(folder: Path, name: bytes = b"kick.wav") -> TemplateSample:
    path = os.fsencode(write(folder / "x.wav", one_shot("kick", 1)).parent) + b"/" + name
    os.rename(folder / "x.wav", path)
    return TemplateSample(path, class_name="kick", duration_s=0.25, pitch_hz=float("nan"))


def test_superdirt_plays_by_folder_and_number(receiver: socket.socket, tmp_path: Path) -> None:
    for name in (b"a.wav", b"notes.txt", b"b.wav"):
        (tmp_path / "808").mkdir(exist_ok=True)
        (tmp_path / "808" / os.fsdecode(name)).touch()
    send_sample(target(receiver, kind="superdirt"), drum(tmp_path / "808", b"c.wav"))
    address, words = received(receiver)
    event = dict(zip(words[::2], words[1::2], strict=True))
    assert address == "/dirt/play"
    assert (event["s"], event["n"]) == ("808", 2.0)
    assert {"cps", "cycle", "delta"} <= set(event)
    send_sample(target(receiver, kind="superdirt", arguments=["gain", 1.2, "orbit", 3]), drum(tmp_path / "my kit"))
    event = dict(zip(*(lambda values: (values[::2], values[1::2]))(received(receiver)[1]), strict=True))
    assert (event["s"], event["n"], event["orbit"], event["gain"]) == ("kick", 0.0, 3, pytest.approx(1.2))


def test_sonic_pi_gets_the_path(receiver: socket.socket, tmp_path: Path) -> None:
    sample = drum(tmp_path)
    send_sample(target(receiver, kind="sonic-pi"), sample)
    assert received(receiver) == ("/trigger/sample", [os.fsdecode(sample.path)])
    assert target(kind="sonic-pi").port == 4560 and target(kind="superdirt").port == 57120


def test_a_generic_target_has_templates(receiver: socket.socket, tmp_path: Path) -> None:
    arguments = ["{path}", "{duration_s}", "{pitch_hz}", "{class} {duration_s}", 7, 0.5, ""]
    send_sample(target(receiver, kind="generic", address="/{class}/{stem}/go", arguments=arguments), drum(tmp_path))
    address, words = received(receiver)
    assert address == "/kick/kick/go"
    assert words == [os.fsdecode(tmp_path) + "/kick.wav", 0.25, 0.0, "kick 0.25", 7, 0.5, ""]


def test_hostile_names_go_through_as_data(receiver: socket.socket, tmp_path: Path) -> None:
    name = 'a\x1b[31m\n"\\{path}$(x)`#*?[]{},;\u202eé'
    sample = drum(tmp_path, os.fsencode(name) + b".wav")
    send_sample(target(receiver, kind="generic", address="/s/{stem}"), sample)
    address, words = received(receiver)
    assert words == [f"{tmp_path}/{name}.wav"]
    assert address.startswith("/s/a__31m_") and address.count("/") == 2 and address.isascii()
    assert not set(address) & set(" #*,?[]{}\n\x1b")
    send_sample(target(receiver, kind="superdirt"), sample)
    assert all(isinstance(word, float) or word.isascii() for word in received(receiver)[1])  # type: ignore[attr-defined]
    raw = drum(tmp_path, b"\xff.wav")
    for kind in ("sonic-pi", "generic"):
        with pytest.raises(SendError, match="OSC carries only names in UTF-8"):
            send_sample(target(receiver, kind=kind), raw)
    send_sample(target(receiver, kind="superdirt"), raw)


def test_only_another_machine_gets_mapped_paths(tmp_path: Path) -> None:
    paths = parse_path_map({str(tmp_path): "/Volumes/samples"})
    sample = drum(tmp_path)
    words = [OscMessage(osc_message(target(kind="sonic-pi", host=host), sample, paths=paths)).params
             for host in ("127.0.0.1", "localhost", "::1", "192.0.2.1", "studio")]  # fmt: skip
    own, mapped = [os.fsdecode(sample.path)], ["/Volumes/samples/kick.wav"]
    assert words == [own, own, own, mapped, mapped]


def test_nothing_that_listens_is_noticed(receiver: socket.socket, tmp_path: Path) -> None:
    closed = target(receiver, kind="sonic-pi")
    receiver.close()
    with pytest.raises(SendError, match=r"nothing listens at 127\.0\.0\.1:\d+ for t"):
        send_sample(closed, drum(tmp_path))
    with pytest.raises(SendError, match="cannot be reached"):
        send_sample(target(kind="sonic-pi", host="no.such.host.invalid"), drum(tmp_path))


def test_sending_is_off_unless_the_settings_name_a_target() -> None:
    with pytest.raises(SendError, match="sending is off"):
        choose_target({}, None, config_path="config.toml")
    targets = parse_send_targets({"a": {"kind": "superdirt"}, "b": {"kind": "sonic-pi"}}, path="config.toml")
    assert all(each.host == "127.0.0.1" for each in targets.values())
    assert choose_target(targets, "b", config_path="").name == "b"
    for name in (None, "c"):
        with pytest.raises(SendError, match="--to a, --to b"):
            choose_target(targets, name, config_path="")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "'kind'"),
        ({"kind": "dirt"}, "superdirt"),
        ({"kind": "generic"}, "'port'"),
        ({"kind": "superdirt", "port": 0}, "1 to 65535"),
        ({"kind": "superdirt", "port": True}, "1 to 65535"),
        ({"kind": "superdirt", "host": "a b"}, "host"),
        ({"kind": "superdirt", "hosts": "a"}, "did you mean 'host'"),
        ({"kind": "sonic-pi", "address": "trigger"}, "begins with /"),
        ({"kind": "sonic-pi", "address": "/{path}"}, "fields are {word}"),
        ({"kind": "sonic-pi", "arguments": ["{path.x}"]}, "fields are"),
        ({"kind": "sonic-pi", "arguments": ["{"]}, "brace"),
        ({"kind": "sonic-pi", "arguments": [1 << 31]}, "texts and numbers"),
        ({"kind": "sonic-pi", "arguments": [float("nan")]}, "texts and numbers"),
        ("x", "table of tables"),
    ],
)
def test_wrong_settings_say_what_is_wrong(values: object, told: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        parse_send_targets({"t": values}, path="config.toml")
    assert told in str(wrong.value) and "config.toml" in str(wrong.value)
