"""The process beside the app that computes features: it reads files, and a newer request ends the one before.

Messages to it are paths; it answers each with `Share`s of the work, then `Computed` or `Unreadable`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

from tui_browser.errors import AudioError, BrowserError
from tui_browser.visualiser.features import Features, features_of
from tui_browser.visualiser.motion_model import MotionModel, load_motion_model
from tui_browser.visualiser.reading import read_mono

_READING = 0.2
"""The share of the work that reading is."""
_STEP = 0.05


@dataclass(frozen=True, slots=True)
class Share:
    """So much of a file is done, 0 to 1."""

    path: bytes
    part: float


@dataclass(frozen=True, slots=True, eq=False)
class Computed:
    """The features of a file."""

    path: bytes
    features: Features


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a file has no features."""

    path: bytes
    reason: str


class _SupersededError(Exception):
    """A newer request has come."""


def feature_main(conn: Connection) -> None:
    """Answer requests until the connection ends."""
    try:
        model = load_motion_model()
    except BrowserError as error:
        while True:
            conn.send(Unreadable(conn.recv(), str(error)))
    while True:
        path: bytes = conn.recv()
        while conn.poll():
            path = conn.recv()  # only the newest counts
        try:
            conn.send(Computed(path, _compute(conn, path, model)))
        except _SupersededError:
            continue
        except AudioError as error:
            conn.send(Unreadable(path, error.what))


def _compute(conn: Connection, path: bytes, model: MotionModel) -> Features:
    told = 0.0

    def reporter(start: float, end: float) -> Callable[[float], None]:
        def report(part: float) -> None:
            nonlocal told
            if conn.poll():
                raise _SupersededError
            part = start + part * (end - start)
            if part >= told + _STEP:
                told = part
                conn.send(Share(path, part))

        return report

    mono = read_mono(path, progress=reporter(0, _READING))
    return features_of(mono, model, progress=reporter(_READING, 1))
