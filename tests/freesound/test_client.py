"""Searches against a local service that behaves as Freesound does."""

from __future__ import annotations

import json
import logging
import socket
import traceback
from pathlib import Path

import pytest

from tests.freesound.conftest import DRIP, PATIENT, SILENCE
from tests.support.freesound_server import KEY, Answer, FakeFreesound, detail, fake_freesound
from tui_browser.errors import FreesoundError, FreesoundKeyError
from tui_browser.freesound.client import FreesoundClient
from tui_browser.freesound.clock import CancelledError
from tui_browser.freesound.found_sound import FIELDS
from tui_browser.freesound.key import ApiKey
from tui_browser.freesound.limiter import RequestLimiter
from tui_browser.freesound.search_request import SearchRequest
from tui_browser.freesound.web import TimeLimits, Web


class FakeClock:
    """Time that passes in pauses only."""

    def __init__(self) -> None:
        self.time = 1_700_000_000.0
        self.slept = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        self.slept += seconds


class Asking:
    """A client on a clock of its own."""

    def __init__(self, web: Web, folder: Path, *, key: str = KEY, base: str | None = None) -> None:
        self.clock = FakeClock()
        self.told: list[tuple[float, str]] = []
        self.limiter = RequestLimiter(str(folder / "requests.json"), clock=self.clock)
        self.client = FreesoundClient(
            web, ApiKey(key), base=base, limiter=self.limiter, clock=self.clock,
            tell=lambda seconds, reason: self.told.append((seconds, reason)),
        )  # fmt: skip

    def ids(self, wanted: int, request: SearchRequest | None = None) -> list[int]:
        return [sound.id for sound in self.client.first(request or SearchRequest("step"), wanted)]


@pytest.fixture
def asking(web: Web, server: FakeFreesound, tmp_path: Path) -> Asking:
    return Asking(web, tmp_path)


def test_f1_the_parameters_are_those_of_the_service_and_safely_encoded(asking: Asking, server: FakeFreesound) -> None:
    request = SearchRequest(
        "a b&c", 1, 2, frozenset({"cc0", "by"}), extra_filter="tag:kick type:(wav OR aiff)", page_size=3
    )
    assert asking.ids(3, request) == []
    (asked,) = server.asked
    assert asked.path == "/apiv2/search/"
    assert asked.query == {
        "query": ["a b&c"],
        "filter": ['duration:[1 TO 2] license:("Creative Commons 0" OR "Attribution") tag:kick type:(wav OR aiff)'],
        "page_size": ["3"],
        "fields": [FIELDS],
    }
    assert asked.raw_query.startswith("query=a+b%26c&filter=duration%3A%5B1+TO+2%5D")


def test_f2_the_key_is_in_the_header_and_in_no_address(asking: Asking, server: FakeFreesound) -> None:
    server.add(1)
    assert asking.ids(1) == [1]
    (asked,) = server.asked
    assert asked.headers["authorization"] == f"Token {KEY}"
    assert KEY not in asked.raw_query


@pytest.mark.parametrize(
    "said", ["Authentication credentials were not provided.", "Invalid token", f"Suspended token {KEY}"]
)
def test_f2_what_a_401_says_is_shown_and_the_key_is_not(
    asking: Asking, server: FakeFreesound, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="httpx")
    server.before.append(detail(401, said))
    with pytest.raises(FreesoundKeyError) as raised:
        asking.ids(1)
    assert said.replace(KEY, "(key)") in str(raised.value) and "freesound login" in str(raised.value)
    written = "".join(traceback.format_exception(raised.value)) + repr(raised.value) + caplog.text
    assert KEY not in written and KEY not in repr(asking.client.__dict__)


def test_f2_a_wrong_key_is_refused_by_the_service(web: Web, server: FakeFreesound, tmp_path: Path) -> None:
    with pytest.raises(FreesoundKeyError, match="Invalid token"):
        Asking(web, tmp_path, key="another-key-1234").ids(1)


def test_f2_a_next_page_on_another_host_gets_no_key(asking: Asking, server: FakeFreesound) -> None:
    with fake_freesound() as stranger:
        for number in (1, 2, 3):
            server.add(number)
        server.next_host = stranger.url
        assert asking.ids(3, SearchRequest("x", page_size=2)) == [1, 2]
        assert stranger.asked == []


