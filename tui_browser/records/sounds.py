"""What is known of a sound: measurements, slices, credits, written facts, and what the encoder says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tui_browser.records.files import FileStat
from tui_browser.records.vocabulary import FloatArray, SampleState


@dataclass(frozen=True, slots=True)
class Descriptors:
    """Measurements of one sound that need no model; NaN where undefined."""

    duration_s: float
    brightness_hz: float
    """Power-weighted spectral centroid."""
    noisiness: float
    """Spectral flatness, 0 (a tone) to 1 (white noise)."""
    pitch_hz: float
    attack_s: float
    """Time from 10 % to 90 % of the envelope's peak."""
    loudness_db: float
    """dBFS of the loudest 50 ms RMS."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of a long file from one onset to the next."""

    onset_s: float
    """Seconds from the start of the file."""
    length_s: float
    """Seconds to the next onset or the end of the file."""


@dataclass(frozen=True, slots=True, eq=False)
class FileSlices:
    """The K slices of one long file, in order."""

    onset_s: NDArray[np.float64]
    """(K,) seconds from the start of the file, ascending."""
    length_s: NDArray[np.float64]
    """(K,)"""
    mels: FloatArray | None = None
    """(K, M, T) the same of each slice; None once they are encoded."""
    vectors: FloatArray | None = None
    """(K, D) embeddings, unit length; None before encoding."""
    rhythm: FloatArray | None = None
    """(R,) unit length: low, middle and high onsets over a bar; None where nothing repeats."""

    def __len__(self) -> int:
        return len(self.onset_s)


@dataclass(frozen=True, slots=True, eq=False)
class SliceTable:
    """The S slices of F long files in one space, file by file in the order of onsets."""

    files: NDArray[np.int64]
    """(F,) ids of the samples with slices, ascending."""
    starts: NDArray[np.intp]
    """(F + 1,) rows starts[i] to starts[i + 1] (exclusive) are the slices of file i."""
    onset_s: NDArray[np.float64]
    """(S,)"""
    length_s: NDArray[np.float64]
    """(S,)"""
    vectors: FloatArray
    """(S, D) embeddings, unit length; (0, 0) without slices."""

    def __len__(self) -> int:
        return len(self.onset_s)

    @property
    def samples(self) -> NDArray[np.int64]:
        """(S,) id of the sample that each slice belongs to, ascending."""
        return np.repeat(self.files, np.diff(self.starts))


@dataclass(frozen=True, slots=True)
class Credit:
    """Who made a sound and what may be done with it, as the JSON beside its file says; empty where unknown."""

    licence: str = ""
    """Its name, as in `CC BY 4.0`; see `search.licences`."""
    licence_url: str = ""
    author: str = ""
    title: str = ""
    """What its author calls it."""
    source: str = ""
    """The page that it comes from."""
    ai_preference: str = ""
    """What its author wants of training generative models on it, in the words of Freesound; see `refuses_training`."""

    @property
    def refuses_training(self) -> bool:
        """Whether no model is to be trained on this sound."""
        return self.ai_preference in REFUSING_TRAINING


FactSource = Literal["name", "tag", "acid", "smpl", "inst", "basc", "cue", "folder"]
"""Where a fact is written: in the file's name, its tags, one of its chunks, or the names of its folders."""


@dataclass(frozen=True, slots=True)
class WrittenFacts:
    """What one source says of a sound; None where it says nothing. What is heard is kept apart."""

    source: FactSource
    bpm: float | None = None
    key: str | None = None
    """One of `KEYS`."""
    loop: bool | None = None
    """True for a loop, False for a one-shot."""
    note: int | None = None
    """MIDI note at which the sound plays unchanged."""
    points: int | None = None
    """Number of places that are marked in the sound."""

    @property
    def empty(self) -> bool:
        return (self.bpm, self.key, self.loop, self.note, self.points) == (None, None, None, None, None)


REFUSING_TRAINING = frozenset({"no-gen-ai"})
"""Values of `Credit.ai_preference` that refuse training; all others allow it, some under a condition."""


@dataclass(frozen=True, slots=True, eq=False)
class ClipEncoding:
    """The output of the encoder for one sound."""

    embedding: FloatArray
    """(D,), unit length."""
    z: FloatArray
    """(Z,) latents; empty for a model without them."""
    probabilities: FloatArray | None
    """(C,) over the classes of the model; None for a model without classes."""
    xy: tuple[float, float] | None
    """Place by the model's map head, in [0, 1]; None for a model without one."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A decoded file: format, descriptors and, unless silent, what the model sees of it."""

    stat: FileStat
    sample_rate: int
    channels: int
    frames: int
    onset_s: float
    """Length of the leading silence that was trimmed before encoding."""
    content_hash: str
    """BLAKE2b-128 hex of the decoded PCM (float32, interleaved, with rate and channels); see `PROVISIONAL`."""
    descriptors: Descriptors
    state: SampleState
    note: str = ""
    """Why a sample is not on the map, or that its file ends early; usually empty."""
    mel: FloatArray | None = None
    """(M, T) output of the model's front end for the trimmed sound, usually a log-mel; None for a silent sample."""
    slices: FileSlices | None = None
    """Slices of a file longer than the model's window; None for a single sound."""
    bpm: float | None = None
    """Tempo estimated from the sound; None without a steady beat."""
    key: str | None = None
    """One of `KEYS`, estimated from the sound; None without a clear key."""
    level: tuple[float, float] | None = None
    """Playback level (see `audio.loudness`) and sample peak, both in dB; None where unmeasured."""
    credit: Credit | None = None
    """From the JSON beside the file; None without one."""
    tags: tuple[str, ...] = ()
    """From there, too: a new sample gets them."""
    provisional_hash: str = ""
    """The one before the rest is read, of a file longer than the model's window; empty for shorter ones."""
    facts: tuple[WrittenFacts, ...] = ()
    """What tags and chunks say, one for each source that says something; names are read where the clip is stored."""
    fingerprint: bytes | None = None
    """See `dsp.fingerprint`; None for a silent sample."""
    encoding: ClipEncoding | None = None
    """None before encoding, and for a silent sample; `mel` is None once it is there."""
    bits: int | None = None
    """Bits of a number in the file; None for lossy formats."""
    width: float | None = None
    """How much left and right differ: the share of their difference in the level, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """Output of the encoder for a batch of B sounds."""

    embedding: FloatArray
    """(B, D), unit length."""
    z: FloatArray
    """(B, Z) latents: the means of the VAE's Gaussians."""
    probabilities: FloatArray | None
    """(B, C) over the classes of the model, rows sum to 1; None for a model without classes."""
    xy: FloatArray | None
    """(B, 2) places by the model's map head, in [0, 1]; None for a model without one."""
    slice_embeddings: FloatArray | None = None
    """(S, D) unit length, of the slices of long files in the batch, file by file; None without slices."""
