"""Lines of the control socket: what is a request, and what one sentence says of the rest."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.control.protocol import (
    EVENT_NAMES,
    ControlError,
    ControlRequest,
    RequestName,
    as_line,
    parse_request,
)

REQUESTS = [
    ControlRequest("state"),
    ControlRequest("search", query="kick 'a \u202e\x1b"),
    ControlRequest("cursor", path="/samples/a\nb\udcff.wav"),
    ControlRequest("cursor", sample=0),
    ControlRequest("play"),
    ControlRequest("play", sample=7),
    ControlRequest("stop"),
    ControlRequest("pick"),
    ControlRequest("details", path="/a.wav"),
    ControlRequest("command", command="favourite"),
    ControlRequest("subscribe", events=("cursor", "picked")),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.do)
def test_a_request_is_read_as_it_was_written(request_: ControlRequest) -> None:
    line = as_line(request_.as_fields())
    assert line.isascii() and line.count(b"\n") == 1
    assert parse_request(line) == request_


def test_a_subscription_without_names_is_to_all_events() -> None:
    assert parse_request(b'{"do": "subscribe"}').events == tuple(EVENT_NAMES)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe\x00\x01RIFF", "not JSON"),
        (b'{"do": "state"', "not JSON"),
        (b"[" * 60_000, "not JSON"),
        (b"9" * 60_000, "not JSON"),
        (b"[1]", "no JSON object"),
        (b"{}", "has no 'do'"),
        (b'{"do": 7}', "no request is called '7'"),
        (b'{"do": "serach", "query": ""}', "did you mean 'search'?"),
        (b'{"do": "state", "query": ""}', "'state' has no field 'query'"),
        (b'{"do": "search", "qery": ""}', "did you mean 'query'?"),
        (b'{"do": "search"}', "'query' of 'search' cannot be missing"),
        (b'{"do": "search", "query": ["kick"]}', "it must be text"),
        (b'{"do": "cursor"}', "takes a path or an id"),
        (b'{"do": "cursor", "path": "/a", "id": 1}', "takes a path or an id"),
        (b'{"do": "cursor", "path": "a.wav"}', "it must be an absolute path"),
        (b'{"do": "cursor", "path": "/a\\u0000"}', "it must be an absolute path"),
        (b'{"do": "cursor", "path": "/a\\ud800"}', "it must be an absolute path"),
        (b'{"do": "cursor", "id": true}', "the number of a sample"),
        (b'{"do": "cursor", "id": 1e300}', "the number of a sample"),
        (b'{"do": "cursor", "id": -1}', "the number of a sample"),
        (b'{"do": "cursor", "id": 99999999999999999999}', "the number of a sample"),
        (b'{"do": "subscribe", "events": ["cursors"]}', "did you mean 'cursor'?"),
        (b'{"do": "subscribe", "events": [[]]}', "no event is called"),
        (b'{"do": "subscribe", "events": []}', "must be a list"),
    ],
)
def test_what_is_wrong_is_told_in_one_short_sentence(line: bytes, said: str) -> None:
    with pytest.raises(ControlError) as told:
        parse_request(line)
    assert said in str(told.value)
    assert len(str(told.value)) < 250 and "\n" not in str(told.value)


def test_a_wrong_word_cannot_paint_a_terminal() -> None:
    with pytest.raises(ControlError) as told:
        parse_request(json.dumps({"do": "\x1b[2J" * 1_000}).encode())
    assert str(told.value).isprintable() and len(str(told.value)) < 250


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_OBJECTS = st.dictionaries(
    st.sampled_from(["do", "query", "path", "id", "events", "x"]),
    st.sampled_from(get_args(RequestName)) | _VALUES,
    max_size=4,
)


@given(st.binary(max_size=200) | _OBJECTS.map(lambda fields: json.dumps(fields).encode()))
def test_any_line_is_a_request_or_a_control_error(line: bytes) -> None:
    try:
        request = parse_request(line)
    except ControlError:
        return
    assert parse_request(as_line(request.as_fields())) == request