def test_f2_a_redirect_to_another_host_gets_no_key(asking: Asking, server: FakeFreesound) -> None:
    with fake_freesound() as stranger:
        server.before.append(Answer(302, headers={"Location": f"{stranger.url}/apiv2/search/"}))
        with pytest.raises(FreesoundError, match="does not get the key"):
            asking.ids(1)
        assert stranger.asked == []


def test_a_redirect_within_the_service_is_followed_with_the_key(asking: Asking, server: FakeFreesound) -> None:
    server.add(5)
    server.before.append(Answer(301, headers={"Location": "/apiv2/search/?query=x&page_size=2"}))
    assert asking.ids(1) == [5]
    assert server.asked[-1].headers["authorization"] == f"Token {KEY}"


def test_f3_pages_are_followed_to_the_number_wanted(asking: Asking, server: FakeFreesound) -> None:
    for number in range(1, 8):
        server.add(number)
    assert asking.ids(5, SearchRequest("x", page_size=2)) == [1, 2, 3, 4, 5]
    assert [asked.query.get("page") for asked in server.searches] == [None, ["2"], ["3"]]
    assert all(asked.headers["authorization"] == f"Token {KEY}" for asked in server.searches)


def test_f3_null_results_are_left_out_and_pages_go_on(asking: Asking, server: FakeFreesound) -> None:
    server.add(1)
    server.results += [None, None, None]
    server.add(9)
    server.shrinks = 2
    assert asking.ids(2, SearchRequest("x", page_size=2)) == [1, 9]


def test_f3_a_page_beyond_the_last_one_is_the_end(asking: Asking, server: FakeFreesound) -> None:
    server.add(1)
    server.ends_in_404 = True
    assert asking.ids(9) == [1]
    assert len(server.searches) == 2


def test_f3_a_sound_that_moved_to_the_next_page_comes_once(asking: Asking, server: FakeFreesound) -> None:
    server.add(1)
    server.add(2)
    server.results.append(server.results[1])
    assert asking.ids(9, SearchRequest("x", page_size=2)) == [1, 2]


def test_f4_the_61st_request_of_a_minute_waits_and_says_so(asking: Asking, server: FakeFreesound) -> None:
    for _ in range(60):
        asking.ids(1)
    assert asking.clock.slept == 0
    asking.ids(1)
    assert asking.clock.slept == pytest.approx(60, abs=0.5)
    ((seconds, reason),) = asking.told
    assert seconds == pytest.approx(60, abs=0.5) and "60 requests a minute" in reason


def test_f4_a_throttle_without_retry_after_is_waited_out(asking: Asking, server: FakeFreesound) -> None:
    said = "Request was throttled because of exceeding a request limit rate (60/minute)"
    server.add(1)
    server.before += [detail(429, said), detail(429, said)]
    assert asking.ids(1) == [1]
    assert asking.clock.slept == pytest.approx(25)
    assert [reason for _, reason in asking.told] == [said, said]


@pytest.mark.parametrize(("limit", "requests"), [("60/minute", 4), ("2000/day", 1)])
def test_f4_a_throttle_that_stays_is_told_in_the_words_of_the_service(
    asking: Asking, server: FakeFreesound, limit: str, requests: int
) -> None:
    said = f"Request was throttled because of exceeding a request limit rate ({limit})"
    server.before += [detail(429, said)] * 9
    with pytest.raises(FreesoundError) as raised:
        asking.ids(1)
    assert said in str(raised.value)
    assert len(server.searches) == requests


def test_f4_a_retry_after_is_kept_where_there_is_one(asking: Asking, server: FakeFreesound) -> None:
    server.add(1)
    server.before.append(Answer(429, b"{}", headers={"Retry-After": "2"}))
    assert asking.ids(1) == [1]
    assert asking.clock.slept == pytest.approx(2)


def test_f4_a_server_that_fails_three_times_is_one_sentence(asking: Asking, server: FakeFreesound) -> None:
    server.before += [Answer(500), Answer(502, b"<html>", "text/html"), Answer(503)]
    with pytest.raises(FreesoundError, match="fails, 3 times"):
        asking.ids(1)
    assert len(server.searches) == 3
    server.add(1)
    server.before += [Answer(500), Answer(503)]
    assert asking.ids(1) == [1]


