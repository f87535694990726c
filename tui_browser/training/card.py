"""Model cards. `python -m tui_browser.training.card --bundle models/general --pool FOLDER` writes the shipped one.

CARD.md is generated from the bundle's config.json and the credits in the pool's table. --figures first stores the
output of `quality.py --json` in config.json.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from tui_browser.errors import BrowserError
from tui_browser.model.bundle import Bundle, load_bundle
from tui_browser.safe_files import replace_file
from tui_browser.training.pool import Pool, read_pool

FAMILIES_FILE = "families.json"
"""Output of `family_evaluation` beside config.json."""

_HEAD = """# {name}

An encoder for the sounds of a sample library. It turns the first {window:.2f} seconds from the onset of a sound into
an `embedding` of {dim} numbers (unit length: search, map, classes), a latent `z` of {z} (the mean of a variational
autoencoder) and probabilities of {count} classes{map}. It ignores the level of a sound. Classes: {classes}.

A convolutional network with {parameters:.2f} million parameters, {megabytes:.1f} MB as {kind}.{sound}

Licence: MIT, like the program.

## Figures

{figures}

{held}

## Data

{clips} recordings of the pool, without share-alike ones: {percussion} percussion one-shots in ten classes, {kinds}
other sounds whose kind is known{rendered}{synthesised}. All were augmented: speed, length, distortion, compression,
reverb, lower sample rates, 8 to 12 bits, noise, equalisers, layers. The sources of the recordings are listed under
Credits.

## Limits

- Only the first {window:.2f} seconds of a sound are encoded.
- Low, mid and high toms are one class; the program tells them apart by pitch, within a kit.
- It most often confuses closed with open hats, open hats with cymbals, kicks with low toms, and rims with short snares;
  of the other kinds those that sound alike: plucked and struck strings, keys and mallets, foley and effects.
- Few recordings of brass, bowed strings and keys by people were at hand: most of what it knows of them was rendered
  from two sound fonts.
- Accuracy is lowest for machines unlike any in the pool (Roland MC-202, Simmons, Korg KR-Z). Half of their sounds or
  more may get a wrong class, though most of their neighbours still sound alike.
- The same weights, machine and torch version give the same numbers. Other processors may differ in the seventh digit.

## Reproduce

    python -m tui_browser.training.encoder.train --pool FOLDER --out {name} {arguments}

{again}`make model` runs all stages with what they need. {time}
config.json holds the front end, the network and all hyperparameters.

## Credits

All recordings were mixed to mono and cut. They cannot be recovered from the weights.
"""

_RENDERED = """, and {count} sounds rendered from FluidR3_GM and
MuseScore_General (both MIT), by espeak-ng, and from one-shots of the pool (breaks)"""

_SOUND = """

A decoder with {parameters:.2f} million parameters ({megabytes:.1f} MB) generates sounds of up to two seconds at
44.1 kHz from a `z` and a length. It was trained on {clips} recordings of the pool and synthesised sounds, with {apart}
held out, in {steps} steps on {threads} core{s}. docs/model.md describes its design, quality and limits under
Sound.{machine}"""

_AGAIN = """    python -m tui_browser.training.decoder.train --pool FOLDER --out {name} {arguments}

"""

_FIGURES = """On {files} files of real drum machines and kits that were not used for training, measured once for each
release candidate (95 % intervals by bootstrap over files; `purity10` is the share of a file's ten nearest
neighbours that have its class, `_other` ignores neighbours from the same machine, `map_` is measured on the map):

{table}

Recall by class: {recall}."""

_HELD_OUT = """On kits of the pool that were held out ({kits}), probabilities of each kit calibrated without it:

| | clips | purity10 | map_purity10 | accuracy | macro_f1 | ece |
|---|---|---|---|---|---|---|
{rows}

Each class there, as clips: recall; share shown without `?`; how much of that is right: {classes}."""

_FAMILIES = """

Files of one machine are alike. A bootstrap over machines ({families} families), which also holds for machines outside
the set, gives these 95 % intervals: {figures}. Recall by class: {recall}.

