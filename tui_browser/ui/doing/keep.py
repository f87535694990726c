"""Keeping: favourites, tags, and handing samples on; all of the selection, where there is one."""

from __future__ import annotations

from tui_browser.config.templates import Subject
from tui_browser.ui.completion import complete_folder
from tui_browser.ui.doing.base import Doing
from tui_browser.ui.edits import common_tags
from tui_browser.ui.handing import Way, guest_subject, subject
from tui_browser.ui.screens.prompt import Prompt


class Keeping(Doing):
    """What becomes of the selected samples."""

    def _rows(self) -> list[int]:
        """Rows of the selection; without one that of the sample under the cursor, none for a guest."""
        chosen: list[int] = self.session.selection.rows(self.stage.world).tolist()
        if chosen or self.stage.on_guest or self.stage.row is None:
            return chosen
        return [self.stage.row]

    def do_copy(self) -> None:
        rows, names = self._rows(), self.stage.world.snapshot.names
        path = self.stage.path
        if len(rows) > 1:
            self.session.handing.copy_paths([names[row] for row in rows])
        elif rows or path is not None:
            self.session.handing.copy_path(names[rows[0]] if rows else path or b"")

    def do_copy_as(self) -> None:
        world, row, matches = self.stage.world, self.stage.row, self.session.finder.matches
        chosen = self.session.selection.rows(world)
        if self.stage.on_guest and self.stage.guest is not None:
            one = guest_subject(self.stage.guest)
        elif row is not None:
            one = subject(world, row)
        else:
            return
        rows = chosen if len(chosen) else () if matches is None else matches.rows

        def many() -> list[Subject]:
            return [subject(world, int(each)) for each in rows]

        def ask(ways: list[Way]) -> None:
            self.panel.shell.choose_way(ways, lambda way: self.session.handing.take(way, one, many))

        called = "selected" if len(chosen) else "found"
        self.session.handing.offer(one, many=len(rows), called=called, ask=ask)

    def do_favourite(self) -> None:
        rows = self._rows()
        if not rows:
            self.refuse("a guest is not in the library")
            return
        self.session.edits.favourite(self.stage.world, rows)

    def do_tag(self) -> None:
        world, rows = self.stage.world, self._rows()
        if not rows:
            self.refuse("a guest is not in the library")
            return
        before = {world.id_at(row): world.snapshot.tags.get(world.id_at(row), ()) for row in rows}
        title = "Tags" if len(rows) == 1 else f"Tags of {len(rows):,} samples (shown: tags that all of them have)"
        self.panel.open(
            Prompt(title, "separate tags by spaces; enter saves, esc cancels", value=" ".join(common_tags(before))),
            lambda typed: None if typed is None else self.session.edits.tag(before, typed),
        )

    def do_export(self) -> None:
        world, matches = self.stage.world, self.session.finder.matches
        rows = self._rows()
        if not len(self.session.selection) and matches is not None:
            rows = matches.rows.tolist()
        if not rows:
            self.refuse("a guest is not in the library")
            return
        paths = [world.snapshot.names[row] for row in rows]
        what = "this sample" if len(rows) == 1 else f"{len(rows):,} samples"
        self.panel.open(
            Prompt(f"Copy {what} into a folder", "tab completes, enter copies, esc cancels", complete=complete_folder),
            lambda folder: self.session.handing.export(paths, folder) if folder else None,
        )
