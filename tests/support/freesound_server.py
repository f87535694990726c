"""A local Freesound: a real HTTP server that behaves as the service does, and as badly as a network can.

`next` does not carry the key, results may be null, the count shrinks, a page beyond the last one is a 404, throttled
requests get no Retry-After. What it was asked is kept, with all headers.
"""

from __future__ import annotations

import contextlib
import http.server
import io
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
import soundfile

KEY = "s3cretkey0123456789abcdef"
RATE = 44_100


@cache
def sound_bytes(seconds: float = 1.2, *, kind: str = "OGG", pitch_hz: float = 220.0) -> bytes:
    """A sound file: a decaying tone."""
    times = np.arange(int(seconds * RATE)) / RATE
    samples = (0.5 * np.sin(2 * np.pi * pitch_hz * times) * np.exp(-3 * times)).astype(np.float32)
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format=kind)
    return file.getvalue()


@dataclass
class Asked:
    """A request that came in."""

    path: str
    raw_query: str
    query: dict[str, list[str]]
    headers: dict[str, str]


@dataclass
class Answer:
    """What the server says to one request."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None
    """Content-Length, where it differs from the body's; -1 for none at all."""
    pause_s: float = 0.0
    """Between the pieces of the body."""
    piece: int = 0
    """Bytes of a piece; 0 for all at once."""


def detail(status: int, text: str) -> Answer:
    return Answer(status, json.dumps({"detail": text}).encode())


class FakeFreesound:
    """The server's state; tests change it and read what was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.key = KEY
        self.asked: list[Asked] = []
        self.results: list[Any] = []
        self.before: list[Answer] = []
        """Answers given to the next searches, before the usual ones."""
        self.shrinks = 0
        """By how much the count falls with each page."""
        self.next_host = ""
        """In place of the server's own in `next`; empty for its own."""
        self.ends_in_404 = False
        """Whether `next` names one page too many."""
        self.previews: dict[str, Callable[[], Answer]] = {}
        self.closing = threading.Event()

    @property
    def searches(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.path.startswith("/apiv2/search/")]

    def add(self, number: int, name: str = "step.wav", *, seconds: float = 1.2, **fields: Any) -> dict[str, Any]:
        """A sound that searches find, with a preview that can be fetched."""
        path = f"/previews/{number // 1000}/{number}_77-hq.ogg"
        self.previews[path] = lambda: Answer(
            body=sound_bytes(seconds, pitch_hz=100.0 + number % 1000), content_type="audio/ogg"
        )
        sound: dict[str, Any] = {
            "id": number, "name": name, "username": "anna", "tags": ["footstep", "wood"], "duration": seconds,
            "license": "https://creativecommons.org/licenses/by/4.0/", "type": "wav", "filesize": 9000,
            "url": f"https://freesound.org/people/anna/sounds/{number}/", "md5": "00ff",
            "previews": {"preview-hq-ogg": self.url + path}, "gen_ai_preference": "no-additional-preferences",
        }  # fmt: skip
        sound.update(fields)
        self.results.append(sound)
        return sound

    def serve_preview(self, number: int, answer: Callable[[], Answer]) -> None:
        """Let the preview of a sound be answered like this."""
        self.previews[f"/previews/{number // 1000}/{number}_77-hq.ogg"] = answer

    def answer(self, asked: Asked) -> Answer:
        if asked.path in self.previews:
            return self.previews[asked.path]()
        if asked.path != "/apiv2/search/":
            return detail(404, "Not found")
        if self.before:
            return self.before.pop(0)
        header = asked.headers.get("authorization")
        if header is None:
            return detail(401, "Authentication credentials were not provided.")
        if header != f"Token {self.key}":
            return detail(401, "Invalid token")
        return self._page(asked)

    def _page(self, asked: Asked) -> Answer:
        size = min(150, int(asked.query.get("page_size", ["15"])[0]))
        page = int(asked.query.get("page", ["1"])[0])
        start = (page - 1) * size
        if page > 1 and start >= len(self.results):
            return detail(404, "Not found")
        more = start + size < len(self.results) or (self.ends_in_404 and page == 1)
        names = {name: values[0] for name, values in asked.query.items() if name != "page"}
        following = f"{self.next_host or self.url}/apiv2/search/?&{urlencode({**names, 'page': page + 1})}"
        fields = {
            "count": max(0, len(self.results) - self.shrinks * (page - 1)),
            "next": following if more else None,
            "results": self.results[start : start + size],
            "previous": None,
        }
        return Answer(body=json.dumps(fields).encode())


@contextlib.contextmanager
def fake_freesound() -> Iterator[FakeFreesound]:
    """A server on a free port of this machine."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(parts.path, parts.query, parse_qs(parts.query, keep_blank_values=True), headers)
            fake.asked.append(asked)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self._send(fake.answer(asked))

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            length = len(answer.body) if answer.promised is None else answer.promised
            if length >= 0:
                self.send_header("Content-Length", str(length))
            self.send_header("Connection", "close")
            self.close_connection = True
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            size = answer.piece or max(1, len(answer.body))
            for start in range(0, len(answer.body), size):
                self.wfile.write(answer.body[start : start + size])
                self.wfile.flush()
                if answer.pause_s and fake.closing.wait(answer.pause_s):
                    return

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    fake = FakeFreesound(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()  # waits for the answers under way
