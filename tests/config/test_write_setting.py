"""One setting changes, the rest of config.toml stays as a person wrote it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tui_browser.config.settings import load_settings
from tui_browser.config.write_setting import write_setting
from tui_browser.errors import ConfigError


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'model = "x"\n'),
        ('model = "drums"\n', 'model = "x"\n'),
        ('model="drums"   # mine', 'model = "x"   # mine'),
        ("# mine\njobs = 2\n", 'model = "x"\n# mine\njobs = 2\n'),
        ('jobs = 2\nmodel = "a"\nmouse = false\n', 'jobs = 2\nmodel = "x"\nmouse = false\n'),
        ('[keys]\nplay = "p"\n', 'model = "x"\n[keys]\nplay = "p"\n'),
        ('[templates]\nmodel = "{path}"\n', 'model = "x"\n[templates]\nmodel = "{path}"\n'),
    ],
)
def test_only_this_line_changes(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "folder" / "config.toml"
    if before:
        path.parent.mkdir()
        path.write_text(before)
    write_setting("model", "x", path=str(path))
    assert path.read_text() == after


@pytest.mark.parametrize("name", ['quo"te', "back\\slash", "new\nline", "é 日本", "del\x7f"])
def test_any_name_comes_back(tmp_path: Path, name: str) -> None:
    path = tmp_path / "config.toml"
    write_setting("model", name, path=str(path))
    assert load_settings(str(path)).model == name


@pytest.mark.parametrize("before", ['model = """\nlong"""\n', "jobs = [", 'jobs = "x"\n', '"model" = "a"\n', b"\xff"])
def test_a_file_that_cannot_be_changed_safely_stays(tmp_path: Path, before: str | bytes) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(before if isinstance(before, bytes) else before.encode())
    raw = path.read_bytes()
    with pytest.raises(ConfigError):
        write_setting("model", "x", path=str(path))
    assert path.read_bytes() == raw


def test_a_link_stays_a_link_and_rights_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles.toml", tmp_path / "config.toml"
    real.write_text("jobs = 2\n")
    real.chmod(0o600)
    link.symlink_to(real)
    write_setting("model", "x", path=str(link))
    assert (
        link.is_symlink() and real.read_text() == 'model = "x"\njobs = 2\n' and os.stat(real).st_mode & 0o777 == 0o600
    )


def test_a_folder_that_is_read_only_is_one_sentence(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(ConfigError, match="cannot be written"):
        write_setting("model", "x", path=str(tmp_path / "config.toml"))
