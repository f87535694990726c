"""Sends samples to other programs by OSC, to the targets that the settings name."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping, Sequence

from tui_browser.config.pathmap import PathMap, parse_path_map
from tui_browser.config.send_targets import SendTarget
from tui_browser.config.templates import TemplateSample
from tui_browser.errors import BrowserError, counted, printable
from tui_browser.kits.sending import ReceiverError, send_sample
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.latest_worker import LatestWorker


class SendController:
    """Sends in a thread; the status line tells what came of it."""

    def __init__(
        self,
        presenter: Presenter,
        worker: LatestWorker,
        *,
        targets: Mapping[str, SendTarget],
        path_maps: Mapping[str, str],
    ) -> None:
        self.targets = targets
        self._presenter = presenter
        self._worker = worker
        self._path_map: PathMap = parse_path_map(path_maps)

    def send(self, target: SendTarget, samples: Sequence[TemplateSample]) -> None:
        """Send samples, one after the other."""
        work = functools.partial(sent, target, samples, paths=self._path_map)
        self._worker.submit(work, self._presenter.say)


def sent(target: SendTarget, samples: Sequence[TemplateSample], *, paths: PathMap) -> str:
    """Send samples to a target; returns a sentence on the result.

    Raises BrowserError where none could be sent. A receiver that is not there ends it; a file that is missing, or
    that has a name OSC cannot carry, is left out.
    """
    errors: list[BrowserError] = []
    for sample in samples:
        try:
            if not os.path.isfile(sample.path):
                raise BrowserError("this file does not exist", path=sample.path)
            send_sample(target, sample, paths=paths)
        except ReceiverError:
            raise
        except BrowserError as error:
            errors.append(error)
    if len(errors) == len(samples):
        raise errors[0]
    where = f"{printable(target.name)} ({target.host}:{target.port})"
    if len(samples) == 1:
        return f"sent to {where}: {printable(samples[0].path)}"
    without = f"; {counted(len(errors), 'file')} left out, the first: {errors[0]}" if errors else ""
    return f"{counted(len(samples) - len(errors), 'sample')} sent to {where}{without}"
