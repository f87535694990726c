"""The card of a shipped model: `python -m tui_browser.training.card --bundle models/drums --pool FOLDER`.

CARD.md is written from the bundle's config.json and the pool's table, so that no credit is forgotten; --figures adds
what `quality.py --json` printed to config.json first.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

from tui_browser.dsp.mel import FrontEnd
from tui_browser.errors import BrowserError
from tui_browser.model.bundle import Bundle, load_bundle, replace_file
from tui_browser.training.pool import Pool, read_pool

FAMILIES_FILE = "families.json"
"""Beside config.json: figures by family, which say nothing of how the model runs."""

_HEAD = """# {name}

What this model hears: short sounds, drums above all. It turns the first {window:.2f} seconds from the onset of a
sound into an `embedding` of {dim} numbers (unit length: search, map, classes), a `z` of {z} (the Gaussian mean of a
variational autoencoder), probabilities of eleven classes{map}. A sound's level plays no part. The classes:
{classes}.

A convolutional network of {parameters:.2f} million numbers, {megabytes:.1f} MB as {kind}.{sound}

Licence: MIT, as the program.

## Figures

{figures}

On {held} clips of pool kits that were held out ({kits}), few of each class, which bounds the purity that
can be reached: {held_figures}.

## Data

{clips} recordings of the pool ({percussion} of them percussion one-shots in ten classes), share-alike ones left out,
{synthesised}. All were varied: tape speed, length, drive, compression,
rooms, lower sample rates, 8 to 12 bits, noise floors, equalisers, layers. Where each recording comes from stands under
Credits.

## Limits

- Only the first {window:.2f} seconds count: a loop is placed by its first hits, a long pad by its beginning.
- Low, mid and high toms are one class. Closed and open hats, open hats and cymbals, kicks and low toms, rims and short
  snares are what it confuses most.
- `other` is everything else, and a wide field: a sung note or a door may be taken for a drum, with less certainty.
- Recordings of percussion from outside the drum kit (tabla, taiko, gongs) were few.
- Machines that sound unlike any in the pool (Roland MC-202, Simmons, Korg KR-Z) are heard worst; half of their sounds
  and more may get a wrong class, though most of their neighbours still sound alike.
- It was trained once: how far another seed would move these figures is known for short runs only (docs/model.md).
- Same weights, same machine, same torch: same numbers. Another processor may differ in the seventh digit.

## How to repeat

    python -m tui_browser.training.encoder.train --pool FOLDER --out {name} {arguments}

{again}{time}
The front end, the network and every number of the run stand in config.json.

## Credits

All recordings were mixed to mono and cut; none of them can be got back from the weights.
"""

_SOUND = """

A decoder of {parameters:.2f} million numbers ({megabytes:.1f} MB) makes sounds of up to two seconds at 44.1 kHz from
a `z` and a length. It learned from the same data, {apart} held out, in {steps:,} steps on {threads} core{s}. How it
works, what it is worth and where it fails stands in docs/model.md under Sound.{machine}"""

_AGAIN = """    python -m tui_browser.training.decoder.train --pool FOLDER --out {name} --steps {steps}

"""

_FIGURES = """On {files} files of real drum machines and kits that the model was not trained on, measured once for each
version that might ship (95 % intervals by bootstrap over files; `purity10` is the share of a file's ten nearest
that have its class, `_other` leaves out neighbours from the same machine, `map_` is measured in two dimensions):

{table}

Recall by class: {recall}."""

_FAMILIES = """

Files of one machine are alike. Drawing whole machines ({families} families), as is right for machines that are not in
the set, gives these 95 % intervals: {figures}. Recall by class: {recall}.

Share of right classes by family, the worst first (files; those with eight or more): {worst}."""

_NOTICES = """
Notices that come with two of the sources. FluidR3 (MIT): Copyright (c) 2000-2002, 2008 Frank Wen; mono conversion
Copyright (c) 2014-17 Michael Cowgill; adaptation Copyright (c) 2018-19 S. Christian Collins; Temple Blocks (c) 2002
Ethan Winer; Drumline Cymbals (c) 2016 Michael Schorsch. Scratch (BSD 3-Clause): Copyright (c) 2016, Massachusetts
Institute of Technology.

