"""Features of music by an autoencoder, and the moving scenes that they drive."""
