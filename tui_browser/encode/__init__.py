"""The ear: model bundles, the network, its worker process and its training."""
