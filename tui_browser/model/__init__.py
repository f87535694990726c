"""The model at run time: bundle, encoder and decoder. Training code is in `training`."""
