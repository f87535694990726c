"""The model as it runs: bundle, encoder, decoder. No training code."""
