"""Whether a person hears through a listener: where they say so, or where they came over SSH and one answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tui_browser.playback.remote import pairing
from tui_browser.playback.remote.connection import HINT, connect_to_listener
from tui_browser.playback.remote.protocol import ListenerError
from tui_browser.playback.remote.remote_output import RemoteOutput


def open_remote(choice: str, notify: Callable[[], None], *, env: Mapping[str, str]) -> tuple[RemoteOutput | None, str]:
    """The way to a listener, or None and what to say where nothing else sounds either.

    `remote` and `remote:ADDRESS` are always one, `auto` where TUI_BROWSER_LISTENER names an address, or over SSH
    where a listener answers now. An address is the path of a socket, a port, or HOST:PORT.
    """
    named = env.get(pairing.VARIABLE) or None
    if choice == "remote":
        return RemoteOutput(named, notify), ""
    if choice.startswith("remote:"):
        return RemoteOutput(choice.removeprefix("remote:"), notify), ""
    if choice != "auto":
        return None, ""
    if named:
        return RemoteOutput(named, notify), ""
    if not pairing.is_over_ssh(env):
        return None, ""
    try:
        return RemoteOutput(None, notify, line=connect_to_listener(None)), ""
    except ListenerError as error:
        return None, f"No sound: {error.hint}" if error.hint == HINT else f"No sound: {error}"