CC0 1.0 https://creativecommons.org/publicdomain/zero/1.0/ · CC-BY 3.0 https://creativecommons.org/licenses/by/3.0/ ·
CC-BY 4.0 https://creativecommons.org/licenses/by/4.0/ · Unlicense https://unlicense.org/ ·
MIT https://opensource.org/license/mit · BSD 3-Clause https://opensource.org/license/bsd-3-clause
"""


def card(
    config: dict[str, Any],
    pool: Pool,
    *,
    window_s: float,
    weights_bytes: int,
    sound_bytes: int = 0,
    families: dict[str, Any] | None = None,
) -> str:
    """The text of CARD.md; `sound_bytes` is the size of the decoder, `families` what `encode.families` found."""
    sound = config.get("sound", {}).get("training")
    network, data, figures = config["network"], config["data"], config["figures"]
    held = figures.get("held_out_kits", {})
    made = data["synthesised"]
    return _HEAD.format(
        name=config["name"],
        window=window_s,
        dim=network["dim"],
        z=network["z_dim"],
        classes=", ".join(config["classes"]),
        map=" and a place on a map" if network["map_hidden"] else "",
        parameters=weights_bytes / 2e6,
        megabytes=weights_bytes / 1e6,
        kind="float16",
        sound=_sound(sound, sound_bytes) if sound else "",
        again=_AGAIN.format(name=config["name"], steps=sound["steps"]) if sound else "",
        figures=_figures(figures.get("validation", {})) + (_by_family(families) if families else ""),
        held=held.get("clips", 0),
        kits=", ".join(data["held_out"]) or "none",
        held_figures=", ".join(f"{name} {value:.3g}" for name, value in held.items() if name != "clips") or "none",
        clips=data["pool_clips"],
        percussion=data["pool_percussion"],
        synthesised=f"and {made} sounds from the program's own synthesiser" if made else "no synthesised sounds",
        arguments=_arguments(config["training"]),
        time=config["training"].get("machine", ""),
    ) + _credits(pool)


_OWN = """# {name}

A model of one's own, trained by `tui-browser train` from {files:,} files ({train:,} learned from, {held:,} held out),
{begun}. It turns the first {window:.2f} seconds from the onset of a sound into an `embedding` of {dim} numbers and a
`z` of {z}{classes}.

{figures}

