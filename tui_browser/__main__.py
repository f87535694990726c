"""`python -m tui_browser`: the same as the command `tui-browser`."""

from __future__ import annotations

from tui_browser.cli.main import main

if __name__ == "__main__":
    main()
