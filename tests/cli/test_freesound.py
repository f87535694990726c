"""The verb `freesound` from outside, against a local service."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.freesound.conftest import PROXIES
from tests.support.bundles import tiny_bundle
from tests.support.cli import CliResult, invoke
from tests.support.freesound_server import KEY, Answer, FakeFreesound, detail, fake_freesound, sound_bytes
from tui_browser.config.places import freesound_folder, freesound_key_file
from tui_browser.freesound.key import ApiKey, store_key
from tui_browser.library.library import Library, open_for_writing


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeFreesound]:
    for name in (*PROXIES, "FREESOUND_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with fake_freesound() as fake:
        monkeypatch.setenv("TUI_BROWSER_FREESOUND_URL", fake.url)
        yield fake


class Verb:
    """`tui-browser freesound WORDS` with a library and a tiny model."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[bytes]) -> None:
        self.library = folder / "l.db"
        tiny_bundle(folder / "tiny")
        self._model = folder / "tiny"
        self._monkeypatch, self._capture = monkeypatch, capture

    def __call__(self, *words: object, stdin: bytes = b"") -> CliResult:
        return invoke(
            "--library", self.library, "--model", self._model, *words,
            monkeypatch=self._monkeypatch, capture=self._capture, stdin=stdin,
        )  # fmt: skip


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Verb:
    return Verb(tmp_path, monkeypatch, capfdbinary)


