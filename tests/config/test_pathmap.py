"""Paths as another machine names them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.config.pathmap import file_uri, is_windows, parse_path_map
from tui_browser.errors import ConfigError

RULES = {
    "/srv/samples": "/Volumes/samples",
    "/srv/samples/studio/": "S:\\Studio",
    "/nas": r"\\nas\share",
    "/mnt/c": "C:/",
}


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (b"/srv/samples/a/kick.wav", b"/Volumes/samples/a/kick.wav"),
        (b"/srv/samples", b"/Volumes/samples"),
        (b"/srv/samples2/kick.wav", b"/srv/samples2/kick.wav"),
        (b"/srv/samples/studio/a b/kick.wav", rb"S:\Studio\a b\kick.wav"),
        (b"/srv/samples/studio", rb"S:\Studio"),
        (b"/nas/kick.wav", rb"\\nas\share\kick.wav"),
        (b"/mnt/c/x/kick.wav", b"C:/x/kick.wav"),
        (b"/elsewhere/kick.wav", b"/elsewhere/kick.wav"),
        (b"/srv/samples/\xff\n.wav", b"/Volumes/samples/\xff\n.wav"),
    ],
)
def test_the_longest_prefix_counts_and_ends_at_a_folder(here: bytes, there: bytes) -> None:
    assert parse_path_map(RULES).to_remote(here) == there


def test_everything_may_be_mapped_or_become_the_root() -> None:
    assert parse_path_map({"/": "/mnt/server"}).to_remote(b"/a/b.wav") == b"/mnt/server/a/b.wav"
    assert parse_path_map({"/srv": "/"}).to_remote(b"/srv/a.wav") == b"/a.wav"
    assert parse_path_map({}).to_remote(b"/a.wav") == b"/a.wav"


@given(st.binary(min_size=1, max_size=40).filter(lambda name: b"\0" not in name and name[:1] != b"/"))
def test_what_follows_the_prefix_stays_byte_for_byte(rest: bytes) -> None:
    assert parse_path_map({"/srv": "/Volumes"}).to_remote(b"/srv/" + rest) == b"/Volumes/" + rest


@pytest.mark.parametrize(
    ("prefix", "target"), [("srv", "/x"), ("~/samples", "/x"), ("/srv", "samples"), ("/srv", ""), ("/srv", "S")]
)
def test_a_rule_that_makes_no_path_is_refused(prefix: str, target: str) -> None:
    with pytest.raises(ConfigError, match=r"config\.toml"):
        parse_path_map({prefix: target}, path="/x/config.toml")


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        (b"/a b/\xff#?.wav", "file:///a%20b/%FF%23%3F.wav"),
        (rb"C:\My Samples\a.wav", "file:///C:/My%20Samples/a.wav"),
        (rb"\\nas\share\a.wav", "file://nas/share/a.wav"),
    ],
)
def test_addresses(path: bytes, uri: str) -> None:
    assert file_uri(path) == uri
    assert is_windows(path) == (path[:1] != b"/")
