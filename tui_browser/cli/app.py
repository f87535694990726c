"""Opening the app: on the library, with folders added first, or on the demo."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace

from tui_browser.audio.player import Player
from tui_browser.cli.common import Common, refused
from tui_browser.cli.roots import folder_bytes
from tui_browser.config.look import effective_theme
from tui_browser.config.places import demo_library, log_file
from tui_browser.config.settings import Settings, load_settings
from tui_browser.config.state import load_state
from tui_browser.errors import BrowserError, ConfigError
from tui_browser.library.among import Among
from tui_browser.library.door import Library
from tui_browser.library.service import Service
from tui_browser.ui.errand import Errand

_CLOSING_S = 0.6
"""How long the processes beside the app have to end."""


def open_app(common: Common, folders: Sequence[str]) -> int:
    """The app on the library; FOLDERs become roots first; its exit code. Raises BrowserError where that fails."""
    paths: list[bytes] = []
    errors: list[BrowserError] = []
    for folder in folders:
        try:
            paths.append(folder_bytes(folder))
        except BrowserError as error:
            errors.append(error)
    refused(errors)
    return _run(common, common.library_path, paths)


def open_demo(common: Common) -> int:
    """The app on a small library of synthesised one-shots of its own, in the cache folder; its exit code."""
    library = demo_library()
    return _run(common, library, (), demo=os.path.join(os.path.dirname(library), "samples"))


def open_for(common: Common, errand: Errand, *, among: Sequence[bytes] | None = None) -> int:
    """The app on the library for an errand, which then holds what was chosen; its exit code.

    With `among` only the samples at these paths are seen.
    """
    return _run(common, common.library_path, (), errand=errand, among=among)


def _run(
    common: Common,
    path: str,
    add: Sequence[bytes],
    *,
    errand: Errand | None = None,
    among: Sequence[bytes] | None = None,
    demo: str | None = None,
) -> int:
    from tui_browser.ui.run import run_app

    common.guard.stand()
    notices: list[str] = []
    try:
        settings = load_settings()
    except ConfigError as error:
        settings, notice = Settings(), str(error)
        notices.append(notice)
    if common.slow:
        settings = replace(settings, slow=True)
    look = effective_theme(settings, os.environ, remembered=load_state().theme)
    notices.append(look.notice)
    with ExitStack() as stack:
        library = stack.enter_context(Library.open(path))
        service = Service(
            path,
            model=common.model,
            fallback=settings.model,
            jobs=settings.jobs or os.cpu_count() or 1,
            add=add,
            demo=demo,
        )
        player = Player(
            common.player or settings.player, log=log_file("player"), level=settings.level, tails=settings.tails
        )
        stack.callback(_close, service.close, player.close)
        return run_app(
            library=library if among is None else Among(library, among),
            service=service,
            player=player,
            settings=settings,
            look=look,
            notice=next((notice for notice in notices if notice), ""),
            errand=errand,
        )


def _close(*closings: Callable[[], None]) -> None:
    """End the processes beside the app, side by side; one that a drive holds back ends when it can."""
    threads = [threading.Thread(target=closing, daemon=True) for closing in closings]
    deadline = time.monotonic() + _CLOSING_S
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
