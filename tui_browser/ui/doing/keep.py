"""Keeping: favourites, tags, and handing samples on as text."""

from __future__ import annotations

from tui_browser.config.templates import Subject
from tui_browser.ui.doing.base import Doing
from tui_browser.ui.handing import Way, guest_subject, subject
from tui_browser.ui.screens.prompt import Prompt


class Keeping(Doing):
    """What becomes of the selected sample."""

    def do_copy(self) -> None:
        path = self.stage.path
        if path is not None:
            self.session.handing.copy_path(path)

    def do_copy_as(self) -> None:
        world, row, matches = self.stage.world, self.stage.row, self.session.finder.matches
        if self.stage.on_guest and self.stage.guest is not None:
            one = guest_subject(self.stage.guest)
        elif row is not None:
            one = subject(world, row)
        else:
            return
        rows = () if matches is None else matches.rows

        def many() -> list[Subject]:
            return [subject(world, int(each)) for each in rows]

        def ask(ways: list[Way]) -> None:
            self.panel.shell.choose_way(ways, lambda way: self.session.handing.take(way, one, many))

        self.session.handing.offer(one, found=len(rows), ask=ask)

    def do_favourite(self) -> None:
        stage, sample = self.stage, self.session.journey.selected
        if stage.on_guest or stage.row is None or sample is None:
            self.refuse("a guest is not in the library")
            return
        self.session.edits.favourite(stage.world, stage.row, sample)

    def do_tag(self) -> None:
        stage, sample = self.stage, self.session.journey.selected
        if stage.on_guest or sample is None:
            self.refuse("a guest is not in the library")
            return
        before = stage.world.snapshot.tags.get(sample, ())
        self.panel.open(
            Prompt("Tags", "blanks between them; enter keeps, esc leaves", value=" ".join(before)),
            lambda typed: None if typed is None else self.session.edits.tag(sample, before, typed),
        )