What it was trained on decides what may be done with it: whoever passes it on needs the right to do so for those
recordings. report.html beside this file names some of them (names of files, no paths); delete it before passing the
model on if they are private. Every number of the run stands in config.json.
"""


def user_model_card(config: dict[str, Any]) -> str:
    """The text of CARD.md for a model that a person has trained; it names no files."""
    data, figures, network = config["data"], config["figures"], config["network"]
    lines = [
        f"- {side}: {100 * figures[side]['accuracy']:.0f} % right of {figures[side]['files']} files, macro F1 "
        f"{figures[side]['macro_f1']:.2f}"
        for side in ("validation", "test")
        if side in figures
    ]
    if figures.get("purity10") is not None:
        lines.append(
            f"- {100 * figures['purity10']:.0f} % of the ten files that are nearest to a held-out one are of its class"
        )
    base = data["base"]
    begun = "from scratch" if base is None else f"from the weights of `{base['name']}` ({base['space']})"
    names = ", ".join(config["classes"] or ())
    return _OWN.format(
        name=config["name"],
        files=data["own_files"],
        train=data["train"],
        held=data["validation"] + data["test"],
        begun=begun,
        window=FrontEnd.from_config(config["front_end"]).window_s,
        dim=network["dim"],
        z=network["z_dim"],
        classes=f", and probabilities of {len(config['classes'])} classes: {names}" if names else "; it has no classes",
        figures="\n".join(lines) or "Not measured: no files were held out, or it has no classes.",
    )


def _figures(found: dict[str, Any]) -> str:
    if not found:
        return "Not measured on recordings from elsewhere."
    rows = ["| figure | value |", "|---|---|"]
    for name in ("purity10", "purity10_other", "nn1", "map_purity10", "map_keep10", "accuracy", "macro_f1", "ece"):
        if name in found:
            spread = f" ± {found[f'{name}_ci']:.3f}" if f"{name}_ci" in found else ""
            rows.append(f"| {name} | {found[name]:.3f}{spread} |")
    recall = ", ".join(f"{name} {value:.2f}" for name, value in found.get("recall", {}).items())
    return _FIGURES.format(files=found["files"], table="\n".join(rows), recall=recall)


def _sound(training: dict[str, Any], size: int) -> str:
    return _SOUND.format(
        parameters=size / 2e6,
        megabytes=size / 1e6,
        apart=f"{len(training['apart'])} kits",
        steps=training["steps"],
        machine=f" {training['machine']}" if "machine" in training else "",
        threads=training["threads"],
        s="" if training["threads"] == 1 else "s",
    )


def write_card(bundle: Bundle, pool: Pool) -> None:
    """Write CARD.md of a shipped model anew, by what its folder holds."""
    sound = os.path.join(bundle.folder, "sound.safetensors")
    text = card(
        bundle.config,
        pool,
        window_s=bundle.front_end.window_s,
        weights_bytes=os.path.getsize(bundle.weights_path),
        sound_bytes=os.path.getsize(sound) if bundle.has_decoder else 0,
        families=read_families(bundle.folder),
    )
    replace_file(os.path.join(bundle.folder, "CARD.md"), text.encode())


def _by_family(found: dict[str, Any]) -> str:
    def spread(figures: dict[str, list[float]]) -> str:
        return ", ".join(
            f"{name} {value:.2f} ({low:.2f} to {high:.2f})" for name, (value, low, high) in figures.items()
        )

    many = [(right, name, files) for name, (files, right, _) in found["by_family"].items() if files >= 8]
    worst = ", ".join(f"{name} {right:.2f} ({files})" for right, name, files in sorted(many))
    return _FAMILIES.format(
        families=found["families"], figures=spread(found["figures"]), recall=spread(found["recall"]), worst=worst
    )


def read_families(folder: str) -> dict[str, Any] | None:
    """What a bundle's families.json says; None where there is none."""
    path = os.path.join(folder, FAMILIES_FILE)
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        found: dict[str, Any] = json.load(file)
    return found


def _arguments(training: dict[str, Any]) -> str:
    skipped = ("threads", "machine", "steps_done", "started_from")
    words = []
    for name, value in training.items():
        if name in skipped or (name == "steps" and not value):
            continue
        words.append(f"--{name.replace('_', '-')}")
        words += [str(word) for word in value] if isinstance(value, list) else [str(value)]
    return " ".join(words)


def _credits(pool: Pool) -> str:
    lines = []
    for source in sorted({clip.source for clip in pool.clips}):
        clips = [clip for clip in pool.clips if clip.source == source]
        lines.append(f"\n### {source} ({len(clips)} clips)\n")
        for licence in sorted({clip.licence for clip in clips}):
            authors = sorted({clip.author for clip in clips if clip.licence == licence}, key=str.lower)
            lines.append(f"- {licence}: {'; '.join(author or 'author not named' for author in authors)}")
    return "\n".join(lines) + "\n" + _NOTICES


def main(argv: list[str] | None = None) -> int:
    """Write the card; 0, or 1 with a sentence about what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tui_browser.training.card", description=__doc__)
    parser.add_argument("--bundle", required=True)
    parser.add_argument("--pool", required=True)
    parser.add_argument("--figures", help="what quality.py --json printed")
    args = parser.parse_args(argv)
    try:
        bundle = load_bundle(args.bundle, folders=())
        config = bundle.config
        if args.figures:
            with open(args.figures, encoding="utf-8") as file:
                config["figures"]["validation"] = json.load(file)
            text = json.dumps(config, indent=2, ensure_ascii=False) + "\n"
            replace_file(os.path.join(bundle.folder, "config.json"), text.encode())
        write_card(load_bundle(args.bundle, folders=()), read_pool(args.pool))
    except BrowserError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
