"""CARD.md of an imported model."""

from __future__ import annotations

from tui_browser.dsp.stft import StftFrontEnd
from tui_browser.errors import printable
from tui_browser.model.bundle import Bundle


def imported_model_card(bundle: Bundle) -> str:
    """The card as Markdown: what the model does, what it looks at, and what is not known of it."""
    origin, front_end = bundle.config["imported"], bundle.front_end
    assert isinstance(front_end, StftFrontEnd)  # imported models have it
    rows, frames = front_end.size
    zero = "the loudest cell" if front_end.reference == "loudest" else "a magnitude of 1 in a sound of peak 1"
    reach = bundle.config["network"]["reach"]
    return f"""# {printable(bundle.name)}

Imported from {origin["from"]}.

| | |
|---|---|
| trained by | {_told(origin["trained_by"])} |
| licence | {_told(origin["licence"])} |
| latent | {bundle.z_dim} dimensions |
| classes | none: nothing is coloured by class, `classify` has no answer |
| new sounds | {"yes" if bundle.has_decoder else "no"}, {front_end.window_s:.2f} s long |
| looks at | the first {front_end.window_s:.2f} s from the onset, at {front_end.sample_rate:,} Hz |
| as | {rows} x {frames}: {front_end.n_fft} samples a frame, one every {front_end.hop}, {front_end.floor_db:g} to 0 dB |
| 0 dB | {zero} |

The vectors for search and map are made from the latent z, dimension by dimension: (cos a, sin a) with
a = z pi / (2 reach). Here reach is {reach:g}, twice the largest value of z that synthesised drums have. So the nearest
sounds are those whose z are nearest.

Figures of its quality are not known: its data were not ours.
"""


def _told(text: str) -> str:
    return printable(text).replace("|", "\\|") if text else "not told"
