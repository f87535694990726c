"""Folders that are there, that are not, and drives that do not answer."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from tests.support.hanging_drive import Drive
from tui_browser.folder.presence import folders_present


def test_what_is_there_and_what_is_not(tmp_path: Path) -> None:
    odd = os.path.join(os.fsencode(tmp_path), b"\xff \n'-")
    os.mkdir(odd)
    (tmp_path / "file").write_text("")
    paths = [odd, os.fsencode(tmp_path / "file"), os.fsencode(tmp_path / "none"), os.fsencode(tmp_path)]
    assert folders_present(paths, within_s=30.0) == [True, False, False, True]
    assert folders_present([]) == []


def test_a_drive_that_hangs_is_not_waited_for(drive: Drive, tmp_path: Path) -> None:
    drive.hang()
    began = time.monotonic()
    answers = folders_present([os.fsencode(drive.folder), os.fsencode(tmp_path)], within_s=2.0)
    assert answers[0] is None and answers[1] in (True, None)
    assert time.monotonic() - began < 4.0


def test_a_busy_machine_is_no_drive_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "slow-python"
    slow.write_text(f'#!/bin/sh\nsleep 1\nexec {sys.executable} "$@"\n')
    slow.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(slow))
    assert folders_present([os.fsencode(tmp_path), b"/nowhere"]) == [True, False]
