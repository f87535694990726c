"""Bounded requests: with limits of time and size, redirects under control, and every failure one sentence.

Proxies and certificates are those of the environment, as httpx reads them. Nothing is logged.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urljoin, urlsplit

from tui_browser.errors import FreesoundError, printable
from tui_browser.freesound.clock import Cancelled, check, never
from tui_browser.version import __version__

if TYPE_CHECKING:
    import httpx

_REDIRECTS = 5
_PORTS = {"https": 443, "http": 80}
_OFFLINE = "check the connection; everything else works without it"


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """In seconds."""

    connect_s: float = 10.0
    read_s: float = 20.0
    """The longest silence within an answer."""
    answer_s: float = 60.0
    """The longest answer of the API as a whole, however steadily it drips."""
    preview_s: float = 120.0
    """The same for a preview, and as long again as its sound takes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was read to its end."""

    status: int
    content_type: str
    retry_after: str
    body: bytes


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme, 0)


class Web:
    """Requests over one pool of connections; safe to share between threads."""

    def __init__(self, *, limits: TimeLimits | None = None) -> None:
        import httpx  # 150 ms; only in processes that fetch

        self.limits = limits or TimeLimits()
        timeout = httpx.Timeout(self.limits.read_s, connect=self.limits.connect_s)
        try:
            self._client = httpx.Client(timeout=timeout, headers={"User-Agent": f"tui-browser/{__version__}"})
        except (ValueError, OSError, ImportError) as error:  # an odd proxy or certificate file in the environment
            raise FreesoundError("the proxy of the environment cannot be used", hint=str(error)[:200]) from error

    def close(self) -> None:
        self._client.close()

    def ask(
        self, url: str, *, params: Mapping[str, str], headers: Mapping[str, str], most_bytes: int,
        cancelled: Cancelled = never,
    ) -> Answer:  # fmt: skip
        """The answer to a request that may carry secrets: a redirect to another host is refused.

        Raises FreesoundError where there is no complete answer, and CancelledError.
        """
        deadline = time.monotonic() + self.limits.answer_s
        home = origin(url)
        with self._opened(url, params=params, headers=headers, home=home) as response:
            body = b"".join(self._blocks(response, most_bytes=most_bytes, deadline=deadline, cancelled=cancelled))
            return Answer(response.status_code, _content_type(response), response.headers.get("retry-after", ""), body)

    def download(
        self, url: str, file: BinaryIO, *, most_bytes: int, seconds: float, cancelled: Cancelled = never
    ) -> str:
        """Write what is at a public address into a file; its content type. Sends no secret, to whatever host.

        Raises FreesoundError where it is not there, incomplete, too large or too slow, and CancelledError.
        """
        deadline = time.monotonic() + self.limits.preview_s + seconds
        headers = {"Accept-Encoding": "identity"}
        with self._opened(url, params={}, headers=headers, home=None) as response:
            if response.status_code != 200:
                raise FreesoundError(f"the preview is not there (answer {response.status_code})")
            for block in self._blocks(response, most_bytes=most_bytes, deadline=deadline, cancelled=cancelled):
                file.write(block)
            return _content_type(response)

    @contextlib.contextmanager
    def _opened(
        self, url: str, *, params: Mapping[str, str], headers: Mapping[str, str], home: tuple[str, str, int] | None
    ) -> Iterator[httpx.Response]:
        """The answer, after redirects; with `home` only to that host. Failures of the line become FreesoundErrors."""
        import httpx

        try:
            for _ in range(_REDIRECTS + 1):
                with self._client.stream("GET", url, params=params or None, headers=headers) as response:
                    if not response.has_redirect_location:
                        yield response
                        return
                    url, params = _target(url, response.headers["location"], home), {}
            raise FreesoundError("the address leads in a circle")
        except httpx.TimeoutException as error:
            raise FreesoundError(f"{_host(url)} does not answer in time", hint=_OFFLINE) from error
        except httpx.ProxyError as error:
            raise FreesoundError(
                "the proxy of the environment refuses", hint="look at HTTPS_PROXY and NO_PROXY"
            ) from error
        except httpx.ConnectError as error:
            raise FreesoundError(f"{_host(url)} cannot be reached", hint=_OFFLINE) from error
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.DecodingError) as error:
            raise FreesoundError(f"the answer of {_host(url)} broke off", hint="try again") from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise FreesoundError(f"{_host(url)} cannot be asked", hint=printable(type(error).__name__)) from error

    def _blocks(
        self, response: httpx.Response, *, most_bytes: int, deadline: float, cancelled: Cancelled
    ) -> Iterator[bytes]:
        size = 0
        for block in response.iter_bytes():
            check(cancelled)
            size += len(block)
            if size > most_bytes:
                raise FreesoundError(f"the answer of {_host(str(response.url))} is larger than it can be")
            if time.monotonic() > deadline:
                raise FreesoundError(f"{_host(str(response.url))} takes too long", hint="try again")
            yield block


def _target(url: str, location: str, home: tuple[str, str, int] | None) -> str:
    """Where a redirect leads; raises FreesoundError for another host than `home`, and for a less safe way."""
    try:
        target = urljoin(url, location)
        scheme, host, _ = origin(target)
    except ValueError:
        scheme = host = target = ""
    if scheme not in _PORTS or not host:
        raise FreesoundError(f"{_host(url)} sends on to no address of the web")
    if home is not None and origin(target) != home:
        raise FreesoundError(
            f"{_host(url)} sends on to {_host(target)}, which does not get the key",
            hint="a login page of the network may be in between",
        )
    if scheme == "http" and origin(url)[0] == "https":
        raise FreesoundError(f"{_host(url)} sends on to an address that is not safe (http)")
    return target


def _host(url: str) -> str:
    """The host of an address, for a sentence; also of one that is none."""
    with contextlib.suppress(ValueError):
        if host := urlsplit(url).hostname:
            return printable(host)
    return "the address"


def _content_type(response: httpx.Response) -> str:
    content_type: str = response.headers.get("content-type", "")
    return content_type.partition(";")[0].strip().lower()
