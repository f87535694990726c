"""What tells a made sound from a recorded one, in numbers: crest, peak, brightness, body. Arrays in, numbers out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tui_browser.model.decoder_shape import RATE
from tui_browser.records import FloatArray

_LOUDEST_S = 0.050
_EARLIEST_S = 0.0005
_BODY_HZ = (300.0, 4000.0)
_FFT = 2048


@dataclass(frozen=True, slots=True)
class Likeness:
    """Numbers of one sound that starts at its onset."""

    crest_db: float
    """The peak above the RMS of the loudest 50 ms."""
    peak_s: float
    """Time of the peak."""
    centroid_hz: float
    """Mean frequency, weighted by power."""
    body_db: float
    """Level between 300 and 4,000 Hz where the peak of the sound is 0 dB."""

    @property
    def peaks_at_once(self) -> bool:
        """Whether the peak lies in the first half millisecond."""
        return self.peak_s < _EARLIEST_S


def likeness(sound: FloatArray) -> Likeness:
    """The numbers of a sound (n,) at `RATE`, not silent."""
    samples = sound.astype(np.float64)
    peak = float(np.abs(samples).max())
    size = round(_LOUDEST_S * RATE)
    padded = np.pad(samples, (0, max(0, size - len(samples))))
    sums = np.concatenate([[0.0], np.cumsum(np.square(padded))])
    loudest = float((sums[size:] - sums[:-size]).max() / size)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(samples, (_FFT // 2, _FFT)), _FFT)[:: _FFT // 4]
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(_FFT), axis=1)))
    hertz = np.arange(_FFT // 2 + 1) * RATE / _FFT
    spectrum = power.sum(axis=0)
    in_body = (hertz >= _BODY_HZ[0]) & (hertz <= _BODY_HZ[1])
    share = power[:, in_body].sum(axis=1) / power.sum(axis=1).max()
    loud_frame = power.sum(axis=1).max() / _FFT / np.square(np.hanning(_FFT)).sum() * 2
    return Likeness(
        crest_db=20 * np.log10(peak) - 10 * np.log10(loudest),
        peak_s=float(np.abs(samples).argmax()) / RATE,
        centroid_hz=float(spectrum @ hertz / spectrum.sum()),
        body_db=float(10 * np.log10(share.max() * loud_frame / peak**2 + 1e-12)),
    )
