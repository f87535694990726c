"""Sound files: decoding, header checks, slices, waveforms, loudness."""
