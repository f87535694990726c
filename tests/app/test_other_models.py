"""The app on a library that has yet to be made, and with a model that tells nothing apart."""

from __future__ import annotations

from pathlib import Path

from tests.app.conftest import Stock
from tests.support.bundles import tiny_bundle
from tests.support.pty import Terminal, all_gone, environment, linux_only, program, until
from tui_browser.library.library import Library

pytestmark = linux_only


def test_looking_at_a_library_that_is_not_there_makes_none(tmp_path: Path) -> None:
    env = environment(tmp_path)
    library = tmp_path / "somewhere" / "l.db"
    with Terminal(program("--library", library), env=env) as terminal:
        terminal.wait_for("press R to add")
        until(lambda: any("index_service" in line for line in running_lines(env)), "the index service")
        terminal.press("q")
        assert terminal.wait() == 0
    all_gone(env)
    assert not library.parent.exists()


def running_lines(env: dict[str, str]) -> list[str]:
    from tests.support.pty import running

    return list(running(env).values())


def test_a_model_without_classes_and_back(tmp_path: Path, stock: Stock) -> None:
    """The old map stays until all has been heard, then an uncoloured one comes; the way back hears nothing."""
    plain = tiny_bundle(tmp_path / "plain", seed=3, has_map=False, classes=None, dim=24, z_dim=5)
    library = stock.copy(tmp_path / "l.db")
    env = environment(tmp_path)
    count = len(stock.names)

    def moved(space: str) -> bool:
        with Library.open(str(library)) as door:
            return bool(door.space == space and door.snapshot().space == space)

    with Library.open(str(library)) as door:
        before = door.snapshot()
    with Terminal(program("--library", library, "--model", plain.folder), env=env, columns=120, rows=36) as terminal:
        terminal.wait_for(f"{count} samples")
        until(lambda: moved(plain.space), "the other model's vectors")
        terminal.wait_for(f"no class {count}")
        terminal.press("q")
        assert terminal.wait() == 0
    with Terminal(program("--library", library, "--model", stock.model), env=env, columns=120, rows=36) as terminal:
        until(lambda: moved(before.space), "the first model's vectors")
        terminal.wait_for(lambda text: "no class" not in text and f"{count} samples" in text, "the classes")
        terminal.press("q")
        assert terminal.wait() == 0
    all_gone(env)
    with Library.open(str(library)) as door:
        after = door.snapshot()
    assert (after.xy == before.xy).all() and (after.classes == before.classes).all()
