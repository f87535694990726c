"""The smallest Textual app: what any Textual app needs to start."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class Bare(App[None]):
    BINDINGS = [("q", "quit", "quit")]  # noqa: RUF012 - as every Textual app has it

    def compose(self) -> ComposeResult:
        yield Static("bare and painted")


if __name__ == "__main__":
    Bare().run()