def test_f4_a_wait_can_be_cancelled(asking: Asking, server: FakeFreesound) -> None:
    server.before.append(detail(429, "throttled (60/minute)"))
    with pytest.raises(CancelledError):
        list(asking.client.pages(SearchRequest("x"), cancelled=lambda: bool(asking.told)))
    assert len(server.searches) == 1


def test_a_wrong_filter_is_told_in_the_words_of_the_service(asking: Asking, server: FakeFreesound) -> None:
    server.before.append(detail(400, "Invalid filter."))
    with pytest.raises(FreesoundError, match=r"Invalid filter\."):
        asking.ids(1)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(200, b"<html>log in</html>", "text/html"), "a web page, not Freesound's"),
        (Answer(200, b'{"count": 1, "resu', promised=500), "broke off"),
        (Answer(200, b'{"count": 1, "resu', promised=-1), "something else, not Freesound's"),
        (Answer(200, b'{"count": 1}'), "not understood"),
        (Answer(200, b"[" * 50_000), "something else"),
        (Answer(200, b" " * (17 << 20)), "larger than it can be"),
        (Answer(404, b"{}"), "there is no search at"),
        (Answer(418, b"{}"), "refuses"),
    ],
)
def test_what_is_no_answer_of_the_service_is_one_sentence(
    asking: Asking, server: FakeFreesound, answer: Answer, said: str
) -> None:
    server.before.append(answer)
    with pytest.raises(FreesoundError, match=said):
        asking.ids(1)


@pytest.mark.parametrize(("limits", "pause_s", "said"), [(SILENCE, 0.6, "in time"), (DRIP, 0.1, "takes too long")])
def test_f6_silence_and_a_drip_come_to_an_end(
    server: FakeFreesound, tmp_path: Path, limits: TimeLimits, pause_s: float, said: str
) -> None:
    server.before.append(Answer(200, b" " * 100, pause_s=pause_s, piece=1))
    web = Web(limits=limits)
    try:
        with pytest.raises(FreesoundError, match=said):
            Asking(web, tmp_path).ids(1)
    finally:
        web.close()


def test_f6_a_refused_connection_is_one_sentence(web: Web, tmp_path: Path, server: FakeFreesound) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(FreesoundError, match="cannot be reached"):
        Asking(web, tmp_path, base=base).ids(1)


def test_the_proxy_of_the_environment_is_asked(
    server: FakeFreesound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fake_freesound() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        proxy.add(7)
        web = Web(limits=PATIENT)
        try:
            assert Asking(web, tmp_path).ids(1) == [7]
        finally:
            web.close()
        assert server.asked == [] and len(proxy.asked) == 1


def test_f6_nothing_found_is_an_empty_page(asking: Asking, server: FakeFreesound) -> None:
    (page,) = asking.client.pages(SearchRequest("nothing"))
    assert (page.sounds, page.count, page.last) == ((), 0, True)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ftp://x", "is no address"),
        ("nonsense", "is no address"),
        ("https://u:p@example.org", "is no address"),
        ("https://example.org:port", "is no address"),
        ("http://example.org", "not safe"),
    ],
)
def test_an_address_that_is_none_or_not_safe_is_refused(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, said: str
) -> None:
    monkeypatch.setenv("TUI_BROWSER_FREESOUND_URL", address)
    with pytest.raises(FreesoundError, match=said):
        Asking(web, tmp_path)


def test_strange_results_are_left_out_or_made_harmless(asking: Asking, server: FakeFreesound) -> None:
    server.results += [
        {"id": "7"}, {"id": -1}, {"id": 1 << 70}, {"id": True}, 7, "x", [], {},
        {"id": 3, "name": "\x1b[2Ja\nb", "duration": float("1e400"), "tags": [1, "ok"], "previews": "x", "url": "file:///etc/passwd"},
    ]  # fmt: skip
    server.before.append(Answer(body=json.dumps({"count": 9, "next": None, "results": server.results}).encode()))
    (sound,) = asking.client.first(SearchRequest("x"), 9)
    assert (sound.id, sound.name, sound.url, sound.tags) == (3, "\\x1b[2Ja\\nb", "", ("ok",))
    assert sound.duration_s is None and sound.previews == ()
