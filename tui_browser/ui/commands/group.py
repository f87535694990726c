"""What a group of commands works with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from tui_browser.records import SampleId

if TYPE_CHECKING:  # the table of commands stays cheap to import: these load textual, 190 ms
    from tui_browser.records import SampleRow
    from tui_browser.ui.controllers.controllers import Controllers
    from tui_browser.ui.dialogs.collection_actions import CollectionActions
    from tui_browser.ui.dialogs.column_actions import ColumnActions
    from tui_browser.ui.dialogs.folder_completion import Completion
    from tui_browser.ui.dialogs.mixer_actions import MixerActions
    from tui_browser.ui.dialogs.repair_actions import RepairActions
    from tui_browser.ui.dialogs.slice_actions import SliceActions
    from tui_browser.ui.dialogs.suggestion_actions import SuggestionActions
    from tui_browser.ui.dialogs.wave_actions import WaveActions
    from tui_browser.ui.dialogs.weight_actions import WeightActions
    from tui_browser.ui.keys.command import Choice, Command
    from tui_browser.ui.keys.keys import Keys
    from tui_browser.ui.styles import Styles
    from tui_browser.ui.widgets.details import Facts


MANY = 100
"""Samples from which on a change asks first."""


class MainPanel(Protocol):
    """The screen with the map, as commands see it."""

    @property
    def keys(self) -> Keys: ...
    @property
    def theme_styles(self) -> Styles: ...
    @property
    def searching(self) -> bool: ...
    @property
    def on_list(self) -> bool: ...
    def activate(self, on_list: bool) -> None: ...
    def switch(self) -> None: ...
    def show_search_line(self, shown: bool, *, text: str | None = None) -> None: ...
    def enter_search_line(self) -> None: ...
    def leave_search_line(self, *, on_list: bool) -> None: ...
    def perform(self, command: Command | str) -> None: ...
    def enter_mode(self, mode: str) -> None: ...
    def show_scene(self, place: str) -> None: ...
    def show_places(self, shown: bool) -> str: ...
    def show_kit(self, *, pane: bool, strip: bool) -> None: ...
    def fold_kit(self, part: str) -> None: ...
    def show_steps(self) -> None: ...
    def await_key(self, question: str, then: Callable[[str], None]) -> None: ...
    def choose(self, title: str, choices: Sequence[Choice], then: Callable[[str], None]) -> None: ...
    def pick(
        self,
        title: str,
        choices: Sequence[Choice],
        *,
        now: str,
        show: Callable[[str], None],
        back: Callable[[], None],
        keep: Callable[[str], None] | None = None,
    ) -> None: ...
    def prompt(
        self,
        title: str,
        hint: str,
        then: Callable[[str], None],
        *,
        value: str = "",
        complete: Callable[[str], Completion] | None = None,
    ) -> None: ...
    def prompt_tags(
        self, title: str, hint: str, then: Callable[[str], None], *, value: str, tags: Mapping[SampleId, Sequence[str]]
    ) -> None: ...
    def confirm(self, question: str, *lines: str, then: Callable[[], None]) -> None: ...
    def search_for(self, text: str) -> None: ...
    def show_collections(self, actions: CollectionActions) -> None: ...
    def show_class_repair(self, actions: RepairActions) -> None: ...
    def show_mixer(self, sounds: Sequence[tuple[str, int]], actions: MixerActions) -> None: ...
    def show_slices(self, path: bytes, actions: SliceActions) -> None: ...
    def show_wave(self, path: bytes, actions: WaveActions) -> None: ...
    def show_suggested_tags(self, actions: SuggestionActions) -> None: ...
    def show_weights(self, actions: WeightActions) -> None: ...
    def show_columns(self, actions: ColumnActions) -> None: ...
    def show_palette(self) -> None: ...
    def show_help(self) -> None: ...
    def open_freesound(self) -> None: ...
    def show_roots(self) -> None: ...
    def show_models(self) -> None: ...
    def show_facts(self, facts: Facts, row: SampleRow | None) -> None: ...
    def choose_theme(self) -> None: ...
    def quit(self) -> None: ...


class CommandGroup:
    """A group of commands: the method `do_x` carries out the command `x`."""

    def __init__(self, controllers: Controllers, panel: MainPanel) -> None:
        self.controllers = controllers
        self.panel = panel
        self.state = controllers.state
        self.presenter = controllers.presenter
        self.cursor = controllers.cursor

    def handlers(self) -> Mapping[str, Callable[[], None]]:
        """The methods of the group by the id of their command."""
        return {name.removeprefix("do_"): getattr(self, name) for name in dir(self) if name.startswith("do_")}

    def refuse(self, reason: str) -> None:
        """Say why a command does nothing."""
        self.presenter.refuse(reason)

    def say(self, text: str) -> None:
        """Show one sentence."""
        self.presenter.say(text)

    def first_key(self, command_id: str) -> str:
        """A command's first key as a person reads it."""
        return self.panel.keys.first(command_id, ascii=self.panel.theme_styles.ascii)

    def chosen_rows(self) -> list[int]:
        """Rows of the selection; without one the row under the cursor, none for a guest."""
        chosen: list[int] = self.state.selection.rows(self.state.map_model).tolist()
        row = self.state.row
        return chosen if chosen or self.state.on_guest or row is None else [row]

    def with_chosen(self, what: str, then: Callable[[list[int]], None]) -> None:
        """Call `then` with the rows of the selection, or of the cursor; for many after a question.

        `what` begins the question: `Tag`.
        """
        rows = self.chosen_rows()
        if not rows:
            self.refuse("a guest is not in the library")
            return
        self.with_rows(what, rows, then)

    def with_rows(self, what: str, rows: list[int], then: Callable[[list[int]], None]) -> None:
        """Call `then` with these rows; for many after a question."""
        if len(rows) < MANY:
            then(rows)
            return
        undo = f"{self.first_key('undo')} undoes it"
        self.panel.confirm(f"{what}: {len(rows):,} samples?", undo, then=lambda: then(rows))

    def ids_of(self, rows: Sequence[int]) -> list[SampleId]:
        """The samples in these rows."""
        return self.state.map_model.ids_at(rows)

    def file_under_cursor(self) -> tuple[bytes | None, SampleId | None]:
        """The path under the cursor, None where its file is missing; and its sample, None for a guest."""
        if self.state.missing:
            self.refuse("the file is missing")
            return None, None
        return self.state.path, None if self.state.on_guest else self.state.cursor.sample
