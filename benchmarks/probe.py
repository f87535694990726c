"""The app, run as its command runs it; at the end it writes the names of all modules that were imported.

`python benchmarks/probe.py OUT [the app's arguments]`
"""

from __future__ import annotations

import atexit
import sys


def _write(out: str) -> None:
    with open(out, "w") as file:
        file.write("\n".join(sorted(sys.modules)))


if __name__ == "__main__":
    atexit.register(_write, sys.argv.pop(1))
    from tui_browser.cli.main import main

    main()
