"""Looking for a listener that answers."""

from __future__ import annotations

from tui_browser.playback.remote import pairing
from tui_browser.playback.remote.connection import ListenerConnection
from tui_browser.playback.remote.protocol import LineError

HINT = "for sound over SSH, run `tui-browser listen` on your laptop and log in with the line it prints"


def find(address: str | None) -> ListenerConnection:
    """A line to a listener: at the address, else the newest that answers; raises LineError with the reason for none."""
    candidates = [address] if address else pairing.addresses()
    reason = LineError("no line to a listener was found", hint=HINT)
    tokens = pairing.known_tokens()
    for candidate in candidates:
        try:
            return ListenerConnection(candidate, tokens)
        except LineError as error:
            reason = error
        except OSError as error:
            if address:
                said = error.strerror or str(error)
                reason = LineError(f"no listener answers at {address}: {said.lower()}", hint=HINT)
    raise reason
