"""What neighbours are like: more like this, less like that, weighed aspects, a sound that one makes oneself."""

from __future__ import annotations

from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.dialogs.weight_actions import WeightActions
from tui_browser.ui.keys.command import SAMPLES, WEIGHTS, Command, command

_GROUP = "Weights"
_NEEDS = ("samples", "selection", "vectors")

COMMANDS: tuple[Command, ...] = (
    command(
        "like_this", "$", "Like these",
        "what sounds like all selected samples; in the neighbour list: more like this one, too",
        "Find", needs=_NEEDS,
    ),
    command("unlike_this", "#", "Not like this", "in the neighbour list: less like this sample", "Find", needs=_NEEDS),
    command(
        "weigh", "|", "Weigh",
        "how much timbre, pitch, envelope, loudness and length of neighbours count, and why this is one",
        "Find", needs=SAMPLES,
    ),
    command(
        "record", "@", "Record", "record a sound and find what is like it; again ends the recording", "Find",
        needs=("samples", "vectors"),
    ),
    *(
        command(id, keys, label, help, _GROUP, screens=(WEIGHTS,), hint=hint)
        for id, keys, label, help, hint in (
            ("weight_up", "up k", "Up", "previous aspect", 0),
            ("weight_down", "down j tab", "Down", "next aspect", 0),
            ("weight_less", "left h -", "Less", "it counts less", 2),
            ("weight_more", "right l +", "More", "it counts more", 1),
            ("weight_only", "=", "Only this", "nothing else counts", 3),
            ("weight_reset", "0", "As usual", "the vectors alone, as usual", 4),
            ("weight_close", "escape q enter |", "Close", "back to the map", 5),
        )
    ),
)  # fmt: skip


class SimilarCommands(CommandGroup):
    """They begin or change the neighbour list."""

    def do_like_this(self) -> None:
        if not self.controllers.similar.like():
            self.refuse(f"select the sounds first, or find neighbours with {self.first_key('next_neighbour')}")

    def do_unlike_this(self) -> None:
        if not self.controllers.similar.unlike():
            self.refuse(f"{self.first_key('next_neighbour')} finds neighbours first; this then leads away from one")

    def do_weigh(self) -> None:
        state, weigh = self.state, self.controllers.similar.weigh
        actions = WeightActions(weights=lambda: state.weights, weigh=weigh, alike=lambda: state.cursor.alike)
        self.panel.show_weights(actions)

    def do_record(self) -> None:
        self.controllers.recordings.toggle()
