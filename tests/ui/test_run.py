"""What the app does with the descriptors of its terminal."""

from __future__ import annotations

import subprocess
import sys


def test_what_c_libraries_write_does_not_reach_the_screen() -> None:
    """mpg123 comments on odd MP3s on descriptor 2, through which Textual paints."""
    code = (
        "import os, sys; from tui_browser.ui.run import painting_apart\n"
        "with painting_apart():\n"
        "    os.write(2, b'a C library'); sys.__stderr__.write('frame, '); print('error', file=sys.stderr)\n"
        "os.write(2, b'after')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stderr == b"frame, error\nafter"
