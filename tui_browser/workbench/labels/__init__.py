"""Tags for many samples at once: from what lies beside them, and predicted."""
