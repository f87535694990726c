"""The model card of a user model."""

from __future__ import annotations

from typing import Any

from tui_browser.dsp.mel import MelFrontEnd

_USER_CARD = """# {name}

A user model, trained by `tui-browser train` on {files:,} files ({train:,} for training, {held:,} held out), {start}. It
turns the first {window:.2f} seconds from the onset of a sound into an `embedding` of {dim} numbers and a latent `z` of
{z}{classes}.

{figures}

To pass this model on, you need the right to do so for the recordings it was trained on. report.html beside this file
contains names of some of the files, without paths; delete it if they are private. config.json holds all
hyperparameters.
"""


def user_model_card(config: dict[str, Any]) -> str:
    """The text of CARD.md for a user model; it names no files."""
    data, figures, network = config["data"], config["figures"], config["network"]
    lines = [
        f"- {side}: accuracy {100 * figures[side]['accuracy']:.0f} % of {figures[side]['files']} files, macro F1 "
        f"{figures[side]['macro_f1']:.2f}"
        for side in ("validation", "test")
        if side in figures
    ]
    if figures.get("purity10") is not None:
        purity = f"{100 * figures['purity10']:.0f} %"
        lines.append(f"- purity: {purity} of the ten nearest neighbours of held-out files have their class")
    base = data["base"]
    start = "from scratch" if base is None else f"starting from `{base['name']}` ({base['space']})"
    names = ", ".join(config["classes"] or ())
    return _USER_CARD.format(
        name=config["name"],
        files=data["own_files"],
        train=data["train"],
        held=data["validation"] + data["test"],
        start=start,
        window=MelFrontEnd.from_config(config["front_end"]).window_s,
        dim=network["dim"],
        z=network["z_dim"],
        classes=f", and probabilities of {len(config['classes'])} classes: {names}" if names else "; it has no classes",
        figures="\n".join(lines) or "Not evaluated: no files were held out, or the model has no classes.",
    )
