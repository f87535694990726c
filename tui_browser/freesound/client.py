"""Freesound's API: searches, page by page, with the key where it belongs and nowhere else."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tui_browser.errors import FreesoundError, FreesoundKeyError, printable
from tui_browser.freesound.clock import Cancelled, Clock, WallClock, never, pause
from tui_browser.freesound.found_sound import FoundSound, parse_sound
from tui_browser.freesound.key import HOW, ApiKey
from tui_browser.freesound.limiter import RequestLimiter, Tell
from tui_browser.freesound.search_request import SearchRequest
from tui_browser.freesound.web import Answer, Web, origin

SERVICE = "https://freesound.org"
VARIABLE = "TUI_BROWSER_FREESOUND_URL"
_SEARCH = "/apiv2/search/"
_MOST_BYTES = 16 << 20
_MOST_PAGES = 200
_LONGEST_DETAIL = 300
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_AFTER_THROTTLE_S = (5.0, 20.0, 60.0)
"""Waits before the next tries: the service names none."""
_AFTER_FAILURE_S = (1.0, 3.0)
_MOST_RETRY_AFTER_S = 120.0


def base_address() -> str:
    """The address of the service; raises FreesoundError for one that a key must not be sent to."""
    address = os.environ.get(VARIABLE, "").strip() or SERVICE
    parts = urlsplit(address)
    try:
        scheme, host, _ = origin(address)
    except ValueError:
        scheme, host = "", ""
    if scheme not in ("https", "http") or not host or parts.username or parts.query or parts.fragment:
        raise FreesoundError(f"{VARIABLE} is no address", hint=f"one as in {SERVICE}")
    if scheme == "http" and host not in _LOOPBACK:
        raise FreesoundError(f"{VARIABLE} is not safe: the key would go over the line as it is", hint="use https")
    return address.rstrip("/")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of results."""

    sounds: tuple[FoundSound, ...]
    count: int
    """Results in all, as far as the service knows now."""
    last: bool
    """Whether no page follows."""


