"""Training of user models from folders of audio files."""
