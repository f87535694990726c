"""The free cursor: points at any place of the map, and shows what would be made there once it rests."""

from __future__ import annotations

from tui_browser.map.viewport import DOTS_X, DOTS_Y
from tui_browser.ui.controllers.cursor import CursorController
from tui_browser.ui.controllers.generation import GenerationController
from tui_browser.ui.controllers.making_view import making_marks
from tui_browser.ui.controllers.presenter import REST_S, Presenter
from tui_browser.ui.latest_worker import After, Stoppable
from tui_browser.ui.state.browser_state import BrowserState


class FreeCursor:
    """Its place is kept in the layout, so that it stays where it is when the map is stretched anew."""

    def __init__(
        self,
        state: BrowserState,
        presenter: Presenter,
        cursor: CursorController,
        generation: GenerationController,
        *,
        after: After,
    ) -> None:
        self._state = state
        self._presenter = presenter
        self._cursor = cursor
        self._generation = generation
        self._after = after
        self._timer: Stoppable | None = None

    @property
    def drawn(self) -> tuple[float, float] | None:
        """Where it is on the map as drawn; None while the cursor is on a sample."""
        place = self._state.making.place
        if place is None:
            return None
        x, y = self._state.map_model.stretch.apply(place).tolist()
        return x, y

    def start(self) -> None:
        """Point at the place that was clicked, else at the sample under the cursor."""
        if self.drawn is None:
            self.put(self._cursor.place)
        self._generation.prepare()

    def put(self, point: tuple[float, float]) -> None:
        """Point at this place of the map as it is drawn."""
        x, y = self._state.map_model.stretch.invert(point).tolist()
        self._state.making.point((x, y), self._state.cursor.sample)
        shown = self._presenter.widgets.map
        shown.look(shown.viewport.keep_in_view(point))
        shown.show_making(making_marks(self._state))
        self._presenter.show_status()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._after(REST_S, self._rest)

    def move(self, columns: int, rows: int) -> None:
        """Move by cells of the screen, right and down, not beyond the map."""
        point = self.drawn
        if point is None:
            return
        view = self._presenter.widgets.map.viewport
        x = point[0] + columns * DOTS_X / view.scale[0]
        y = point[1] - rows * DOTS_Y / view.scale[1]
        self.put((min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)))

    def leave(self) -> bool:
        """Go back to the sample under the cursor, and show nothing that was made; False where neither is shown."""
        making = self._state.making
        if not making.active:
            return False
        making.hide()
        self._presenter.show_making()
        return True

    def _rest(self) -> None:
        """The free cursor rests: show what would be made."""
        self._timer = None
        making, point = self._state.making, self.drawn
        if point is not None and not making.shown:
            making.plan = self._generation.plan(point)
            self._presenter.show_making()