Accuracy by family with eight or more files, worst first (files): {worst}."""

_NOTICES = """
Notices required by some of the sources. FluidR3 (MIT): Copyright (c) 2000-2002, 2008 Frank Wen; mono conversion
Copyright (c) 2014-17 Michael Cowgill; adaptation Copyright (c) 2018-19 S. Christian Collins; Temple Blocks (c) 2002
Ethan Winer; Drumline Cymbals (c) 2016 Michael Schorsch. Scratch (BSD 3-Clause): Copyright (c) 2016, Massachusetts
Institute of Technology. MuseScore_General (MIT), from which sounds were rendered: Copyright (c) 2018-21 S. Christian
Collins, after FluidR3 and its mono conversion.

CC0 1.0 https://creativecommons.org/publicdomain/zero/1.0/ · CC-BY 3.0 https://creativecommons.org/licenses/by/3.0/ ·
CC-BY 4.0 https://creativecommons.org/licenses/by/4.0/ · Unlicense https://unlicense.org/ ·
MIT https://opensource.org/license/mit · BSD 3-Clause https://opensource.org/license/bsd-3-clause
"""


_FORMER_SOURCES = {"scratch": "- BSD-3-Clause (repo-wide): Massachusetts Institute of Technology (Scratch)"}
"""Sources that have left the pool, and whose credits stay in the cards of models that were trained on them."""


def card(
    config: dict[str, Any],
    pool: Pool,
    *,
    window_s: float,
    weights_bytes: int,
    sound_bytes: int = 0,
    families: dict[str, Any] | None = None,
) -> str:
    """The text of CARD.md; `sound_bytes` is the size of the decoder, `families` the output of `family_evaluation`."""
    sound = config.get("sound", {}).get("training")
    network, data, figures = config["network"], config["data"], config["figures"]
    made, rendered = data["synthesised"], data.get("rendered", 0)
    training = config["training"]
    return _HEAD.format(
        name=config["name"],
        window=window_s,
        dim=network["dim"],
        z=network["z_dim"],
        classes=", ".join(config["classes"]),
        count=len(config["classes"]),
        map=" and a place on a map" if network["map_hidden"] else "",
        parameters=weights_bytes / 2e6,
        megabytes=weights_bytes / 1e6,
        kind="float16",
        sound=_decoder_text(sound, sound_bytes) if sound else "",
        again="".join(_AGAIN.format(name=config["name"], arguments=words) for words in _decoder_arguments(sound or {})),
        figures=_figures_text(figures.get("validation", {})) + (_families_text(families) if families else ""),
        held=_held_out_text(figures.get("held_out_kits", {}), data["held_out"]),
        clips=data["pool_clips"],
        percussion=data["pool_percussion"],
        kinds=data.get("pool_kinds", 0),
        rendered=_RENDERED.format(count=rendered) if rendered else "",
        synthesised=f", and {made} sounds of the program's own synthesiser" if made else "",
        arguments=_arguments(training),
        time=training.get("machine", ""),
    ) + pool_credits(pool, trained_on=data.get("sources", {}))


def _held_out_text(figures: dict[str, Any], kits: Sequence[str]) -> str:
    if not figures:
        return "No kit of the pool was held out."
    names = ("clips", "purity10", "map_purity10", "accuracy", "macro_f1", "ece")
    rows = [
        " | ".join(("", what, *(f"{figures[what].get(name, float('nan')):.3g}" for name in names), "")).strip()
        for what in ("drums", "kinds")
        if what in figures
    ]
    classes = ", ".join(
        f"{name} {clips}: {recall:.2f}; {shown:.2f}; {right:.2f}"
        for name, (clips, recall, shown, right) in figures["by_class"].items()
    )
    return _HELD_OUT.format(kits=", ".join(kits), rows="\n".join(rows), classes=classes)


def _figures_text(figures: dict[str, Any]) -> str:
    if not figures:
        return "Not evaluated on recordings from outside the pool."
    rows = ["| figure | value |", "|---|---|"]
    for name in ("purity10", "purity10_other", "nn1", "map_purity10", "map_keep10", "accuracy", "macro_f1", "ece"):
        if name in figures:
            interval = f" ± {figures[f'{name}_ci']:.3f}" if f"{name}_ci" in figures else ""
            rows.append(f"| {name} | {figures[name]:.3f}{interval} |")
    recall = ", ".join(f"{name} {value:.2f}" for name, value in figures.get("recall", {}).items())
    return _FIGURES.format(files=figures["files"], table="\n".join(rows), recall=recall)


def _decoder_text(training: dict[str, Any], size: int) -> str:
    return _SOUND.format(
        parameters=size / 2e6,
        megabytes=size / 1e6,
        apart=f"{len(training['apart'])} kits",
        clips=training.get("pool_clips", "the"),
        steps=" and then ".join(f"{steps:,}" for steps in _decoder_steps(training)),
        machine=f" {training['machine']}" if "machine" in training else "",
        threads=training["threads"],
        s="" if training["threads"] == 1 else "s",
    )


def _decoder_steps(training: dict[str, Any]) -> list[int]:
    """Steps of all training before, if there was any, and of the last one."""
    return [training[name] for name in ("steps_before", "steps") if name in training]


def _decoder_arguments(training: dict[str, Any]) -> list[str]:
    """Arguments of each command that trained the decoder."""
    commands = [f"--steps {steps}" for steps in _decoder_steps(training)]
    if "steps_before" in training:
        commands[1] += f" --fine-tune --rate {training['rate']} --synth-share {training['synth_share']}"
    return commands


def write_card(bundle: Bundle, pool: Pool) -> None:
    """Write CARD.md of a shipped model from the files in its folder."""
    sound = os.path.join(bundle.folder, "sound.safetensors")
    text = card(
        bundle.config,
        pool,
        window_s=bundle.front_end.window_s,
        weights_bytes=os.path.getsize(bundle.weights_path),
        sound_bytes=os.path.getsize(sound) if os.path.exists(sound) else 0,
        families=_read_families(bundle.folder),
    )
    replace_file(os.path.join(bundle.folder, "CARD.md"), text.encode())


def _families_text(evaluation: dict[str, Any]) -> str:
    def with_intervals(figures: dict[str, list[float]]) -> str:
        return ", ".join(
            f"{name} {value:.2f} ({low:.2f} to {high:.2f})" for name, (value, low, high) in figures.items()
        )

    large = [(accuracy, name, files) for name, (files, accuracy, _) in evaluation["by_family"].items() if files >= 8]
    worst = ", ".join(f"{name} {accuracy:.2f} ({files})" for accuracy, name, files in sorted(large))
    return _FAMILIES.format(
        families=evaluation["families"],
        figures=with_intervals(evaluation["figures"]),
        recall=with_intervals(evaluation["recall"]),
        worst=worst,
    )


def _read_families(folder: str) -> dict[str, Any] | None:
    """The families.json of a bundle, None if there is none."""
    path = os.path.join(folder, FAMILIES_FILE)
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        evaluation: dict[str, Any] = json.load(file)
    return evaluation


def _arguments(training: dict[str, Any]) -> str:
    skipped = ("threads", "machine", "steps_done", "started_from")
    words = []
    for name, value in training.items():
        if name in skipped or (name in ("steps", "start", "keep", "blend", "teachers") and not value):
            continue
        words.append(f"--{name.replace('_', '-')}")
        words += [str(word) for word in value] if isinstance(value, list) else [str(value)]
    return " ".join(words)


def pool_credits(pool: Pool, *, trained_on: Mapping[str, int] | None = None) -> str:
    """The authors and licences of all recordings, and the notices that two sources require.

    `trained_on` has the clips of each source that a model was trained on; some sources have left the pool since.
    """
    before = trained_on or {}
    gone = sorted(before.keys() & _FORMER_SOURCES.keys() - {clip.source for clip in pool.clips})
    lines = [f"\n### {name} ({before[name]} clips, no longer in the pool)\n\n{_FORMER_SOURCES[name]}" for name in gone]
    for source in sorted({clip.source for clip in pool.clips}):
        clips = [clip for clip in pool.clips if clip.source == source]
        lines.append(f"\n### {source} ({len(clips)} clips)\n")
        for licence in sorted({clip.licence for clip in clips}):
            authors = sorted({clip.author for clip in clips if clip.licence == licence}, key=str.lower)
            lines.append(f"- {licence}: {'; '.join(author or 'author not named' for author in authors)}")
    return "\n".join(lines) + "\n" + _NOTICES


def main(argv: list[str] | None = None) -> int:
    """Write the card; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tui_browser.training.card", description=__doc__)
    parser.add_argument("--bundle", required=True)
    parser.add_argument("--pool", required=True)
    parser.add_argument("--figures", help="output of quality.py --json")
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
