"""tui-browser: a whole sample library as a map of sound, in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui_browser.version import __version__

if TYPE_CHECKING:
    from tui_browser.api import SampleTool

__all__ = ["SampleTool", "__version__"]


def __getattr__(name: str) -> Any:
    """`SampleTool` is imported when it is first asked for: the app's start does not pay for it."""
    if name == "SampleTool":
        from tui_browser.api import SampleTool

        return SampleTool
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
