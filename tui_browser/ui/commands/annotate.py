"""What a person says of samples: favourite, tag, rating, note, class, hidden; of the selection where there is one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from tui_browser.ui import formatting
from tui_browser.ui.commands.collections import ask_collection
from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.keys.command import SAMPLE, SAMPLES, Choice, Command, command
from tui_browser.ui.state.classes import own_classes, place_of_name, typed_letter

_GROUP = "Organise"

COMMANDS: tuple[Command, ...] = (
    command("favourite", "f", "Favourite", "make the sample a favourite, or no longer", _GROUP, needs=SAMPLE, hint=7),
    command("tag", "t", "Tag", "edit the tags of the sample", _GROUP, needs=SAMPLE, hint=14),
    command(
        "rate", "!", "Rate", "then 1 to 5: rate the sample; 0 takes the rating away", _GROUP, needs=SAMPLE, hint=19
    ),
    command("write_note", '"', "Note", "write a note about the sample", _GROUP, needs=SAMPLE, hint=21),
    command(
        "correct_class",
        "Z",
        "Class",
        "then the letter of a class: say that the sample is of it; - is the model's again",
        _GROUP,
        needs=SAMPLE,
    ),
    command("hide", "_", "Hide", "leave the sample out of results, or show it again", _GROUP, needs=SAMPLE),
    command(
        "organise_found",
        "",
        "Organise found",
        "favourite, tag, rate, note, class, collect or hide all that is found",
        _GROUP,
        needs=SAMPLES,
    ),
)

_MODELS_CLASS = ("-", "0", "backspace")
"""Keys in place of a class's letter."""


class AnnotateCommands(CommandGroup):
    """Act on all selected samples, else on the one under the cursor; where these are many, after a question."""

    def do_favourite(self) -> None:
        self.with_chosen("Favourites", self._favourite)

    def do_tag(self) -> None:
        self.with_chosen("Tag", self._tag)

    def do_rate(self) -> None:
        self.with_chosen("Rate", self._rate)

    def do_write_note(self) -> None:
        self.with_chosen("Note", self._note)

    def do_correct_class(self) -> None:
        self.with_chosen("Class", self._class)

    def do_hide(self) -> None:
        self.with_chosen("Hide", self._hide)

    def do_organise_found(self) -> None:
        """The same for a whole result, whatever is selected."""
        matches, map_model, mask = self.state.search.matches, self.state.map_model, self.state.visibility.mask
        found = np.arange(len(map_model)) if matches is None else matches.rows
        rows = (found if mask is None else found[mask[found]]).tolist()
        if not rows:
            self.refuse("nothing is found")
            return
        actions: dict[str, tuple[str, Callable[[list[int]], None]]] = {
            "favourite": ("Favourites", self._favourite),
            "tag": ("Tag", self._tag),
            "rate": ("Rate", self._rate),
            "write_note": ("Note", self._note),
            "correct_class": ("Class", self._class),
            "collect": ("Collect", partial(ask_collection, self)),
            "hide": ("Hide", self._hide),
        }
        choices = [Choice(id, what, self.panel.keys.by_id[id].help) for id, (what, _) in actions.items()]
        title = (
            f"all {formatting.samples(len(rows))}" if matches is None else f"the {formatting.samples(len(rows))} found"
        )
        self.panel.choose(f"For {title}", choices, lambda id: self.with_rows(actions[id][0], rows, actions[id][1]))

    # --- what is said of rows ----------------------------------------------------------------------------------------

    def _favourite(self, rows: list[int]) -> None:
        self.controllers.annotations.favourite(self.state.map_model, rows)

    def _hide(self, rows: list[int]) -> None:
        self.controllers.annotations.hide(self.state.map_model, rows)

    def _tag(self, rows: list[int]) -> None:
        snapshot = self.state.map_model.snapshot
        before = {sample: snapshot.tags.get(sample, ()) for sample in self.ids_of(rows)}
        title = "Tags" if len(rows) == 1 else f"Tags of {len(rows):,} samples (shown: tags that all of them have)"
        self.panel.prompt_tags(
            title,
            "separate tags by spaces; tab completes, enter saves, esc cancels",
            lambda typed: self.controllers.annotations.tag(before, typed),
            value=" ".join(self.controllers.annotations.common_tags(before)),
            tags=snapshot.tags,
        )

    def _rate(self, rows: list[int]) -> None:
        ids = self.ids_of(rows)

        def rate(key: str) -> None:
            if len(key) == 1 and key in "012345":
                self.controllers.annotations.rate(ids, int(key))
            else:
                self.refuse("a rating is from 1 to 5; 0 takes it away")

        of = "" if len(ids) == 1 else f" of {formatting.samples(len(ids))}"
        self.panel.await_key(f"rating{of}? 1 to 5, or 0 for none", rate)

    def _note(self, rows: list[int]) -> None:
        ids, notes = self.ids_of(rows), self.state.map_model.snapshot.user_notes
        written = {notes.get(sample, "") for sample in ids}
        shared = written.pop() if len(written) == 1 else ""
        title = "Note" if len(ids) == 1 else f"Note on {formatting.samples(len(ids))}"
        self.panel.prompt(
            title,
            "enter saves, an empty line takes the note away, esc cancels",
            lambda text: self.controllers.annotations.note(ids, text) if text.strip() != shared.strip() else None,
            value=" ".join(shared.split()),
        )

    def _class(self, rows: list[int]) -> None:
        names, styles = self.state.map_model.snapshot.class_names, self.panel.theme_styles
        own = own_classes(names)
        if not own:
            self.refuse("this library's model has no classes of which samples can be")
            return
        letters = {styles.letter(place_of_name(names, name)): name for name in own}
        ids = self.ids_of(rows)

        def correct(key: str) -> None:
            letter = typed_letter(key, letters)
            if letter or key in _MODELS_CLASS:
                self.controllers.annotations.correct_class(ids, letters[letter] if letter else "")
            else:
                self.refuse(f"no class has the letter {key}")

        of = "" if len(ids) == 1 else f" of {formatting.samples(len(ids))}"
        self.panel.await_key(f"class{of}? {' '.join(letters)}, - the model's", correct)
