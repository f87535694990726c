"""Training: the shipped encoder and decoder, and user models."""