class FreesoundClient:
    """Asks the service, within its limits."""

    def __init__(
        self, web: Web, key: ApiKey, *, base: str | None = None, limiter: RequestLimiter | None = None,
        clock: Clock | None = None, tell: Tell | None = None,
    ) -> None:  # fmt: skip
        """`tell` gets the seconds and the reason of each wait."""
        self._web = web
        self._key = key
        self._base = base or base_address()
        self._clock = clock or WallClock()
        self._limiter = limiter or RequestLimiter(clock=self._clock)
        self._tell: Tell = tell or _say_nothing

    def check_key(self, *, cancelled: Cancelled = never) -> None:
        """Raise FreesoundKeyError where the service does not accept the key."""
        self._ask({"query": "", "page_size": "1", "fields": "id"}, cancelled=cancelled)

    def pages(self, request: SearchRequest, *, cancelled: Cancelled = never) -> Iterator[Page]:
        """The pages of a search, each asked for when it is taken; sounds that come twice are given once.

        Raises FreesoundError, and CancelledError.
        """
        params: Mapping[str, str] | None = request.params()
        seen: set[int] = set()
        for number in range(_MOST_PAGES):
            if params is None:
                return
            fields = self._ask(params, cancelled=cancelled, may_end=number > 0)
            if fields is None:
                yield Page((), len(seen), last=True)
                return
            results = fields.get("results")
            if not isinstance(results, list):
                raise FreesoundError("the answer of Freesound is not understood", hint="try again later")
            sounds = []
            for sound in map(parse_sound, results):
                if sound is not None and sound.id not in seen:
                    seen.add(sound.id)
                    sounds.append(sound)
            count = fields.get("count")
            following = self._next(fields.get("next"), params)
            yield Page(tuple(sounds), count if type(count) is int and count >= 0 else len(seen), last=following is None)
            params = following

    def first(self, request: SearchRequest, wanted: int, *, cancelled: Cancelled = never) -> list[FoundSound]:
        """The first sounds of a search, at most so many."""
        sounds: list[FoundSound] = []
        for page in self.pages(request, cancelled=cancelled):
            sounds += page.sounds
            if len(sounds) >= wanted:
                break
        return sounds[:wanted]

    def _next(self, address: Any, params: Mapping[str, str]) -> dict[str, str] | None:
        """The parameters of the page that `next` names; None at the end.

        The address is taken for its parameters alone: the request goes to the service, whatever host it names, and an
        address on another host is no next page.
        """
        if not isinstance(address, str) or not address:
            return None
        try:
            parts = urlsplit(address)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return None
        home = urlsplit(self._base)
        if host and (host, port) != ((home.hostname or "").lower(), home.port):
            return None
        following = {name: value for name, value in parse_qsl(parts.query) if name != "token"}
        return following if following and following != dict(params) else None

    def _ask(self, params: Mapping[str, str], *, cancelled: Cancelled, may_end: bool = False) -> dict[str, Any] | None:
        """The fields of an answer; None for a page beyond the last one, where `may_end`."""
        answer = self._answer(params, cancelled)
        if answer.status == 404 and may_end:
            return None
        if answer.status != 200:
            raise self._refusal(answer)
        fields = self._json(answer)
        if fields is None:
            what = "a web page" if "html" in answer.content_type else "something else"
            raise FreesoundError(
                f"the answer is {what}, not Freesound's",
                hint="a login page of the network may be in between, or the answer broke off: try again",
            )
        return fields

    def _answer(self, params: Mapping[str, str], cancelled: Cancelled) -> Answer:
        """An answer that is no throttle and no failure of the server, after some tries; else the last one."""
        throttled, failed = iter(_AFTER_THROTTLE_S), iter(_AFTER_FAILURE_S)
        while True:
            self._limiter.acquire(tell=self._tell, cancelled=cancelled)
            answer = self._web.ask(
                f"{self._base}{_SEARCH}",
                params=params,
                headers={"Authorization": f"Token {self._key.secret}", "Accept": "application/json"},
                most_bytes=_MOST_BYTES,
                cancelled=cancelled,
            )
            if answer.status == 429 and "day" not in self._detail(answer):
                wait_s = next(throttled, None)
            elif answer.status >= 500:
                wait_s = next(failed, None)
            else:
                return answer
            if wait_s is None:
                return answer
            wait_s = _retry_after(answer, wait_s)
            self._tell(wait_s, self._detail(answer) or f"Freesound answers {answer.status}")
            pause(self._clock, wait_s, cancelled)

    def _refusal(self, answer: Answer) -> FreesoundError:
        """The error that an answer stands for, in the service's words."""
        detail = self._detail(answer)
        colon = f": {detail}" if detail else ""
        match answer.status:
            case 401 | 403:
                return FreesoundKeyError(f"Freesound does not accept the key{colon}", hint=HOW)
            case 400:
                return FreesoundError(f"Freesound does not understand the search{colon}", hint="look at the filter")
            case 404:
                return FreesoundError(f"there is no search at {origin(self._base)[1]}{colon}", hint=f"see {VARIABLE}")
            case 429:
                return FreesoundError(f"Freesound asks to wait{colon}", hint="try again later")
            case status if status >= 500:
                tries = len(_AFTER_FAILURE_S) + 1
                return FreesoundError(
                    f"Freesound fails, {tries} times (answer {status}){colon}", hint="try again later"
                )
            case status:
                return FreesoundError(f"Freesound refuses (answer {status}){colon}", hint="try again later")

    def _detail(self, answer: Answer) -> str:
        fields = self._json(answer)
        detail = fields.get("detail") if fields is not None else None
        return printable(detail[:_LONGEST_DETAIL].encode("utf-8", "replace")) if isinstance(detail, str) else ""

    def _json(self, answer: Answer) -> dict[str, Any] | None:
        """The object in an answer, without the key wherever it may repeat it; None where it is none."""
        try:
            fields = json.loads(self._key.hidden_in(answer.body.decode("utf-8")))
        except (ValueError, RecursionError):
            return None
        return fields if isinstance(fields, dict) else None


def _say_nothing(_seconds: float, _reason: str) -> None:
    pass


def _retry_after(answer: Answer, otherwise_s: float) -> float:
    """The wait that an answer names, if it is a sensible one."""
    seconds = answer.retry_after
    return min(float(seconds), _MOST_RETRY_AFTER_S) if seconds.isascii() and seconds.isdigit() else otherwise_s
