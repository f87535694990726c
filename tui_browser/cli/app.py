"""Opens the app on the library or on the demo."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace

from tui_browser.cli.common import CommonOptions, exit_if_failed
from tui_browser.cli.model_offer import model_offer
from tui_browser.cli.roots import folder_path
from tui_browser.config.appearance import choose_appearance
from tui_browser.config.places import demo_library, log_file
from tui_browser.config.settings import Settings, load_settings
from tui_browser.config.state import load_state
from tui_browser.errors import BrowserError, ConfigError
from tui_browser.freesound.process import FreesoundProcess
from tui_browser.library.library import Library
from tui_browser.library.subset import LibrarySubset
from tui_browser.playback.player import Player
from tui_browser.service.client import ServiceClient
from tui_browser.ui.launch_options import LaunchOptions

_CLOSE_S = 0.6
"""Time limit for the processes to end."""


def open_app(common: CommonOptions, folders: Sequence[str]) -> int:
    """Open the app on the library, with `folders` added first; returns its exit code. Raises BrowserError."""
    paths: list[bytes] = []
    errors: list[BrowserError] = []
    for folder in folders:
        try:
            paths.append(folder_path(folder))
        except BrowserError as error:
            errors.append(error)
    exit_if_failed(errors)
    return _run(common, common.library_path, paths)


def open_demo(common: CommonOptions) -> int:
    """Open the app on a small library of synthesised one-shots in the cache folder; returns its exit code."""
    library = demo_library()
    return _run(common, library, (), demo=os.path.join(os.path.dirname(library), "samples"))


def open_with(common: CommonOptions, options: LaunchOptions, *, among: Sequence[bytes] | None = None) -> int:
    """Open the app with launch options, which hold the chosen samples afterwards; returns its exit code.

    With `among` the map shows only the samples at these paths.
    """
    return _run(common, common.library_path, (), options=options, among=among)


def _run(
    common: CommonOptions,
    path: str,
    add: Sequence[bytes],
    *,
    options: LaunchOptions | None = None,
    among: Sequence[bytes] | None = None,
    demo: str | None = None,
) -> int:
    from tui_browser.ui.run import run_app

    if os.environ.get("TERM") == "dumb":
        hint = "use another terminal, or export TERM as it is there; the verbs work here: tui-browser --help"
        raise BrowserError("this terminal cannot show the map (TERM=dumb)", hint=hint)
    common.guard.start()
    notices: list[str] = []
    try:
        settings = load_settings()
    except ConfigError as error:
        settings, notice = Settings(), str(error)
        notices.append(notice)
    if common.slow:
        settings = replace(settings, slow=True)
    options = options or LaunchOptions()
    options.control = common.control if common.control is not None else "" if settings.control else None
    look = choose_appearance(settings, os.environ, remembered=load_state().theme)
    notices.append(look.notice)
    with ExitStack() as stack:
        library = stack.enter_context(Library.open(path))
        service = ServiceClient(
            path,
            model=common.model,
            fallback=settings.model,
            jobs=settings.jobs or os.cpu_count() or 1,
            neighbours=settings.neighbours,
            add=add,
            demo=demo,
        )
        player = Player(
            common.player or settings.player, log=log_file("player"), level=settings.level, tails=settings.tails
        )
        freesound = FreesoundProcess()
        stack.callback(_close, service.close, player.close, freesound.close)
        return run_app(
            library=library if among is None else LibrarySubset(library, among),
            service=service,
            player=player,
            settings=settings,
            look=look,
            notice=next((notice for notice in notices if notice), ""),
            offer="" if demo or common.model else model_offer(library, settings),
            launch_options=options,
            freesound=freesound,
        )


def _close(*close_functions: Callable[[], None]) -> None:
    """End the processes in parallel, within a time limit, as a hanging drive can hold them."""
    threads = [threading.Thread(target=close, daemon=True) for close in close_functions]
    deadline = time.monotonic() + _CLOSE_S
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
