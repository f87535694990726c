"""What a drag takes along that begins at a cell of the screen: a row of the list, with the selection it is part of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import App
from textual.errors import NoWidget

from tui_browser.records import MISSING
from tui_browser.ui.controllers.controllers import Controllers
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.terminal.drag_out import DragOut
from tui_browser.ui.widgets.sample_list import SampleList


def drag_out(app: App[int], *, write: Callable[[str], None], session: Callable[[], Controllers]) -> DragOut:
    """The app's part in dragging, for this app; `session` is asked for when there is one."""
    return DragOut(
        write=write,
        source=lambda x, y: files_at(app, session(), x, y),
        fetch=LatestWorker(app, "drag", failed=lambda error: session().failed(error)).ask,
        say=lambda text: session().stage.say(text),
    )


def files_at(app: App[int], session: Controllers, x: int, y: int) -> Sequence[bytes]:
    """The paths; none where there is no sample. Those that are known to be gone are left out."""
    world = session.stage.world
    try:
        widget, region = app.screen.get_widget_at(x, y)
    except NoWidget:
        return ()
    row = widget.row_at(y - region.y) if isinstance(widget, SampleList) else None
    if row is None or row >= len(world.snapshot):
        return ()
    along = session.selection.rows(world).tolist() if world.id_at(row) in session.selection else [row]
    return [world.snapshot.names[each] for each in along if not world.snapshot.flags[each] & MISSING]
