"""Where the key comes from, and who may read it."""

from __future__ import annotations

import os
import pickle
import stat
from pathlib import Path

import pytest

from tests.support.freesound_server import KEY
from tui_browser.config.places import freesound_key_file
from tui_browser.errors import FreesoundKeyError
from tui_browser.freesound.key import ApiKey, forget_key, load_key, parse_key, store_key


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FREESOUND_API_KEY", raising=False)


def test_f2_the_file_is_for_its_owner_alone_and_read_back() -> None:
    path = Path(store_key(ApiKey(KEY)))
    assert path == Path(freesound_key_file())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_key() == ApiKey(KEY)
    store_key(ApiKey("another-key-1234"))
    assert load_key() == ApiKey("another-key-1234")
    assert forget_key() == str(path)
    assert forget_key() is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_f2_a_file_that_others_may_read_is_refused(mode: int) -> None:
    path = store_key(ApiKey(KEY))
    os.chmod(path, mode)
    with pytest.raises(FreesoundKeyError, match=r"not yours alone.*chmod 600") as raised:
        load_key()
    assert KEY not in str(raised.value) and path in str(raised.value)


def test_f2_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    os.chmod(store_key(ApiKey("another-key-1234")), 0o644)
    monkeypatch.setenv("FREESOUND_API_KEY", f" {KEY}\n")
    assert load_key() == ApiKey(KEY)


def test_a_link_a_pipe_and_a_folder_are_no_key_file(tmp_path: Path) -> None:
    path = Path(store_key(ApiKey(KEY)))
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FreesoundKeyError, match="not a link"):
        load_key()
    path.unlink()
    os.mkfifo(path, 0o600)
    with pytest.raises(FreesoundKeyError, match="not a file"):
        load_key()
    path.unlink()
    path.mkdir(mode=0o700)
    with pytest.raises(FreesoundKeyError):
        load_key()


def test_without_a_key_it_is_told_how_to_get_one() -> None:
    with pytest.raises(FreesoundKeyError, match=r"apiv2/apply.*freesound login"):
        load_key()


@pytest.mark.parametrize("text", ["", "short", "two words here", "line\nbreak-line", "kéykéykéykéy", "x" * 201])
def test_f2_what_is_no_key_is_not_repeated(text: str) -> None:
    with pytest.raises(FreesoundKeyError) as raised:
        parse_key(text, where="standard input")
    assert not text or text not in str(raised.value)


def test_f2_a_printed_key_does_not_show() -> None:
    key = ApiKey(KEY)
    assert KEY not in repr(key) and KEY not in str(key) and KEY not in f"{[key]}"
    assert pickle.loads(pickle.dumps(key)) == key
