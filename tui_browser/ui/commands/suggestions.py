"""Suggested tags: the key that opens them, and the keys in the dialog, whose methods are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_browser.records import SampleId
from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.dialogs.suggestion_actions import SuggestionActions
from tui_browser.ui.keys.command import SAMPLES, SUGGESTIONS, Command, command

if TYPE_CHECKING:
    from tui_browser.workbench.labels.prediction import Predictions

_GROUP = "Suggested tags"

COMMANDS: tuple[Command, ...] = (
    command("suggest_tags", "T", "Suggested tags", "tags that samples probably lack", "Keep", needs=SAMPLES),
    *(
        command(id, keys, label, help, _GROUP, screens=(SUGGESTIONS,), hint=hint)
        for id, keys, label, help, hint in (
            ("suggestion_up", "up k", "Up", "previous suggestion", 0),
            ("suggestion_down", "down j", "Down", "next suggestion", 0),
            ("suggestion_hear", "space p", "Hear", "hear the sample", 1),
            ("suggestion_accept", "y enter", "Yes", "give the sample this tag", 2),
            ("suggestion_skip", "n delete", "No", "leave this suggestion out", 3),
            ("suggestion_accept_above", "A", "All above", "give this tag and all that are at least as probable", 4),
            ("suggestion_close", "escape q", "Close", "back to the map", 5),
        )
    ),
)  # fmt: skip


class SuggestionCommands(CommandGroup):
    """For the selection; without one for all that the search finds."""

    def do_suggest_tags(self) -> None:
        state, library = self.state, self.controllers.context.library
        ids = [SampleId(int(each)) for each in state.selection.ids]
        if not ids:
            matches, snapshot = state.search.matches, state.map_model.snapshot
            rows = range(len(snapshot)) if matches is None else matches.rows.tolist()
            ids = [SampleId(int(snapshot.ids[row])) for row in rows]

        def predict() -> Predictions:
            from tui_browser.workbench.labels.prediction import predict_tags

            return predict_tags(library, among=ids)

        actions = SuggestionActions(
            predict=predict, accept=self.controllers.annotations.add_tags, hear=self.controllers.playback.toggle
        )
        self.panel.show_suggested_tags(actions)