@pytest.fixture
def without_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is not indexed: that takes a while, and is tested by others."""
    monkeypatch.setattr("tui_browser.cli.freesound._index", lambda *_: {})


def fill(server: FakeFreesound, count: int = 5) -> None:
    for number in range(4001, 4001 + count):
        server.add(number, f"step {number}.wav")


def test_b1_three_footsteps_come_into_the_library_with_their_place(run: Verb, server: FakeFreesound) -> None:
    store_key(ApiKey(KEY))
    fill(server)
    result = run("freesound", "--json")
    assert result.code == 0, result.err
    (asked,) = server.searches
    assert asked.query["query"] == ["footstep"]
    assert asked.query["filter"] == ["duration:[1 TO 2]"]
    rows = result.rows()
    assert [row["id"] for row in rows] == [4001, 4002, 4003]
    assert all(row["path"].startswith(freesound_folder() + "/") and row["fresh"] for row in rows)
    assert all(0 <= row["x"] <= 1 and 0 <= row["y"] <= 1 for row in rows)
    found = run("search", "license:cc-by author:anna tag:wood", "--json")
    assert {row["path"] for row in found.rows()} == {row["path"] for row in rows}
    assert {(row["license"], row["author"]) for row in found.rows()} == {("CC BY 4.0", "anna")}
    with Library.open(str(run.library)) as library:
        assert library.root_paths() == [os.fsencode(freesound_folder())]
    again = run("freesound", "--json")
    assert [row["fresh"] for row in again.rows()] == [False] * 3
    assert len(list(Path(freesound_folder()).glob("*.ogg"))) == 3


@pytest.mark.usefixtures("without_index")
def test_b1_query_number_folder_and_licence_are_as_given(run: Verb, server: FakeFreesound, tmp_path: Path) -> None:
    store_key(ApiKey(KEY))
    fill(server)
    words = ("-n", 2, "--min", 0, "--max", "0.5", "--license", "CC0", "--filter", "tag:kick", "--into", tmp_path / "in")
    result = run("freesound", "a", "b&c", *words, "-0")
    assert result.code == 0, result.err
    assert sorted(result.out.split(b"\0")) == [
        b"", os.fsencode(tmp_path / "in" / "4001_step_4001.ogg"), os.fsencode(tmp_path / "in" / "4002_step_4002.ogg"),
    ]  # fmt: skip
    (asked,) = server.searches
    assert asked.query["query"] == ["a b&c"]
    assert asked.query["filter"] == ['duration:[0 TO 0.5] license:"Creative Commons 0" tag:kick']
    assert asked.query["page_size"] == ["2"]


@pytest.mark.parametrize("words", [("--min", 2, "--max", 1), ("--min", 2, "--max", 2), ("--min", "nan"), ("-n", 0)])
def test_b2_an_impossible_range_is_told_and_nothing_is_sent(
    run: Verb, server: FakeFreesound, words: tuple[object, ...]
) -> None:
    store_key(ApiKey(KEY))
    result = run("freesound", *words)
    assert result.code == 2 and result.out == b""
    if words[0] == "--min" and words[1] == 2:
        assert "invalid range for the sounds" in result.err
    assert server.asked == []


def test_a_dry_run_lists_and_fetches_nothing(run: Verb, server: FakeFreesound) -> None:
    store_key(ApiKey(KEY))
    fill(server, 2)
    server.results[1]["license"] = "http://creativecommons.org/licenses/by-nc/3.0/"
    result = run("freesound", "rain", "--dry-run")
    assert result.code == 0
    assert result.out.decode().splitlines() == [
        "4001\t1.20 s\tCC BY 4.0\tanna\tstep 4001.wav",
        "4002\t1.20 s\tCC BY-NC 3.0, no commercial use\tanna\tstep 4002.wav",
    ]
    assert len(server.asked) == 1
    assert not os.path.exists(freesound_folder()) and not run.library.exists()


def test_f6_nothing_found_and_no_connection_are_one_sentence(
    run: Verb, server: FakeFreesound, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_key(ApiKey(KEY))
    result = run("freesound", "unheard of")
    assert (result.code, result.out) == (1, b"")
    assert result.err == "tui-browser: Couldn't find 'unheard of' in Freesound\n"
    monkeypatch.setenv("TUI_BROWSER_FREESOUND_URL", "http://127.0.0.1:9")
    result = run("freesound", "rain")
    assert result.code == 1 and result.err.startswith("tui-browser: 127.0.0.1 cannot be reached (")
    assert result.err.count("\n") == 1


def test_f2_the_key_is_in_no_output_no_file_and_no_address(run: Verb, server: FakeFreesound) -> None:
    store_key(ApiKey(KEY))
    fill(server, 1)
    server.results[0]["url"] += f"?token={KEY}"  # a service that repeats it
    result = run("freesound", "--json", "--debug")
    assert result.code == 0, result.err
    server.before.append(detail(401, f"Invalid token {KEY}"))
    refused = run("freesound", "--debug")
    assert refused.code == 1 and "Invalid token" in refused.err and "Traceback" in refused.err
    for text in (result.out.decode(), result.err, refused.out.decode(), refused.err):
        assert KEY not in text
    home = os.environ["HOME"]
    files = [path for path in (*Path(home).rglob("*"), *run.library.parent.glob("l.db*")) if path.is_file()]
    assert [str(path) for path in files if KEY.encode() in path.read_bytes()] == [freesound_key_file()]
    assert all(KEY not in asked.path + asked.raw_query for asked in server.asked)


def test_f2_without_a_key_it_is_told_how_to_get_one(run: Verb, server: FakeFreesound) -> None:
    result = run("freesound")
    assert result.code == 1 and "apiv2/apply" in result.err and "freesound login" in result.err
    assert server.asked == []


def test_login_stores_a_key_that_the_service_accepts(run: Verb, server: FakeFreesound) -> None:
    assert run("freesound", "login", stdin=KEY.encode() + b"\n").code == 0
    assert stat.S_IMODE(os.stat(freesound_key_file()).st_mode) == 0o600
    assert len(server.asked) == 1
    refused = run("freesound", "login", stdin=b"another-key-1234\n")
    assert refused.code == 1 and "Invalid token" in refused.err and "another-key" not in refused.err
    assert Path(freesound_key_file()).read_text() == f"{KEY}\n", "the one before stays"
    unchecked = run("freesound", "login", "--no-check", "--json", stdin=b"another-key-1234\n")
    assert unchecked.rows() == [{"path": freesound_key_file(), "stored": True, "checked": False}]
    assert len(server.asked) == 2
    assert run("freesound", "login", "--forget").code == 0
    assert run("freesound", "login", "--forget").code == 1
    assert run("freesound", "login", stdin=b"\n").code == 1


def test_login_works_offline_and_says_that_nothing_was_checked(
    run: Verb, server: FakeFreesound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUI_BROWSER_FREESOUND_URL", "http://127.0.0.1:9")
    result = run("freesound", "login", stdin=KEY.encode())
    assert result.code == 0 and "was not checked" in result.err
    assert os.path.exists(freesound_key_file())


def test_login_after_two_dashes_is_a_query(run: Verb, server: FakeFreesound) -> None:
    store_key(ApiKey(KEY))
    assert run("freesound", "--dry-run", "--", "login").code == 1
    assert run("freesound", "--", "login").code == 1
    assert [asked.query["query"] for asked in server.searches] == [["login"], ["login"]]


@pytest.mark.usefixtures("without_index")
def test_one_sound_that_fails_is_named_and_the_others_are_there(
    run: Verb, server: FakeFreesound, tmp_path: Path
) -> None:
    store_key(ApiKey(KEY))
    fill(server, 2)
    server.serve_preview(4001, lambda: Answer(body=b"<html>", content_type="text/html"))
    result = run("freesound", "--into", tmp_path / "in")
    assert result.code == 1
    assert "sound 4001 (step 4001.wav) was not fetched: what came is no sound but text/html" in result.err
    assert sorted(os.listdir(tmp_path / "in")) == ["4002_step_4002.json", "4002_step_4002.ogg"]


def test_a_library_in_use_keeps_the_sounds_and_says_what_to_do(
    run: Verb, server: FakeFreesound, tmp_path: Path
) -> None:
    store_key(ApiKey(KEY))
    fill(server, 1)
    with open_for_writing(str(run.library)) as store:
        result = run("freesound", "--into", tmp_path / "in")
        assert result.code == 1 and "the library is in use" in result.err and "index FOLDER" in result.err
        store.add_root(os.fsencode(tmp_path / "in"))
        result = run("freesound", "--into", tmp_path / "in" / "deeper")
        assert result.code == 0 and "reads the new sounds" in result.err
    assert (tmp_path / "in" / "4001_step_4001.ogg").exists()


def test_export_files_writes_whom_to_credit(run: Verb, server: FakeFreesound, tmp_path: Path) -> None:
    store_key(ApiKey(KEY))
    fill(server, 2)
    server.results[0]["license"] = "http://creativecommons.org/licenses/by-nc/3.0/"
    assert run("freesound", "-n", 2).code == 0
    assert run("export", "files", "", "--out", tmp_path / "kit").code == 0
    text = (tmp_path / "kit" / "CREDITS.txt").read_text()
    assert text.count("by anna") == 2 and text.count("  ! no commercial use") == 1
    assert "https://freesound.org/people/anna/sounds/4001/" in text
    assert "https://creativecommons.org/licenses/by-nc/3.0/" in text


def test_ctrl_c_ends_with_130_and_leaves_nothing_half_written(server: FakeFreesound, tmp_path: Path) -> None:
    store_key(ApiKey(KEY))
    fill(server, 1)
    whole = sound_bytes(1.2)
    server.serve_preview(4001, lambda: Answer(body=whole, pause_s=0.05, piece=100, content_type="audio/ogg"))
    folder = tmp_path / "in"
    words = [sys.executable, "-m", "tui_browser", "freesound", "--into", str(folder), "--library", str(tmp_path / "l")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        while not (folder.exists() and any(name.endswith(".part") for name in os.listdir(folder))):
            assert running.poll() is None, running.communicate()
        running.send_signal(signal.SIGINT)
        out, err = running.communicate()
    assert (running.returncode, out) == (130, b""), err
    assert os.listdir(folder) == []


@pytest.mark.usefixtures("without_index")
def test_progress_goes_to_standard_error(run: Verb, server: FakeFreesound, tmp_path: Path) -> None:
    store_key(ApiKey(KEY))
    fill(server, 2)
    result = run("freesound", "--into", tmp_path / "in", "-n", 2)
    assert "fetching 2 of 2 files" in result.err
    assert b"fetching" not in result.out and b"2 sounds fetched into" in result.out
    assert run("freesound", "--into", tmp_path / "in", "-n", 2, "--quiet").err == ""


def test_a_key_typed_at_a_terminal_is_not_shown(server: FakeFreesound) -> None:
    words = [sys.executable, "-m", "tui_browser", "freesound", "login"]
    terminal = pexpect.spawn(words[0], words[1:], timeout=30, encoding="utf-8")
    terminal.expect("Key for Freesound: ")
    terminal.sendline(KEY)
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    assert KEY not in terminal.before and "Freesound accepts it" in terminal.before
    assert Path(freesound_key_file()).read_text() == f"{KEY}\n"
