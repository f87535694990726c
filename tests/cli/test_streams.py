"""Standard streams that are closed, full, or no longer read: one sentence or none, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs import need

_PROGRAM = "import signal; signal.signal(signal.SIGPIPE, signal.SIG_IGN); from tui_browser.cli.main import main; main()"


def shell(home: Path, line: str) -> subprocess.CompletedProcess[str]:
    """A line of sh in which `tui` is the program, with a home folder of its own."""
    need("sh", "sleep", "true")
    kept = ("PATH", "LANG")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= {"HOME": str(home), "PYTHON": sys.executable, "PROGRAM": _PROGRAM}
    script = f'tui() {{ "$PYTHON" -c "$PROGRAM" "$@"; }}\n{line}'
    return subprocess.run(["sh", "-c", script], env=environment, cwd=home, capture_output=True, text=True)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_change_no_exit_code(tmp_path: Path, closed: str) -> None:
    done = shell(tmp_path, f"tui status {closed}; echo $? >> codes; tui rejects --bogus {closed}; echo $? >> codes")
    assert (tmp_path / "codes").read_text().split() == ["0", "2"]
    assert "Traceback" not in done.stderr
    assert "inside" not in done.stderr


def test_a_file_is_never_opened_in_the_place_of_a_closed_stream(tmp_path: Path) -> None:
    shell(tmp_path, "mkdir S; tui add S --library own.db <&- >&- 2>&-")
    shown = shell(tmp_path, "tui roots --library own.db")
    assert shown.stdout.startswith(str(tmp_path / "S"))


@pytest.mark.parametrize("verb", ["status", "--help", "status --json"])
def test_a_reader_who_has_enough_is_no_error(tmp_path: Path, verb: str) -> None:
    done = shell(tmp_path, f"{{ sleep 0.1; tui {verb}; echo $? > code; }} | true")
    assert (tmp_path / "code").read_text().strip() == "141"  # as a program that SIGPIPE ends, not "nothing found"
    assert done.stderr == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_output_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    done = shell(tmp_path, "tui status > /dev/full")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "No space left" in done.stderr
