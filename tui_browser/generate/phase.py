"""Reconstructs a sound from the magnitudes of its spectrogram, by fast Griffin-Lim.

Perraudin, Balazs, Søndergaard: A fast Griffin-Lim algorithm (2013).
"""

from __future__ import annotations

import numpy as np

from tui_browser.records import FloatArray

ITERATIONS = 100
_MOMENTUM = 0.99


def reconstruct(magnitudes: FloatArray, phases: FloatArray, *, n_fft: int, hop: int) -> FloatArray:
    """(n,) the sound whose spectrogram comes close to `magnitudes` (n_fft / 2, T), frame t centred at `t hop`.

    The search begins with `phases` (n_fft / 2, T) in radians. n is `(T - 1) hop`; the highest bin is silent.
    """
    import torch  # 1.6 s; already imported by the generator process

    window = torch.hann_window(n_fft)
    length = (magnitudes.shape[1] - 1) * hop
    target = torch.from_numpy(np.pad(magnitudes, ((0, 1), (0, 0))))
    rebuilt = torch.polar(target, torch.from_numpy(np.pad(phases, ((0, 1), (0, 0)))))
    before = torch.zeros_like(rebuilt)
    guess = rebuilt
    with torch.inference_mode():
        for _ in range(ITERATIONS):
            sound = torch.istft(guess, n_fft, hop, window=window, length=length)
            # Zeros around the sound, as there are around what the encoder sees.
            rebuilt = torch.stft(sound, n_fft, hop, window=window, pad_mode="constant", return_complex=True)
            accelerated = rebuilt + _MOMENTUM * (rebuilt - before)
            before = rebuilt
            guess = target * accelerated / accelerated.abs().clamp_min(1e-12)
        found: FloatArray = torch.istft(guess, n_fft, hop, window=window, length=length).numpy()
    return found
