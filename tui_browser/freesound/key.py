"""The key for Freesound's API: from the environment or a file for its owner alone, and shown nowhere."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field

from tui_browser.config.places import freesound_key_file
from tui_browser.errors import FreesoundKeyError
from tui_browser.safe_files import PRIVATE_FILE, PRIVATE_FOLDER, replace_file

VARIABLE = "FREESOUND_API_KEY"
APPLY = "https://freesound.org/apiv2/apply"
"""Where a person gets a key."""
HOW = f"get one at {APPLY}, then store it with tui-browser freesound login"
_MOST_BYTES = 1024
_VALID = re.compile(r"[A-Za-z0-9_.~+/=-]{8,200}")
_SHARED_BITS = 0o077


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key; printed, it is `ApiKey()`."""

    secret: str = field(repr=False)

    def hidden_in(self, text: str) -> str:
        """The text without the key, in case an answer repeats it."""
        return text.replace(self.secret, "(key)")


def load_key() -> ApiKey:
    """The key from the environment, else from the key file; raises FreesoundKeyError without its content."""
    typed = os.environ.get(VARIABLE, "").strip()
    if typed:
        return parse_key(typed, where=VARIABLE)
    path = freesound_key_file()
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise FreesoundKeyError("there is no key for Freesound", hint=HOW) from error
    except OSError as error:
        hint = "it has to be a file of yours, not a link" if os.path.islink(path) else error.strerror or ""
        raise FreesoundKeyError("the key for Freesound cannot be read", path=path, hint=hint) from error
    try:
        _check_file(os.fstat(handle), path)
        content = os.read(handle, _MOST_BYTES)
    finally:
        os.close(handle)
    return parse_key(content.decode("ascii", "replace").strip(), where=path)


def _check_file(status: os.stat_result, path: str) -> None:
    """Raise FreesoundKeyError unless this is a file for its owner alone."""
    if not stat.S_ISREG(status.st_mode):
        raise FreesoundKeyError("the key for Freesound is not a file", path=path, hint=HOW)
    if status.st_mode & _SHARED_BITS or status.st_uid != os.geteuid():
        raise FreesoundKeyError(
            "the key for Freesound is not yours alone, so it is not used",
            path=path,
            hint="chmod 600 it, or store it anew with tui-browser freesound login",
        )


def parse_key(text: str, *, where: str) -> ApiKey:
    """The key that a text is; raises FreesoundKeyError, which names `where` it is from but never the text."""
    if not _VALID.fullmatch(text):
        raise FreesoundKeyError(
            f"what is in {where} is no key for Freesound", hint=f"a key is letters and digits: see {APPLY}"
        )
    return ApiKey(text)


def store_key(key: ApiKey) -> str:
    """Write the key file for its owner alone, in place of the one before; returns its path."""
    path = freesound_key_file()
    try:
        os.makedirs(os.path.dirname(path), mode=PRIVATE_FOLDER, exist_ok=True)
        replace_file(path, key.secret.encode("ascii") + b"\n", mode=PRIVATE_FILE)
    except OSError as error:
        raise FreesoundKeyError("the key could not be stored", path=path, hint=error.strerror or "") from error
    return path


def forget_key() -> str | None:
    """Delete the key file; its path, or None where there is none."""
    path = freesound_key_file()
    try:
        os.unlink(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FreesoundKeyError("the key could not be deleted", path=path, hint=error.strerror or "") from error
    return path
