"""Numbers and names as text for people, cut to a width in cells."""

from __future__ import annotations

import math
import os

from rich.cells import cell_len, set_cell_size

from tui_browser.errors import counted, printable
from tui_browser.records import CONFIDENT_P, Progress

_PHASES = {
    "scan": "scanning", "encode": "indexing", "place": "placing", "layout": "fitting the layout", "idle": "",
    "fetch": "fetching", "long": "reading long files:",
}  # fmt: skip


def file_name(path: bytes) -> str:
    return printable(os.path.basename(path))


def folder_name(path: bytes) -> str:
    """The folder of a file, with the home folder as `~`."""
    folder = os.path.dirname(path)
    home = os.fsencode(os.path.expanduser("~"))
    if len(home) > 1 and (folder == home or folder.startswith(home + b"/")):
        folder = b"~" + folder[len(home) :]
    return printable(folder)


def cut_end(text: str, width: int, *, ellipsis: str = "…") -> str:
    """At most `width` cells; a longer text loses its end."""
    if cell_len(text) <= width:
        return text
    if width <= len(ellipsis):
        return set_cell_size(text, max(0, width))
    return set_cell_size(text, width - len(ellipsis)).rstrip() + ellipsis


def cut_start(text: str, width: int, *, ellipsis: str = "…") -> str:
    """At most `width` cells; a longer text loses its start, since the end of a path says most."""
    if cell_len(text) <= width:
        return text
    if width <= len(ellipsis):
        return set_cell_size(text, max(0, width))
    return ellipsis + _tail(text, width - len(ellipsis))


def cut_middle(text: str, width: int, *, ellipsis: str = "…") -> str:
    """At most `width` cells; a longer text loses its middle, since both ends of a name matter."""
    if cell_len(text) <= width:
        return text
    if width < 8:
        return cut_end(text, width, ellipsis=ellipsis)
    tail = (width - len(ellipsis)) * 2 // 5
    return set_cell_size(text, width - len(ellipsis) - tail) + ellipsis + _tail(text, tail)


def wrapped(text: str, width: int) -> list[str]:
    """The text on lines of at most `width` cells, broken at blanks where possible."""
    lines: list[str] = []
    while cell_len(text) > width > 0:
        head = set_cell_size(text, width)
        at = head.rfind(" ")
        head = head if at < width // 2 else head[:at]
        head = head if text.startswith(head) else head[:-1]  # a blank in place of a wide character that did not fit
        lines.append(head.rstrip())
        text = text[len(head) :].lstrip() if head else ""
    return [*lines, text]


def _tail(text: str, width: int) -> str:
    if text.isascii():
        return text[-width:] if width > 0 else ""
    kept: list[str] = []
    for char in reversed(text):
        width -= cell_len(char)
        if width < 0:
            break
        kept.append(char)
    return "".join(reversed(kept))


def seconds(value: float) -> str:
    """A duration: `42 ms`, `0.42 s`, `12.3 s`, `3:05`; empty where unknown."""
    if not math.isfinite(value):
        return ""
    if value < 0.0995:
        return f"{value * 1000:.0f} ms"
    if value < 9.995:
        return f"{value:.2f} s"
    if value < 59.95:
        return f"{value:.1f} s"
    minutes, secs = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"


def clock(at_s: float) -> str:
    """A time within a sound: `1:07`."""
    return f"{int(at_s) // 60}:{int(at_s) % 60:02}"


def hertz(value: float) -> str:
    """`55 Hz`, `2.1 kHz`; empty where unknown."""
    if not math.isfinite(value):
        return ""
    return f"{value:.0f} Hz" if value < 999.5 else f"{value / 1000:.1f} kHz"


def decibels(value: float) -> str:
    return f"{value:.1f} dB" if math.isfinite(value) else ""


def peak(value: float) -> str:
    """The peak level of a sound: `peak -3.1 dB`, `silent`."""
    if not math.isfinite(value):
        return "silent"
    return f"peak {value:.0f} dB" if value < -20 else f"peak {round(value, 1) + 0.0:.1f} dB"


def sample_rate(value: int) -> str:
    return f"{value / 1000:g} kHz" if value >= 1000 else f"{value} Hz"


def channels(count: int) -> str:
    return {1: "mono", 2: "stereo"}.get(count, f"{count} channels")


def stars(rating: int, star: str) -> str:
    """A rating from 1 to 5: `★★★`."""
    return star * rating


def rating(rating: int, star: str) -> str:
    """The same in three cells, with a blank before it: ` 4★`; empty without a rating."""
    return f" {rating}{star}" if rating else ""


def class_word(name: str) -> str:
    return printable(name.replace("_", " "))


def certainty(name: str, p: float) -> str:
    """A class with its probability; `?` marks an uncertain one."""
    return f"{class_word(name)}{'' if p >= CONFIDENT_P else '?'} {100 * p:.0f} %"


def progress_line(progress: Progress) -> str:
    """The progress of a job with rate and time left; empty while idle."""
    line = _PHASES[progress.phase]
    if not line:
        return ""
    if progress.phase == "layout" and progress.total:
        line += f" {100 * progress.done / progress.total:.0f} %"
    elif progress.total:
        line += f" {progress.done:,} of {counted(progress.total, 'file')}"
    elif progress.done:
        line += f" {counted(progress.done, 'file')}"
    if progress.rate:
        line += f" · {progress.rate:,.0f}/s"
    if progress.seconds_left is not None and progress.done < progress.total:
        line += f" · {left(progress.seconds_left)} left"
    if progress.rejected:
        line += f" · {progress.rejected:,} rejected"
    return line


def left(value: float) -> str:
    """Time left: `8 s`, `3 min`, `1 h 20 min`."""
    if value < 99.5:
        return f"{value:.0f} s"
    minutes = round(value / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def neighbours(number: int) -> str:
    return counted(number, "neighbour")


def bar(share: float, *, cells: int = 5, ascii: bool = False) -> str:
    """A bar of so many cells for a share from 0 to 1; question marks where it is unknown."""
    if math.isnan(share):
        return "?".center(cells)
    full, empty = ("#", ".") if ascii else ("▰", "▱")
    filled = min(cells, max(0, round(share * cells)))
    return full * filled + empty * (cells - filled)


def samples(number: int) -> str:
    return counted(number, "sample")
