"""A process that plans and writes the slices of one recording, so that the app goes on meanwhile."""

from __future__ import annotations

import os
from dataclasses import dataclass
from multiprocessing.connection import Connection

from tui_browser import child
from tui_browser.config.places import log_file
from tui_browser.errors import BrowserError, WorkerError
from tui_browser.workbench.new_files import make_folder
from tui_browser.workbench.slicing.envelope import Envelope, read_envelope
from tui_browser.workbench.slicing.names import DEFAULT_NAME, distinct_stems, slice_names
from tui_browser.workbench.slicing.plan import SliceOptions, SlicePlan, plan_from_envelope
from tui_browser.workbench.slicing.write import Fades, write_slices

_HINT = "choose another folder"


@dataclass(frozen=True, slots=True)
class WriteSlices:
    """Write the slices of a plan into a folder."""

    plan: SlicePlan
    folder: bytes


class SlicePlanner:
    """The parent's end. Calls wait for the process, so they are made in a thread; the file is read once."""

    def __init__(self, path: bytes) -> None:
        self._log = log_file("slices")
        self._child = child.start(f"{__name__}:planner_main", path, log=self._log)

    def plan(self, options: SliceOptions) -> SlicePlan:
        """The slices of the recording; raises BrowserError."""
        answer = self._ask(options)
        assert isinstance(answer, SlicePlan)  # the answer to options
        return answer

    def write(self, plan: SlicePlan, folder: bytes) -> int:
        """Write a plan, changed or not, into a folder; the number of files. Raises BrowserError."""
        answer = self._ask(WriteSlices(plan, folder))
        assert isinstance(answer, int)  # the answer to a plan
        return answer

    def close(self) -> None:
        """End the process, also while a call waits for it in another thread. Safe to call twice."""
        self._child.process.terminate()
        self._child.close()

    def _ask(self, request: SliceOptions | WriteSlices) -> object:
        try:
            self._child.send(request)
            answer = self._child.receive()
        except (WorkerError, OSError, TypeError) as error:  # the last two if it is closed by another thread just now
            hint = f"see {self._log}" if self._log else ""
            raise WorkerError("the process that cuts slices has ended", hint=hint) from error
        if isinstance(answer, BrowserError):
            raise answer
        return answer


def planner_main(conn: Connection, path: bytes) -> None:
    """The process: answers options with a plan, a plan with the number of files written, both with errors."""
    envelope: Envelope | None = None
    while True:
        request = conn.recv()
        try:
            if isinstance(request, WriteSlices):
                conn.send(_write(request))
            else:
                envelope = envelope or read_envelope(path, with_onsets=True)
                conn.send(plan_from_envelope(path, envelope, request))
        except BrowserError as error:
            conn.send(error)
        except (OSError, MemoryError) as error:
            conn.send(BrowserError(f"the recording cannot be cut: {error}", path=path))


def _write(request: WriteSlices) -> int:
    plan = request.plan
    stem = distinct_stems([plan.path])[0]
    make_folder(request.folder)
    names = slice_names(plan, DEFAULT_NAME, stem=stem)
    write_slices(plan, request.folder, [os.fsencode(name) for name in names], fades=Fades(), stem=stem, hint=_HINT)
    return len(names)
