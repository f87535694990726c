"""Audio back ends: a device library, a file, or nothing."""
