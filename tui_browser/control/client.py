"""A script's end of the control socket: asks a running app, and reads its events."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Sequence
from typing import Any, Self

from tui_browser.control.protocol import ControlError, ControlRequest, as_line, parse_fields
from tui_browser.control.socket_file import VARIABLE, check_length, usual_paths

ANSWER_S = 10.0
"""How long an app may take to answer: it may be stopped, or search a very large library."""
_MOST_ANSWER = 1 << 26
_NO_APP = "start one with tui-browser --control, or write control = true into the settings"


class ControlClient:
    """A connection to a running app."""

    def __init__(self, path: str | None = None) -> None:
        """Connect to the socket at `path`; without one to that of the environment, else to the first app there is.

        Raises ControlError.
        """
        given = path or os.environ.get(VARIABLE)
        paths: Sequence[str] = [os.path.abspath(os.path.expanduser(given))] if given else usual_paths()
        self._socket, self.path = _connected(paths, given=bool(given))
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._file.close()
        self._socket.close()

    def ask(self, request: ControlRequest) -> dict[str, Any]:
        """The app's answer; raises ControlError with the app's own sentence where it refuses."""
        self._socket.settimeout(ANSWER_S)
        try:
            self._socket.sendall(as_line(request.as_fields()))
            line = self._file.readline(_MOST_ANSWER)
        except TimeoutError as error:
            hint = "it may be suspended, or busy"
            raise ControlError(f"the app did not answer within {ANSWER_S:g} s", path=self.path, hint=hint) from error
        except OSError as error:
            raise ControlError("the app has ended", path=self.path) from error
        if not line.endswith(b"\n"):
            raise ControlError("the app has ended", path=self.path)
        fields = parse_fields(line)
        if fields.get("ok") is not True:
            raise ControlError(str(fields.get("error") or "the app refused without a reason"))
        return fields

    def events(self) -> Iterator[dict[str, Any]]:
        """Events after a subscription, until the app ends."""
        self._socket.settimeout(None)
        while True:
            try:
                line = self._file.readline(_MOST_ANSWER)
            except OSError:
                return
            if not line.endswith(b"\n"):
                return
            yield parse_fields(line)


def _connected(paths: Sequence[str], *, given: bool) -> tuple[socket.socket, str]:
    """A connection to the first of these sockets at which an app listens, and its path; raises ControlError."""
    for path in paths:
        check_length(path)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(ANSWER_S)
        try:
            connection.connect(path)
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError) as error:
            connection.close()
            if given:
                raise ControlError("no app listens at this control socket", path=path, hint=_NO_APP) from error
        except OSError as error:
            connection.close()
            what = f"the control socket cannot be used: {error.strerror or error}"
            raise ControlError(what, path=path) from error
        else:
            return connection, path
    raise ControlError("no app with a control socket runs", hint=_NO_APP)
