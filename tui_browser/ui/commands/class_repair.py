"""Class repair: the key that opens it, and the keys in the dialog, whose methods are there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui_browser.records import SampleId
from tui_browser.ui import formatting
from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.dialogs.repair_actions import RepairActions
from tui_browser.ui.keys.command import REPAIR, Command, command
from tui_browser.ui.state.classes import own_classes

if TYPE_CHECKING:
    from tui_browser.workbench.class_repair.queue import Doubtful
    from tui_browser.workbench.class_repair.refit import Refit

_GROUP = "Class repair"

COMMANDS: tuple[Command, ...] = (
    command(
        "class_repair",
        "D",
        "Class repair",
        "judge doubtful classes by ear, then let them be learned anew",
        "Organise",
        needs=("samples", "vectors"),
    ),
    *(
        command(id, keys, label, help, _GROUP, screens=(REPAIR,), hint=hint)
        for id, keys, label, help, hint in (
            ("repair_hear", "space", "Hear", "hear the sample again; the letter of a class is the answer", 1),
            ("repair_skip", "right tab", "Skip", "leave this sample out", 2),
            ("repair_back", "left backspace", "Back", "back to the sample before; its answer is taken back", 3),
            ("repair_learn", "enter", "Learn", "learn from the answers; once that is done, take it", 4),
            ("repair_close", "escape", "Close", "leave what was learned, or go back to the map", 5),
        )
    ),
)


class RepairCommands(CommandGroup):
    """For the selection; without one for all that the search finds."""

    def do_class_repair(self) -> None:
        state, map_model = self.state, self.state.map_model
        names = map_model.snapshot.class_names
        if not own_classes(names):
            self.refuse("this library's model has no classes that could be repaired")
            return
        repair = self.controllers.class_repair
        selected, matches = state.selection.ids.tolist(), state.search.matches
        among: list[int] | None = None
        scope = "all samples"
        if selected:
            among, scope = selected, f"the {len(selected):,} selected"
        elif matches is not None:
            among, scope = map_model.snapshot.ids[matches.rows].tolist(), f"the {len(matches.rows):,} found"

        library = self.controllers.context.library

        def read() -> tuple[Sequence[Doubtful], int]:
            return repair.queue(self.state.map_model.snapshot, among=among), len(library.corrections())

        def answer(sample: SampleId, name: str) -> None:
            repair.judged(sample, name)
            self.controllers.annotations.correct_class([sample], name)

        def take(refit: Refit) -> None:
            repair.take(refit)
            changed = formatting.samples(refit.changed)
            self.say(f"classes repaired: {changed} changed; {self.first_key('undo')} undoes it")

        self.panel.show_class_repair(
            RepairActions(
                class_names=names,
                read=read,
                scope=scope,
                answer=answer,
                hear=self.controllers.playback.play,
                stop=self.controllers.playback.stop,
                refit=repair.refit,
                take=take,
            )
        )
