"""Runs the app on a terminal, also where standard input or output is redirected."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

from tui_browser.config.appearance import Appearance
from tui_browser.config.places import demo_library
from tui_browser.config.settings import Settings
from tui_browser.errors import BrowserError
from tui_browser.ui.garbage_collection import freeze, limit_arenas
from tui_browser.ui.launch_options import LaunchOptions
from tui_browser.ui.ports import FreesoundLike, LibraryLike, PlayerLike, ServiceLike


def run_app(
    *,
    library: LibraryLike,
    service: ServiceLike,
    player: PlayerLike,
    settings: Settings,
    look: Appearance,
    notice: str = "",
    offer: str = "",
    launch_options: LaunchOptions | None = None,
    freesound: FreesoundLike | None = None,
) -> int:
    """Run the app; returns the exit code. Raises BrowserError where there is no terminal."""
    if look.colours in ("256", "16"):
        os.environ.setdefault("TEXTUAL_COLOR_SYSTEM", {"256": "256", "16": "standard"}[look.colours])
    elif look.colours == "truecolor":
        os.environ.setdefault("TEXTUAL_COLOR_SYSTEM", "truecolor")
    with terminal():
        _forget_stale_size()
        # textual: 190 ms; nothing that does without the app pays it, and it reads the environment when imported
        from tui_browser.config.state import load_state, remember
        from tui_browser.config.themes import load_theme, theme_names
        from tui_browser.ui.app import BrowserApp

        state, path = load_state(), str(getattr(library, "path", ""))
        newcomer = not state.tour and (not state.libraries or path == demo_library())
        app = BrowserApp(
            library=library,
            service=service,
            player=player,
            settings=settings,
            theme=look.theme,
            notice=notice,
            offer=offer,
            ascii=look.ascii,
            state=state,
            remember=remember,
            library_path=path,
            load_theme=load_theme,
            theme_names=theme_names,
            launch_options=launch_options,
            offer_tour=newcomer,
            freesound=freesound,
        )
        limit_arenas()
        freeze()
        with separate_stderr():
            app.run(mouse=settings.mouse)
    return app.return_code or 0


@contextlib.contextmanager
def terminal() -> Iterator[None]:
    """Open descriptors 0 to 2 on the controlling terminal, and restore them at the end.

    Raises BrowserError where there is no terminal at all.
    """
    elsewhere = [descriptor for descriptor in (0, 1, 2) if not _is_terminal(descriptor)]
    if not elsewhere:
        yield
        return
    try:
        tty = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        raise BrowserError("the app needs a terminal", hint="the verbs work without one: tui-browser --help") from error
    kept: list[tuple[int, int | None]] = []
    try:
        for descriptor in elsewhere:
            kept.append((descriptor, _copy(descriptor)))
            _flush()
            os.dup2(tty, descriptor)
        yield
    finally:
        _flush()
        for descriptor, original in kept:
            if original is None:
                os.close(descriptor)
            else:
                os.dup2(original, descriptor)
                os.close(original)
        os.close(tty)


def _forget_stale_size() -> None:
    """Forget `COLUMNS` and `LINES`, which may be of another terminal, where this one knows its size."""
    with contextlib.suppress(OSError):
        size = os.get_terminal_size(1)
        for name, known in (("COLUMNS", size.columns), ("LINES", size.lines)):
            if known:
                os.environ.pop(name, None)


@contextlib.contextmanager
def separate_stderr() -> Iterator[None]:
    """Put Python's standard error on a copy of descriptor 2, and /dev/null on descriptor 2 itself.

    Textual paints through standard error, and mpg123 writes warnings on an MP3 to descriptor 2 while its
    waveform is read.
    """
    before = sys.stderr, sys.__stderr__
    _flush()
    with open(os.dup(2), "w", encoding="utf-8", errors="backslashreplace", buffering=1) as painted:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 2)
        os.close(nothing)
        sys.stderr = sys.__stderr__ = painted  # type: ignore[misc]  # Textual takes the one, the rest the other
        try:
            yield
        finally:
            sys.stderr, sys.__stderr__ = before  # type: ignore[misc]
            painted.flush()
            os.dup2(painted.fileno(), 2)


def _is_terminal(descriptor: int) -> bool:
    try:
        return os.isatty(descriptor)
    except OSError:
        return False


def _copy(descriptor: int) -> int | None:
    """A copy of a descriptor that no child inherits; None for one that is closed."""
    try:
        return os.dup(descriptor)
    except OSError:
        return None


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
