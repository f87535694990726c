"""Which rows of a library name a sample of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tui_browser.folder.sample_path import link_refusal, refusal

ROOTS = [b"/music/samples", b"/more/"]


@pytest.mark.parametrize("path", [b"/music/samples/a.wav", b"/music/samples/b/c.AIFF", b"/more/x.mp3"])
def test_a_sound_file_below_a_root_is_a_sample(path: bytes) -> None:
    assert refusal(path, ROOTS) == ""


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (b"/home/me/.ssh/id_ed25519", "ending"),
        (b"/music/samples/id_ed25519", "ending"),
        (b"/music/samples", "ending"),
        (b"/music/samples2/a.wav", "outside"),
        (b"/music/samples/../../etc/a.wav", "outside"),
        (b"/etc/a.wav", "outside"),
    ],
)
def test_what_is_no_sound_file_below_a_root_is_none(path: bytes, reason: str) -> None:
    assert reason in refusal(path, ROOTS)


def test_a_link_may_lead_to_a_sound_file_elsewhere_and_to_nothing_else(tmp_path: Path) -> None:
    root, other = tmp_path / "root", tmp_path / "other"
    root.mkdir()
    other.mkdir()
    key, sound, store = other / "id_ed25519", other / "kick.wav", root / "data"
    for file in (key, sound, store):
        file.touch()
    for name, target in (("key.wav", key), ("kick.wav", sound), ("kept.wav", store), ("zero.wav", "/dev/zero")):
        (root / name).symlink_to(target)
    reasons = {name: link_refusal(os.fsencode(root / name), [os.fsencode(root)]) for name in os.listdir(root)}
    assert "no sound file" in reasons["key.wav"]
    assert "folder of the system" in reasons["zero.wav"]
    assert reasons["kick.wav"] == reasons["kept.wav"] == ""
