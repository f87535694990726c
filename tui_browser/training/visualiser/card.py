"""CARD.md of the visualiser's model."""

from __future__ import annotations

from typing import Any

from tui_browser.training.card import pool_credits
from tui_browser.training.pool import Pool

_CARD = """# {name}

A stacked autoencoder for the visualiser. Half a second of sound (11,025 samples at 22,050 Hz, no window function)
becomes a spectrum of 5,513 compressed magnitudes, and that becomes ten features in {layers} layers: {widths}. A
mirrored decoder turns ten features into a spectrum again; it is there to measure what the features keep.

The first layer and the last are principal components; the layers between them began as PCA of ten and were then
trained. Layers are dense, with sigmoid linear units between them; the features are linear. {megabytes:.1f} MB as
float16.

Licence: MIT, like the program.

## Figures

Measured on {songs} songs made in code from drums, loops and seeds that were not trained on:

| figure | value |
|---|---|
| variance of the spectra explained by ten features | {explained:.3f} |
| the same by PCA of ten, fitted to the same training data | {explained_pca10:.3f} |
| absolute correlation between two features, mean | {correlation_mean:.3f} |
| absolute correlation between two features, greatest | {correlation_max:.3f} |
| tenths of its range that a feature uses within a song, mean of ten features | {used:.2f} |
| the same of the feature that uses fewest | {least_used:.2f} |

A tenth counts as used if at least 2 % of the song's frames lie in it.

## Data

{spectra:,} spectra: {recordings:,} recordings of the pool without share-alike ones, and {songs_made} songs of half a
minute made in code, with drums, loops and tones of the pool among them. Kits held out: {held_out}.

## Limits

- What ten numbers keep of a spectrum is its broad shape. Neighbouring notes of one instrument look alike.
- Features have no names and no order: which of them moves what is drawn by lot in the visualiser.
- Half a second is longer than a drum hit, so features follow the sound and not its single beats.

## Reproduce

    python -m tui_browser.training.visualiser.train --pool FOLDER --out models/motion --steps {steps} --seed {seed}

Training took {minutes:.1f} minutes on {threads} core{s} of a busy machine, making the data some minutes more.

## Credits

All recordings were mixed to mono and cut. They cannot be recovered from the weights.
"""


def motion_card(config: dict[str, Any], pool: Pool, *, weights_bytes: int) -> str:
    """The text of CARD.md."""
    figures, data, training = config["figures"], config["data"], config["training"]
    used = figures["range_used"]
    return _CARD.format(
        name=config["name"],
        layers=len(config["widths"]) - 1,
        widths=" - ".join(str(width) for width in config["widths"]),
        megabytes=weights_bytes / 1e6,
        songs=figures["songs"],
        explained=figures["explained"],
        explained_pca10=figures["explained_pca10"],
        correlation_mean=figures["correlation_mean"],
        correlation_max=figures["correlation_max"],
        used=sum(used) / len(used),
        least_used=min(used),
        spectra=data["spectra"],
        recordings=data["recordings"],
        songs_made=data["songs_made"],
        held_out=", ".join(data["held_out_kits"]),
        steps=training["steps"],
        seed=training["seed"],
        minutes=training["seconds"] / 60,
        threads=training["threads"],
        s="" if training["threads"] == 1 else "s",
    ) + pool_credits(pool)
