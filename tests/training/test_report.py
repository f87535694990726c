"""The report of a training: whole, in one file, and harmless whatever files and classes are called."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")

from tui_browser.training.user.fine_tuning import TrainingStatus
from tui_browser.training.user.report import ReportContents, render_report

HOSTILE = "<script>alert(1)</script>\"'&\x1b[31m"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(name.startswith("on") or name in ("src", "href") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def told(classes: tuple[str, ...] = ("a", HOSTILE)) -> ReportContents:
    history = [TrainingStatus(20, 40, 3.0, 2.0, 1e-3, 9.0), TrainingStatus(40, 40, 2.5, None, 1e-6, 0.0)]
    confusion = np.array([[3, 1], [0, 4]]) if classes else None
    xy = np.array([[0.0, 0.0], [1.0, 0.5]], dtype=np.float32)
    labels = np.array([0, 1]) if classes else np.array([-1, -1])
    names = [b"one.wav", b"</title><img src=x onerror=alert(1)>\n\xff.wav"]
    return ReportContents(f"my {HOSTILE}", {"steps": "40"}, history, classes, confusion, "held out", xy, labels, names)


def test_it_shows_curves_confusion_and_map() -> None:
    parser = Tags()
    parser.feed(render_report(told()))
    assert "script" not in parser.tags and "img" not in parser.tags
    assert parser.tags.count("svg") == 2 and parser.tags.count("polyline") == 3 and parser.tags.count("circle") == 2
    assert "alert(1)" in parser.text and "\x1b" not in parser.text
    assert "one.wav" in parser.text


def test_it_does_without_classes_steps_and_map() -> None:
    bare = ReportContents("m", {}, [], (), None, "", None, np.zeros(0, dtype=np.int64), [])
    parser = Tags()
    parser.feed(render_report(bare))
    assert "circle" not in parser.tags
    parser = Tags()
    parser.feed(render_report(told(())))
    assert parser.tags.count("circle") == 2
